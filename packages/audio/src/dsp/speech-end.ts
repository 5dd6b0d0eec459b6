import { requireInteger } from '../options.ts';
import type { Samples } from '../pcm/samples.ts';
import { levels } from './levels.ts';

const frameMs = 10;
const belowLoudestDb = 35;
const floorDbfs = -55;

/**
 * Where speech ends in a clip of one channel, by its energy: after the last 10 ms frame whose RMS is within 35 dB of
 * the loudest frame's and above −55 dBFS. The answer is the count of samples before that point; undefined when no
 * frame is loud enough.
 *
 * @throws AntiphonError `audio.invalid_option` when the rate is no integer from 100 Hz.
 */
export function speechEndFrame(samples: Samples, sampleRateHz: number): number | undefined {
  requireInteger('sampleRateHz', sampleRateHz, { min: 100, max: 1_000_000 });
  const frameLength = Math.round((sampleRateHz * frameMs) / 1000);
  const frameDbfs: number[] = [];
  for (let at = 0; at < samples.length; at += frameLength) {
    frameDbfs.push(levels(samples.subarray(at, at + frameLength)).rmsDbfs);
  }
  const loudest = frameDbfs.reduce((most, dbfs) => Math.max(most, dbfs), Number.NEGATIVE_INFINITY);
  const last = frameDbfs.findLastIndex((dbfs) => dbfs > floorDbfs && dbfs >= loudest - belowLoudestDb);
  return last === -1 ? undefined : Math.min((last + 1) * frameLength, samples.length);
}
