import type { ToolHost } from '../ports/tool-host.ts';
import type { SessionEvent } from '../session/events.ts';
import type { SessionSettings } from '../session/settings.ts';

/** The tool calls under way, each with the switch that stops it. */
export class ToolRuns {
  readonly #running = new Map<
    string,
    { readonly controller: AbortController; readonly done: Promise<void> }
  >();
  readonly #host: ToolHost;
  readonly #session: Pick<SessionSettings, 'sessionId' | 'agentName'>;
  readonly #report: (event: SessionEvent) => void;

  constructor(
    host: ToolHost,
    session: Pick<SessionSettings, 'sessionId' | 'agentName'>,
    report: (event: SessionEvent) => void,
  ) {
    this.#host = host;
    this.#session = session;
    this.#report = report;
  }

  /** Runs a call. Its one outcome is reported as an event. */
  start(call: { readonly callId: string; readonly name: string; readonly argumentsJson: string }): void {
    const { sessionId, agentName } = this.#session;
    const { callId, name, argumentsJson } = call;
    const controller = new AbortController();
    const listener = { say: (text: string) => this.#report({ type: 'agent.say', text }) };
    const done = this.#host
      .call({ callId, name, argumentsJson, sessionId, agentName }, controller.signal, listener)
      .then((outcome) => {
        this.#running.delete(callId);
        this.#report({ type: 'tool.settled', callId, outcome });
      });
    this.#running.set(callId, { controller, done });
  }

  cancel(callId: string): void {
    this.#running.get(callId)?.controller.abort();
  }

  /** Stops every call and waits for the host to have let go of them. */
  async stop(): Promise<void> {
    for (const { controller } of this.#running.values()) controller.abort();
    await Promise.allSettled([...this.#running.values()].map(({ done }) => done));
  }
}
