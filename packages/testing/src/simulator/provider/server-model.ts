import type { ClientEvent, ConversationItem } from '@antiphon/core';
import type { Prng } from '../prng.ts';
import { likelihood } from '../profile.ts';
import { isCalm } from '../stage.ts';
import { type HeardAudio, InputBuffer } from './input-buffer.ts';
import { ModelConversation, modelItem } from './model-conversation.ts';
import { ModelResponse } from './model-response.ts';
import { drawManner } from './response-manner.ts';
import { planResponse } from './response-plan.ts';
import { itemFromClient } from './seeded-item.ts';
import type { ServerPorts } from './server-ports.ts';
import { callItem, type Metadata, sayError, sayItem, saySession, writtenItem } from './server-says.ts';

/** Something the server refused, as the checks see it. */
export interface Refusal {
  readonly code: string;
  readonly event: ClientEvent;
  readonly atMs: number;
  /** `fault`: the request was in order. */
  readonly why: 'mistake' | 'fault';
  /** Whether the error says which event it is about. */
  readonly isNamed: boolean;
}

type ClientEventOf<Type extends ClientEvent['type']> = Extract<ClientEvent, { readonly type: Type }>;

/** Why a request is refused that could be answered. */
const rejections = ['server_error', 'rate_limit_exceeded', 'odd_refusal', 'invalid_value'] as const;

/** The service refuses longer ids of items. */
const longestId = 32;

/** The server's end of one connection: what it holds is the ground truth that the session is held against. */
export class ServerModel {
  readonly conversation = new ModelConversation();
  readonly responses: ModelResponse[] = [];
  readonly refusals: Refusal[] = [];
  /** What neither side wrote to the conversation, by item. */
  readonly textsOfOthers = new Map<string, string>();
  /** Requests for a response that it lost. */
  readonly lostRequests: string[] = [];
  #config: ClientEventOf<'session.update'>['session'] | undefined;
  #nextId = 1;
  #queuedTurns = 0;
  #over = false;
  readonly #ports: ServerPorts;
  readonly #lengths: Prng;
  readonly #manners: Prng;
  readonly #whims: Prng;
  readonly #readings: Prng;
  readonly #openings: Prng;
  readonly #input: InputBuffer;
  readonly #afterResponse: (() => void)[] = [];

  constructor(ports: ServerPorts) {
    this.#ports = ports;
    this.#lengths = ports.random.fork('lengths');
    this.#manners = ports.random.fork('manners');
    this.#whims = ports.random.fork('whims');
    this.#readings = ports.random.fork('readings');
    this.#openings = ports.random.fork('openings');
    this.#input = new InputBuffer(ports, this.conversation, {
      detection: () => this.#detection(),
      newId: () => this.#newId('item'),
      onSpeech: () => this.#onSpeech(),
      onTurn: () => this.#onTurn(),
    });
  }

  get active(): ModelResponse | undefined {
    const last = this.responses.at(-1);
    return last?.status === 'active' ? last : undefined;
  }

  /** The calls that have no output yet. */
  get openCalls(): readonly string[] {
    const { items } = this.conversation;
    const answered = new Set(items.flatMap(({ kind, callId }) => (kind === 'output' ? [callId] : [])));
    return items.flatMap(({ kind, callId }) =>
      kind === 'call' && callId !== undefined && !answered.has(callId) ? [callId] : [],
    );
  }

  /** Whether it has begun to say a text that it was told to say. */
  get isInText(): boolean {
    const { active } = this;
    return (
      active?.say !== undefined &&
      this.conversation.items.some(
        ({ responseId, status, text }) => responseId === active.id && status === 'in_progress' && text !== '',
      )
    );
  }

  /** What it was told of the agent. */
  get instructions(): string | undefined {
    return this.#config?.type === 'realtime' ? this.#config.instructions : undefined;
  }

  /** The connection is accepted. */
  begin(): void {
    this.#ports.emit(saySession('session.created', `sess_${this.#ports.epoch}`));
  }

  /** The connection is gone. */
  end(): void {
    this.#over = true;
    this.active?.lose();
    this.#input.end();
  }

  /** Somebody else puts a text of the user into the conversation: not before there is one. */
  beWrittenTo(): void {
    if (this.conversation.items.length === 0) return;
    const text = this.#ports.nextWord();
    const id = this.#newId('item');
    const previous = this.conversation.add(modelItem(id, 'user', { text })) || null;
    this.textsOfOthers.set(id, text);
    this.#ports.emit(sayItem(this.#ports.habits.itemEvent, writtenItem(id, text), previous));
  }

  /** Somebody else takes the oldest text of theirs out again. */
  beTakenFrom(): void {
    const id = [...this.textsOfOthers.keys()].find((known) => this.conversation.find(known) !== undefined);
    if (id === undefined) return;
    this.conversation.remove(id);
    this.#ports.emit({ type: 'conversation.item.deleted', item_id: id });
  }

  hear(audio: HeardAudio): void {
    if (!this.#over) this.#input.hear(audio);
  }

  /** Another client of the same conversation writes an item. */
  insert(item: ConversationItem & { readonly id: string }, text: string): void {
    const previous = this.conversation.add(modelItem(item.id, 'system', { text }));
    this.#ports.emit(sayItem(this.#ports.habits.itemEvent, item, previous === false ? null : previous));
  }

  receive(event: ClientEvent): void {
    if (this.#over) return;
    switch (event.type) {
      case 'session.update':
        return this.#configure(event);
      case 'conversation.item.create':
        return this.#createItem(event);
      case 'conversation.item.delete':
        return this.#deleteItem(event);
      case 'conversation.item.truncate':
        return this.#truncateItem(event);
      case 'conversation.item.retrieve':
        return this.#retrieveItem(event);
      case 'output_audio_buffer.clear':
        return this.#ports.sound?.clear(this.active?.id);
      case 'input_audio_buffer.commit':
        if (!this.#input.commit()) this.#refuse('input_audio_buffer_commit_empty', event);
        return;
      case 'input_audio_buffer.clear':
        return this.#input.clear();
      case 'response.create':
        return this.#createResponse(event);
      case 'response.cancel':
        return this.#cancelResponse(event);
      default:
        return;
    }
  }

  #configure(event: ClientEventOf<'session.update'>): void {
    const { random, stage, emit } = this.#ports;
    if (!isCalm(stage) && random.chance(likelihood(stage.profile, 'fatal_closes', 0.02, 0.06))) {
      return this.#refuse('invalid_value', event);
    }
    this.#config = event.session;
    emit(saySession('session.updated', `sess_${this.#ports.epoch}`));
  }

  #detection():
    | { readonly silenceMs: number; readonly answers: boolean; readonly interrupts: boolean }
    | undefined {
    const session = this.#config;
    if (session?.type !== 'realtime') return undefined;
    const detection = session.audio?.input?.turn_detection;
    if (detection === null || detection === undefined) return undefined;
    const silenceMs = detection.type === 'server_vad' ? (detection.silence_duration_ms ?? 500) : 500;
    return {
      silenceMs,
      answers: detection.create_response ?? true,
      interrupts: detection.interrupt_response ?? true,
    };
  }

  #onSpeech(): void {
    if (!this.#detection()?.interrupts) return;
    this.#ports.sound?.clear(this.active?.id);
    this.active?.cancel('turn_detected');
  }

  #onTurn(): void {
    if (!this.#detection()?.answers) return;
    const active = this.active;
    if (active === undefined) return this.#respond('turn', null);
    if (this.#ports.habits.busyTurns === 'queue') {
      this.#queuedTurns++;
    } else {
      this.#ports.emit(sayError('conversation_already_has_active_response', busyText(active.id), null));
    }
  }

  #createItem(event: ClientEventOf<'conversation.item.create'>): void {
    if ((event.item.id ?? '').length > longestId) return this.#refuse('string_above_max_length', event);
    const id = this.#ports.habits.names === 'client' ? event.item.id : undefined;
    const item = itemFromClient(event.item, id ?? this.#newId('item'));
    if (this.conversation.find(item.model.id) !== undefined) return this.#refuse(null, event);
    if (item.model.kind === 'output' && !this.conversation.knowsCall(item.model.callId ?? ''))
      return this.#refuse('invalid_tool_call_id', event);
    const previous = this.conversation.add(item.model, event.previous_item_id);
    if (previous === false) return this.#refuse('item_create_invalid_previous_item_id', event);
    const acknowledge = () => {
      this.#ports.emit(sayItem(this.#ports.habits.itemEvent, item.wire, previous));
      if (!this.#ports.habits.terse) this.#ports.emit(sayItem('conversation.item.done', item.wire, previous));
    };
    const late = item.model.kind === 'output' && this.#ports.habits.lateAcks && this.active !== undefined;
    if (late) this.#afterResponse.push(acknowledge);
    else acknowledge();
  }

  #deleteItem(event: ClientEventOf<'conversation.item.delete'>): void {
    if (!this.conversation.remove(event.item_id)) return this.#refuse('item_delete_invalid_item_id', event);
    this.#ports.emit({ type: 'conversation.item.deleted', item_id: event.item_id });
  }

  #retrieveItem(event: ClientEventOf<'conversation.item.retrieve'>): void {
    const item = this.conversation.find(event.item_id);
    if (item === undefined) return this.#refuse('item_retrieve_invalid_item_id', event);
    const { id, callId, status, argumentsJson = '' } = item;
    const call = { itemId: id, callId: callId ?? '', name: item.text };
    this.#ports.emit({ type: 'conversation.item.retrieved', item: callItem(call, status, argumentsJson) });
  }

  #truncateItem(event: ClientEventOf<'conversation.item.truncate'>): void {
    const item = this.conversation.find(event.item_id);
    if (item === undefined) return this.#refuse('item_truncate_invalid_item_id', event);
    const part = item.parts[event.content_index];
    if (item.kind !== 'agent' || part === undefined) return this.#refuse('unsupported_content_type', event);
    if (event.audio_end_ms === 0 || event.audio_end_ms > part.madeMs) this.#refuse('invalid_value', event);
    if (event.audio_end_ms === 0) return;
    part.keptMs = Math.min(part.keptMs, event.audio_end_ms);
    this.#ports.emit({
      type: 'conversation.item.truncated',
      item_id: event.item_id,
      content_index: event.content_index,
      audio_end_ms: Math.min(event.audio_end_ms, Math.floor(part.madeMs)),
    });
  }

  #createResponse(event: ClientEventOf<'response.create'>): void {
    const { random, stage } = this.#ports;
    const active = this.active;
    if (active !== undefined) {
      active.hasten();
      if (this.#overlooks(active)) return void this.lostRequests.push(event.event_id ?? '');
      return this.#refuse('conversation_already_has_active_response', event, busyText(active.id));
    }
    if (!isCalm(stage) && random.chance(likelihood(stage.profile, 'dropped_creates', 0.08, 0.25))) {
      this.lostRequests.push(event.event_id ?? '');
      return;
    }
    if (!isCalm(stage) && this.#manners.chance(likelihood(stage.profile, 'rejected_creates', 0.08, 0.25)))
      return this.#refuse(this.#manners.pick(rejections), event, 'overloaded', 'fault');
    this.#respond('client', event.response?.metadata ?? null, event.response?.tool_choice === 'none');
  }

  /** Whether a request is lost on it for a text that comes late, of which only the end says which one it is. */
  #overlooks({ say, manner }: ModelResponse): boolean {
    const { stage, habits } = this.#ports;
    if (say === undefined || manner.beginning !== 'untold' || !manner.hastens) return false;
    if (isCalm(stage) || !habits.repeatsMetadata) return false;
    return this.#whims.chance(likelihood(stage.profile, 'given_up_answers', 0.3, 0.6));
  }

  #cancelResponse(event: ClientEventOf<'response.cancel'>): void {
    const active = this.active;
    if (active === undefined || (event.response_id ?? active.id) !== active.id)
      return this.#refuse('response_cancel_not_active', event);
    active.cancel('client_cancelled');
  }

  #respond(cause: ModelResponse['cause'], metadata: Metadata, mute = false): void {
    const { random, stage } = this.#ports;
    const plan = planResponse({
      random,
      lengths: this.#lengths,
      profile: stage.profile,
      calm: isCalm(stage),
      tools: mute ? [] : this.#toolNames(),
      say: metadata?.['antiphon.say'],
      readings: this.#readings,
      openings: this.#openings,
      asks: metadata?.['antiphon.asks_for'] !== undefined,
      chained: this.#chained(),
      nextWord: () => this.#ports.nextWord(),
    });
    this.responses.push(
      new ModelResponse(this.#ports, this.conversation, {
        id: `resp_${this.#ports.epoch}_${this.responses.length + 1}`,
        plan,
        manner: drawManner(this.#manners, stage),
        metadata,
        cause,
        onOver: ({ id }) => this.#onOver(id),
        newId: (kind) => this.#newId(kind),
        isWritten: this.#isWritten(),
      }),
    );
  }

  #onOver(responseId: string): void {
    this.#ports.sound?.finish(responseId);
    for (const act of this.#afterResponse.splice(0)) act();
    const isTurnQueued = this.#queuedTurns > 0;
    this.#queuedTurns = 0;
    if (isTurnQueued) return this.#answerIn(1, 'turn');
    if (this.#isTiredOfSilence()) this.#answerIn(this.#whims.int(5, 1_500), 'silence');
  }

  /**
   * Whether it speaks when nobody does: of those that answer by themselves some can be told to. It has told before which text
   * one of its responses is, so that nobody takes what it says now for another.
   */
  #isTiredOfSilence(): boolean {
    const { stage, habits } = this.#ports;
    if (isCalm(stage) || this.#detection()?.answers !== true || !habits.repeatsMetadata) return false;
    const isTold = this.responses.some(
      ({ say, status, manner }) => say !== undefined && status === 'completed' && manner.beginning === 'told',
    );
    return isTold && this.#whims.chance(likelihood(stage.profile, 'unasked_answers', 0.15, 0.4));
  }

  /** Begins a response that nobody asks for now, unless another has begun by then. */
  #answerIn(delayMs: number, cause: 'turn' | 'silence'): void {
    this.#ports.stage.queue.after(delayMs, () => {
      const isBusy = this.active !== undefined || (cause === 'silence' && this.#input.isHearing);
      if (!this.#over && !isBusy) this.#respond(cause, null);
    });
  }

  #isWritten(): boolean {
    const session = this.#config;
    return session?.type === 'realtime' && session.output_modalities?.includes('text') === true;
  }

  #toolNames(): readonly string[] {
    const session = this.#config;
    if (session?.type !== 'realtime') return [];
    return (session.tools ?? []).flatMap((tool) => (tool.type === 'function' ? [tool.name] : []));
  }

  /** How many calls were made since the user last said something. */
  #chained(): number {
    const { items } = this.conversation;
    const turn = items.findLastIndex((item) => item.kind === 'user');
    return items.filter((item, at) => at > turn && item.kind === 'call').length;
  }

  #refuse(
    code: string | null,
    event: ClientEvent,
    message = 'refused',
    why: Refusal['why'] = 'mistake',
  ): void {
    const { random, habits, emit, stage } = this.#ports;
    const isNamed = random.chance(habits.namesErrors);
    this.refusals.push({ code: code ?? 'duplicate_item', event, atMs: stage.queue.nowMs, why, isNamed });
    emit(sayError(code, message, isNamed ? (event.event_id ?? null) : null));
  }

  #newId(kind: 'item' | 'call'): string {
    const id = `${kind}_${this.#ports.epoch}_${this.#nextId++}`;
    return kind === 'item' && this.#ports.habits.names === 'long' ? id.padEnd(longestId + 4, '_') : id;
  }
}

function busyText(responseId: string): string {
  return `Conversation already has an active response in progress: ${responseId}. Wait until the response is finished.`;
}
