import { Int16Assembler } from '../pcm/bytes.ts';

/**
 * Raw PCM16, little-endian, as 16-bit samples: what `antiphon run -` takes from its standard input (24 kHz, mono). Half
 * a sample at the end is dropped. Errors of the stream are passed on.
 *
 * @param readable a Node stream without an encoding, or anything else that yields bytes.
 */
export async function* rawPcmFromStream(readable: AsyncIterable<Uint8Array>): AsyncGenerator<Int16Array> {
  const assembler = new Int16Assembler();
  for await (const bytes of readable) {
    const samples = assembler.push(bytes);
    if (samples.length > 0) yield samples;
  }
}
