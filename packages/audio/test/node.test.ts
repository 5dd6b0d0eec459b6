import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { decodeWav, encodeWav } from '@antiphon/audio';
import { rawPcmFromStream, readWavFile, WavFileWriter } from '@antiphon/audio/node';
import { afterAll, describe, expect, it } from 'vitest';
import { digest } from './support/digest.ts';

const folder = mkdtempSync(join(tmpdir(), 'antiphon-audio-'));
afterAll(() => rmSync(folder, { recursive: true }));

const stereo = { sampleRateHz: 24_000, channels: 2 };
const ramp = Int16Array.from({ length: 200_000 }, (_, i) => ((i * 7) % 65_536) - 32_768);

function written(name: string, content: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe('reading a file', () => {
  it('gives what decoding it whole gives', async () => {
    const file = encodeWav(ramp, stereo);
    const { samples, ...summary } = await readWavFile(written('ramp.wav', file));
    const { samples: expected, ...expectedSummary } = decodeWav(file);
    expect(summary).toEqual(expectedSummary);
    expect(digest(samples)).toBe(digest(expected));
  });

  it.each([
    ['a missing file', () => join(folder, 'none.wav'), 'audio.file_not_found'],
    ['a folder', () => folder, 'audio.not_a_file'],
    ['an empty file', () => written('empty.wav', new Uint8Array(0)), 'audio.not_wav'],
    ['another file', () => written('text.wav', Buffer.from('no audio in here')), 'audio.not_wav'],
    ['a file as a folder', () => join(written('plain', new Uint8Array(1)), 'x.wav'), 'audio.read_failed'],
  ])('of %s names it in the error', async (_, make, code) => {
    const path = make();
    await expect(readWavFile(path)).rejects.toMatchObject({ code, message: expect.stringContaining(path) });
  });
});

describe('writing a file', () => {
  it('gives what encoding it at once gives', () => {
    const path = join(folder, 'out.wav');
    const writer = new WavFileWriter(path, stereo);
    for (let at = 0; at < ramp.length; at += 960) writer.write(ramp.subarray(at, at + 960));
    expect(writer.frames).toBe(100_000);
    writer.close();
    writer.close();
    writer.write(ramp);
    expect(digest(readFileSync(path))).toBe(digest(encodeWav(ramp, stereo)));
  });

  it('leaves a file that plays at every moment, also before its first sample', () => {
    const path = join(folder, 'killed.wav');
    const writer = new WavFileWriter(path, { ...stereo, encoding: 'float' });
    expect(decodeWav(readFileSync(path)).frames).toBe(0);
    for (let frames = 480; frames <= 4800; frames += 480) {
      writer.write(ramp.subarray(0, 960));
      expect(decodeWav(readFileSync(path))).toMatchObject({ frames, warnings: [] });
    }
    writer.close();
  });

  it.each([
    ['in no folder', () => join(folder, 'no', 'such', 'out.wav')],
    ['over a folder', () => folder],
  ])('%s is refused when it is opened', (_, make) => {
    const failed = expect.objectContaining({ code: 'audio.open_failed' });
    expect(() => new WavFileWriter(make(), stereo)).toThrow(failed);
  });

  it.skipIf(!existsSync('/dev/full'))('to a full device fails at once', () => {
    const failed = expect.objectContaining({ code: 'audio.write_failed' });
    expect(() => new WavFileWriter('/dev/full', stereo)).toThrow(failed);
  });

  it('on a disk that fills up tells it once, and keeps what was whole', () => {
    const path = join(folder, 'full.wav');
    const disk = diskOf(5000);
    const writer = new WavFileWriter(path, stereo, disk.files);
    writer.write(ramp.subarray(0, 2000));
    expect(() => writer.write(ramp.subarray(2000, 4000))).toThrow(
      `could not write to ${path}: the disk is full`,
    );
    writer.write(ramp.subarray(0, 20));
    writer.close();
    expect(disk.openFiles()).toBe(0);
    expect(new Uint8Array(readFileSync(path))).toEqual(encodeWav(ramp.subarray(0, 2000), stereo));
  });
});

/** What the writer calls to reach a disk. */
type WavFileSystem = NonNullable<ConstructorParameters<typeof WavFileWriter>[2]>;

/** The real disk, but with room for `capacity` bytes, written in pieces of at most 1000. */
function diskOf(capacity: number): { files: WavFileSystem; openFiles: () => number } {
  let open = 0;
  const files: WavFileSystem = {
    create: (path) => {
      open++;
      return openSync(path, 'w');
    },
    writeAt: (fd, bytes, position) => {
      const room = Math.min(bytes.length, 1000, capacity - position);
      if (room <= 0) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
      return writeSync(fd, bytes, 0, room, position);
    },
    truncate: ftruncateSync,
    close: (fd) => {
      open--;
      closeSync(fd);
    },
  };
  return { files, openFiles: () => open };
}

describe('raw PCM from a stream', () => {
  it('is put together across odd pieces; half a sample at the end is dropped', async () => {
    const pieces = [[1], [0, 0xff], [], [0xff, 2, 0, 9]].map((piece) => Buffer.from(piece));
    const parts: Int16Array[] = [];
    for await (const samples of rawPcmFromStream(Readable.from(pieces))) parts.push(samples);
    expect(parts.map((part) => [...part])).toEqual([[1], [-1, 2]]);
  });

  it('passes the error of the stream on', async () => {
    const broken = new Readable({
      read() {
        this.destroy(new Error('pipe broke'));
      },
    });
    await expect(rawPcmFromStream(broken).next()).rejects.toThrow('pipe broke');
  });
});
