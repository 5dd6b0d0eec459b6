import { flushTail, GainRamp } from './fade.ts';

const fadeMs = 5;

/** What a gate does: let through, at a gain that rises after it was shut, or be silent after a fall. */
type GateState =
  | { readonly kind: 'open'; readonly rise: GainRamp | undefined }
  | { readonly kind: 'shut'; readonly fall: Int16Array };

/**
 * Silences one channel for a while, without clicks: it falls from the last sample before, so that nothing of what is silenced is
 * in the fall, and rises again, each within 5 ms.
 */
export class RecordingGate {
  readonly #sampleRateHz: number;
  #state: GateState = { kind: 'open', rise: undefined };

  constructor(sampleRateHz: number) {
    this.#sampleRateHz = sampleRateHz;
  }

  /** @param last the sample before. */
  shut(last: number): void {
    const sampleRateHz = this.#sampleRateHz;
    const steady = new Int16Array(Math.round((sampleRateHz * fadeMs) / 1000)).fill(last);
    this.#state = { kind: 'shut', fall: flushTail(steady, { sampleRateHz, ms: fadeMs }) };
  }

  open(): void {
    const rise = new GainRamp({ sampleRateHz: this.#sampleRateHz, ms: fadeMs, gain: 0 });
    rise.moveTo(1);
    this.#state = { kind: 'open', rise };
  }

  /** What comes through; it may be what was given. */
  push(samples: Int16Array): Int16Array {
    const state = this.#state;
    if (state.kind === 'open') {
      const { rise } = state;
      if (rise?.gain === 1) this.#state = { kind: 'open', rise: undefined };
      return rise?.push(samples) ?? samples;
    }
    const out = new Int16Array(samples.length);
    const part = state.fall.subarray(0, out.length);
    out.set(part);
    if (part.length > 0) this.#state = { kind: 'shut', fall: state.fall.subarray(part.length) };
    return out;
  }
}
