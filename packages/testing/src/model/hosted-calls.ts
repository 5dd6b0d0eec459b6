import type { ClientEventOf, JsonValue } from '@antiphon/core';
import type { ModelHostedCall } from './answers.ts';
import { type HostedStage, listTools, makeHostedCall } from './hosted-steps.ts';

/** What the calls of a server need of its conversation. */
export interface HostedCallsHost extends HostedStage {
  /** Whether it answers by itself when a call of its own is over. */
  readonly answersHosted: boolean;
  readonly unlisted: readonly string[];
  readonly timer: (name: string, delayMs: number, fire: () => void) => void;
  /** Answers, where nothing is being answered. */
  readonly answer: () => unknown;
}

/** The calls that a server makes itself, outside of responses. */
export class HostedCalls {
  /** Those that it has asked for, by the items of the requests. */
  readonly #asked = new Map<string, ModelHostedCall>();
  readonly #host: HostedCallsHost;

  constructor(host: HostedCallsHost) {
    this.#host = host;
  }

  list(tools: JsonValue | undefined): void {
    listTools(tools, this.#host.unlisted, this.#host);
  }

  ask(requestId: string, call: ModelHostedCall): void {
    this.#asked.set(requestId, call);
  }

  /** A call that was asked for and is allowed is made. */
  take(item: ClientEventOf<'conversation.item.create'>['item']): void {
    if (item.type !== 'mcp_approval_response') return;
    const { approval_request_id: requestId, approve } = item;
    const call = this.#asked.get(requestId);
    this.#asked.delete(requestId);
    if (call === undefined || !approve) return;
    const { items, nextId, emit, timer } = this.#host;
    const steps = makeHostedCall(call, { items, nextId, emit, requestId });
    const next = (): void => {
      const step = steps.next();
      if (step.done === true) this.goOn();
      else timer(`hosted ${requestId}`, step.value, next);
    };
    next();
  }

  /** A call or a response is over: what was found is spoken about, where that is done unasked. */
  goOn(): void {
    const { items, answersHosted, answer } = this.#host;
    if (answersHosted && items.all.at(-1)?.type === 'mcp_call') answer();
  }
}
