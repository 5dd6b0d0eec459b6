/** Time, as a port: monotonic milliseconds and timers. Nothing else in core knows the time. */
export interface Clock {
  /** Monotonic milliseconds since an arbitrary start; may have a fraction. */
  nowMs(): number;
  /** Milliseconds since the epoch, for logs and names only; decisions use {@link Clock.nowMs}. */
  wallMs(): number;
  /** Calls `fire` once after `delayMs`; returns a function that cancels it. */
  setTimer(delayMs: number, fire: () => void): () => void;
}

/** Random identifiers, as a port. */
export interface IdSource {
  /** A new identifier `${prefix}_${random}` of at most 32 characters. */
  nextId(prefix: string): string;
}
