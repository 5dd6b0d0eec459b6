/**
 * What can be done with the telephone call of a session, by whoever carries it. What it has no method for, the call cannot
 * do. Everything rejects with what went wrong, and when `signal` is aborted.
 */
export interface CallControl {
  /** Passes the call on to a `tel:` or `sip:` address; the session ends when the call is let go. */
  transfer?(target: string, signal: AbortSignal): Promise<void>;
  /** Presses keys, in their order: `0` to `9`, `*`, `#`, `A` to `D`. */
  sendDtmf?(digits: string, signal: AbortSignal): Promise<void>;
}
