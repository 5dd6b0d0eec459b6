import { AntiphonError, type ClientSecret, redact, type ToolSpec, toolNamesOf } from '@antiphon/core';
import type { AskAgent, PluginHealth } from '@antiphon/tools';
import type { Generation } from './composition/compose.ts';
import type { Program } from './program/load-program.ts';
import { type LoadNext, type ReloadReport, reloadProgram } from './reload/reloader.ts';
import type { Session } from './session/session.ts';
import type { ResumeSessionOptions, StartSessionOptions } from './session/session-options.ts';
import type { AgentAskerOptions } from './session/session-parts.ts';
import type {
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
  #current: Generation;
  /** Programs that were replaced and have sessions. */
  readonly #former = new Map<Generation, Promise<void>>();
  /** What was asked of a program and is under way. */
  readonly #pending = new Map<Generation, Set<Promise<unknown>>>();
  readonly #load: LoadNext;
  readonly #release: () => Promise<void>;
  #reloading: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  /**
   * @param load loads the program anew, for {@link reload}.
   * @param release frees what all programs share, after the last one.
   */
  constructor(first: Generation, load: LoadNext, release: () => Promise<void>) {
    this.#current = first;
    this.#load = load;
    this.#release = release;
  }

  /** The names of the agents, the default one first. */
  get agentNames(): readonly string[] {
    const { agents, default_agent: first } = this.#current.program.agents;
    return [first, ...Object.keys(agents).filter((name) => name !== first)];
  }

  /** The program: the checked agent file and its tools. */
  get program(): Program {
    return this.#current.program;
  }

  /** The tools of an agent, as a model would be given them. @throws AntiphonError `session.unknown_agent` */
  toolsOf(agentName = this.#current.program.agents.default_agent): readonly ToolSpec[] {
    const { agents } = this.#current.program.agents;
    const agent = Object.hasOwn(agents, agentName) ? agents[agentName] : undefined;
    if (agent === undefined) {
      throw new AntiphonError('session.unknown_agent', {
        name: agentName,
        available: this.agentNames.join(', '),
      });
    }
    return this.#current.program.tools.registry.select(toolNamesOf(agent));
  }

  /** Loads and compiles what the first session would wait for; `createAntiphon` has done so. Never rejects. */
  async warmUp(): Promise<void> {
    await this.#current.sessions.warmUp().catch(() => {});
  }

  /** Asks every plugin and every MCP server how it is; each may take `timeoutMs`, 5,000 unless told. Never rejects. */
  async health(options: { readonly timeoutMs?: number } = {}): Promise<RuntimeHealth> {
    const plugins = await this.#current.program.tools.health(options.timeoutMs ?? 5_000);
    return { healthy: plugins.every(({ status }) => status !== 'unhealthy'), plugins };
  }

  /**
   * Reads the agent file and its plugins anew. What has changed holds when its kind allows, never in the middle of a call:
   * sessions under way keep their tools and their connection, and go on with new instructions from their next response on. Plugins
   * that have not changed stay as they are; those that have are closed when the last session that uses them is gone. Where
   * there is a problem nothing changes at all, and the report has all of them.
   *
   * @throws AntiphonError `session.closed_runtime`
   */
  reload(): Promise<ReloadReport> {
    const reloading = this.#reloading.then(() => this.#reload());
    this.#reloading = reloading.catch(() => {});
    return reloading;
  }

  /** Takes the values that came from the environment out of a text. */
  redact(text: string): string {
    const programs = [this.#current, ...this.#former.keys()];
    return redact(
      text,
      programs.flatMap(({ program }) => program.secrets),
    );
  }

  /**
   * Starts a conversation; settles when the server has agreed to the agent's settings.
   *
   * @throws AntiphonError `session.unknown_agent`, `session.closed_runtime`, `provider.…`, `call.…` with a `callId`
   */
  async startSession(options: StartSessionOptions = {}): Promise<Session> {
    this.#assertOpen();
    return this.#within(({ sessions }) => sessions.start(options));
  }

  /**
   * How agents are asked in writing without a session, as tools of kind `agent` ask them: each question is a conversation of
   * its own, that ends with the answer. It rejects with a `ToolError` that says why there is none.
   */
  agentAsker(options: AgentAskerOptions = {}): AskAgent {
    return async (question) => {
      this.#assertOpen();
      return this.#within(({ sessions }) => sessions.asker(options)(question));
    };
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
    return this.#within(({ sessions }) => sessions.resume(id, options));
  }

  /**
   * A key with which a browser can begin a call with the agent's provider, and nothing else. The call is the agent's from
   * its first moment; its tools run once a session has joined it: `startSession({ agent, callId })`.
   *
   * @throws AntiphonError `session.unknown_agent`, `session.closed_runtime`, `call.…`
   */
  async createClientSecret(options: ClientSecretOptions = {}): Promise<ClientSecret> {
    this.#assertOpen();
    return this.#within(({ calls }) => calls.createClientSecret(options));
  }

  /**
   * Begins a call for a browser that has made an SDP offer, and joins it. No key leaves this process.
   *
   * @throws AntiphonError `session.unknown_agent`, `session.closed_runtime`, `provider.…`, `call.…`; the call is ended then
   */
  async createCall(options: CreateCallOptions): Promise<CreatedCall> {
    this.#assertOpen();
    return this.#within(({ calls }) => calls.create(options));
  }

  /**
   * Takes a call that came in by SIP, and joins it; `readIncomingCall` reads the webhook that tells of it.
   *
   * @throws AntiphonError `session.unknown_agent`, `session.closed_runtime`, `provider.…`, `call.…`; the call is ended then
   */
  async acceptCall(options: CallSessionOptions & { readonly callId: string }): Promise<Session> {
    this.#assertOpen();
    return this.#within(({ calls }) => calls.accept(options));
  }

  /** Refuses a call that came in by SIP, with a SIP status: 603 unless told. @throws AntiphonError `call.…` */
  rejectCall(options: CallOptions & { readonly statusCode?: number }): Promise<void> {
    return this.#within(({ calls }) => calls.reject(options));
  }

  /** Passes a call on to a `tel:` or `sip:` address. @throws AntiphonError `call.…` */
  referCall(options: CallOptions & { readonly targetUri: string }): Promise<void> {
    return this.#within(({ calls }) => calls.refer(options));
  }

  /** Ends a call for everybody. @throws AntiphonError `call.…` */
  hangUpCall(options: CallOptions): Promise<void> {
    return this.#within(({ calls }) => calls.hangUp(options));
  }

  /** Closes the open sessions, the providers and the plugins. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #reload(): Promise<ReloadReport> {
    this.#assertOpen();
    const old = this.#current;
    const reloaded = await reloadProgram(old, this.#load);
    if (reloaded.next === undefined) return reloaded.report;
    // Closed meanwhile: what was loaded serves nobody.
    if (this.#closing !== undefined) await reloaded.next.close();
    this.#assertOpen();
    this.#current = reloaded.next;
    for (const { sessions } of [old, ...this.#former.keys()]) sessions.revise(reloaded.revisions);
    this.#former.set(old, this.#retire(old));
    return reloaded.report;
  }

  /** Closes a program that was replaced when the last of its sessions is gone. */
  async #retire(old: Generation): Promise<void> {
    await Promise.allSettled([...(this.#pending.get(old) ?? [])]);
    await old.sessions.idle();
    await old.close();
    this.#former.delete(old);
  }

  async #close(): Promise<void> {
    const generations = [this.#current, ...this.#former.keys()];
    await Promise.all(generations.map(({ sessions }) => sessions.closeAll()));
    await Promise.all(this.#former.values());
    await this.#current.close();
    await this.#release();
  }

  /** Asks something of the program that is current now; it is not closed before that is done. */
  async #within<Result>(work: (generation: Generation) => Promise<Result>): Promise<Result> {
    const generation = this.#current;
    const pending = this.#pending.get(generation) ?? new Set();
    this.#pending.set(generation, pending);
    const done = work(generation);
    pending.add(done);
    try {
      return await done;
    } finally {
      pending.delete(done);
    }
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new AntiphonError('session.closed_runtime', {});
  }
}
