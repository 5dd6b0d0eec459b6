import { concatSamples, int16ToFloat } from '@antiphon/audio';
import type {
  ClientEvent,
  ClientEventOf,
  InboundMessage,
  Logger,
  ServerEvent,
  ToolSpec,
} from '@antiphon/core';
import { validateClientEvent } from '@antiphon/core';
import { WireDecoder } from './audio-format.ts';
import { toBrainTools } from './brain-task.ts';
import { Conversation } from './conversation.ts';
import type { Utterance } from './conversation-log.ts';
import { type EngineStages, loadEarStages } from './engine-stages.ts';
import { type GivenItem, ItemDesk } from './item-desk.ts';
import { Listener, type Segment } from './listener.ts';
import { Responder } from './responder.ts';
import { planResponse, type ResponseParams } from './response-plan.ts';
import type { EventSink } from './response-writer.ts';
import { initialSession, updateSession } from './session-settings.ts';
import { followTranscription, type HeardPart } from './transcription.ts';
import { type WireError, wireErrors } from './wire-errors.ts';
import type { EffectiveSession, EffectiveTool } from './wire-objects.ts';

export interface EngineSessionOptions {
  readonly stages: EngineStages;
  /** The agent's tools with what the wire does not carry. */
  readonly specs: readonly ToolSpec[];
  readonly model: string;
  readonly voice: string;
  readonly nextId: (prefix: string) => string;
  readonly now: () => Date;
  readonly logger: Logger;
  /** Takes what the engine says, in order. */
  readonly emit: (message: InboundMessage) => void;
}

/** How long a hosted session would live; this one is not cut. */
const statedLifetimeS = 3_600;

/** What waits for the active response to end. */
interface Waiting {
  /** Outputs of calls are taken up after the response that runs, as the hosted service does. */
  readonly outputs: readonly ClientEventOf<'conversation.item.create'>[];
  /** Whether a turn of the user was committed meanwhile and has to be answered. */
  readonly answer: 'none' | 'owed';
}

const nothingWaiting: Waiting = { outputs: [], answer: 'none' };

/** One connection to the engine: the server side of the protocol. Takes events in order; never throws. */
export class EngineSession {
  readonly #options: EngineSessionOptions;
  readonly #conversation: Conversation;
  readonly #listener: Listener;
  readonly #responder: Responder;
  readonly #items: ItemDesk;
  readonly #sink: EventSink;
  readonly #closed = new AbortController();
  #session: EffectiveSession;
  #waiting: Waiting = nothingWaiting;
  /** Whether there was anything to hear. */
  #room: 'silent' | 'heard' = 'silent';

  constructor(options: EngineSessionOptions) {
    const { stages, nextId, now } = options;
    this.#options = options;
    this.#session = initialSession({
      id: nextId('sess'),
      model: options.model,
      voice: options.voice,
      expiresAt: Math.floor(now().getTime() / 1_000) + statedLifetimeS,
    });
    this.#conversation = new Conversation(nextId('conv'));
    this.#sink = { event: (event) => this.#emit(event), audio: (audio) => options.emit(audio) };
    this.#responder = new Responder({
      conversation: this.#conversation,
      sink: this.#sink,
      nextId,
      now,
      createBrain: () => stages.createBrain(),
      synthesizer: () => stages.synthesizer(),
      handlers: {
        onFree: () => this.#catchUp(),
        onFailure: (error) => this.#warn('a response failed', error),
      },
    });
    this.#items = new ItemDesk({
      conversation: this.#conversation,
      sink: this.#sink,
      nextId,
      hear: (itemId, contentIndex, base64) => this.#hearItem(itemId, contentIndex, base64),
    });
    this.#listener = this.#createListener();
  }

  /** Introduces itself. */
  start(): void {
    this.#emit({ type: 'session.created', session: this.#session });
  }

  receive(event: ClientEvent): void {
    const result = validateClientEvent(event);
    if (!result.ok) return this.#emit({ type: 'error', error: result.error });
    const error = this.#route(result.event);
    if (error !== undefined) this.#complain(error, result.event.event_id);
  }

  receiveAudio(audio: Uint8Array): void {
    if (this.#room === 'silent') this.#loadEars();
    this.#listener.append(audio);
  }

  /** The first turn shall not wait for what can be loaded while the user still speaks. */
  #loadEars(): void {
    this.#room = 'heard';
    loadEarStages(this.#options.stages).catch((error: unknown) =>
      this.#warn('a model could not be loaded', error),
    );
  }

  /** Stops everything; nothing is said any more. */
  close(): void {
    this.#closed.abort();
    this.#listener.close();
    this.#responder.close();
  }

  #route(event: ClientEvent): WireError | undefined {
    switch (event.type) {
      case 'session.update':
        return this.#update(event);
      case 'input_audio_buffer.append':
        this.receiveAudio(Buffer.from(event.audio, 'base64'));
        return undefined;
      case 'input_audio_buffer.commit':
        return this.#commit();
      case 'input_audio_buffer.clear':
        this.#listener.clear();
        return this.#emit({ type: 'input_audio_buffer.cleared' });
      case 'output_audio_buffer.clear':
        return wireErrors.unsupported('type', event.type, supportedTypes);
      case 'conversation.item.create':
        return this.#createItem(event);
      case 'conversation.item.retrieve':
        return this.#items.retrieve(event.item_id);
      case 'conversation.item.delete':
        return this.#items.remove(event.item_id);
      case 'conversation.item.truncate':
        return this.#items.truncate(event);
      case 'response.create':
        return this.#respond(event.response ?? {});
      case 'response.cancel':
        return this.#responder.cancel(event.response_id);
    }
  }

  #update({ session: update }: ClientEventOf<'session.update'>): WireError | undefined {
    if (update.type !== 'realtime') return wireErrors.unsupported('session.type', update.type, ['realtime']);
    const result = updateSession(this.#session, update, this.#conversation.hasSpoken);
    if (!result.ok) return result.error;
    const before = this.#session.audio.input;
    if (result.session.tools !== this.#session.tools) this.#prepareTools(result.session.tools);
    this.#session = result.session;
    const after = this.#session.audio.input;
    if (after.format.type !== before.format.type) this.#listener.changeFormat(after.format);
    if (JSON.stringify(after.turn_detection) !== JSON.stringify(before.turn_detection)) {
      this.#listener.changeTurnDetection(after.turn_detection);
    }
    return this.#emit({ type: 'session.updated', session: this.#session });
  }

  #prepareTools(tools: readonly EffectiveTool[]): void {
    this.#options.stages
      .prepareTools(toBrainTools(tools, this.#options.specs))
      .catch((error: unknown) => this.#warn('the tools could not be prepared', error));
  }

  #commit(): WireError | undefined {
    const result = this.#listener.commit();
    if (!result.ok) return wireErrors.bufferTooSmall(result.bufferedMs);
    return this.#addUserTurn(result.segment);
  }

  #createItem(event: ClientEventOf<'conversation.item.create'>): WireError | undefined {
    if (event.item.type === 'function_call_output' && this.#responder.activeId !== undefined) {
      this.#waiting = { ...this.#waiting, outputs: [...this.#waiting.outputs, event] };
      return undefined;
    }
    return this.#items.create(event);
  }

  #respond(params: ResponseParams): WireError | undefined {
    const result = planResponse(params, {
      session: this.#session,
      conversation: this.#conversation,
      specs: this.#options.specs,
      toEntry: (item: GivenItem) => this.#items.toEntry(item),
    });
    return result.ok ? this.#responder.start(result.plan) : result.error;
  }

  /** The conversation is free again: what waited for it is taken up. */
  #catchUp(): void {
    const { outputs, answer } = this.#waiting;
    this.#waiting = nothingWaiting;
    for (const event of outputs) {
      const error = this.#items.create(event);
      if (error !== undefined) this.#complain(error, event.event_id);
    }
    if (answer === 'owed') this.#respond({});
  }

  #createListener(): Listener {
    const { stages, nextId } = this.#options;
    const { format, turn_detection } = this.#session.audio.input;
    return new Listener({
      format,
      turnDetection: turn_detection,
      createDetector: () => stages.createDetector(),
      recognize: async (samples, signal) =>
        (await stages.recognizer()).transcribe(int16ToFloat(samples), signal),
      nextItemId: () => nextId('item'),
      handlers: {
        speechStarted: (itemId, audioStartMs) => this.#onSpeechStarted(itemId, audioStartMs),
        speechStopped: (segment, audioEndMs) => this.#onSpeechStopped(segment, audioEndMs),
        failed: (error) => {
          this.#warn('turn detection failed', error);
          this.#complain(wireErrors.internal('turn detection is not available'));
        },
      },
    });
  }

  #onSpeechStarted(itemId: string, audioStartMs: number): void {
    this.#emit({ type: 'input_audio_buffer.speech_started', audio_start_ms: audioStartMs, item_id: itemId });
    if (this.#session.audio.input.turn_detection?.interrupt_response === true) this.#responder.interrupt();
  }

  #onSpeechStopped(segment: Segment, audioEndMs: number): void {
    this.#emit({
      type: 'input_audio_buffer.speech_stopped',
      audio_end_ms: audioEndMs,
      item_id: segment.itemId,
    });
    this.#addUserTurn(segment);
    if (this.#session.audio.input.turn_detection?.create_response !== true) return;
    if (this.#responder.activeId === undefined) this.#respond({});
    else this.#waiting = { ...this.#waiting, answer: 'owed' };
  }

  #addUserTurn({ itemId, audioMs, heard }: Segment): undefined {
    const previousItemId = this.#conversation.lastItemId;
    const utterance = this.#follow({ itemId, contentIndex: 0, audioMs, heard });
    const item = this.#conversation.appendUtterance(itemId, utterance);
    this.#emit({ type: 'input_audio_buffer.committed', item_id: itemId, previous_item_id: previousItemId });
    this.#emit({ type: 'conversation.item.added', previous_item_id: previousItemId, item });
    this.#emit({ type: 'conversation.item.done', previous_item_id: previousItemId, item });
  }

  #hearItem(itemId: string, contentIndex: number, base64: string): Utterance | undefined {
    const bytes = Buffer.from(base64, 'base64');
    if (bytes.length === 0 && base64 !== '') return undefined;
    const decoder = new WireDecoder(this.#session.audio.input.format);
    const samples = concatSamples([decoder.push(bytes), decoder.end()], new Int16Array(0));
    const audioMs = Math.round(decoder.decodedMs);
    return this.#follow({ itemId, contentIndex, audioMs, heard: this.#listener.hear(samples) });
  }

  #follow(part: HeardPart): Utterance {
    return followTranscription(part, {
      sink: this.#sink,
      conversation: this.#conversation,
      isWanted: () => this.#session.audio.input.transcription !== null,
      onFailure: (error) => this.#warn('a turn could not be transcribed', error),
    });
  }

  #complain(error: WireError, eventId?: string): void {
    this.#emit({ type: 'error', error: { ...error, event_id: eventId ?? null } });
  }

  #emit(event: ServerEvent): undefined {
    if (this.#closed.signal.aborted) return;
    this.#options.emit({ kind: 'event', event: { event_id: this.#options.nextId('event'), ...event } });
  }

  #warn(message: string, error: unknown): void {
    if (this.#closed.signal.aborted) return;
    this.#options.logger.warn(message, { error: error instanceof Error ? error.message : String(error) });
  }
}

const supportedTypes = [
  'session.update',
  'input_audio_buffer.append',
  'input_audio_buffer.commit',
  'input_audio_buffer.clear',
  'conversation.item.create',
  'conversation.item.retrieve',
  'conversation.item.truncate',
  'conversation.item.delete',
  'response.create',
  'response.cancel',
] as const;
