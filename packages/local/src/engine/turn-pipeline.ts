import type { Brain, BrainCall, BrainContext, BrainTurn, Synthesizer } from '../stages.ts';
import { bytesPerMs, WireEncoder } from './audio-format.ts';
import type { ResponseTask } from './brain-task.ts';
import type { Heard, LogEntry } from './conversation-log.ts';
import type { ResponsePlan } from './response-plan.ts';
import type { ResponseWriter } from './response-writer.ts';
import { speakClauses } from './speaking.ts';
import type { ResponseOutcome } from './wire-objects.ts';

/** What a response needs besides its plan. */
export interface PipelinePorts {
  /** Asks the brain of the conversation. */
  think(turn: BrainTurn, context: BrainContext): ReturnType<Brain['respond']>;
  synthesizer(): Promise<Synthesizer>;
  now(): Date;
  /** The answer begins: what it answers is dealt with. */
  onAnswer(itemIds: ReadonlySet<string>): void;
}

/** What the agent is going to do: speak, then call. */
interface Script {
  readonly text: string;
  readonly calls: readonly BrainCall[];
}

const notUnderstood = 'Sorry, I did not catch that.';
const unheard: Heard = { text: '', hasSpeech: false };
const nothing: Script = { text: '', calls: [] };
/** The longest piece of sound in one event, in milliseconds. */
const pieceMs = 200;

/**
 * Carries a response out, from what was said to the last sound of the answer, writing it as it comes about.
 *
 * @returns how it ended. Rejects when a stage fails, also because `signal` was aborted.
 */
export async function runPlan(
  plan: ResponsePlan,
  writer: ResponseWriter,
  ports: PipelinePorts,
  signal: AbortSignal,
): Promise<ResponseOutcome> {
  const script = await decide(plan, ports, signal);
  signal.throwIfAborted();
  const answered = () => {
    if (plan.task.kind === 'answer') ports.onAnswer(plan.task.itemIds);
  };
  if (script.text !== '') {
    const outcome = await deliver(script.text, { plan, writer, ports, signal, onStart: answered });
    if (outcome.status !== 'completed') return outcome;
  }
  answered();
  for (const call of script.calls) writer.writeCall(call.name, JSON.stringify(call.arguments));
  return { status: 'completed' };
}

async function decide(plan: ResponsePlan, ports: PipelinePorts, signal: AbortSignal): Promise<Script> {
  const { task } = plan;
  if (task.kind === 'say') return { text: task.text, calls: [] };
  const { text, hasSpeech } = await listen(task.messages);
  signal.throwIfAborted();
  const turns: BrainTurn[] = [];
  if (task.results.length > 0) turns.push({ kind: 'tool_results', results: task.results });
  if (text !== '') turns.push({ kind: 'user', text });
  if (turns.length === 0) return sayWithoutWords(task, hasSpeech);
  let script = nothing;
  for (const turn of turns) {
    const reply = await ports.think(turn, { ...plan.thinking, now: ports.now(), signal });
    signal.throwIfAborted();
    script =
      reply.kind === 'say'
        ? { ...script, text: joinTexts([script.text, reply.text]) }
        : { ...script, calls: [...script.calls, ...reply.calls] };
  }
  return script;
}

/** Nothing to think about: noise is met with silence, speech without words with a question. */
function sayWithoutWords(task: Extract<ResponseTask, { kind: 'answer' }>, hasSpeech: boolean): Script {
  if (hasSpeech) return { text: notUnderstood, calls: [] };
  return task.messages.length > 0 ? nothing : { text: task.otherwise, calls: [] };
}

/** What the user said or wrote, as one text. Of several messages only the newest must have been understood. */
async function listen(messages: readonly LogEntry[]): Promise<Heard> {
  const heard = await Promise.all(
    messages.map((message, index) =>
      index === messages.length - 1 ? readMessage(message) : readMessage(message).catch(() => unheard),
    ),
  );
  return joinHeard(heard);
}

async function readMessage({ item, utterances }: LogEntry): Promise<Heard> {
  if (item.type !== 'message') return unheard;
  const parts = await Promise.all(
    item.content.map(async (part, index): Promise<Heard> => {
      if (part.type === 'input_text') return { text: part.text.trim(), hasSpeech: false };
      const utterance = utterances.find((candidate) => candidate.contentIndex === index);
      if (utterance !== undefined) return utterance.heard;
      return { text: part.type === 'input_audio' ? (part.transcript ?? '') : '', hasSpeech: false };
    }),
  );
  return joinHeard(parts);
}

function joinHeard(parts: readonly Heard[]): Heard {
  return {
    text: joinTexts(parts.map((part) => part.text)),
    hasSpeech: parts.some((part) => part.hasSpeech),
  };
}

function joinTexts(texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join(' ');
}

interface Delivery {
  readonly plan: ResponsePlan;
  readonly writer: ResponseWriter;
  readonly ports: PipelinePorts;
  readonly signal: AbortSignal;
  /** Output is about to be written. */
  readonly onStart: () => void;
}

async function deliver(text: string, delivery: Delivery): Promise<ResponseOutcome> {
  const { writer } = delivery;
  const outcome =
    delivery.plan.head.modality === 'audio' ? await speak(text, delivery) : write(text, delivery);
  if (outcome.status === 'completed') writer.endMessage();
  return outcome;
}

function write(text: string, { plan, writer, onStart }: Delivery): ResponseOutcome {
  onStart();
  writer.beginMessage();
  for (const word of text.match(/\s*\S+\s*$|\s*\S+/gu) ?? []) {
    if (isSpent(plan, writer)) return { status: 'incomplete', reason: 'max_output_tokens' };
    writer.writeText(word);
  }
  return { status: 'completed' };
}

async function speak(
  text: string,
  { plan, writer, ports, signal, onStart }: Delivery,
): Promise<ResponseOutcome> {
  const synthesizer = await ports.synthesizer();
  const encoder = new WireEncoder(plan.head.format, synthesizer.sampleRateHz);
  for await (const clause of speakClauses(text, { synthesizer, style: plan.style, signal })) {
    signal.throwIfAborted();
    onStart();
    writer.beginMessage();
    writer.writeText(clause.text);
    if (!writePieces(encoder.push(clause.samples), plan, writer)) {
      return { status: 'incomplete', reason: 'max_output_tokens' };
    }
  }
  writePieces(encoder.end(), plan, writer);
  return { status: 'completed' };
}

/** Writes sound in pieces; false when the response has used up its tokens. */
function writePieces(bytes: Uint8Array, plan: ResponsePlan, writer: ResponseWriter): boolean {
  const pieceBytes = pieceMs * bytesPerMs(plan.head.format);
  for (let start = 0; start < bytes.byteLength; start += pieceBytes) {
    if (isSpent(plan, writer)) return false;
    writer.writeAudio(bytes.subarray(start, start + pieceBytes));
  }
  return true;
}

function isSpent({ head }: ResponsePlan, writer: ResponseWriter): boolean {
  return head.maxOutputTokens !== 'inf' && writer.outputTokens >= head.maxOutputTokens;
}
