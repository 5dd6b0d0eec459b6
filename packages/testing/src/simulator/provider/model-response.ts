import type { ConversationItem } from '@antiphon/core';
import type { Task } from '../event-queue.ts';
import { isCalm } from '../stage.ts';
import type { ModelConversation, ModelItem } from './model-conversation.ts';
import { modelItem } from './model-conversation.ts';
import type { ResponseManner } from './response-manner.ts';
import type { PlannedItem, PlannedPart, ResponsePlan } from './response-plan.ts';
import type { ServerPorts } from './server-ports.ts';
import {
  agentItem,
  callItem,
  type Ending,
  type Metadata,
  sayArguments,
  sayAudioDone,
  sayItem,
  sayOutputItem,
  sayPart,
  sayResponse,
  sayText,
  sayTranscript,
  sayTranscriptDelta,
} from './server-says.ts';

/** What is known of a response before it begins. */
export interface ModelResponseStart {
  readonly id: string;
  readonly plan: ResponsePlan;
  readonly manner: ResponseManner;
  /** Of the request it answers. */
  readonly metadata: Metadata;
  /** `silence`: nobody has asked for it, and nobody has said anything. */
  readonly cause: 'client' | 'silence' | 'turn';
  readonly onOver: (response: ModelResponse) => void;
  readonly newId: (kind: 'item' | 'call') => string;
  /** Whether it is written and not spoken. */
  readonly isWritten: boolean;
}

interface Step {
  readonly delayMs: number;
  readonly run: () => void;
}

interface OpenItem {
  readonly outputIndex: number;
  readonly item: ModelItem;
  readonly close: (status: 'completed' | 'incomplete') => ConversationItem;
}

/** One response of the model, from its acceptance to `response.done`. */
export class ModelResponse {
  readonly id: string;
  /** A text it was told to say. */
  readonly say: string | undefined;
  /** The call that it asks the user for, and whether it says what it was told to. */
  readonly question: { readonly callId: string; readonly isMisread: boolean } | undefined;
  readonly cause: ModelResponseStart['cause'];
  readonly manner: ResponseManner;
  /** What the conversation held when it began. */
  seen: readonly ModelItem[] = [];
  readonly acceptedAtMs: number;
  status: 'active' | 'completed' | 'incomplete' | 'failed' | 'cancelled' | 'lost' = 'active';
  #cancelReason: string | undefined;
  /** The step that comes next, and when. */
  #waiting: { readonly task: Task; readonly index: number } | undefined;
  readonly #ports: ServerPorts;
  readonly #conversation: ModelConversation;
  readonly #start: ModelResponseStart;
  readonly #steps: Step[] = [];
  readonly #open: OpenItem[] = [];
  readonly #output: ConversationItem[] = [];
  /** Calls whose arguments are whole and whose item is never declared done. */
  readonly #undeclared = new Set<string>();

  constructor(ports: ServerPorts, conversation: ModelConversation, start: ModelResponseStart) {
    this.#ports = ports;
    this.#conversation = conversation;
    this.#start = start;
    this.id = start.id;
    this.say = start.metadata?.['antiphon.say'];
    const callId = start.metadata?.['antiphon.asks_for'];
    this.question = callId === undefined ? undefined : { callId, isMisread: start.plan.isMisread };
    this.cause = start.cause;
    this.manner = start.manner;
    this.acceptedAtMs = ports.stage.queue.nowMs;
    const { random } = ports;
    const { manner } = this;
    this.#steps.push({ delayMs: random.int(10, 250) + manner.lateMs, run: () => this.#begin() });
    for (const [index, item] of start.plan.items.entries()) this.#planItem(item, index);
    if (manner.beginning === 'told_late')
      this.#steps.splice(2, 0, { delayMs: 0, run: () => this.#tellBeginning() });
    this.#cutShort();
    if (manner.end !== 'never')
      this.#steps.push({ delayMs: random.int(5, 60), run: () => this.#finishAsPlanned() });
    this.#next(0);
  }

  /** It stops soon, but not at once: up to 300 ms of it still come. */
  cancel(reason: 'turn_detected' | 'client_cancelled'): void {
    if (this.status !== 'active' || this.#cancelReason !== undefined) return;
    this.#cancelReason = reason;
    const { stage, random } = this.#ports;
    stage.queue.after(random.int(0, 300), () =>
      this.#finish({ status: 'cancelled', reason, metadata: this.#toldMetadata }),
    );
  }

  /** The connection is gone: nothing more comes of it. */
  lose(): void {
    if (this.status === 'active') this.status = 'lost';
  }

  #next(index: number): void {
    const step = this.#steps[index];
    if (step === undefined) return;
    const task = this.#ports.stage.queue.after(step.delayMs, () => this.#take(step, index));
    this.#waiting = { task, index };
  }

  #take(step: Step, index: number): void {
    if (this.status !== 'active') return;
    step.run();
    this.#next(index + 1);
  }

  /** Another one is asked for: one that is late may begin at last. */
  hasten(): void {
    const first = this.#steps[0];
    if (first === undefined || this.#waiting?.index !== 0 || !this.manner.hastens) return;
    this.#ports.stage.queue.cancel(this.#waiting.task);
    this.#take(first, 0);
  }

  #begin(): void {
    this.#see();
    if (this.manner.beginning === 'told') this.#tellBeginning();
  }

  #see(): void {
    this.seen = [...this.#conversation.items];
  }

  /** What is told late has begun late: nobody could know what was said in between to be unanswered. */
  #seeLate(): void {
    if (this.manner.beginning !== 'told' && this.#open.length + this.#output.length === 0) this.#see();
  }

  get #toldMetadata(): Metadata | undefined {
    return this.#ports.habits.repeatsMetadata ? this.#start.metadata : undefined;
  }

  #tellBeginning(): void {
    const metadata = this.#toldMetadata;
    this.#ports.emit(sayResponse('response.created', this.id, { status: 'in_progress', metadata }, []));
  }

  /** A response that fails, runs out of tokens or gets stuck ends somewhere in the middle. */
  #cutShort(): void {
    if (this.#start.plan.status === 'completed' && this.manner.end !== 'never') return;
    this.#steps.splice(this.#ports.random.int(1, this.#steps.length));
  }

  #finishAsPlanned(): void {
    const { status, failureCode, tokens } = this.#start.plan;
    const code = failureCode === undefined ? {} : { code: failureCode };
    this.#finish({
      status,
      ...code,
      metadata: this.#toldMetadata,
      ...(tokens !== undefined && { tokens }),
      itemized: this.#ports.habits.itemized,
    });
  }

  #finish(ending: Ending): void {
    if (this.status !== 'active' || ending.status === 'in_progress') return;
    const completed = ending.status === 'completed';
    for (const open of this.#open.splice(0))
      this.#output.push(open.close(completed ? 'completed' : 'incomplete'));
    this.status = ending.status;
    if (ending.status === 'cancelled' && this.#ports.random.chance(0.1)) this.#output.length = 0;
    if (this.manner.end !== 'untold')
      this.#ports.emit(sayResponse('response.done', this.id, ending, [...this.#output]));
    this.#start.onOver(this);
  }

  #planItem(planned: PlannedItem, outputIndex: number): void {
    if (planned.kind === 'message') this.#planMessage(planned.parts, outputIndex);
    else this.#planCall(planned, outputIndex);
  }

  #planMessage(parts: readonly PlannedPart[], outputIndex: number): void {
    const itemId = this.#start.newId('item');
    const said = parts.map(() => '');
    const { random } = this.#ports;
    this.#steps.push({
      delayMs: random.int(20, 400),
      run: () => this.#openMessage(itemId, outputIndex, said),
    });
    for (const [contentIndex, part] of parts.entries()) {
      this.#planPart({ responseId: this.id, itemId, outputIndex, contentIndex }, part, said);
    }
    this.#steps.push({ delayMs: random.int(0, 30), run: () => this.#closeFirst('completed') });
  }

  #openMessage(itemId: string, outputIndex: number, said: string[]): void {
    const item = modelItem(itemId, 'agent', { responseId: this.id, status: 'in_progress' });
    const added = agentItem(itemId, 'in_progress', []);
    this.#seeLate();
    const previous = this.#conversation.add(item);
    this.#ports.emit(
      sayOutputItem('response.output_item.added', { responseId: this.id, outputIndex }, added),
    );
    this.#ports.emit(sayItem(this.#ports.habits.itemEvent, added, previous === false ? null : previous));
    this.#open.push({
      outputIndex,
      item,
      close: (status) => {
        for (const [contentIndex, transcript] of said.entries()) {
          const at = { responseId: this.id, itemId, outputIndex, contentIndex };
          if (item.parts[contentIndex] === undefined) continue;
          if (this.#start.isWritten) {
            this.#ports.emit(sayText(at, transcript.trim(), 'done'));
            continue;
          }
          this.#ports.emit(sayAudioDone(at));
          this.#ports.emit(sayTranscript(at, transcript.trim()));
          if (!this.#ports.habits.terse)
            this.#ports.emit(sayPart('response.content_part.done', at, transcript.trim()));
        }
        const transcripts = said.filter((_, at) => item.parts[at] !== undefined).map((text) => text.trim());
        return this.#closeItem(item, agentItem(itemId, status, transcripts), outputIndex);
      },
    });
  }

  /** The transcript runs ahead of the sound, which comes faster than it will be heard. */
  #planPart(at: Parameters<typeof sayAudioDone>[0], part: PlannedPart, said: string[]): void {
    const { random } = this.#ports;
    const pieces = Math.min(part.words.length, random.int(1, 5));
    const speed = random.int(2, 10);
    const itemBytes = Math.round(part.audioMs * 48);
    let sentBytes = 0;
    for (let piece = 0; piece < pieces; piece++) {
      const from = Math.floor((piece * part.words.length) / pieces);
      const to = Math.floor(((piece + 1) * part.words.length) / pieces);
      const text = `${part.words.slice(from, to).join(' ')} `;
      const endBytes =
        piece === pieces - 1 ? itemBytes : 2 * Math.floor((itemBytes * (piece + 1)) / pieces / 2);
      const byteLength = endBytes - sentBytes;
      sentBytes = endBytes;
      this.#steps.push({
        delayMs: byteLength / 48 / speed,
        run: () => this.#speak(at, { text, byteLength, said }),
      });
    }
  }

  #speak(
    at: Parameters<typeof sayAudioDone>[0],
    { text, byteLength, said }: { text: string; byteLength: number; said: string[] },
  ): void {
    const item = this.#open.find((open) => open.item.id === at.itemId)?.item;
    if (item === undefined) return;
    let part = item.parts[at.contentIndex];
    if (part === undefined) {
      part = { madeMs: 0, keptMs: 0 };
      item.parts[at.contentIndex] = part;
      if (!this.#ports.habits.terse) this.#ports.emit(sayPart('response.content_part.added', at, ''));
    }
    const { isWritten } = this.#start;
    const wasWhole = part.keptMs === part.madeMs;
    if (!isWritten) part.madeMs += byteLength / 48;
    if (wasWhole) part.keptMs = part.madeMs;
    said[at.contentIndex] = `${said[at.contentIndex] ?? ''}${text}`;
    item.text += text;
    if (isWritten) return this.#ports.emit(sayText(at, text, 'delta'));
    this.#ports.emit(sayTranscriptDelta(at, text));
    this.#ports.emitAudio(at, byteLength);
  }

  #planCall(planned: Extract<PlannedItem, { kind: 'call' }>, outputIndex: number): void {
    const { random, stage } = this.#ports;
    const repeated =
      planned.manner === 'repeated_id'
        ? this.#conversation.items.findLast((i) => i.kind === 'call' && i.callId !== 'call_prior')
        : undefined;
    const callId = repeated?.callId ?? this.#start.newId('call');
    const call = { itemId: this.#start.newId('item'), callId, name: planned.name };
    this.#steps.push({
      delayMs: random.int(10, 200),
      run: () => this.#openCall(call, planned, outputIndex),
    });
    if (planned.manner === 'undeclared') {
      this.#steps.push({
        delayMs: random.int(10, 100),
        run: () => {
          this.#undeclared.add(call.itemId);
          this.#ports.emit(sayArguments({ responseId: this.id, outputIndex }, call, planned.argumentsJson));
        },
      });
      const slow = isCalm(stage) ? 200 : 1_500;
      this.#steps.push({ delayMs: random.int(0, slow), run: () => {} });
    } else {
      this.#steps.push({ delayMs: random.int(10, 100), run: () => this.#closeFirst('completed') });
    }
  }

  #openCall(
    call: { readonly itemId: string; readonly callId: string; readonly name: string },
    planned: Extract<PlannedItem, { kind: 'call' }>,
    outputIndex: number,
  ): void {
    const item = modelItem(call.itemId, 'call', {
      callId: call.callId,
      responseId: this.id,
      status: 'in_progress',
    });
    const added = callItem(call, 'in_progress', '');
    const at = { responseId: this.id, outputIndex };
    this.#seeLate();
    const previous = this.#conversation.add(item);
    this.#ports.emit(sayOutputItem('response.output_item.added', at, added));
    this.#ports.emit(sayItem(this.#ports.habits.itemEvent, added, previous === false ? null : previous));
    if (planned.manner === 'announced_twice')
      this.#ports.emit(sayOutputItem('response.output_item.added', at, added));
    this.#open.push({
      outputIndex,
      item,
      close: (ending) => {
        // Arguments that are whole stay so, however the response ends.
        const status = this.#undeclared.has(item.id) ? 'completed' : ending;
        const json = status === 'completed' ? planned.argumentsJson : planned.argumentsJson.slice(0, 3);
        const done = callItem(call, status, json);
        item.text = planned.name;
        item.argumentsJson = json;
        item.status = status;
        if (planned.manner === 'undeclared') return done;
        this.#ports.emit(sayArguments(at, call, json));
        return this.#closeItem(item, done, outputIndex);
      },
    });
  }

  #closeFirst(status: 'completed' | 'incomplete'): void {
    const open = this.#open.shift();
    if (open !== undefined) this.#output.push(open.close(status));
  }

  #closeItem(item: ModelItem, done: ConversationItem, outputIndex: number): ConversationItem {
    item.status = 'status' in done && done.status !== undefined ? done.status : 'completed';
    if (!this.#ports.habits.terse) this.#ports.emit(sayItem('conversation.item.done', done, null));
    this.#ports.emit(sayOutputItem('response.output_item.done', { responseId: this.id, outputIndex }, done));
    return done;
  }
}
