import type { Clock } from '../ports/clock.ts';

/** What work gets: a clock, a time, and a signal that ends it early. */
export interface TimeLimit {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Does `work` within a time. Its signal is aborted at the time-out, and when `limit.signal` is. Rejects then, at once,
 * whether or not the work obeys; what becomes of it is dropped.
 */
export function within<Value>(
  limit: TimeLimit,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const { clock, timeoutMs, signal } = limit;
  if (signal.aborted) return Promise.reject(new Error('aborted'));
  const controller = new AbortController();
  return new Promise<Value>((resolve, reject) => {
    const release = (): void => {
      cancelTimer();
      signal.removeEventListener('abort', onAbort);
    };
    const stop = (reason: string): void => {
      release();
      controller.abort();
      reject(new Error(reason));
    };
    const onAbort = (): void => stop('aborted');
    const cancelTimer = clock.setTimer(timeoutMs, () => stop(`not done within ${timeoutMs} ms`));
    signal.addEventListener('abort', onAbort, { once: true });
    void attempt(work, controller.signal).then(resolve, reject).then(release);
  });
}

/** A throw is a rejection. */
async function attempt<Value>(
  work: (signal: AbortSignal) => Promise<Value>,
  signal: AbortSignal,
): Promise<Value> {
  return work(signal);
}
