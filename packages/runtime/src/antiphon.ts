import { AntiphonError, type ClientSecret, redact, type ToolSpec } from '@antiphon/core';
import type { PluginHealth } from '@antiphon/tools';
import type { Program } from './program/load-program.ts';
import type { Session } from './session/session.ts';
import type { ResumeSessionOptions, SessionStarter, StartSessionOptions } from './session/session-starter.ts';
import type {
  CallDesk,
  CallOptions,
  CallSessionOptions,
  ClientSecretOptions,
  CreateCallOptions,
  CreatedCall,
} from './sideband/call-desk.ts';

/** How the parts of a runtime are that something outside stands behind. */
export interface RuntimeHealth {
  /** Whether no check failed. */
  readonly healthy: boolean;
  /** All plugins, MCP servers among them. */
  readonly plugins: readonly PluginHealth[];
}

/** A loaded agent file: starts sessions, and closes what they share. Made by `createAntiphon`. */
export class Antiphon {
  readonly #program: Program;
  readonly #sessions: SessionStarter;
  readonly #calls: CallDesk;
  readonly #release: () => Promise<void>;
  #closing: Promise<void> | undefined;

  /** @param release frees providers and plugins, after the sessions. */
  constructor(
    program: Program,
    parts: { readonly sessions: SessionStarter; readonly calls: CallDesk },
    release: () => Promise<void>,
  ) {
    this.#program = program;
    this.#sessions = parts.sessions;
    this.#calls = parts.calls;
    this.#release = release;
  }

  /** The names of the agents, the default one first. */
  get agentNames(): readonly string[] {
    const { agents, default_agent: first } = this.#program.agents;
    return [first, ...Object.keys(agents).filter((name) => name !== first)];
  }

  /** The program: the checked agent file and its tools. */
  get program(): Program {
    return this.#program;
  }

  /** The tools of an agent, as a model would be given them. @throws AntiphonError `session.unknown_agent` */
  toolsOf(agentName = this.#program.agents.default_agent): readonly ToolSpec[] {
    const { agents } = this.#program.agents;
    const agent = Object.hasOwn(agents, agentName) ? agents[agentName] : undefined;
    if (agent === undefined) {
      throw new AntiphonError('session.unknown_agent', {
        name: agentName,
        available: this.agentNames.join(', '),
      });
    }
    return this.#program.tools.registry.select(agent.tools);
  }

  /** Loads and compiles what the first session would wait for; `createAntiphon` has done so. Never rejects. */
  async warmUp(): Promise<void> {
    await this.#sessions.warmUp().catch(() => {});
  }

  /** Asks every plugin and every MCP server how it is; each may take `timeoutMs`, 5,000 unless told. Never rejects. */
  async health(options: { readonly timeoutMs?: number } = {}): Promise<RuntimeHealth> {
    const plugins = await this.#program.tools.health(options.timeoutMs ?? 5_000);
    return { healthy: plugins.every(({ status }) => status !== 'unhealthy'), plugins };
  }

  /** Takes the values that came from the environment out of a text. */
  redact(text: string): string {
    return redact(text, this.#program.secrets);
  }

  /**
   * Starts a conversation; settles when the server has agreed to the agent's settings.
   *
   * @throws AntiphonError `session.unknown_agent`, `session.closed_runtime`, `provider.…`, `call.…` with a `callId`
   */
  async startSession(options: StartSessionOptions = {}): Promise<Session> {
    this.#assertOpen();
    return this.#sessions.start(options);
  }

  /**
   * Takes up a session whose process is gone, from its log in the store: the conversation goes on over a new connection.
   * A tool that had started and has no result is not run again, unless it declares `idempotent`; nor are
   * repeats of calls by their `idempotentBy`.
   *
   * @throws AntiphonError `session.no_store`, `session.unknown`, `session.not_resumable`, `session.closed_runtime`, `provider.…`
   */
  async resumeSession(id: string, options: ResumeSessionOptions = {}): Promise<Session> {
    this.#assertOpen();
    return this.#sessions.resume(id, options);
  }

  /**
   * A key with which a browser can begin a call with the agent's provider, and nothing else. The call is the agent's from
   * its first moment; its tools run once a session has joined it: `startSession({ agent, callId })`.
   *
   * @throws AntiphonError `session.unknown_agent`, `session.closed_runtime`, `call.…`
   */
  async createClientSecret(options: ClientSecretOptions = {}): Promise<ClientSecret> {
    this.#assertOpen();
    return this.#calls.createClientSecret(options);
  }

  /**
   * Begins a call for a browser that has made an SDP offer, and joins it. No key leaves this process.
   *
   * @throws AntiphonError `session.unknown_agent`, `session.closed_runtime`, `provider.…`, `call.…`; the call is ended then
   */
  async createCall(options: CreateCallOptions): Promise<CreatedCall> {
    this.#assertOpen();
    return this.#calls.create(options);
  }

  /**
   * Takes a call that came in by SIP, and joins it; `readIncomingCall` reads the webhook that tells of it.
   *
   * @throws AntiphonError `session.unknown_agent`, `session.closed_runtime`, `provider.…`, `call.…`; the call is ended then
   */
  async acceptCall(options: CallSessionOptions & { readonly callId: string }): Promise<Session> {
    this.#assertOpen();
    return this.#calls.accept(options);
  }

  /** Refuses a call that came in by SIP, with a SIP status: 603 unless told. @throws AntiphonError `call.…` */
  rejectCall(options: CallOptions & { readonly statusCode?: number }): Promise<void> {
    return this.#calls.reject(options);
  }

  /** Passes a call on to a `tel:` or `sip:` address. @throws AntiphonError `call.…` */
  referCall(options: CallOptions & { readonly targetUri: string }): Promise<void> {
    return this.#calls.refer(options);
  }

  /** Ends a call for everybody. @throws AntiphonError `call.…` */
  hangUpCall(options: CallOptions): Promise<void> {
    return this.#calls.hangUp(options);
  }

  /** Closes the open sessions, the providers and the plugins. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#sessions.closeAll().then(() => this.#release());
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new AntiphonError('session.closed_runtime', {});
  }
}
