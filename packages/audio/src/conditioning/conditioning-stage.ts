/**
 * One step of what is done to the sound of the user, one channel at one rate. Sample for sample: what comes out is not
 * shifted against what went in, and does not depend on how that was cut; it only comes `delaySamples` later at most.
 */
export interface ConditioningStage {
  /** How many of the samples pushed may still be inside. */
  readonly delaySamples: number;
  /** What is ready after `samples`: floats where full scale is [−1, 1). May use the memory of `samples`. */
  push(samples: Float32Array): Float32Array;
  /** Frees what is held outside of JavaScript. Idempotent; nothing is pushed after it. */
  close?(): void;
}
