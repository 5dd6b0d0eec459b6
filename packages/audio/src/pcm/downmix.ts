import { requireInteger } from '../options.ts';
import { emptyLike, type Samples } from './samples.ts';

/**
 * Mixes interleaved channels to one: the mean of each frame, so nothing clips. 16-bit means are rounded.
 * Samples after the last whole frame are dropped. With one channel it is a copy.
 *
 * @throws AntiphonError `audio.invalid_option` when `channels` is not an integer from 1.
 */
export function downmixToMono<S extends Samples>(samples: S, channels: number): S {
  requireInteger('channels', channels, { min: 1, max: 65_535 });
  const frames = Math.floor(samples.length / channels);
  const mono = emptyLike(samples, frames);
  const round = samples instanceof Int16Array ? Math.round : (mean: number) => mean;
  for (let frame = 0; frame < frames; frame++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += samples[frame * channels + channel] ?? 0;
    mono[frame] = round(sum / channels);
  }
  return mono;
}
