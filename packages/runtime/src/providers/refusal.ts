import type { IncomingMessage } from 'node:http';

/** How a server refused to upgrade. */
export interface Refusal {
  readonly status: number;
  /** The beginning of its words. */
  readonly body: string;
  readonly retryAfterMs: number | undefined;
  /** Where it points to instead. */
  readonly location: string | undefined;
}

const longestBody = 4096;
const bodyTimeoutMs = 2_000;

/** Reads a refused upgrade, its body as far as it comes in time. `done` is called once. */
export function readRefusal(response: IncomingMessage, done: (refusal: Refusal) => void): void {
  let body = '';
  const finish = (): void => {
    clearTimeout(timer);
    response.off('data', take).off('end', finish).off('close', finish);
    const { headers, statusCode } = response;
    done({
      status: statusCode ?? 0,
      body,
      retryAfterMs: retryAfterMs(headers, Date.now()),
      location: headers.location,
    });
  };
  const take = (chunk: Buffer): void => {
    body = (body + chunk.toString('utf8')).slice(0, longestBody);
  };
  const timer = setTimeout(finish, bodyTimeoutMs).unref();
  // An error is followed by the close.
  response.on('error', () => {});
  response.on('data', take).once('end', finish).once('close', finish);
}

/** What `retry-after-ms` (milliseconds) or `retry-after` (seconds or a date) ask for. */
export function retryAfterMs(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  wallMs: number,
): number | undefined {
  const inMs = numberOf(headers['retry-after-ms']);
  if (inMs !== undefined) return inMs;
  const value = headers['retry-after'];
  const inSeconds = numberOf(value);
  if (inSeconds !== undefined) return inSeconds * 1000;
  // A date of HTTP begins with the day of the week.
  const at = typeof value === 'string' && /^\s*[A-Za-z]{3}/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - wallMs);
}

function numberOf(value: string | readonly string[] | undefined): number | undefined {
  return typeof value === 'string' && /^\s*\d+(\.\d+)?\s*$/.test(value) ? Number(value) : undefined;
}
