// Sessions with Gemini Live held again over real sockets: those in which the order of messages is not the usual one.
import { readdirSync, readFileSync } from 'node:fs';
import type { AudioSource, JsonObject, JsonValue } from '@antiphon/core';
import { type GeminiPeer, parseRecording, type Recording, readGeminiFrame } from '@antiphon/testing';
import { defineTool, type Tool } from '@antiphon/tools';
import { describe, expect, it } from 'vitest';
import { type GeminiCall, geminiCall } from './support/gemini-call.ts';
import { geminiVariations } from './support/vary-gemini.ts';

const folder = new URL('../../testing/test/recordings/', import.meta.url);
const recordings = readdirSync(folder)
  .filter((file) => file.startsWith('gemini-') && file.endsWith('.yaml'))
  .map((file) => parseRecording(readFileSync(new URL(file, folder), 'utf8'), file.slice(0, -'.yaml'.length)));

type ClientMessage = Extract<ReturnType<typeof readGeminiFrame>, { ok: true }>['message'];

function sentIn({ steps }: Recording): readonly ClientMessage[] {
  return steps.flatMap((step) => {
    if (step.kind !== 'sent') return [];
    const read = readGeminiFrame(JSON.stringify(step.raw));
    if (!read.ok) throw new Error(read.reason);
    return [read.message];
  });
}

interface Part {
  readonly inlineData?: { readonly mimeType: string; readonly data: string };
}

/** All sound of the model. */
function soundIn({ steps }: Recording): Buffer {
  const contents = steps.flatMap((step) =>
    step.kind === 'received' ? [step.raw['serverContent'] as JsonObject | undefined] : [],
  );
  const parts = contents.flatMap((content) => {
    const turn = content?.['modelTurn'] as { readonly parts?: readonly Part[] } | null | undefined;
    return turn?.parts ?? [];
  });
  return Buffer.concat(
    parts.flatMap(({ inlineData }) =>
      inlineData?.mimeType.startsWith('audio/') ? [Buffer.from(inlineData.data, 'base64')] : [],
    ),
  );
}

function tokensIn({ steps }: Recording): number {
  const counts = steps.map((step) =>
    step.kind === 'received'
      ? (step.raw['usageMetadata'] as { readonly totalTokenCount?: number } | null | undefined)
      : undefined,
  );
  return counts.reduce((sum, usage) => sum + (usage?.totalTokenCount ?? 0), 0);
}

/** Types of parameters as JSON Schema writes them. */
function inLowerCase(value: JsonValue, name = ''): JsonValue {
  if (Array.isArray(value)) return value.map((element) => inLowerCase(element as JsonValue));
  if (typeof value === 'string') return name === 'type' ? value.toLowerCase() : value;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value as JsonObject);
  return Object.fromEntries(entries.map(([key, inner]) => [key, inLowerCase(inner, key)]));
}

/** Tools that give what the recorded client gave; one without a recorded output works until it is stopped. */
function toolsOf(sent: readonly ClientMessage[]): readonly Tool[] {
  const [first] = sent;
  const declared = first !== undefined && 'setup' in first ? (first.setup.tools ?? []) : [];
  const outputs = sent.flatMap((message) =>
    'toolResponse' in message ? message.toolResponse.functionResponses : [],
  );
  return declared
    .flatMap(({ functionDeclarations }) => functionDeclarations)
    .map(({ name, description = name, parameters }) =>
      defineTool({
        name,
        description,
        input: inLowerCase((parameters ?? { type: 'OBJECT' }) as JsonValue) as JsonObject,
        execute: (_input, { call, signal }) => {
          const given = outputs.find(
            (output) => output.name === name && (output.id ?? call.id) === call.id,
          )?.response;
          if (given !== undefined) return Promise.resolve(given['output'] ?? given);
          return new Promise((_, reject) => {
            signal.addEventListener('abort', () => reject(new Error('stopped')), { once: true });
          });
        },
      }),
    ) as Tool[];
}

/** A microphone that hears a hum. */
const humming: AudioSource = {
  kind: 'live',
  sampleRateHz: 24_000,
  async *frames(signal: AbortSignal) {
    while (!signal.aborted) {
      yield new Int16Array(480).fill(700);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  },
};

/** Types what the recorded user typed, each when nothing is owed and the connection for it stands. */
async function typeTurns(call: GeminiCall, recording: Recording): Promise<void> {
  let leftBefore = 0;
  for (const step of recording.steps) {
    if (step.kind === 'close') leftBefore += 1;
    if (step.kind !== 'sent') continue;
    const read = readGeminiFrame(JSON.stringify(step.raw));
    const content = read.ok && 'clientContent' in read.message ? read.message.clientContent : undefined;
    const [part] = content?.turns?.at(-1)?.parts ?? [];
    // What asks for no answer is the conversation of before.
    if (part === undefined || !('text' in part) || content?.turnComplete === false) continue;
    const changes = leftBefore;
    await call.until(
      `the turn "${part.text}"`,
      () => call.session.settled && call.of('connection_changed').length === changes,
    );
    call.session.sendText(part.text);
  }
}

function expectOutputs(peers: readonly GeminiPeer[], sent: readonly ClientMessage[]): void {
  const given = (messages: readonly ClientMessage[]) =>
    messages.flatMap((message) => ('toolResponse' in message ? message.toolResponse.functionResponses : []));
  expect(peers.flatMap(({ received }) => given(received))).toEqual(given(sent));
}

describe.each(['binary', 'text'] as const)('in %s frames', (frames) => {
  // One kind of frame for each is enough, and both for some.
  const some = recordings.filter((_, at) => frames === 'binary' || at % 4 === 0);

  it.each(some)('$name', (recording) => hold(recording, frames));
});

const variations = Object.entries(geminiVariations);

// What a server may say in another way comes to the same.
describe('said differently', () => {
  const cases = recordings.flatMap((recording, at) =>
    [at, at + 3].map((turn) => {
      const [variation, vary] = variations[turn % variations.length] as (typeof variations)[number];
      return { name: recording.name, recording, variation, vary };
    }),
  );

  it.each(cases)('$name: $variation', ({ recording, vary }) => hold(recording, 'text', vary(recording)));
});

/** Holds a recorded conversation again and compares; `said` is what its server says, in its place. */
async function hold(
  recording: Recording,
  frames: 'binary' | 'text',
  said: Recording = recording,
): Promise<void> {
  const sent = sentIn(recording);
  const [first] = sent;
  const setup = first !== undefined && 'setup' in first ? first.setup : undefined;
  const tools = toolsOf(sent);
  const isSpoken = sent.some((message) => 'realtimeInput' in message && 'audio' in message.realtimeInput);
  const modality = setup?.generationConfig.responseModalities[0] === 'TEXT' ? 'text' : 'audio';
  const { server, start } = await geminiCall({
    server: { frames, timeoutMs: 5_000 },
    agent: `${tools.length > 0 ? 'tools: ["*"], ' : ''}output_modalities: [${modality}], fallback: null`,
    tools,
    ...(isSpoken && { source: humming }),
  });
  const playing = server.playRecording(said);
  playing.catch(() => {});
  const call = await start();
  const [peers] = await Promise.all([playing, typeTurns(call, recording)]);
  const told = recording.conversation ?? [];
  const isOver = (): boolean =>
    call.words.length >= told.length &&
    (call.session.settled || call.of('response_done').at(-1) === call.notices.at(-1));
  await call.until('the end', isOver);

  expect(call.words).toEqual(told);
  for (const peer of peers) {
    expect(peer.refusal).toBeUndefined();
    expect(peer.leftOver).toEqual([]);
  }
  expectOutputs(peers, sent);
  const played = Buffer.concat(call.session.history.map(({ id }) => Buffer.from(call.bytesOf(id))));
  const sound = soundIn(recording);
  const isCut = call.of('response_done').some(({ status }) => status === 'cancelled');
  if (isCut) expect(sound.length).toBeGreaterThanOrEqual(played.length);
  else expect(played.equals(sound.subarray(0, sound.length & ~1))).toBe(true);
  const tokens = call.of('response_done').map(({ usage }) => usage?.total_tokens ?? 0);
  expect(tokens.reduce((sum, count) => sum + count, 0)).toBe(tokensIn(recording));
  expect(call.of('warning')).toEqual([]);
}
