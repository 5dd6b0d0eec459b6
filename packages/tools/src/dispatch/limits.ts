/** What one session's tool host accepts. Sizes are bytes of UTF-8. */
export interface ToolLimits {
  readonly argumentBytes: number;
  readonly argumentDepth: number;
  /** Calls that run at the same time in the session; more wait in order, each for its own time-out at most. */
  readonly parallelCalls: number;
  /** Calls that may wait; more are refused. */
  readonly waitingCalls: number;
  /** Largest result of a tool that is kept. */
  readonly outputBytes: number;
  /** Most of a result that the model is given. */
  readonly outputTextBytes: number;
  /** Results remembered for repeats of idempotent calls; the oldest is forgotten first. */
  readonly rememberedCalls: number;
}

export const defaultToolLimits: ToolLimits = {
  argumentBytes: 64 * 1024,
  argumentDepth: 32,
  parallelCalls: 16,
  waitingCalls: 64,
  outputBytes: 1024 * 1024,
  outputTextBytes: 16 * 1024,
  rememberedCalls: 256,
};
