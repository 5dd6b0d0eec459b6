import { floatToInt16, int16ToFloat } from '../pcm/convert.ts';
import type { ConditioningStage } from './conditioning-stage.ts';

/**
 * Runs the sound of the user through stages, in their order. What comes out is not shifted against what went in, and does
 * not depend on how that was cut. Between the stages it is floats; 16-bit results are rounded once, at the end.
 */
export class InputConditioner {
  readonly #stages: readonly ConditioningStage[];
  /** How many of the samples pushed may still be inside. */
  readonly delaySamples: number;

  constructor(stages: readonly ConditioningStage[]) {
    this.#stages = stages;
    this.delaySamples = stages.reduce((sum, { delaySamples }) => sum + delaySamples, 0);
  }

  /** What is ready after `samples`; possibly nothing. */
  push(samples: Int16Array): Int16Array {
    if (this.#stages.length === 0) return samples;
    let out = int16ToFloat(samples);
    for (const stage of this.#stages) out = stage.push(out);
    return floatToInt16(out);
  }

  /** All that is still inside, pushed out by as much silence as the delay. The stream goes on after it. */
  drain(): Int16Array {
    return this.push(new Int16Array(this.delaySamples));
  }

  /** Frees what the stages hold. Idempotent. */
  close(): void {
    for (const stage of this.#stages) stage.close?.();
  }
}
