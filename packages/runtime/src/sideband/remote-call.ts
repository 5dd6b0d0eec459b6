import { type CallControl, isAntiphonError, type Logger, type RemoteCalls } from '@antiphon/core';

/** What becomes of a call when its session ends. */
export type CallEnd = 'hang_up' | 'leave';

/** The call of a session. */
export class RemoteCall {
  readonly id: string;
  readonly #calls: RemoteCalls;
  readonly #logger: Logger;

  constructor(id: string, calls: RemoteCalls, logger: Logger) {
    this.id = id;
    this.#calls = calls;
    this.#logger = logger;
  }

  /**
   * Passes the call on to a `tel:` or `sip:` address; the session ends when the provider lets the call go.
   *
   * @throws AntiphonError `call.…`
   */
  refer(targetUri: string): Promise<void> {
    return this.#calls.refer({ callId: this.id, targetUri });
  }

  /** Ends the call for everybody. @throws AntiphonError `call.…` */
  hangUp(): Promise<void> {
    return this.#calls.hangUp({ callId: this.id });
  }

  /** Ends the call, as far as it has not ended. Never rejects. */
  async end(): Promise<void> {
    try {
      await this.hangUp();
    } catch (error) {
      // The other side may have hung up first: then the provider refuses.
      if (isAntiphonError(error) && error.code === 'call.refused') return;
      this.#logger.warn('the call could not be ended', { callId: this.id, message: String(error) });
    }
  }
}

/** What tools can do with a call that the provider carries: pass it on. Keys cannot be pressed there. */
export function controlOf(call: RemoteCall): CallControl {
  return { transfer: (target) => call.refer(target) };
}
