import type { Rnnoise } from '@antiphon/audio/rnnoise';
import {
  type AgentConfig,
  type AgentRevision,
  AntiphonError,
  type AudioSink,
  type AudioSource,
  type CallControl,
  type PriorItem,
  providersOf,
  replayJournal,
  type SessionLog,
  type SessionNotice,
  type SessionOutcome,
  type SessionRunner,
  type SessionSettings,
  type SessionStore,
  type ToolHost,
} from '@antiphon/core';
import type { ApproveCall, AskAgent, AskClient } from '@antiphon/tools';
import { wantsRnnoise } from '../audio/conditioning.ts';
import { callsOf } from '../sideband/calls-of.ts';
import { checkedCallId } from '../sideband/checked-values.ts';
import { type CallEnd, RemoteCall } from '../sideband/remote-call.ts';
import { afterConversation, beforeConversation, type FoundFacts, type PhaseParts } from './call-phases.ts';
import { connectEarly, type EarlyConnection } from './early-connection.ts';
import { rehearse } from './rehearsal.ts';
import { rememberedCalls } from './remembered-calls.ts';
import { restoredSettings } from './restored-settings.ts';
import { type JoinedCall, type Session, sessionError } from './session.ts';
import { type JournalPosition, journal } from './session-journal.ts';
import {
  type AgentAskerOptions,
  agentAsker,
  agentNamed,
  assembleSession,
  type PreparedSession,
  type SessionParts,
} from './session-parts.ts';
import { SessionPlanner } from './session-planner.ts';
import { agentsOf } from './session-tools.ts';

/** What a session is resumed with. */
export interface ResumeSessionOptions {
  /** Where the user's voice comes from; without it the user types. */
  readonly source?: AudioSource;
  /** Where the agent's voice goes; without it nothing is played and everything counts as heard. */
  readonly sink?: AudioSink;
  /**
   * What tools are given of whoever is on the line, such as a tenant or a key: slots like `{{caller.tenant}}`, and
   * `ctx.session.caller` in code. The model is not told of it, and it is not written down.
   */
  readonly caller?: Readonly<Record<string, string>>;
  /**
   * Agrees to the calls of tools with `confirm: app`, each with the exact arguments. `events`: the application answers what
   * `approval_requested` tells it, by `session.approve` and `session.reject`; without either, and without an observer of
   * that notice, none of them runs.
   */
  readonly approve?: ApproveCall | 'events';
  /**
   * Answers the calls of `client` tools: what it returns is the output, and what it throws is answered as when a tool
   * throws. `events`: the application answers what `client_tool_called` tells it, by `session.answerCall`; without either,
   * and without an observer of that notice, such a call is answered at once with `tool.no_client`.
   */
  readonly clientTools?: AskClient | 'events';
  /**
   * Steers the telephone call that the session is part of, for tools that transfer it or press keys. That of a call which
   * the provider carries is there without.
   */
  readonly callControl?: CallControl;
  /** Runs the tools instead of the agents' own lists; the application closes it. */
  readonly toolHost?: ToolHost;
  /** Ends the session when aborted, as `close({ mode: 'cancel' })` does. */
  readonly signal?: AbortSignal;
  /**
   * Told of every notice from the first on, with its monotonic time in milliseconds: what happens while the session
   * starts, and at once after that, comes before anybody can observe the session.
   */
  readonly onNotice?: (notice: SessionNotice, atMs: number) => void;
  /** What becomes of the call of the session when the session ends: `hang_up` unless told. */
  readonly atEnd?: CallEnd;
}

/** What a session is started with. */
export interface StartSessionOptions extends ResumeSessionOptions {
  /** The agent; `default_agent` of the file when absent. */
  readonly agent?: string;
  /** The provider, instead of the agent's own. */
  readonly provider?: string;
  /** Values for the `{{name}}` slots of the instructions, before those of the file. */
  readonly variables?: Readonly<Record<string, string>>;
  /**
   * The call to join, `rtc_…`: its sound flows between the user and the provider, by WebRTC or SIP, and this process runs
   * the agent and its tools. There is no `source` and no `sink` then.
   */
  readonly callId?: string;
  /** The conversation that this one goes on with, in its order; the model is given it before anything else. */
  readonly history?: readonly PriorItem[];
  /** Where each step is written down, beside the store of the runtime; closed with the session. */
  readonly log?: SessionLog;
}

/** Starts sessions, takes up those whose process is gone, and keeps count of those that are open. */
export class SessionStarter {
  readonly #parts: SessionParts;
  readonly #planner: SessionPlanner;
  readonly #store: SessionStore | undefined;
  readonly #open = new Map<Session, SessionRunner>();
  /** What still happens after conversations that are over. */
  readonly #afterwards = new Set<Promise<void>>();
  #phase: 'open' | 'closed' = 'open';

  constructor(parts: SessionParts, store: SessionStore | undefined) {
    this.#parts = parts;
    this.#planner = new SessionPlanner(parts);
    this.#store = store;
  }

  /**
   * Connects, and settles when the server has agreed to the agent's settings.
   *
   * @throws AntiphonError `session.unknown_agent`, `session.closed`, `session.closed_runtime`, `provider.…`, `call.…`,
   *   `audio.suppression_unavailable`
   */
  async start(options: StartSessionOptions): Promise<Session> {
    const { prepared, ends, early } = await this.#prepare(options);
    try {
      const { id } = prepared.session;
      for (const log of [options.log, this.#store?.open(id)]) this.#keep(prepared, log);
      this.#attend(prepared, ends);
    } catch (error) {
      early?.giveUp();
      throw error;
    }
    await untilReady(prepared, { type: 'session.start' });
    return prepared.session;
  }

  /**
   * Takes up a session from its log: the conversation goes on over a new connection, which is given all of it.
   *
   * @throws AntiphonError `session.no_store`, `session.unknown`, `session.not_resumable`, `session.closed_runtime`, `provider.…`
   */
  async resume(sessionId: string, options: ResumeSessionOptions): Promise<Session> {
    this.#assertWanted(options);
    if (this.#store === undefined) throw new AntiphonError('session.no_store', {});
    const records = await this.#store.read(sessionId);
    if (records === undefined) throw new AntiphonError('session.unknown', { id: sessionId });
    const replayed = replayJournal(records, { tolerate: true });
    if (!replayed.ok)
      throw new AntiphonError('session.not_resumable', { id: sessionId, reason: replayed.reason });
    const { state: left, steps } = replayed;
    const settings = restoredSettings(replayed.settings, this.#parts.program.secrets);
    const state = { ...left, settings };
    if (state.lifecycle.kind === 'closed' || state.lifecycle.kind === 'new') {
      const reason = state.lifecycle.kind === 'new' ? 'it was never started' : 'it was closed in order';
      throw new AntiphonError('session.not_resumable', { id: sessionId, reason });
    }
    if (replayed.difference !== undefined) {
      this.#parts.logger.warn('the log of the session was written by another version', {
        seq: replayed.difference.seq,
      });
    }
    const joined = await this.#joinedCall(settings, options);
    const found = await this.#before(settings, options, { resumed: true });
    const former = { state, calls: rememberedCalls(records) };
    const rnnoise = await this.#rnnoiseFor(settings, options);
    const ends = withCaller(options, found);
    const prepared = assembleSession(this.#parts, settings, ends, { former, joined, rnnoise });
    this.#keep(prepared, this.#store.open(sessionId), { seq: steps });
    this.#attend(prepared, ends);
    await untilReady(prepared, { type: 'session.resume' });
    return prepared.session;
  }

  /**
   * Makes the hosted provider of the default agent and rehearses with it, so that the first session begins as fast as
   * those after it. What fails here fails again, and is told, when a session is started.
   */
  async warmUp(): Promise<void> {
    const { name: agentName, agent } = agentNamed(this.#parts, undefined);
    const providerNames = providersOf(agent);
    const [providerName = ''] = providerNames;
    const { providers } = this.#parts;
    if (!providers.isHosted(providerName) || providers.callIdOf(providerName) !== undefined) return;
    await providers.get(providerName);
    await rehearse(this.#parts, this.#planner.template({ agentName, providerNames }));
  }

  /** How agents are asked where no session asks. */
  asker(options: AgentAskerOptions): AskAgent {
    return agentAsker(this.#parts, options);
  }

  /** Settles when no session is open and nothing comes after one any more. */
  async idle(): Promise<void> {
    while (this.#afterwards.size > 0) await Promise.all(this.#afterwards);
  }

  /** Tells the open sessions what the agent file says of their agents now: it holds from their next response on. */
  revise(agents: Readonly<Record<string, AgentRevision>>): void {
    for (const runner of this.#open.values()) {
      const concerned = Object.keys(agents).some((name) => Object.hasOwn(runner.state.settings.agents, name));
      if (concerned) runner.dispatch({ type: 'agents.revised', agents });
    }
  }

  /** Closes every open session, and waits for what comes after them; no other is started. */
  async closeAll(): Promise<void> {
    this.#phase = 'closed';
    await Promise.all(
      [...this.#open.keys()].map((session) =>
        session.close({ mode: 'cancel', reason: 'the runtime was closed' }),
      ),
    );
    await Promise.all(this.#afterwards);
  }

  /** Everything that may fail before there is a session; the log is closed when it does. */
  async #prepare(options: StartSessionOptions): Promise<{
    readonly prepared: PreparedSession;
    readonly ends: StartSessionOptions;
    readonly early: EarlyConnection | undefined;
  }> {
    let early: EarlyConnection | undefined;
    try {
      const { name: agentName, agent } = agentNamed(this.#parts, options.agent);
      const providerNames = options.provider === undefined ? providersOf(agent) : [options.provider];
      this.#assertWanted(options);
      const { providers } = this.#parts;
      const [first = ''] = providerNames;
      const provider = providers.made(first) ?? (await providers.get(first));
      if (provider.warmUp !== undefined) await provider.warmUp();
      this.#assertWanted(options);
      const { variables = {}, history = [], toolHost } = options;
      const callId = options.callId ?? providers.callIdOf(first);
      const choice = { agentName, providerNames, variables, history, toolHost, callId };
      const planned = this.#planner.plan(choice);
      const hasPrelude = this.#hasPrelude(agent);
      if (!hasPrelude && providers.isHosted(first)) early = connectEarly(provider, planned);
      // The rest is done while the server thinks.
      await early?.asked();
      const joined = callId === undefined ? undefined : await this.#joinedCall(planned, options);
      const found = hasPrelude ? await this.#before(planned, options, { resumed: false }) : nothing;
      this.#assertWanted(options);
      const settings = { ...planned, variables: { ...planned.variables, ...found.variables, ...variables } };
      const rnnoise = options.source === undefined ? undefined : await this.#rnnoiseFor(settings, options);
      const ends = withCaller(options, found);
      const prepared = assembleSession(this.#parts, settings, ends, { joined, rnnoise, early });
      return { prepared, ends, early };
    } catch (error) {
      early?.giveUp();
      await options.log?.close();
      throw error;
    }
  }

  /** @throws AntiphonError `call.sound_elsewhere`, `call.unsupported` */
  async #joinedCall(settings: SessionSettings, ends: ResumeSessionOptions): Promise<JoinedCall | undefined> {
    const { callId, providers } = settings;
    if (callId === undefined) return undefined;
    for (const end of ['source', 'sink'] as const) {
      if (ends[end] !== undefined) throw new AntiphonError('call.sound_elsewhere', { end });
    }
    const calls = await callsOf(this.#parts.providers, providers[0]?.name ?? '');
    const { logger } = this.#parts;
    return {
      call: new RemoteCall(checkedCallId(callId), calls, logger),
      atEnd: ends.atEnd ?? 'hang_up',
    };
  }

  /** @throws AntiphonError `audio.suppression_unavailable` */
  async #rnnoiseFor(
    settings: SessionSettings,
    { source }: ResumeSessionOptions,
  ): Promise<Rnnoise | undefined> {
    if (source === undefined || !wantsRnnoise(Object.values(agentsOf(this.#parts.program, settings))))
      return undefined;
    const { loadRnnoise } = await import('@antiphon/audio/rnnoise');
    return loadRnnoise();
  }

  #assertWanted({ signal }: ResumeSessionOptions): void {
    if (this.#phase === 'closed') throw new AntiphonError('session.closed_runtime', {});
    if (signal?.aborted) throw new AntiphonError('session.closed', { action: 'startSession' });
  }

  get #phases(): PhaseParts {
    const { program, clock, logger } = this.#parts;
    const { hooks, registry } = program.tools;
    return { hooks, registry, clock, logger };
  }

  /** Whether there is anything to find before a conversation with an agent: a caller waits for no more than that. */
  #hasPrelude({ before_call: calls }: AgentConfig): boolean {
    return calls.length > 0 || this.#parts.program.tools.hooks.some(({ starts }) => starts.length > 0);
  }

  /** What is found before the conversation; one that is taken up keeps the variables of its log. */
  #before(
    { sessionId: id, agentName, variables }: SessionSettings,
    { caller = {}, signal }: ResumeSessionOptions,
    { resumed }: { readonly resumed: boolean },
  ): Promise<FoundFacts> {
    const calls = resumed ? [] : (this.#parts.program.agents.agents[agentName]?.before_call ?? []);
    return beforeConversation(
      this.#phases,
      { id, agent: agentName, caller },
      { calls, variables, resumed, signal },
    );
  }

  /** Sees to what comes after the conversation; the calls of its agent only where there was one. */
  #afterwardsOf({ session, runner }: PreparedSession, { caller = {} }: ResumeSessionOptions): void {
    const startMs = this.#parts.clock.nowMs();
    const { epoch } = runner.state.connection;
    const { id, agentName: agent } = session;
    const after = session.closed.then((outcome) => {
      const hasBegun = runner.state.connection.epoch > epoch;
      const calls = hasBegun ? (this.#parts.program.agents.agents[agent]?.after_call ?? []) : [];
      const { history, usage } = session;
      const seconds = Math.round((this.#parts.clock.nowMs() - startMs) / 1000);
      const ended = { outcome, history, usage, seconds, variables: runner.state.variables };
      return afterConversation(this.#phases, { id, agent, caller }, { calls, ended });
    });
    this.#afterwards.add(after);
    void after.then(() => this.#afterwards.delete(after));
  }

  #attend(prepared: PreparedSession, ends: ResumeSessionOptions): void {
    const { session } = prepared;
    const { signal, onNotice } = ends;
    this.#afterwardsOf(prepared, ends);
    this.#open.set(session, prepared.runner);
    if (onNotice) session.observeAll(onNotice);
    void session.closed.then(() => this.#open.delete(session));
    if (signal) closeOnAbort(session, signal);
    for (const { type, observer } of this.#parts.program.tools.observers) {
      session.observeAll((notice) => {
        if (notice.type === type) observer(notice);
      });
    }
  }

  #keep({ session, runner }: PreparedSession, log: SessionLog | undefined, after?: JournalPosition): void {
    if (log === undefined) return;
    const startedAt = new Date(this.#parts.clock.wallMs()).toISOString();
    const { id: sessionId, agentName, providerName } = session;
    const { settings } = runner.state;
    runner.inspect(journal(log, { sessionId, agentName, providerName, startedAt, settings }, after));
    void session.closed.then(() => log.close());
  }
}

const nothing: FoundFacts = { variables: {}, caller: {} };

/** What the application gave of the caller comes before what was found. */
function withCaller<Ends extends ResumeSessionOptions>(ends: Ends, { caller }: FoundFacts): Ends {
  return Object.keys(caller).length === 0 ? ends : { ...ends, caller: { ...caller, ...ends.caller } };
}

function closeOnAbort(session: Session, signal: AbortSignal): void {
  const close = (): void => void session.close({ mode: 'cancel', reason: 'aborted' });
  signal.addEventListener('abort', close, { once: true });
  void session.closed.then(() => signal.removeEventListener('abort', close));
}

/** Begins the session; rejects when it ends before the server has agreed to it. */
async function untilReady(
  { session, runner }: { readonly session: Session; readonly runner: SessionRunner },
  event: { readonly type: 'session.start' | 'session.resume' },
): Promise<void> {
  const outcome = await new Promise<SessionOutcome | undefined>((resolve) => {
    const stop = runner.observe(({ type }) => {
      if (type !== 'ready' && type !== 'connection_changed') return;
      stop();
      resolve(undefined);
    });
    void session.closed.then(resolve);
    runner.dispatch(event);
  });
  if (outcome === undefined) return;
  const error = sessionError(outcome, session.providerName);
  if (error) throw error;
  throw new AntiphonError('session.closed', { action: 'startSession' });
}
