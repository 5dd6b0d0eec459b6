import type { Clock } from '@antiphon/core';
import { isToolError } from '../tool-error.ts';

/** Before try n the delay is drawn around `firstDelayMs` · 2ⁿ, from half of it to one and a half. */
const firstDelayMs = 200;
/** What a server asks for is not undercut; this much is added at random, so that not all come at once. */
const spreadMs = 250;

/** Codes of failures on the way, where the same request may succeed the next time. */
const transient = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
]);

/** After how many milliseconds what failed may be tried again; undefined when that would not help. */
export function retryAfterOf(thrown: unknown): number | undefined {
  if (isToolError(thrown)) return Number.isFinite(thrown.retryAfterMs) ? thrown.retryAfterMs : undefined;
  let cause = thrown;
  for (let depth = 0; depth < 8 && cause instanceof Error; depth += 1) {
    if ('code' in cause && typeof cause.code === 'string' && transient.has(cause.code)) return 0;
    cause = cause.cause;
  }
  return undefined;
}

/** The delay before try `attempt`, counted from 0, in milliseconds. `random`: from 0 to 1. */
export function retryDelayMs(retryAfterMs: number, attempt: number, random: () => number): number {
  const ownMs = firstDelayMs * 2 ** attempt * (0.5 + random());
  return Math.round(retryAfterMs > ownMs ? retryAfterMs + spreadMs * random() : ownMs);
}

/** Resolves after `delayMs`; rejects with the reason of `signal` when that is aborted first. */
export function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      cancel();
      reject(signal.reason as Error);
    };
    const cancel = clock.setTimer(delayMs, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}
