import { WavReader, type WavSummary } from './wav-reader.ts';

/** A whole WAV file: its format, its samples interleaved in [−1, 1), and what had to be repaired. */
export interface DecodedWav extends WavSummary {
  readonly samples: Float32Array;
}

/**
 * Decodes a whole WAV file; see {@link WavReader} for what is read.
 *
 * @param options.source what errors call the input, for example its path.
 * @throws AntiphonError for what is refused, as {@link WavReader} does.
 */
export function decodeWav(bytes: Uint8Array, options: { readonly source?: string } = {}): DecodedWav {
  const reader = new WavReader(options);
  const samples = reader.push(bytes);
  return { ...reader.finish(), samples };
}
