import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { concatSamples } from '@antiphon/audio';
import { ConversationRecorder, OggOpusFileWriter, OpusEncoder } from '@antiphon/audio/node';
import { createDecoder } from 'libopus-wasm';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'antiphon-ogg-'));
const path = join(folder, 'file.ogg');
const sampleRateHz = 24_000;
afterAll(() => rmSync(folder, { recursive: true }));

interface Page {
  readonly flags: number;
  readonly granule: number;
  readonly sequence: number;
  readonly packets: readonly Uint8Array[];
  readonly crc: 'right' | 'wrong';
}

/** Bit by bit, as RFC 3533 has it. */
function crcOf(bytes: Uint8Array): number {
  let crc = 0n;
  for (const [at, byte] of bytes.entries()) {
    crc ^= BigInt(at >= 22 && at < 26 ? 0 : byte) << 24n;
    for (let bit = 0; bit < 8; bit++)
      crc = (crc & 0x8000_0000n ? (crc << 1n) ^ 0x04c1_1db7n : crc << 1n) & 0xffff_ffffn;
  }
  return Number(crc);
}

function pagesOf(file: Uint8Array): Page[] {
  const pages: Page[] = [];
  for (let at = 0; at < file.length; ) {
    const view = new DataView(file.buffer, file.byteOffset + at);
    expect(view.getUint32(0)).toBe(0x4f676753);
    const lacing = file.subarray(at + 27, at + 27 + view.getUint8(26));
    const packets: Uint8Array[] = [];
    let [start, end] = [at + 27 + lacing.length, at + 27 + lacing.length];
    for (const length of lacing) {
      end += length;
      if (length === 255) continue;
      packets.push(file.subarray(start, end));
      start = end;
    }
    const crc = crcOf(file.subarray(at, end)) === view.getUint32(22, true) ? 'right' : 'wrong';
    const granule = Number(view.getBigUint64(6, true));
    pages.push({ flags: view.getUint8(5), granule, sequence: view.getUint32(18, true), packets, crc });
    at = end;
  }
  return pages;
}

/** What a player plays of a file. */
async function played(file: Uint8Array): Promise<Int16Array> {
  const [head, , ...pages] = pagesOf(file);
  const first = head?.packets[0] ?? new Uint8Array(19);
  const preSkip = new DataView(first.buffer, first.byteOffset).getUint16(10, true) / 2;
  const decoder = await createDecoder({ sampleRate: sampleRateHz, channels: 2 });
  const packets = pages.flatMap((page) => page.packets);
  const out = concatSamples(
    packets.map((packet) => decoder.decode(packet).slice()),
    new Int16Array(0),
  );
  decoder.free();
  return out.slice(preSkip * 2, (pages.at(-1)?.granule ?? 0) & ~1);
}

/** A low tone on the left, a higher one on the right. */
function tones(frames: number): Int16Array {
  const value = (at: number) =>
    (at % 2 === 0 ? 9000 : 5000) * Math.sin((at >> 1) * (at % 2 === 0 ? 0.08 : 0.2));
  return Int16Array.from({ length: frames * 2 }, (_, at) => Math.round(value(at)));
}

async function written(frames: number, end: 'closed' | 'left open' = 'closed'): Promise<Uint8Array> {
  const encoder = await OpusEncoder.load({ sampleRateHz, channels: 2 });
  const writer = new OggOpusFileWriter(path, { encoder, comments: { TITLE: 'ä' } });
  const samples = tones(frames);
  for (let at = 0; at < samples.length; at += 1554) writer.write(samples.subarray(at, at + 1554));
  if (end === 'closed') writer.close();
  return Uint8Array.from(readFileSync(path));
}

function correlation(a: Int16Array, b: Int16Array): number {
  let [ab, aa, bb] = [0, 0, 0];
  a.forEach((x, i) => {
    const y = b[i] ?? 0;
    ab += x * y;
    aa += x * x;
    bb += y * y;
  });
  return ab / Math.sqrt(aa * bb);
}

describe('an Ogg/Opus file', () => {
  it('is played as it was written, to the sample, each side on its own', async () => {
    const samples = tones(90_001);
    const out = await played(await written(90_001));
    expect(out.length).toBe(samples.length);
    for (const side of [0, 1]) {
      const of = (all: Int16Array) => all.filter((_, at) => at % 2 === side && at > 4800);
      expect(correlation(of(samples), of(out))).toBeGreaterThan(0.99);
    }
  });

  it.each([0, 1, 480, 24_000, 47_999, 48_000, 48_324])(
    'has well-formed pages and %i frames',
    async (frames) => {
      const pages = pagesOf(await written(frames));
      expect(pages.map(({ crc }) => crc)).not.toContain('wrong');
      expect(pages.map(({ sequence }) => sequence)).toEqual(pages.map((_, at) => at));
      expect(pages.map(({ flags }) => flags)).toEqual([2, ...pages.slice(2).map(() => 0), 4]);
      const granules = pages.map(({ granule }) => granule);
      expect(granules).toEqual(granules.toSorted((a, b) => a - b));
      expect(granules.at(-1)).toBe(312 + frames * 2);
      expect(Buffer.from(pages[1]?.packets[0] ?? []).toString()).toContain('TITLE=ä');
    },
  );

  it('of a process that is gone plays to its last whole second', async () => {
    const pages = pagesOf(await written(90_001, 'left open'));
    expect(pages.map(({ crc }) => crc)).not.toContain('wrong');
    expect(pages.at(-1)?.granule).toBe(3 * 48_000);
  });

  it('says where it cannot be written, and what cannot be encoded', async () => {
    const encoder = await OpusEncoder.load({ sampleRateHz, channels: 2 });
    expect(() => new OggOpusFileWriter(join(folder, 'none', 'x.ogg'), { encoder })).toThrow(
      expect.objectContaining({ code: 'audio.open_failed' }),
    );
    for (const options of [{ sampleRateHz: 44_100 }, { sampleRateHz, bitrate: 1 }])
      await expect(OpusEncoder.load({ channels: 2, ...options })).rejects.toMatchObject({
        code: 'audio.invalid_option',
      });
  });

  it('holds a conversation, with its consent', async () => {
    const opus = await OpusEncoder.load({ sampleRateHz, channels: 2 });
    const failures: unknown[] = [];
    const recorder = new ConversationRecorder(path, {
      sampleRateHz,
      agent: 'generated',
      consent: 'given',
      opus,
      onFailure: (error) => failures.push(error),
    });
    recorder.user(tones(12_000).filter((_, at) => at % 2 === 0));
    recorder.pause();
    recorder.user(new Int16Array(4_800));
    recorder.resume();
    recorder.close();
    const file = Uint8Array.from(readFileSync(path));
    expect((await played(file)).length).toBe(2 * 16_800);
    expect(
      Buffer.from(file).includes('DESCRIPTION=left=user right=agent agent=generated consent=given'),
    ).toBe(true);
    expect(failures).toEqual([]);
  });
});
