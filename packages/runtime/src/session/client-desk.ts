import { AntiphonError, type JsonValue, type SessionEvent } from '@antiphon/core';
import { type AskClient, type ClientToolRequest, ToolError } from '@antiphon/tools';
import { Watchers } from './watchers.ts';

/** What the application says to a call: its result, or why there is none, in words for the model. */
export type ClientToolAnswer =
  | { readonly result: unknown }
  | {
      readonly error: string;
      /** Small JSON that the model is given with the words. */
      readonly data?: JsonValue;
    };

/** What a desk is made of. */
export interface ClientDeskOptions {
  /** Answers calls; `events`: the application answers what it is told by `client_tool_called`. */
  readonly clientTools: AskClient | 'events' | undefined;
  readonly dispatch: (event: SessionEvent) => void;
}

interface OpenCall {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** The application's side of calls that it answers. */
export class ClientDesk {
  /** Those who observe the calls, and answer them. */
  readonly watchers = new Watchers();
  readonly #options: ClientDeskOptions;
  /** The calls that nobody has answered. */
  readonly #open = new Map<string, OpenCall>();

  constructor(options: ClientDeskOptions) {
    this.#options = options;
  }

  /** Puts a call to the application, and waits for the answer. @throws {ToolError} `tool.no_client` */
  readonly ask = (request: ClientToolRequest): Promise<unknown> => {
    const { clientTools, dispatch } = this.#options;
    const { sessionId: _, signal, ...call } = request;
    if (clientTools === undefined && this.watchers.count === 0) {
      const { code, message, modelHint: hint } = new AntiphonError('tool.no_client', { tool: call.name });
      return Promise.reject(new ToolError(message, { code, hint }));
    }
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        const reason = signal.reason as Error;
        this.#settle(call.callId, 'cancelled', ({ reject }) => reject(reason));
      };
      if (signal.aborted) return reject(signal.reason as Error);
      signal.addEventListener('abort', onAbort, { once: true });
      this.#open.set(call.callId, { resolve, reject });
      dispatch({ type: 'tool.client_called', ...call });
      if (typeof clientTools === 'function') this.#ask(clientTools, request);
    });
  };

  /** Answers a call; false when nobody waits for the answer any more. */
  answer(callId: string, answer: ClientToolAnswer): boolean {
    return this.#settle(callId, 'answered', ({ resolve, reject }) => {
      if (!('error' in answer)) return resolve(answer.result);
      const { error, data } = answer;
      reject(new ToolError(String(error), { ...(data !== undefined && { data }) }));
    });
  }

  #ask(clientTools: AskClient, request: ClientToolRequest): void {
    const { callId } = request;
    Promise.resolve()
      .then(() => clientTools(Object.freeze(request)))
      .then(
        (result) => this.#settle(callId, 'answered', ({ resolve }) => resolve(result)),
        (error: unknown) => this.#settle(callId, 'answered', ({ reject }) => reject(error)),
      );
  }

  #settle(callId: string, ending: 'answered' | 'cancelled', give: (call: OpenCall) => void): boolean {
    const call = this.#open.get(callId);
    if (call === undefined) return false;
    this.#open.delete(callId);
    this.#options.dispatch({ type: 'tool.client_settled', callId, ending });
    give(call);
    return true;
  }
}
