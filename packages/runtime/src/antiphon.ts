import { AntiphonError, redact, type ToolSpec } from '@antiphon/core';
import type { Program } from './program/load-program.ts';
import type { Session } from './session/session.ts';
import type { ResumeSessionOptions, SessionStarter, StartSessionOptions } from './session/session-starter.ts';

/** A loaded agent file: starts sessions, and closes what they share. Made by `createAntiphon`. */
export class Antiphon {
  readonly #program: Program;
  readonly #sessions: SessionStarter;
  readonly #release: () => Promise<void>;
  #closing: Promise<void> | undefined;

  /** @param release frees providers and plugins, after the sessions. */
  constructor(program: Program, sessions: SessionStarter, release: () => Promise<void>) {
    this.#program = program;
    this.#sessions = sessions;
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

  /** Takes the values that came from the environment out of a text. */
  redact(text: string): string {
    return redact(text, this.#program.secrets);
  }

  /**
   * Starts a conversation; settles when the server has agreed to the agent's settings.
   *
   * @throws AntiphonError `session.unknown_agent`, `session.closed_runtime`, `provider.…`
   */
  async startSession(options: StartSessionOptions = {}): Promise<Session> {
    if (this.#closing !== undefined) throw new AntiphonError('session.closed_runtime', {});
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
    if (this.#closing !== undefined) throw new AntiphonError('session.closed_runtime', {});
    return this.#sessions.resume(id, options);
  }

  /** Closes the open sessions, the providers and the plugins. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#sessions.closeAll().then(() => this.#release());
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
