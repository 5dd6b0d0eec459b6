import { AntiphonError } from '@antiphon/core';
import { requireInteger } from '../options.ts';
import { concatSamples, emptyLike, type Samples } from '../pcm/samples.ts';
import { filterBank, type ResamplerProfile, resamplerProfiles } from './filter-bank.ts';
import { TypeScriptKernel } from './kernel/typescript-kernel.ts';
import { wasmKernel } from './kernel/wasm-kernel.ts';
import { PolyphaseCore } from './polyphase-core.ts';

/** Integer rates from 4000 to 192000 Hz. */
export interface ResamplerOptions {
  readonly fromHz: number;
  readonly toHz: number;
  /** `standard` when left out. */
  readonly profile?: ResamplerProfile;
}

/**
 * Converts the sample rate of one channel as it streams.
 *
 * The samples out depend only on the samples in, not on how they were cut; there are `round(n · toHz / fromHz)` of them
 * after {@link flush}, and they are not shifted in time. Equal rates pass through unchanged. 16-bit output is rounded
 * to the nearest value (halves away from 0) and clamped.
 */
export class Resampler<S extends Samples = Samples> {
  readonly fromHz: number;
  readonly toHz: number;
  readonly #core: PolyphaseCore | undefined;
  #kind: Samples = new Float32Array(0);

  /** @throws AntiphonError `audio.invalid_option` for other rates and profiles. */
  constructor(options: ResamplerOptions) {
    const { fromHz, toHz, profile = 'standard' } = options;
    const range = { min: 4000, max: 192_000 };
    this.fromHz = requireInteger('fromHz', fromHz, range);
    this.toHz = requireInteger('toHz', toHz, range);
    if (!resamplerProfiles.includes(profile)) {
      const expected = resamplerProfiles.join(', ');
      throw new AntiphonError('audio.invalid_option', {
        option: 'profile',
        value: String(profile),
        expected,
      });
    }
    if (fromHz === toHz) return;
    const divisor = greatestCommonDivisor(fromHz, toHz);
    const ratio = { up: toHz / divisor, down: fromHz / divisor };
    const bank = filterBank(ratio, profile);
    this.#core = new PolyphaseCore(
      ratio,
      bank.taps,
      wasmKernel(ratio, bank) ?? new TypeScriptKernel(ratio, bank),
    );
  }

  /** How long a sample stays inside before it is returned, in milliseconds. */
  get delayMs(): number {
    return this.#core === undefined ? 0 : (this.#core.delaySamples * 1000) / this.fromHz;
  }

  /** What can be returned after `samples`, in the type of `samples`; possibly nothing. */
  push(samples: S): S {
    this.#kind = samples;
    if (this.#core === undefined) return samples.slice() as S;
    const out = emptyLike(samples, this.#core.outputLength(samples.length));
    this.#core.push(samples, out);
    return out;
  }

  /**
   * Ends the stream: the last samples, in the type last pushed (an empty Float32Array when nothing was). The resampler
   * is then as new.
   */
  flush(): S {
    const kind = this.#kind as S;
    const out = this.#core?.flush(kind) ?? emptyLike(kind, 0);
    this.reset();
    return out;
  }

  /** Forgets the stream so far. */
  reset(): void {
    this.#core?.reset();
    this.#kind = new Float32Array(0);
  }
}

/**
 * Converts a whole recording of one channel; the same samples as {@link Resampler} gives, `round(n · toHz / fromHz)` of
 * them.
 *
 * @throws AntiphonError `audio.invalid_option`
 */
export function resample<S extends Samples>(samples: S, options: ResamplerOptions): S {
  const resampler = new Resampler<S>(options);
  const body = resampler.push(samples);
  return concatSamples([body, resampler.flush()], samples);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
