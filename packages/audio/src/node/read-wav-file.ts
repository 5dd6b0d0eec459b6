import { type FileHandle, open } from 'node:fs/promises';
import { concatSamples } from '../pcm/samples.ts';
import type { DecodedWav } from '../wav/decode-wav.ts';
import { WavReader } from '../wav/wav-reader.ts';
import { readError } from './file-error.ts';

const blockByteLength = 64 * 1024;

/**
 * Reads a whole WAV file, block by block; see `WavReader` for what is read. Errors name the path.
 *
 * @throws AntiphonError `audio.file_not_found`, `audio.not_a_file`, `audio.read_failed`, and those of `WavReader`.
 */
export async function readWavFile(path: string): Promise<DecodedWav> {
  const reader = new WavReader({ source: path });
  const parts: Float32Array[] = [];
  for await (const block of blocks(path)) {
    const samples = reader.push(block);
    if (samples.length > 0) parts.push(samples);
  }
  const summary = reader.finish();
  return { ...summary, samples: concatSamples(parts, new Float32Array(0)) };
}

/** The bytes of a file; each block is valid until the next is asked for. */
async function* blocks(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw readError(path, cause);
  });
  try {
    const block = new Uint8Array(blockByteLength);
    for (;;) {
      const length = await readInto(file, block, path);
      if (length === 0) return;
      yield block.subarray(0, length);
    }
  } finally {
    await file.close();
  }
}

async function readInto(file: FileHandle, block: Uint8Array, path: string): Promise<number> {
  try {
    return (await file.read(block, 0, block.length, null)).bytesRead;
  } catch (cause) {
    throw readError(path, cause);
  }
}
