/** No server is waited for longer than this, whatever it asks. */
const longestMs = 24 * 60 * 60_000;

/**
 * Milliseconds from now of a `Retry-After` header: seconds, or a date, which is measured by the clock of the server
 * itself. Undefined when it says neither.
 */
export function readRetryAfter(
  value: string | undefined,
  serverDate: string | undefined,
): number | undefined {
  const text = value?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Math.min(longestMs, Number(text) * 1000);
  const at = Date.parse(text);
  const now = Date.parse(serverDate ?? '');
  return Number.isNaN(at) || Number.isNaN(now) ? undefined : Math.min(longestMs, Math.max(0, at - now));
}
