import type { Samples } from '../pcm/samples.ts';
import type { WavWriteOptions } from './wav-header.ts';
import { WavWriter } from './wav-writer.ts';

/**
 * A whole WAV file of interleaved `samples`: PCM16 unless the options say otherwise. {@link decodeWav} gives the same
 * samples back, to the precision of the encoding.
 *
 * @throws AntiphonError `audio.invalid_option`, `audio.wav_too_large`
 */
export function encodeWav(samples: Samples, options: WavWriteOptions): Uint8Array {
  const writer = new WavWriter(options);
  const data = writer.write(samples);
  const { bytes: padding, patch: header } = writer.close();
  const file = new Uint8Array(header.bytes.length + data.length + padding.length);
  file.set(header.bytes);
  file.set(data, header.bytes.length);
  return file;
}
