/** How often a tool may be called. */
export interface ToolRate {
  readonly calls: number;
  /** Within any stretch of this many milliseconds. */
  readonly perMs: number;
  /**
   * Whose calls are counted together: those of one session (default), of all sessions of the process, or of all whose
   * value of `caller` is the same, such as `caller.tenant`.
   */
  readonly of?: 'session' | 'process' | `caller.${string}`;
}

/** How many calls of one tool may run, at once and over time. What is over waits, or is told when to come again. */
export interface ToolCallLimits {
  /** Calls that run at once in all sessions of the process. */
  readonly parallel?: number;
  /** Calls that run at once in one session. */
  readonly parallelPerSession?: number;
  readonly rates?: readonly ToolRate[];
}

const maxParallel = 1_000;
const maxRateCalls = 10_000;
const maxPerMs = 24 * 60 * 60_000;

/** What is wrong with the limits of a tool, in words that follow the name of the setting. */
export function callLimitsProblem(limits: ToolCallLimits | undefined): string | undefined {
  if (limits === undefined) return undefined;
  if (typeof limits !== 'object' || limits === null) return 'is not { parallel, parallelPerSession, rates }';
  for (const key of ['parallel', 'parallelPerSession'] as const) {
    const value = limits[key];
    if (value !== undefined && !isWhole(value, maxParallel))
      return `has ${key} ${String(value)}, not a whole number from 1 to ${maxParallel}`;
  }
  const { rates = [] } = limits;
  if (!Array.isArray(rates)) return 'has rates that are not a list of { calls, perMs, of }';
  return rates.map(rateProblem).find((problem) => problem !== undefined);
}

function rateProblem(rate: ToolRate): string | undefined {
  const { calls, perMs, of = 'session' } = rate;
  if (!isWhole(calls, maxRateCalls))
    return `has a rate of ${String(calls)} calls, not a whole number from 1 to ${maxRateCalls}`;
  if (!isWhole(perMs, maxPerMs))
    return `has a rate per ${String(perMs)} ms, not a whole number from 1 to ${maxPerMs}`;
  if (of === 'session' || of === 'process' || /^caller\.[\w$-]+$/.test(of)) return undefined;
  return `has a rate of "${String(of)}", which is not session, process or caller.NAME`;
}

function isWhole(value: unknown, most: number): boolean {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= most;
}
