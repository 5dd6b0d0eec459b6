import {
  type AgentRevision,
  AntiphonError,
  providersOf,
  type SessionLog,
  type SessionOutcome,
  type SessionRunner,
  type SessionStore,
} from '@antiphon/core';
import type { AskAgent } from '@antiphon/tools';
import { afterConversation, phasesOf } from './call-phases.ts';
import { formerSession } from './former-session.ts';
import { rehearse } from './rehearsal.ts';
import { type Session, sessionError } from './session.ts';
import { type JournalPosition, journal } from './session-journal.ts';
import type { ResumeSessionOptions, StartSessionOptions } from './session-options.ts';
import {
  type AgentAskerOptions,
  agentAsker,
  agentNamed,
  type PreparedSession,
  type SessionParts,
} from './session-parts.ts';
import { SessionPlanner } from './session-planner.ts';
import { SessionPreparer } from './session-preparer.ts';

/** Starts sessions, takes up those whose process is gone, and keeps count of those that are open. */
export class SessionStarter {
  readonly #parts: SessionParts;
  readonly #planner: SessionPlanner;
  readonly #preparer: SessionPreparer;
  readonly #store: SessionStore | undefined;
  readonly #open = new Map<Session, SessionRunner>();
  /** What still happens after conversations that are over. */
  readonly #afterwards = new Set<Promise<void>>();
  #phase: 'open' | 'closed' = 'open';

  constructor(parts: SessionParts, store: SessionStore | undefined) {
    this.#parts = parts;
    this.#planner = new SessionPlanner(parts);
    this.#preparer = new SessionPreparer(parts, this.#planner, () => this.#assertOpen());
    this.#store = store;
  }

  /**
   * Connects, and settles when the server has agreed to the agent's settings.
   *
   * @throws AntiphonError `session.unknown_agent`, `session.closed`, `session.closed_runtime`, `provider.…`, `call.…`,
   *   `audio.suppression_unavailable`
   */
  async start(options: StartSessionOptions): Promise<Session> {
    const { prepared, ends, early } = await this.#preparer.fresh(options);
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
    this.#assertOpen();
    const { program, logger } = this.#parts;
    if (this.#store === undefined) throw new AntiphonError('session.no_store', {});
    const records = await this.#store.read(sessionId);
    if (records === undefined) throw new AntiphonError('session.unknown', { id: sessionId });
    const former = formerSession(sessionId, records, { secrets: program.secrets, logger });
    const { prepared, ends } = await this.#preparer.goingOn(former, options);
    this.#keep(prepared, this.#store.open(sessionId), { seq: former.steps });
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

  #assertOpen(): void {
    if (this.#phase === 'closed') throw new AntiphonError('session.closed_runtime', {});
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
      return afterConversation(phasesOf(this.#parts), { id, agent, caller }, { calls, ended });
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
