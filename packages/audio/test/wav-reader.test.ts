import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bytesToInt16, concatSamples, decodeWav, int16ToFloat, WavReader } from '@antiphon/audio';
import { isAntiphonError } from '@antiphon/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cut } from './support/cuts.ts';
import { bytes, chunk, fmt, pcm16, riff, u32 } from './support/wav-bytes.ts';

interface ExpectedWav {
  readonly file: string;
  readonly expect: 'ok' | 'recover' | 'reject';
  readonly rate?: number;
  readonly channels?: number;
  readonly encoding?: string;
  readonly bits?: number;
  readonly frames?: number;
  readonly crc32f32?: number;
  readonly warn?: string;
  readonly error?: string;
}

const folder = fileURLToPath(new URL('../../../../shared/data/wavs/', import.meta.url));
const shared: readonly ExpectedWav[] = existsSync(`${folder}expected.json`)
  ? JSON.parse(readFileSync(`${folder}expected.json`, 'utf8')).files
  : [];

const crcTable = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

function crc32(data: Uint8Array): number {
  const crc = data.reduce((c, byte) => (crcTable[(c ^ byte) & 0xff] ?? 0) ^ (c >>> 8), 0xffff_ffff);
  return (crc ^ 0xffff_ffff) >>> 0;
}

/** All that reading a file comes to, small enough to compare. */
type Outcome =
  | { readonly error: string }
  | {
      readonly format: string;
      readonly frames: number;
      readonly warnings: readonly string[];
      readonly samples: string;
    };

function outcome(read: () => ReturnType<typeof decodeWav>): Outcome {
  try {
    const { samples, warnings, frames, ...format } = read();
    const hash = createHash('sha1').update(
      new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength),
    );
    return {
      format: JSON.stringify(format),
      frames,
      warnings: warnings.map(({ code }) => code),
      samples: hash.digest('hex'),
    };
  } catch (error) {
    if (isAntiphonError(error)) return { error: error.code };
    throw error;
  }
}

function decodePieces(pieces: readonly Uint8Array[]): ReturnType<typeof decodeWav> {
  const reader = new WavReader();
  const parts = pieces.map((piece) => reader.push(piece));
  return { ...reader.finish(), samples: concatSamples(parts, new Float32Array(0)) };
}

describe.skipIf(shared.length === 0)(
  'the shared WAV files (skipped where ../shared/data/wavs is absent)',
  () => {
    it.each(shared)('$file: $expect', (wanted) => {
      const file = readFileSync(folder + wanted.file);
      if (wanted.expect === 'reject') {
        const code = `audio.${wanted.error?.replaceAll('-', '_')}`;
        expect(outcome(() => decodeWav(file))).toEqual({ error: code });
      } else {
        const decoded = decodeWav(file);
        expect(decoded).toMatchObject({
          sampleRateHz: wanted.rate,
          channels: wanted.channels,
          encoding: wanted.encoding,
          bitsPerSample: wanted.bits,
          frames: wanted.frames,
        });
        expect(decoded.warnings.map(({ code }) => code)).toEqual(
          wanted.warn === undefined ? [] : [wanted.warn],
        );
        expect(crc32(new Uint8Array(decoded.samples.buffer))).toBe(wanted.crc32f32);
      }
      for (const size of [1, 7]) {
        expect(outcome(() => decodePieces(cut(file, [size])))).toEqual(outcome(() => decodeWav(file)));
      }
    });
  },
);

const samples16 = [...int16ToFloat(bytesToInt16(pcm16))];
const data16 = chunk('data', pcm16);
const plain = riff(fmt(), data16);

/** A file whose `data` chunk claims `size`, and whose RIFF chunk claims `riffSize`. */
function claiming(size: number, riffSize: number): Uint8Array {
  return bytes('RIFF', u32(riffSize), 'WAVE', fmt(), 'data', u32(size), pcm16);
}

function rf64(dataSize: number): Uint8Array {
  const ds64 = [...u32(900), ...u32(0), ...u32(dataSize % 2 ** 32), ...u32(Math.floor(dataSize / 2 ** 32))];
  const sizes = chunk('ds64', [...ds64, ...u32(400), ...u32(0), ...u32(0)]);
  return bytes('RF64', u32(0xffffffff), 'WAVE', sizes, fmt(), 'data', u32(0xffffffff), pcm16);
}

function floats(width: 4 | 8, values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * width));
  values.forEach((value, i) => {
    if (width === 4) view.setFloat32(i * 4, value, true);
    else view.setFloat64(i * 8, value, true);
  });
  return new Uint8Array(view.buffer);
}

const floatValues = [0, 0.1, -0.25, 1, -1, 1.5];
const rounded = [...Float32Array.from(floatValues)];

describe('every encoding', () => {
  const audio = (header: Uint8Array, payload: Uint8Array | readonly number[]) =>
    riff(header, chunk('data', payload));
  const alaw = [0xd5, 0x2a];
  const alawValues = [8 / 32_768, -32_256 / 32_768];
  const floats32 = floats(4, floatValues);
  const floats64 = floats(8, floatValues);

  it.each([
    ['32-bit PCM', audio(fmt({ bits: 32 }), u32(0x40000000)), 'pcm', [0.5]],
    [
      '20 bits in 32',
      audio(fmt({ bits: 32, subTag: 1, validBits: 20 }), u32(0xc0001000)),
      'pcm',
      [-0.5 + 2 ** -19],
    ],
    [
      '20 bits by block align',
      audio(fmt({ bits: 20, blockAlign: 4, subTag: 1 }), u32(0xc0000000)),
      'pcm',
      [-0.5],
    ],
    ['12 bits in 16', audio(fmt({ bits: 12, blockAlign: 2 }), [0x10, 0x40]), 'pcm', [0x4010 / 32_768]],
    ['32-bit float', audio(fmt({ tag: 3, bits: 32 }), floats32), 'float', rounded],
    ['64-bit float', audio(fmt({ tag: 3, bits: 64 }), floats64), 'float', rounded],
    ['extensible float', audio(fmt({ bits: 32, subTag: 3 }), floats32), 'float', rounded],
    ['A-law', audio(fmt({ tag: 6, bits: 8 }), alaw), 'alaw', alawValues],
    ['extensible A-law', audio(fmt({ bits: 8, subTag: 6 }), alaw), 'alaw', alawValues],
    ['8 channels', audio(fmt({ channels: 8 }), pcm16), 'pcm', samples16],
  ])('%s', (_, file, encoding, samples) => {
    const decoded = decodeWav(file);
    expect(decoded).toMatchObject({ encoding, frames: samples.length / decoded.channels, warnings: [] });
    expect([...decoded.samples]).toEqual(samples);
  });
});

const extra = chunk('LIST', bytes('INFOISFT', u32(3), 'abc'));
const unpadded = bytes('LIST', u32(3), 'abc');

describe('odd but readable files', () => {
  it.each([
    ['a chunk after the audio', riff(fmt(), data16, extra), []],
    ['2000 empty chunks', riff(...Array.from({ length: 2000 }, () => chunk('junk', [])), fmt(), data16), []],
    ['a second fmt chunk', riff(fmt(), fmt({ rateHz: 8000, channels: 2 }), data16), []],
    ['RF64', rf64(800), []],
    ['RF64 that claims 1 TiB', rf64(2 ** 40), ['truncated']],
    ['RF64 without a length', rf64(0), ['unknown-length']],
    ['both sizes 0xFFFFFFFF', claiming(0xffffffff, 0xffffffff), ['unknown-length']],
    ['the data size 0xFFFFFFFF alone', claiming(0xffffffff, 836), ['unknown-length']],
    ['both sizes 0', claiming(0, 0), ['unknown-length']],
    ['data size 0, RIFF size of a bare header', claiming(0, 36), ['unknown-length']],
    ['data size 0x7FFFF000', claiming(0x7ffff000, 0x7ffff024), ['truncated']],
    ['two data chunks', riff(fmt(), data16, chunk('data', [1, 2, 3, 4])), ['second-data']],
    ['no pad byte before fmt', riff(unpadded, fmt(), data16), ['missing-pad']],
    ['no pad byte before data', riff(fmt(), unpadded, data16), ['missing-pad']],
    ['a pad byte that is not zero', riff(bytes(unpadded, 'x'), fmt(), data16), []],
    ['garbage after the audio', bytes(plain, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), ['trailing-bytes']],
    ['a few bytes after the audio', bytes(plain, [0, 0, 0]), ['trailing-bytes']],
    ['a wrong block align', riff(fmt({ blockAlign: 7 }), data16), ['block-align']],
    ['half a frame too much', riff(fmt(), chunk('data', [...pcm16, 5])), ['partial-frame']],
  ])('%s', (_, file, warnings) => {
    const decoded = decodeWav(file);
    expect([...decoded.samples]).toEqual(samples16);
    expect(decoded.warnings.map(({ code }) => code)).toEqual(warnings);
    expect(decoded).toMatchObject({ sampleRateHz: 16_000, channels: 1, frames: 400 });
    for (const size of [1, 5]) {
      expect(outcome(() => decodePieces(cut(file, [size])))).toEqual(outcome(() => decodeWav(file)));
    }
  });

  it('an empty data chunk followed by another chunk holds no audio', () => {
    expect(decodeWav(riff(fmt(), chunk('data', []), extra))).toMatchObject({ frames: 0, warnings: [] });
  });
});

describe('refused files', () => {
  it.each([
    ['nothing', bytes(), 'audio.not_wav'],
    ['text', bytes('hello, this is no audio'), 'audio.not_wav'],
    ['another RIFF form', bytes('RIFF', u32(4), 'AVI '), 'audio.not_wav'],
    ['a name alone', bytes('RIFF'), 'audio.truncated_header'],
    ['an end inside a chunk header', bytes('RIFF', u32(40), 'WAVEfm'), 'audio.truncated_header'],
    ['an end inside the data header', riff(fmt(), bytes('data', [1, 2])), 'audio.truncated_header'],
    ['no chunk', riff(), 'audio.no_fmt'],
    ['data before fmt', riff(data16, fmt()), 'audio.no_fmt'],
    ['no data', riff(fmt(), extra), 'audio.no_data'],
    ['a chunk of 4 GiB before data', riff(fmt(), bytes('LIST', u32(0xfffffff0)), data16), 'audio.no_data'],
    ['a short fmt', riff(chunk('fmt ', [1, 0, 1, 0]), data16), 'audio.bad_fmt'],
    ['a huge fmt', riff(bytes('fmt ', u32(0xfffffff0), pcm16)), 'audio.bad_fmt'],
    ['no channels', riff(fmt({ channels: 0 }), data16), 'audio.bad_fmt'],
    ['0 bits', riff(fmt({ bits: 0 }), data16), 'audio.bad_fmt'],
    ['48-bit PCM', riff(fmt({ bits: 48 }), data16), 'audio.bad_fmt'],
    ['16-bit float', riff(fmt({ tag: 3 }), data16), 'audio.bad_fmt'],
    ['extensible without its extension', riff(fmt({ tag: 0xfffe }), data16), 'audio.bad_fmt'],
    ['Microsoft ADPCM', riff(fmt({ tag: 2, bits: 4 }), data16), 'audio.unsupported_codec'],
    ['an extensible MP3', riff(fmt({ subTag: 0x55 }), data16), 'audio.unsupported_codec'],
  ])('%s', (_, file, code) => {
    expect(outcome(() => decodeWav(file))).toEqual({ error: code });
    expect(outcome(() => decodePieces(cut(file, [1])))).toEqual({ error: code });
  });

  it('are named by their source, with what they look like', () => {
    expect(() => decodeWav(bytes('OggS is not RIFF'), { source: 'talk.wav' })).toThrow(
      'talk.wav is not a WAV file: it looks like Ogg',
    );
    expect(() => decodeWav(riff(fmt({ tag: 0x11, bits: 4 })), { source: 'talk.wav' })).toThrow(
      'talk.wav holds IMA ADPCM (format tag 0x0011), which is not decoded',
    );
  });
});

describe('the reader', () => {
  it('knows the format before the first sample', () => {
    const reader = new WavReader();
    reader.push(plain.subarray(0, 30));
    expect(reader.format).toBeUndefined();
    expect(reader.push(plain.subarray(30, 45)).length).toBe(0);
    expect(reader.format).toEqual({ sampleRateHz: 16_000, channels: 1, encoding: 'pcm', bitsPerSample: 16 });
    expect([...reader.push(plain.subarray(45, 46))]).toEqual(samples16.slice(0, 1));
  });

  it('takes memory by what is there, not by what is claimed', () => {
    const before = process.memoryUsage().arrayBuffers;
    const many = Array.from({ length: 50 }, () => decodeWav(rf64(2 ** 40)));
    expect(many.reduce((total, { samples }) => total + samples.buffer.byteLength, 0)).toBe(50 * 1600);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 2 ** 20);
  });

  it('turns every mutated file into samples or an AntiphonError, the same however it is cut', () => {
    const seeds = [
      plain,
      rf64(800),
      claiming(0, 0),
      riff(fmt(), unpadded, data16, extra),
      riff(fmt({ bits: 32, subTag: 3 }), chunk('data', floats(4, floatValues))),
      riff(fmt({ channels: 3, bits: 24 }), data16),
      ...shared.map(({ file }) => readFileSync(folder + file)).filter(({ length }) => length < 2000),
    ];
    const edit = fc.record({ at: fc.nat(120), value: fc.nat(255) });
    const edits = fc.array(edit, { maxLength: 6 });
    const sizes = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.constantFrom(...seeds), edits, fc.nat(900), sizes, (seed, changes, length, cuts) => {
        const file = Uint8Array.from(seed.subarray(0, length > 800 ? seed.length : length));
        for (const { at, value } of changes) if (at < file.length) file[at] = value;
        expect(outcome(() => decodePieces(cut(file, cuts)))).toEqual(outcome(() => decodeWav(file)));
      }),
      { numRuns: 3000 },
    );
  });
});

it('tells how many samples more bytes can hold, so that memory is taken once', () => {
  const file = riff(fmt({ channels: 2 }), chunk('data', pcm16), chunk('LIST', bytes('INFO')));
  const reader = new WavReader();
  const inAll = pcm16.length / 2;
  expect(reader.samplesIn(1000)).toBe(0); // nothing is known of the frames yet
  const first = reader.push(file.subarray(0, 44 + 41)).length;
  expect(first).toBe(20);
  expect(reader.samplesIn(3)).toBe(2); // one byte of a frame is held
  expect(reader.samplesIn(1e9)).toBe(inAll - first); // no more than the header says
  reader.push(file.subarray(44 + 41));
  expect(reader.samplesIn(1e9)).toBe(0);
});
