import type { Clock, JsonObject } from '@antiphon/core';
import type { ModelAnswer, ModelCall, ModelHostedCall } from './answers.ts';
import { makeHostedCall, requestHostedCall } from './hosted-steps.ts';
import type { ModelItem, ModelItems, NewModelItem } from './model-items.ts';
import { toWire } from './model-items.ts';
import { usageOf, voice } from './model-voice.ts';

/** How a model talks unless an answer says otherwise. */
export interface ModelManners {
  readonly thinkMs: number;
  /** How fast speech is made, in times of real time. */
  readonly pace: number;
  /** Length of a delta of sound. */
  readonly deltaMs: number;
  readonly msPerWord: number;
  /** For so long after a cancellation it goes on. */
  readonly cancelLagMs: number;
}

/** What a response is made of, and what it happens to. */
export interface ResponseRunOptions {
  readonly id: string;
  readonly answer: ModelAnswer;
  readonly manners: ModelManners;
  readonly format: string;
  /** Null for a response that is no part of the conversation. */
  readonly conversationId: string | null;
  readonly metadata: JsonObject | null;
  readonly modality: 'audio' | 'text';
  readonly items: ModelItems;
  readonly clock: Clock;
  readonly nextId: (prefix: string) => string;
  readonly emit: (event: JsonObject) => void;
  /** The server asks for a call of its own, by the item of the request. */
  readonly asksFor: (requestId: string, call: ModelHostedCall) => void;
  /** Everything came, `response.done` included. */
  readonly ended: (run: ResponseRun) => void;
}

/** Why a response was cut. */
export type CancelReason = 'turn_detected' | 'client_cancelled';

/** What an answer says is being told. */
interface OpenItem {
  readonly id: string;
  readonly outputIndex: number;
  readonly kind: 'audio' | 'text' | 'call';
}

/** One response of the model, made over time. */
export class ResponseRun {
  readonly id: string;
  readonly #options: ResponseRunOptions;
  /** Identifiers of what it said so far. */
  readonly #output: string[] = [];
  readonly #steps: Generator<number, void>;
  #open: OpenItem | undefined;
  #cancelled: CancelReason | undefined;
  #cancelTimers: readonly (() => void)[] = [];
  #audioMs = 0;

  constructor(options: ResponseRunOptions) {
    this.id = options.id;
    this.#options = options;
    this.#steps = this.#generate();
  }

  get conversationId(): string | null {
    return this.#options.conversationId;
  }

  /** Milliseconds of sound so far. */
  get audioMs(): number {
    return this.#audioMs;
  }

  start(): void {
    this.#emit({ type: 'response.created', response: this.#stated('in_progress', null) });
    this.#next(this.#options.answer.thinkMs ?? this.#options.manners.thinkMs);
  }

  /** Ends it soon; what is on its way still comes. */
  cancel(reason: CancelReason): void {
    if (this.#cancelled === undefined) {
      this.#cancelled = reason;
      this.#after(this.#options.manners.cancelLagMs, () => this.#finish('incomplete'));
    }
  }

  /** Ends it without a word: the connection is gone. */
  drop(): void {
    for (const cancel of this.#cancelTimers) {
      cancel();
    }
    this.#cancelTimers = [];
  }

  #next(delayMs: number): void {
    this.#after(delayMs, () => {
      const step = this.#steps.next();
      if (step.done === true) {
        this.#finish('completed');
      } else if (Number.isFinite(step.value)) {
        this.#next(step.value);
      }
    });
  }

  #after(delayMs: number, fire: () => void): void {
    this.#cancelTimers = [...this.#cancelTimers, this.#options.clock.setTimer(delayMs, fire)];
  }

  /** Tells the answer piece by piece; yields the time until the next. */
  *#generate(): Generator<number, void> {
    const { answer, modality } = this.#options;
    if (answer.hangs === true) {
      yield Number.POSITIVE_INFINITY;
    }
    if (answer.fails !== undefined) {
      return;
    }
    const text = answer.says ?? answer.types;
    if (text !== undefined) {
      const isSpoken = answer.types === undefined && modality === 'audio';
      yield* isSpoken ? this.#speak(text, answer) : this.#write(text);
      this.#close('completed');
    }
    for (const call of answer.hosted ?? []) {
      yield* this.#host(call);
    }
    if (answer.thenSays !== undefined) {
      yield* modality === 'audio' ? this.#speak(answer.thenSays, answer) : this.#write(answer.thenSays);
      this.#close('completed');
    }
    for (const call of answer.calls ?? []) {
      yield* this.#call(call);
      this.#close('completed');
    }
  }

  *#speak(text: string, answer: ModelAnswer): Generator<number, void> {
    const { manners, format } = this.#options;
    const words = text.split(/(?<=\s)/);
    const ms = Math.round(answer.ms ?? words.length * manners.msPerWord);
    const pace = answer.pace ?? manners.pace;
    const open = this.#begin('audio', { role: 'assistant', type: 'message', part: 'output_audio' });
    let said = 0;
    for (let fromMs = 0; fromMs < ms; fromMs += manners.deltaMs) {
      const length = Math.min(manners.deltaMs, ms - fromMs);
      const due = Math.ceil((words.length * (fromMs + length)) / ms);
      const piece = words.slice(said, due).join('');
      said = due;
      if (piece !== '') {
        this.#part(open, 'response.output_audio_transcript.delta', { delta: piece });
        this.#grow(open, { text: piece });
      }
      this.#part(open, 'response.output_audio.delta', { delta: voice(format, fromMs, length) });
      this.#grow(open, { audioMs: length });
      yield length / pace;
    }
  }

  *#write(text: string): Generator<number, void> {
    const open = this.#begin('text', { role: 'assistant', type: 'message', part: 'output_text' });
    for (const piece of text.split(/(?<=\s)/)) {
      this.#part(open, 'response.output_text.delta', { delta: piece });
      this.#grow(open, { text: piece });
      yield 1;
    }
  }

  *#call(call: ModelCall): Generator<number, void> {
    const { nextId } = this.#options;
    const given = call.arguments ?? {};
    const text = typeof given === 'string' ? given : JSON.stringify(given);
    const callId = call.callId ?? nextId('call');
    const open = this.#begin('call', { type: 'function_call', name: call.name, callId });
    const half = Math.ceil(text.length / 2);
    for (const delta of [text.slice(0, half), text.slice(half)].filter((piece) => piece !== '')) {
      this.#emit({ type: 'response.function_call_arguments.delta', ...this.#callMembers(open), delta });
      this.#change(open, ({ arguments: before }) => ({ arguments: before + delta }));
      yield 1;
    }
  }

  *#host(call: ModelHostedCall): Generator<number, void> {
    const { items, nextId, emit, asksFor } = this.#options;
    const response = { id: this.id, outputIndex: this.#output.length };
    const stage = { items, nextId, emit, response };
    if (call.asks === true) {
      const requestId = requestHostedCall(call, stage);
      this.#output.push(requestId);
      asksFor(requestId, call);
      return;
    }
    const made = makeHostedCall(call, stage);
    this.#output.push(yield* made);
  }

  #begin(kind: OpenItem['kind'], members: Partial<NewModelItem> & { type: string }): OpenItem {
    const { items, nextId } = this.#options;
    const id = nextId('item');
    const item = items.add({ id, madeBy: 'server', status: 'in_progress', ...members });
    const open: OpenItem = { id, outputIndex: this.#output.length, kind };
    this.#output.push(id);
    this.#open = open;
    const wire = toWire(item);
    this.#emit({
      type: 'response.output_item.added',
      response_id: this.id,
      output_index: open.outputIndex,
      item: wire,
    });
    this.#emitOfItem('conversation.item.added', id, wire);
    if (kind !== 'call') {
      const part = kind === 'audio' ? { type: 'audio', transcript: '' } : { type: 'text', text: '' };
      this.#part(open, 'response.content_part.added', { part });
    }
    return open;
  }

  /** Tells the end of what is open, as it is. */
  #close(status: 'completed' | 'incomplete'): void {
    const open = this.#open;
    this.#open = undefined;
    const item = open && this.#options.items.change(open.id, { status });
    if (open === undefined || item === undefined) {
      return;
    }
    if (open.kind === 'audio') {
      this.#part(open, 'response.output_audio.done', {});
      this.#part(open, 'response.output_audio_transcript.done', { transcript: item.text });
      const part = { type: 'audio', transcript: item.text };
      this.#part(open, 'response.content_part.done', { part });
    } else if (open.kind === 'text') {
      this.#part(open, 'response.output_text.done', { text: item.text });
      this.#part(open, 'response.content_part.done', { part: { type: 'text', text: item.text } });
    } else {
      const { name, arguments: argumentsJson } = item;
      const members = { ...this.#callMembers(open), name, arguments: argumentsJson };
      this.#emit({ type: 'response.function_call_arguments.done', ...members });
    }
    const wire = toWire(item);
    this.#emitOfItem('conversation.item.done', open.id, wire);
    this.#emit({
      type: 'response.output_item.done',
      response_id: this.id,
      output_index: open.outputIndex,
      item: wire,
    });
  }

  #finish(status: 'completed' | 'incomplete'): void {
    this.drop();
    const { emit, ended } = this.#options;
    this.#close(status);
    const details = this.#details();
    emit({ type: 'response.done', response: this.#stated(details?.type ?? 'completed', details) });
    ended(this);
  }

  #details(): (JsonObject & { readonly type: string }) | null {
    const { fails, incomplete } = this.#options.answer;
    if (this.#cancelled !== undefined) {
      return { type: 'cancelled', reason: this.#cancelled };
    }
    if (fails !== undefined) {
      const { type = 'server_error', code, message = `The fake failed: ${code}.` } = fails;
      return { type: 'failed', error: { type, code, message } };
    }
    return incomplete === undefined ? null : { type: 'incomplete', reason: incomplete };
  }

  #stated(status: string, details: JsonObject | null): JsonObject {
    const { conversationId, metadata, modality, items, format } = this.#options;
    const made = this.#output.flatMap((id) => items.find(id) ?? []);
    const text = made.map((item) => item.text).join(' ');
    return {
      object: 'realtime.response',
      id: this.id,
      status,
      status_details: details,
      output: status === 'in_progress' ? [] : made.map(toWire),
      conversation_id: conversationId,
      output_modalities: [modality],
      max_output_tokens: 'inf',
      audio: { output: { format: { type: format }, voice: 'alloy' } },
      usage: status === 'in_progress' ? null : usageOf(items.all.length, this.#audioMs, text.trim()),
      metadata,
    };
  }

  #callMembers(open: OpenItem): JsonObject {
    const call_id = this.#options.items.find(open.id)?.callId ?? '';
    return { response_id: this.id, item_id: open.id, output_index: open.outputIndex, call_id };
  }

  #part({ id, outputIndex }: OpenItem, type: string, members: JsonObject): void {
    const place = { response_id: this.id, item_id: id, output_index: outputIndex, content_index: 0 };
    this.#emit({ type, ...place, ...members });
  }

  #grow(open: OpenItem, { text = '', audioMs = 0 }: { text?: string; audioMs?: number }): void {
    this.#audioMs += audioMs;
    this.#change(open, (item) => ({ text: item.text + text, audioMs: item.audioMs + audioMs }));
  }

  #change(open: OpenItem, change: (item: ModelItem) => Partial<ModelItem>): void {
    const item = this.#options.items.find(open.id);
    if (item !== undefined) {
      this.#options.items.change(open.id, change(item));
    }
  }

  /** Items of a response that is no part of the conversation are not told as items of it. */
  #emitOfItem(type: string, id: string, item: JsonObject): void {
    if (this.#options.conversationId !== null) {
      this.#emit({ type, previous_item_id: this.#options.items.before(id), item });
    }
  }

  #emit(event: JsonObject): void {
    this.#options.emit(event);
  }
}
