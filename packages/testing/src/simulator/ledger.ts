import type {
  ClientEvent,
  ConversationItem,
  Effect,
  ServerEvent,
  ServerEventOf,
  SessionEvent,
  SessionSettings,
} from '@antiphon/core';
import { ownerOf, withRevision } from './ledger-agents.ts';
import { CallLedger } from './ledger-calls.ts';
import {
  beginResponse,
  type ConnectionView,
  newConnection,
  takeSettings,
  takeSettingsBefore,
} from './ledger-connections.ts';
import { ItemLedger } from './ledger-items.ts';
import type { SessionStep } from './session-under-test.ts';
import type { Agent } from './stage.ts';

/** A response as the session can know it. */
export interface ResponseView {
  readonly id: string;
  readonly epoch: number;
  /** The agent whose settings its server was known to have when it began. */
  readonly agent: string;
  readonly protectedSpeech: boolean;
  readonly startedAtMs: number;
  status: 'active' | 'completed' | 'cancelled' | 'incomplete' | 'failed';
  /** When the user cut it. */
  cutAtMs: number | undefined;
}

/** What is asked of those who know more than the session. */
export interface LedgerHooks {
  readonly now: () => number;
  /** What a response was told to say. */
  readonly sayOf: (responseId: string) => string | undefined;
  /** Whether the server has refused an event that was sent. */
  readonly isRefused: (eventId: string) => boolean;
}

/** What the session has been told and has done, kept without asking the session. */
export class Ledger {
  readonly connections = new Map<number, ConnectionView>();
  readonly responses = new Map<string, ResponseView>();
  /** Responses whose beginning was told: one that begins while its server is mute is known by what comes of it later. */
  readonly announced = new Set<string>();
  readonly #contents = new ItemLedger();
  readonly items = this.#contents.byId;
  readonly calls = new CallLedger();
  readonly now: () => number;
  readonly bytesPerMs: number;
  /** The connection that the user's sound goes to, the agent in charge, and whether that sound is, or was as the step began, kept back. */
  readonly current = { epoch: 0, agent: '', closed: false, held: false, wasHeld: false };
  /** The agents as the session was told of them last. */
  agents: SessionSettings['agents'];
  /** Turns that were committed: the beginning of one may be told after that. */
  readonly endedTurns = new Set<string>();
  /** Whether the event of this step came from a connection that is no more. */
  stale = false;
  readonly #protectedSays = new Set<string>();
  /** Responses that were cancelled before anything of them was heard: an error had named them. */
  readonly #cancelled = new Set<string>();

  readonly #isCall: boolean;
  readonly #sayOf: LedgerHooks['sayOf'];
  readonly #isRefused: LedgerHooks['isRefused'];
  /** Events that errors were told to be about. */
  readonly #refused = new Set<string>();

  constructor(settings: SessionSettings, hooks: LedgerHooks) {
    this.current.agent = settings.agentName;
    this.#isCall = settings.callId !== undefined;
    this.agents = settings.agents;
    for (const item of settings.history ?? [])
      if (item.kind === 'function_call') this.calls.prior.add(item.callId);
    this.bytesPerMs = settings.outputBytesPerMs;
    this.now = hooks.now;
    this.#sayOf = hooks.sayOf;
    this.#isRefused = hooks.isRefused;
  }

  /** The connection in use, as far as it is not gone. */
  get inUse(): ConnectionView | undefined {
    const view = this.connections.get(this.current.epoch);
    return view?.phase === 'gone' ? undefined : view;
  }

  /** The connection that a call was joined with before. */
  get #joined(): ConnectionView | undefined {
    return this.#isCall ? [...this.connections.values()].at(-1) : undefined;
  }

  /** What a call tells those who have not joined it yet. */
  #goesBy(event: Extract<SessionEvent, { readonly epoch: number }>): boolean {
    const view = this.connections.get(event.epoch);
    const isOpening = view?.phase === 'opening' && !view.inUse;
    if (!this.#isCall || !isOpening || event.type !== 'server.event') return false;
    return !['session.updated', 'error', 'unknown'].includes(event.event.type);
  }

  isLive(epoch: number): boolean {
    const view = this.connections.get(epoch);
    return view !== undefined && view.phase !== 'gone';
  }

  /** What the agent that made a call says of its tool. */
  policyOf(callId: string): Agent['tools'][number] | undefined {
    const call = this.calls.byId.get(callId);
    return this.agents[call?.agent ?? '']?.tools.find(({ name }) => name === call?.name);
  }

  /** The instructions that the agent in charge has with these values. */
  instructionsWith(values: Readonly<Record<string, string>>): string {
    const template = this.agents[this.current.agent]?.session.instructions ?? '';
    return template.replace('{{caller}}', values['caller'] ?? '');
  }

  /** A text that must not be cut by speech. */
  protect(text: string): void {
    this.#protectedSays.add(text);
  }

  /** Whether a text must not be cut by speech. */
  isProtected(text: string): boolean {
    return this.#protectedSays.has(text);
  }

  /** Takes note of what the session is told. */
  hear(event: SessionEvent): void {
    this.stale = 'epoch' in event && (!this.isLive(event.epoch) || this.#goesBy(event));
    if (this.stale) return;
    switch (event.type) {
      case 'transport.closed':
        return this.#gone(event.epoch);
      case 'server.event':
        if (event.event.type !== 'unknown') this.#hearServer(event.epoch, event.event);
        return;
      case 'server.audio': {
        this.#touch(event.epoch, event.responseId);
        return this.#contents.sound(event, event.byteLength / this.bytesPerMs);
      }
      case 'timer.fired':
        if (event.timer.startsWith('call:'))
          this.calls.timeOver(event.timer.slice('call:'.length), this.now());
        return;
      case 'agent.say':
        if (event.protected) this.protect(event.text.trim());
        return;
      case 'agents.revised':
        if (!this.current.closed) this.agents = withRevision(this.agents, event);
        return;
      case 'session.resume':
        for (const epoch of this.connections.keys()) this.#gone(epoch);
        this.current.held = false;
        return;
      default:
        return;
    }
  }

  /** Takes note of what the session does. */
  see(effect: Effect, step: SessionStep): void {
    if (effect === step.effects[0]) this.calls.reassign(step, this.#mayBeOf);
    switch (effect.type) {
      case 'transport.open':
        this.connections.set(effect.epoch, newConnection(effect, this.now(), this.#joined));
        return;
      case 'transport.send':
        return this.#seeSend(effect.epoch, effect.event);
      case 'transport.close':
        return this.#gone(effect.epoch);
      case 'source.route': {
        this.current.epoch = effect.epoch;
        const view = this.connections.get(effect.epoch);
        if (view) view.inUse = true;
        return;
      }
      case 'source.hold':
        this.current.held = true;
        return;
      case 'source.release':
        this.current.held = false;
        return;
      case 'tool.check':
        return this.calls.check(effect, this.now());
      case 'tool.start':
        return this.calls.start(effect, this.now());
      case 'notify':
        if (effect.notice.type === 'agent_changed') this.current.agent = effect.notice.agent;
        if (effect.notice.type === 'closed') this.current.closed = true;
        return this.calls.notice(effect.notice, step.event);
      default:
        return;
    }
  }

  /** Everything that is under way is cut: what comes of it from now on must not be heard. */
  cut(spare: (response: ResponseView) => boolean): void {
    for (const response of this.responses.values()) {
      if (response.cutAtMs === undefined && !spare(response)) response.cutAtMs = this.now();
    }
  }

  #gone(epoch: number): void {
    const view = this.connections.get(epoch);
    if (view) view.phase = 'gone';
    // Nothing more comes of its responses.
    for (const response of this.responses.values()) {
      if (response.epoch === epoch && response.status === 'active') {
        this.calls.responseDone(response.id, 'cancelled', this.now());
      }
    }
  }

  #seeSend(epoch: number, sent: ClientEvent): void {
    const view = this.connections.get(epoch);
    if (view === undefined) return;
    view.sent.push(sent);
    view.lastSentAtMs = this.now();
    switch (sent.type) {
      case 'session.update':
        return void view.told.push({ eventId: sent.event_id ?? '', agent: this.current.agent });
      case 'response.create':
        view.openCreate = { eventId: sent.event_id ?? '', atMs: this.now() };
        return;
      case 'response.cancel': {
        const response = this.responses.get(sent.response_id ?? view.activeResponse ?? '');
        if (response) response.cutAtMs ??= this.now();
        else if (sent.response_id !== undefined) this.#cancelled.add(sent.response_id);
        return;
      }
      case 'conversation.item.create':
        this.#seeItem(epoch, sent.item);
        return;
      case 'conversation.item.truncate':
        return this.#contents.cut(sent.item_id, 'truncated');
      case 'conversation.item.delete':
        return this.#contents.cut(sent.item_id, 'deleted');
      default:
        return;
    }
  }

  #seeItem(epoch: number, item: Extract<ClientEvent, { type: 'conversation.item.create' }>['item']): void {
    if (item.type === 'function_call_output') this.calls.output(epoch, item.call_id, item.output, this.now());
  }

  #hearServer(epoch: number, event: ServerEvent): void {
    const view = this.connections.get(epoch);
    if (view === undefined) return;
    // The sound of a response is heard when that is over.
    const isPlayout = event.type.startsWith('output_audio_buffer.');
    if ('response_id' in event && !isPlayout) this.#touch(epoch, event.response_id);
    takeSettingsBefore(view, event, this.#isRefused);
    switch (event.type) {
      case 'session.updated':
        return takeSettings(view, this.#isRefused);
      case 'response.created':
        this.announced.add(event.response.id);
        return this.#touch(epoch, event.response.id);
      case 'response.done':
        return this.#responseDone(view, event);
      case 'error':
        this.#refused.add(event.error.event_id ?? '');
        if (event.error.code?.includes('active_response') && this.#isActiveOver(view))
          this.#hearOfActive(view, event.error);
        if (
          event.error.event_id === view.openCreate?.eventId ||
          event.error.code?.includes('active_response')
        )
          view.openCreate = undefined;
        return;
      case 'conversation.item.added':
      case 'conversation.item.created':
      case 'conversation.item.done':
        return this.#contents.told(epoch, event.item);
      case 'input_audio_buffer.committed':
        this.endedTurns.add(event.item_id);
        view.turn = 'open';
        return this.#contents.turn(epoch, event.item_id);
      case 'output_audio_buffer.cleared': {
        const response = this.responses.get(event.response_id);
        if (response) response.cutAtMs ??= this.now();
        return;
      }
      default:
        return this.#hearContent(epoch, event);
    }
  }

  /** Whether no response is under way but one that was cut: its end may be lost, and another be active since. */
  #isActiveOver({ activeResponse }: ConnectionView): boolean {
    return activeResponse === undefined || this.responses.get(activeResponse)?.cutAtMs !== undefined;
  }

  /** A response is named that is under way, perhaps before anything of it is heard. */
  #hearOfActive(view: ConnectionView, { message, event_id: eventId }: ServerEventOf<'error'>['error']): void {
    const responseId = /resp_\w+/.exec(message)?.[0] ?? '';
    const isRefused = typeof eventId === 'string' || view.openCreate !== undefined;
    const isOfTurn =
      view.activeResponse === undefined &&
      !isRefused &&
      view.turn === 'open' &&
      this.agents[this.current.agent]?.interruptible === true;
    // The turn that it stands in the way of has cut it when that began.
    if (isOfTurn) this.#cancelled.add(responseId);
    this.#touch(view.epoch, responseId);
  }

  #hearContent(epoch: number, event: ServerEvent): void {
    this.#contents.hear(epoch, event);
    switch (event.type) {
      case 'response.output_item.added':
      case 'response.output_item.done':
        return this.#hearCall(event.item, event.response_id);
      case 'conversation.item.retrieved': {
        const call = this.calls.byId.get(
          event.item.type === 'function_call' ? (event.item.call_id ?? '') : '',
        );
        return this.#hearCall(event.item, call?.responseId ?? '');
      }
      case 'response.function_call_arguments.done':
        return this.calls.arguments(event, this.now());
      default:
        return;
    }
  }

  #responseDone(view: ConnectionView, event: Extract<ServerEvent, { type: 'response.done' }>): void {
    const { response } = event;
    this.#touch(view.epoch, response.id);
    const known = this.responses.get(response.id);
    if (known) known.status = response.status === 'in_progress' ? 'completed' : response.status;
    if (view.activeResponse === response.id) view.activeResponse = undefined;
    for (const item of response.output) {
      if (response.status === 'completed' || response.status === 'incomplete')
        this.#hearCall(item, response.id);
    }
    this.calls.responseDone(response.id, response.status, this.now());
  }

  #touch(epoch: number, responseId: string): void {
    const view = this.connections.get(epoch);
    if (view === undefined || responseId === '') return;
    const known = this.responses.get(responseId);
    if (known !== undefined && known.status !== 'active') return;
    view.lastResponseEventAtMs = this.now();
    if (known !== undefined) return;
    // The end of the one before was not told.
    if (view.activeResponse !== undefined) this.calls.responseOver(view.activeResponse, this.now());
    const said = this.#sayOf(responseId);
    const protectedSpeech = said !== undefined && this.#protectedSays.has(said);
    beginResponse(view, responseId);
    this.responses.set(responseId, {
      id: responseId,
      epoch,
      agent: view.served,
      protectedSpeech,
      startedAtMs: this.now(),
      status: 'active',
      cutAtMs: this.#cancelled.has(responseId) ? this.now() : undefined,
    });
  }

  /** Whether settings were refused and no error was heard that says so, as of a server that is mute: nobody knows whose it has. */
  get isUnclear(): boolean {
    return [...this.connections.values()].some(({ sent }) =>
      sent.some(
        ({ type, event_id: id = '' }) =>
          type === 'session.update' && this.#isRefused(id) && !this.#refused.has(id),
      ),
    );
  }

  /** Whether the session may take a call for one of an agent: it alone has the function, or nobody knows whose settings the server had. */
  readonly #mayBeOf = (name: string, agent: string): boolean =>
    ownerOf(this.agents, name) === agent || this.isUnclear;

  /** A model that calls what the agent in charge alone has was given that agent's settings, whether or not it was told yet. */
  #hearCall(item: ConversationItem, responseId: string): void {
    const owner = item.type === 'function_call' ? ownerOf(this.agents, item.name) : undefined;
    const { agent: inCharge } = this.current;
    const agent = owner === inCharge ? owner : (this.responses.get(responseId)?.agent ?? inCharge);
    this.calls.item(item, responseId, { agent, atMs: this.now() });
  }
}
