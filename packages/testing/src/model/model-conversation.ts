import type { ClientEvent, ClientEventOf, Clock, JsonObject } from '@antiphon/core';
import type { AnswerBook, ModelContext } from './answers.ts';
import { HostedCalls } from './hosted-calls.ts';
import { ItemEdits } from './item-edits.ts';
import { type Refusal, refusals } from './model-errors.ts';
import { ModelInput } from './model-input.ts';
import { type ModelItem, ModelItems } from './model-items.ts';
import {
  formatOf,
  initialSession,
  memberOf,
  transcribes,
  turnDetectionOf,
  updatedSession,
  voiceOf,
} from './model-session.ts';
import { type CancelReason, type ModelManners, ResponseRun } from './response-run.ts';

/** The server's end of a connection, as far as the model needs it. */
export interface ModelPeer {
  send(event: JsonObject): void;
  close(code: number, reason: string): void;
}

/** What all conversations of a model share. */
export interface ModelShared {
  readonly clock: Clock;
  readonly manners: ModelManners;
  readonly answers: AnswerBook;
  /** Louder sound is speech. */
  readonly speechRms: number;
  /** After so long the session is over; undefined for never. */
  readonly expiresAfterMs: number | undefined;
  readonly agrees: boolean;
  /** Whether it answers by itself when a call of its own is over. */
  readonly answersHosted: boolean;
  readonly unlisted: readonly string[];
  /** Sound is not kept, neither way. */
  readonly forgetsAudio: boolean;
  /** Transcripts come so long after their turn. */
  readonly transcriptionMs: number;
  nextId(prefix: string): string;
  /** What the user said in a spoken turn: the next text of the script, or the last one again for the same sound. */
  textOf(sketch: string, heardBy: ModelConversation): string;
  /** Whether the next request for a response is to be forgotten. */
  dropsCreate(): boolean;
  /** Which turn of the user an item is, from 1. */
  turnOf(itemId: string): number;
}

/** Something that passed on a connection. */
export interface ModelEvent<Event> {
  readonly atMs: number;
  readonly event: Event;
}

const shortestCommitMs = 100;

/** One session of the model: the conversation that a server holds for one connection. */
export class ModelConversation {
  readonly #shared: ModelShared;
  readonly #peer: ModelPeer;
  readonly #items = new ModelItems();
  readonly #input = new ModelInput();
  readonly #runs = new Set<ResponseRun>();
  readonly #hosted: HostedCalls;
  readonly #received: ModelEvent<ClientEvent>[] = [];
  readonly #sent: ModelEvent<JsonObject>[] = [];
  readonly #edits: ItemEdits;
  readonly #timers = new Map<string, () => void>();
  readonly #conversationId: string;
  #session: JsonObject;
  /** The item that the speech in progress will be. */
  #speechItem: string | undefined;
  #isOver = false;

  constructor(shared: ModelShared, peer: ModelPeer) {
    this.#shared = shared;
    this.#peer = peer;
    this.#edits = new ItemEdits(this.#items, {
      nextId: (prefix) => shared.nextId(prefix),
      emit: (event) => this.#emit(event),
      refuse: (error, event) => this.#refuse(error, event),
    });
    this.#hosted = new HostedCalls({
      ...shared,
      items: this.#items,
      emit: (event) => this.#emit(event),
      timer: (name, delayMs, fire) => this.#timer(name, delayMs, fire),
      answer: () => this.#activeRun() ?? this.#respond({}, undefined),
    });
    const { clock, expiresAfterMs } = shared;
    this.#conversationId = shared.nextId('conv');
    const lifeMs = expiresAfterMs ?? 3_600_000;
    this.#session = initialSession(shared.nextId('sess'), Math.floor((clock.wallMs() + lifeMs) / 1000));
    this.#configureInput();
    this.#emit({ type: 'session.created', session: this.#session });
    if (expiresAfterMs !== undefined) {
      this.#timer('expiry', expiresAfterMs, () => this.#expire(expiresAfterMs));
    }
  }

  /** The conversation, in order. */
  get items(): readonly ModelItem[] {
    return this.#items.all;
  }

  /** Responses in progress, those beside the conversation included. */
  get activeResponses(): readonly { readonly id: string; readonly audioMs: number }[] {
    return [...this.#runs];
  }

  /** Every event of the client, with its time on the model's clock. */
  get received(): readonly ModelEvent<ClientEvent>[] {
    return this.#received;
  }

  /** Every event of the server, with its time on the model's clock. */
  get sent(): readonly ModelEvent<JsonObject>[] {
    return this.#sent;
  }

  /** The settings in force. */
  get session(): JsonObject {
    return this.#session;
  }

  /** Sound that was heard, committed or not. */
  get heard(): { readonly ms: number; readonly bytes: number } {
    return this.#input.heard;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** What the client sent of one type. */
  receivedOf<Type extends ClientEvent['type']>(type: Type): readonly ClientEventOf<Type>[] {
    return this.#received.flatMap(({ event }) => (event.type === type ? [event as ClientEventOf<Type>] : []));
  }

  /** What the server said of one type. */
  sentOf(type: string): readonly JsonObject[] {
    return this.#sent.flatMap(({ event }) => (event['type'] === type ? [event] : []));
  }

  /** The connection is gone: nothing more happens. */
  end(): void {
    this.#isOver = true;
    for (const run of this.#runs) {
      run.drop();
    }
    this.#runs.clear();
    for (const cancel of this.#timers.values()) {
      cancel();
    }
    this.#timers.clear();
  }

  /** Takes a valid event of the client. */
  receive(event: ClientEvent): void {
    if (this.#isOver) {
      return;
    }
    if (event.type !== 'input_audio_buffer.append' || !this.#shared.forgetsAudio) {
      this.#received.push({ atMs: this.#shared.clock.nowMs(), event });
    }
    switch (event.type) {
      case 'session.update':
        return this.#update(event);
      case 'input_audio_buffer.append':
        return this.#hear(event.audio);
      case 'input_audio_buffer.commit':
        return this.#input.bufferedMs < shortestCommitMs
          ? this.#refuse(refusals.commitEmpty(this.#input.bufferedMs), event)
          : this.#commit();
      case 'input_audio_buffer.clear':
        this.#input.take();
        this.#speechItem = undefined;
        return this.#emit({ type: 'input_audio_buffer.cleared' });
      case 'output_audio_buffer.clear':
        return this.#refuse(refusals.notOverWebSocket(), event);
      case 'conversation.item.create':
        this.#edits.create(event, this.#activeRun() !== undefined);
        return this.#hosted.take(event.item);
      case 'conversation.item.retrieve':
        return this.#edits.retrieve(event);
      case 'conversation.item.truncate':
        return this.#edits.truncate(event);
      case 'conversation.item.delete':
        return this.#edits.remove(event);
      case 'response.create':
        return this.#respondTo(event);
      case 'response.cancel':
        return this.#cancel(event);
    }
  }

  #update(event: ClientEventOf<'session.update'>): void {
    const update = event.session as JsonObject;
    const voice = voiceOf(update);
    const hasSpoken = this.#items.all.some(({ audioMs }) => audioMs > 0);
    if (voice !== undefined && voice !== voiceOf(this.#session) && hasSpoken) {
      return this.#refuse(refusals.voiceLocked(), event);
    }
    this.#session = updatedSession(this.#session, update);
    this.#configureInput();
    if (this.#shared.agrees) {
      this.#emit({ type: 'session.updated', session: this.#session });
    }
    this.#hosted.list(update['tools']);
  }

  #configureInput(): void {
    const detection = turnDetectionOf(this.#session);
    const { speechRms } = this.#shared;
    this.#input.configure(formatOf(this.#session, 'input'), detection && { speechRms, ...detection });
  }

  #hear(audio: string): void {
    for (const { kind, atMs } of this.#input.push(audio)) {
      if (kind === 'started') {
        this.#speechStarted(atMs);
      } else {
        this.#speechStopped(atMs);
      }
    }
  }

  #speechStarted(audio_start_ms: number): void {
    this.#cancelTimer('idle');
    const item_id = this.#shared.nextId('item');
    this.#speechItem = item_id;
    this.#emit({ type: 'input_audio_buffer.speech_started', audio_start_ms, item_id });
    if (turnDetectionOf(this.#session)?.interruptsResponse === true) {
      this.#activeRun()?.cancel('turn_detected');
    }
  }

  #speechStopped(audio_end_ms: number): void {
    const item_id = this.#speechItem ?? '';
    this.#emit({ type: 'input_audio_buffer.speech_stopped', audio_end_ms, item_id });
    this.#commit();
    if (turnDetectionOf(this.#session)?.createsResponse === true) {
      this.#respond({}, undefined);
    }
  }

  #commit(): void {
    const { sketch } = this.#input.take();
    const id = this.#speechItem ?? this.#shared.nextId('item');
    this.#speechItem = undefined;
    const text = this.#shared.textOf(sketch, this);
    const previous_item_id = this.#items.all.at(-1)?.id ?? null;
    this.#emit({ type: 'input_audio_buffer.committed', item_id: id, previous_item_id });
    this.#edits.put({ id, type: 'message', role: 'user', part: 'input_audio', text, madeBy: 'server' });
    if (transcribes(this.#session)) {
      this.#timer(`transcription ${id}`, this.#shared.transcriptionMs, () => this.#transcribe(id, text));
    }
  }

  #transcribe(item_id: string, transcript: string): void {
    const place = { item_id, content_index: 0 };
    const prefix = 'conversation.item.input_audio_transcription';
    this.#emit({ type: `${prefix}.delta`, ...place, delta: transcript });
    this.#emit({
      type: `${prefix}.completed`,
      ...place,
      transcript,
      usage: { type: 'duration', seconds: 1 },
    });
  }

  #respondTo(event: ClientEventOf<'response.create'>): void {
    if (!this.#shared.dropsCreate()) {
      this.#respond((event.response ?? {}) as JsonObject, event);
    }
  }

  #respond(params: JsonObject, event: ClientEvent | undefined): void {
    const isBeside = params['conversation'] === 'none';
    const active = this.#activeRun();
    if (active !== undefined && !isBeside) {
      return this.#refuse(refusals.alreadyActive(active.id), event);
    }
    this.#cancelTimer('idle');
    const { clock, manners, answers } = this.#shared;
    const modalities = params['output_modalities'] ?? this.#session['output_modalities'];
    const run = new ResponseRun({
      id: this.#shared.nextId('resp'),
      answer: answers.answerTo(this.#context(params)),
      manners,
      clock,
      format: formatOf(this.#session, 'output'),
      conversationId: isBeside ? null : this.#conversationId,
      metadata: params['metadata'] === undefined ? null : memberOf(params, 'metadata'),
      modality: JSON.stringify(modalities) === '["text"]' ? 'text' : 'audio',
      items: isBeside ? new ModelItems() : this.#items,
      nextId: (prefix) => this.#shared.nextId(prefix),
      emit: (told) => this.#emit(told),
      asksFor: (requestId, call) => this.#hosted.ask(requestId, call),
      ended: (over) => this.#ended(over),
    });
    this.#runs.add(run);
    run.start();
  }

  #context(params: JsonObject): ModelContext {
    const items = this.#items.all;
    const user = items.findLast(({ role }) => role === 'user');
    const spoken = items.findLastIndex(({ role }) => role === 'assistant');
    const { instructions = this.#session['instructions'] } = params;
    return {
      said: user?.text ?? '',
      turn: user === undefined ? 0 : this.#shared.turnOf(user.id),
      outputs: items
        .slice(spoken + 1)
        .filter(({ type }) => type === 'function_call_output' || type === 'mcp_call'),
      instructions: typeof instructions === 'string' ? instructions : '',
    };
  }

  #ended(run: ResponseRun): void {
    this.#runs.delete(run);
    this.#emit({
      type: 'rate_limits.updated',
      rate_limits: [{ name: 'tokens', limit: 40_000, remaining: 39_000, reset_seconds: 1.5 }],
    });
    this.#edits.releaseOutputs();
    this.#hosted.goOn();
    const idleMs = turnDetectionOf(this.#session)?.idleTimeoutMs;
    if (idleMs !== undefined && run.conversationId !== null) {
      this.#timer('idle', idleMs + run.audioMs, () => this.#idle(idleMs));
    }
  }

  #idle(idleMs: number): void {
    const item_id = this.#shared.nextId('item');
    const audio_end_ms = Math.floor(this.#input.heard.ms);
    const audio_start_ms = Math.max(0, audio_end_ms - idleMs);
    this.#speechItem = item_id;
    this.#emit({ type: 'input_audio_buffer.timeout_triggered', item_id, audio_start_ms, audio_end_ms });
    this.#commit();
    this.#respond({}, undefined);
  }

  #cancel(event: ClientEventOf<'response.cancel'>): void {
    const { response_id } = event;
    const run =
      response_id === undefined
        ? this.#activeRun()
        : [...this.#runs].find((candidate) => candidate.id === response_id);
    if (run === undefined) {
      return this.#refuse(refusals.nothingToCancel(), event);
    }
    run.cancel('client_cancelled' satisfies CancelReason);
  }

  #activeRun(): ResponseRun | undefined {
    return [...this.#runs].find(({ conversationId }) => conversationId !== null);
  }

  #expire(lifeMs: number): void {
    const reason = `Your session hit the maximum duration of ${Math.max(1, Math.round(lifeMs / 60_000))} minutes.`;
    this.#refuse({ code: 'session_expired', message: reason }, undefined);
    this.end();
    this.#peer.close(1001, reason);
  }

  #refuse(error: Refusal, event: ClientEvent | undefined): void {
    const event_id = event?.event_id ?? null;
    this.#emit({ type: 'error', error: { type: 'invalid_request_error', param: null, ...error, event_id } });
  }

  #emit(event: JsonObject): void {
    if (this.#isOver) {
      return;
    }
    const whole = { event_id: this.#shared.nextId('event'), ...event };
    if (event['type'] !== 'response.output_audio.delta' || !this.#shared.forgetsAudio) {
      this.#sent.push({ atMs: this.#shared.clock.nowMs(), event: whole });
    }
    this.#peer.send(whole);
  }

  #timer(name: string, delayMs: number, fire: () => void): void {
    this.#cancelTimer(name);
    const cancel = this.#shared.clock.setTimer(delayMs, () => {
      this.#timers.delete(name);
      fire();
    });
    this.#timers.set(name, cancel);
  }

  #cancelTimer(name: string): void {
    this.#timers.get(name)?.();
    this.#timers.delete(name);
  }
}
