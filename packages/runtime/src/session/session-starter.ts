import {
  type AgentConfig,
  AntiphonError,
  type AudioSink,
  type AudioSource,
  type Clock,
  type IdSource,
  type Logger,
  type Provider,
  type SessionLog,
  SessionRunner,
  type ToolHost,
} from '@antiphon/core';
import { createToolHost } from '@antiphon/tools';
import { resampledSink, resampledSource } from '../audio/resampled.ts';
import { createSessionCodec } from '../audio/session-codec.ts';
import type { Program } from '../program/load-program.ts';
import type { ProviderPool } from '../providers/provider-pool.ts';
import { Session, sessionError } from './session.ts';
import { journal } from './session-journal.ts';
import { sessionFormat, sessionSettings } from './session-settings.ts';
import { silentSink } from './silent-sink.ts';

/** What a session is started with. */
export interface StartSessionOptions {
  /** The agent; `default_agent` of the file when absent. */
  readonly agent?: string;
  /** The provider, instead of the agent's own. */
  readonly provider?: string;
  /** Where the user's voice comes from; without it the user types. */
  readonly source?: AudioSource;
  /** Where the agent's voice goes; without it nothing is played and everything counts as heard. */
  readonly sink?: AudioSink;
  /** Runs the tools instead of the agent's own list; the application closes it. */
  readonly toolHost?: ToolHost;
  /** Ends the session when aborted, as `close({ mode: 'cancel' })` does. */
  readonly signal?: AbortSignal;
  /** Where each step is written down; closed with the session. */
  readonly log?: SessionLog;
}

/** What sessions are started from. */
export interface SessionStarterParts {
  readonly program: Program;
  readonly providers: ProviderPool;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
}

interface ChosenAgent {
  readonly agentName: string;
  readonly agent: AgentConfig;
  readonly providerName: string;
  readonly provider: Provider;
}

/** Starts sessions and keeps count of those that are open. */
export class SessionStarter {
  readonly #parts: SessionStarterParts;
  readonly #open = new Set<Session>();
  #phase: 'open' | 'closed' = 'open';

  constructor(parts: SessionStarterParts) {
    this.#parts = parts;
  }

  /**
   * Connects, and settles when the server has agreed to the agent's settings.
   *
   * @throws AntiphonError `session.unknown_agent`, `session.closed`, `session.closed_runtime`, `provider.…`
   */
  async start(options: StartSessionOptions): Promise<Session> {
    const { session, runner } = await this.#prepare(options);
    this.#open.add(session);
    void session.closed.then(() => this.#open.delete(session));
    if (options.log) this.#write(options.log, session, runner);
    if (options.signal) closeOnAbort(session, options.signal);
    for (const { type, observer } of this.#parts.program.tools.observers) {
      session.observeAll((notice) => {
        if (notice.type === type) observer(notice);
      });
    }
    await untilReady(session, runner);
    return session;
  }

  /** Closes every open session; no other is started. */
  async closeAll(): Promise<void> {
    this.#phase = 'closed';
    await Promise.all(
      [...this.#open].map((session) => session.close({ mode: 'cancel', reason: 'the runtime was closed' })),
    );
  }

  /** Everything that may fail before there is a session; the log is closed when it does. */
  async #prepare(options: StartSessionOptions) {
    try {
      const { name: agentName, agent } = this.#agent(options.agent);
      const providerName = options.provider ?? agent.provider;
      this.#assertWanted(options);
      const provider = await this.#parts.providers.get(providerName);
      await provider.warmUp?.();
      this.#assertWanted(options);
      return this.#assemble({ agentName, agent, providerName, provider }, options);
    } catch (error) {
      await options.log?.close();
      throw error;
    }
  }

  #assertWanted({ signal }: StartSessionOptions): void {
    if (this.#phase === 'closed') throw new AntiphonError('session.closed_runtime', {});
    if (signal?.aborted) throw new AntiphonError('session.closed', { action: 'startSession' });
  }

  #agent(asked: string | undefined): { readonly name: string; readonly agent: AgentConfig } {
    const { agents, default_agent: defaultAgent } = this.#parts.program.agents;
    const name = asked ?? defaultAgent;
    const agent = Object.hasOwn(agents, name) ? agents[name] : undefined;
    if (agent === undefined) {
      throw new AntiphonError('session.unknown_agent', { name, available: Object.keys(agents).join(', ') });
    }
    return { name, agent };
  }

  #assemble(
    chosen: ChosenAgent,
    { source, sink = silentSink(), toolHost }: StartSessionOptions,
  ): { readonly session: Session; readonly runner: SessionRunner } {
    const { program, providers, clock, ids, logger } = this.#parts;
    const { agentName, agent, providerName, provider } = chosen;
    const sessionId = ids.nextId('sess');
    const codec = createSessionCodec(sessionFormat, sessionFormat);
    const { registry } = program.tools;
    const own = createToolHost({ registry, agentTools: agent.tools, clock, logger });
    const tools = toolHost ?? own;
    const settings = sessionSettings({
      sessionId,
      agentName,
      agent,
      providerVoice: providers.voiceOf(providerName),
      tools: tools.specs,
      outputBytesPerMs: codec.outputBytesPerMs,
    });
    const runner = new SessionRunner(settings, {
      provider,
      tools,
      source: source && resampledSource(source, codec.inputSampleRateHz),
      sink: resampledSink(sink, codec.outputSampleRateHz),
      codec,
      clock,
      logger,
    });
    const session = new Session({ id: sessionId, agentName, providerName }, runner, tools);
    void session.closed.then(() => own.close());
    return { session, runner };
  }

  #write(log: SessionLog, session: Session, runner: SessionRunner): void {
    const startedAt = new Date(this.#parts.clock.wallMs()).toISOString();
    const { id: sessionId, agentName, providerName } = session;
    runner.inspect(
      journal(log, { sessionId, agentName, providerName, startedAt, settings: runner.state.settings }),
    );
    void session.closed.then(() => log.close());
  }
}

function closeOnAbort(session: Session, signal: AbortSignal): void {
  const close = (): void => void session.close({ mode: 'cancel', reason: 'aborted' });
  signal.addEventListener('abort', close, { once: true });
  void session.closed.then(() => signal.removeEventListener('abort', close));
}

/** Starts the session; rejects when it ends before the server has agreed to it. */
async function untilReady(session: Session, runner: SessionRunner): Promise<void> {
  const ready = new Promise<undefined>((resolve) => {
    session.observe('ready', () => resolve(undefined));
  });
  runner.dispatch({ type: 'session.start' });
  const outcome = await Promise.race([ready, session.closed]);
  if (outcome === undefined) return;
  const error = sessionError(outcome, session.providerName);
  if (error) throw error;
  throw new AntiphonError('session.closed', { action: 'startSession' });
}
