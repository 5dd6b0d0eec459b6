import type { InboundAudio, ServerEvent } from '@antiphon/core';
import { durationMs, type WireFormat } from './audio-format.ts';
import { itemTextTokens, outputAudioTokens, type TokenCount, textTokens, toUsage } from './token-counts.ts';
import {
  describeOutcome,
  type EngineCall,
  type EngineItem,
  type EngineMessage,
  type EngineResponse,
  type ItemStatus,
  type ResponseOutcome,
} from './wire-objects.ts';

/** Where the events of a response go. */
export interface EventSink {
  event(event: ServerEvent): void;
  audio(audio: InboundAudio): void;
}

/** The conversation a response writes to. */
export interface ResponseConversation {
  /** Appends an item and returns the id of the one before it. */
  add(item: EngineItem): string | null;
  /** Records the final form of an item with the milliseconds spoken, and returns the id of the one before it. */
  settle(item: EngineItem, spokenMs: number): string | null;
}

/** What is fixed about a response when it is created. */
export interface ResponseHead {
  readonly id: string;
  readonly conversationId: string | null;
  readonly modality: 'audio' | 'text';
  readonly format: WireFormat;
  readonly voice: string | { id: string };
  readonly maxOutputTokens: number | 'inf';
  readonly metadata: Record<string, string> | null;
  /** Tokens of the context it answers. */
  readonly inputTokens: TokenCount;
}

export interface ResponseWriterOptions {
  readonly head: ResponseHead;
  readonly sink: EventSink;
  /** Absent for a response outside the conversation: its items are told by response events only. */
  readonly conversation: ResponseConversation | undefined;
  nextId(prefix: 'item' | 'call'): string;
}

type Phase =
  | { readonly kind: 'idle' }
  | {
      readonly kind: 'message';
      readonly itemId: string;
      readonly outputIndex: number;
      text: string;
      byteLength: number;
    }
  | { readonly kind: 'done' };

type MessagePhase = Extract<Phase, { kind: 'message' }>;

/**
 * Writes the events of one response in the order of the protocol, and is the only place that knows that order: what
 * was opened is closed, items of the conversation are announced after and finished before the output items, and
 * `response.done` comes last, once. Writing after it is a no-op, so whoever was cancelled may notice late.
 */
export class ResponseWriter {
  readonly #head: ResponseHead;
  readonly #sink: EventSink;
  readonly #conversation: ResponseConversation | undefined;
  readonly #nextId: (prefix: 'item' | 'call') => string;
  #phase: Phase = { kind: 'idle' };
  #output: readonly EngineItem[] = [];
  #outputTokens: TokenCount = { text: 0, audio: 0 };

  constructor(options: ResponseWriterOptions) {
    this.#head = options.head;
    this.#sink = options.sink;
    this.#conversation = options.conversation;
    this.#nextId = (prefix) => options.nextId(prefix);
  }

  get id(): string {
    return this.#head.id;
  }

  get isDone(): boolean {
    return this.#phase.kind === 'done';
  }

  /** Tokens written so far, with those of the message being written. */
  get outputTokens(): number {
    const open = this.#phase.kind === 'message' ? this.#tokensOf(this.#phase) : { text: 0, audio: 0 };
    return this.#outputTokens.text + this.#outputTokens.audio + open.text + open.audio;
  }

  start(): void {
    this.#sink.event({ type: 'response.created', response: this.#describe('in_progress', null) });
  }

  /** Opens a message of the agent with its one content part, unless one is open. */
  beginMessage(): void {
    if (this.#phase.kind !== 'idle') return;
    const itemId = this.#nextId('item');
    const phase: MessagePhase = {
      kind: 'message',
      itemId,
      outputIndex: this.#output.length,
      text: '',
      byteLength: 0,
    };
    this.#phase = phase;
    this.#announce({ id: itemId, type: 'message', status: 'in_progress', role: 'assistant', content: [] });
    this.#sink.event({ type: 'response.content_part.added', ...this.#partIds(phase), part: this.#part('') });
  }

  /** Text of the message: its words, or the transcript of its sound. */
  writeText(delta: string): void {
    if (this.#phase.kind !== 'message') return;
    this.#phase.text += delta;
    const type =
      this.#head.modality === 'audio'
        ? 'response.output_audio_transcript.delta'
        : 'response.output_text.delta';
    this.#sink.event({ type, ...this.#partIds(this.#phase), delta });
  }

  /** Sound of the message, in the output format. */
  writeAudio(audio: Uint8Array): void {
    if (this.#phase.kind !== 'message' || audio.byteLength === 0) return;
    const { itemId, outputIndex } = this.#phase;
    this.#phase.byteLength += audio.byteLength;
    this.#sink.audio({
      kind: 'audio',
      responseId: this.#head.id,
      itemId,
      outputIndex,
      contentIndex: 0,
      audio,
    });
  }

  endMessage(): void {
    if (this.#phase.kind === 'message') this.#closeMessage(this.#phase, 'completed');
  }

  /** A whole function call. */
  writeCall(name: string, argumentsJson: string): void {
    if (this.#phase.kind !== 'idle') return;
    const outputIndex = this.#output.length;
    const item: EngineCall = {
      id: this.#nextId('item'),
      type: 'function_call',
      status: 'in_progress',
      name,
      call_id: this.#nextId('call'),
      arguments: '',
    };
    const ids = {
      response_id: this.#head.id,
      item_id: item.id,
      output_index: outputIndex,
      call_id: item.call_id,
    };
    this.#announce(item);
    for (const delta of argumentsJson.match(/.{1,16}/gsu) ?? []) {
      this.#sink.event({ type: 'response.function_call_arguments.delta', ...ids, delta });
    }
    this.#sink.event({
      type: 'response.function_call_arguments.done',
      ...ids,
      name,
      arguments: argumentsJson,
    });
    this.#settle({ ...item, status: 'completed', arguments: argumentsJson }, outputIndex, 0);
  }

  /** Ends the response: closes what is open as incomplete, then says how it ended. The first call counts. */
  finish(outcome: ResponseOutcome): void {
    if (this.#phase.kind === 'done') return;
    if (this.#phase.kind === 'message') this.#closeMessage(this.#phase, 'incomplete');
    this.#phase = { kind: 'done' };
    this.#sink.event({ type: 'response.done', response: this.#describe(outcome.status, outcome) });
  }

  #closeMessage(message: MessagePhase, status: ItemStatus): void {
    const { text } = message;
    const ids = this.#partIds(message);
    if (this.#head.modality === 'audio') {
      this.#sink.event({ type: 'response.output_audio.done', ...ids });
      this.#sink.event({ type: 'response.output_audio_transcript.done', ...ids, transcript: text });
    } else {
      this.#sink.event({ type: 'response.output_text.done', ...ids, text });
    }
    this.#sink.event({ type: 'response.content_part.done', ...ids, part: this.#part(text) });
    const item: EngineMessage = {
      id: message.itemId,
      type: 'message',
      status,
      role: 'assistant',
      content: [
        this.#head.modality === 'audio'
          ? { type: 'output_audio', transcript: text }
          : { type: 'output_text', text },
      ],
    };
    this.#phase = { kind: 'idle' };
    this.#outputTokens = {
      text: this.#outputTokens.text + this.#tokensOf(message).text,
      audio: this.#outputTokens.audio + this.#tokensOf(message).audio,
    };
    this.#settle(item, message.outputIndex, this.#spokenMs(message));
  }

  #announce(item: EngineItem): void {
    const outputIndex = this.#output.length;
    this.#sink.event({
      type: 'response.output_item.added',
      response_id: this.#head.id,
      output_index: outputIndex,
      item,
    });
    if (this.#conversation === undefined) return;
    const previousItemId = this.#conversation.add(item);
    this.#sink.event({ type: 'conversation.item.added', previous_item_id: previousItemId, item });
  }

  #settle(item: EngineItem, outputIndex: number, spokenMs: number): void {
    this.#output = [...this.#output, item];
    if (item.type === 'function_call') {
      this.#outputTokens = { ...this.#outputTokens, text: this.#outputTokens.text + itemTextTokens(item) };
    }
    if (this.#conversation !== undefined) {
      const previousItemId = this.#conversation.settle(item, spokenMs);
      this.#sink.event({ type: 'conversation.item.done', previous_item_id: previousItemId, item });
    }
    this.#sink.event({
      type: 'response.output_item.done',
      response_id: this.#head.id,
      output_index: outputIndex,
      item,
    });
  }

  #describe(status: EngineResponse['status'], outcome: ResponseOutcome | null): EngineResponse {
    const head = this.#head;
    return {
      object: 'realtime.response',
      id: head.id,
      status,
      status_details: outcome && describeOutcome(outcome),
      output: [...this.#output],
      conversation_id: head.conversationId,
      output_modalities: [head.modality],
      max_output_tokens: head.maxOutputTokens,
      audio: { output: { format: head.format, voice: head.voice } },
      usage: outcome && toUsage(head.inputTokens, this.#outputTokens),
      metadata: head.metadata,
    };
  }

  #tokensOf(message: MessagePhase): TokenCount {
    return { text: textTokens(message.text), audio: outputAudioTokens(this.#spokenMs(message)) };
  }

  #spokenMs(message: MessagePhase): number {
    return Math.floor(durationMs(message.byteLength, this.#head.format));
  }

  #partIds(message: MessagePhase) {
    return {
      response_id: this.#head.id,
      item_id: message.itemId,
      output_index: message.outputIndex,
      content_index: 0,
    };
  }

  #part(text: string) {
    return this.#head.modality === 'audio'
      ? { type: 'audio' as const, transcript: text }
      : { type: 'text' as const, text };
  }
}
