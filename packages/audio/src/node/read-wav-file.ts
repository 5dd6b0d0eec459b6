import { type FileHandle, open } from 'node:fs/promises';
import type { DecodedWav } from '../wav/decode-wav.ts';
import { WavReader } from '../wav/wav-reader.ts';
import { readError } from './file-error.ts';
import { SampleCollector } from './sample-collector.ts';

const blockByteLength = 64 * 1024;

/**
 * Reads a whole WAV file, block by block; see `WavReader` for what is read. Errors name the path. The memory taken is
 * that of the samples, 4 bytes each.
 *
 * @throws AntiphonError `audio.file_not_found`, `audio.not_a_file`, `audio.read_failed`, and those of `WavReader`.
 */
export async function readWavFile(path: string): Promise<DecodedWav> {
  const reader = new WavReader({ source: path });
  const collector = new SampleCollector();
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw readError(path, cause);
  });
  try {
    let unreadByteLength = (await attempt(path, () => file.stat())).size;
    const block = new Uint8Array(blockByteLength);
    const memory = new Float32Array(blockByteLength + 64);
    for (let length = await readInto(file, block, path); length > 0; ) {
      const samples = reader.push(block.subarray(0, length), memory);
      unreadByteLength -= length;
      if (samples.length > 0) collector.push(samples, reader.samplesIn(unreadByteLength));
      length = await readInto(file, block, path);
    }
  } finally {
    await file.close();
  }
  return { ...reader.finish(), samples: collector.take() };
}

function readInto(file: FileHandle, block: Uint8Array, path: string): Promise<number> {
  return attempt(path, async () => (await file.read(block, 0, block.length, null)).bytesRead);
}

async function attempt<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    throw readError(path, cause);
  }
}
