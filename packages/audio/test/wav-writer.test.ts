import {
  decodeWav,
  encodeWav,
  floatToInt16,
  int16ToFloat,
  type WavEncoding,
  WavReader,
  WavWriter,
} from '@antiphon/audio';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wavHeader, writeFormat } from '../src/wav/wav-header.ts';
import { cut } from './support/cuts.ts';
import { digest } from './support/digest.ts';
import { bytes, u32 } from './support/wav-bytes.ts';

const invalid = expect.objectContaining({ code: 'audio.invalid_option' });
const all16 = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768);
const mono24k = { sampleRateHz: 24_000, channels: 1 };

describe('a whole file', () => {
  it('has the 44-byte header that every reader knows', () => {
    const file = encodeWav(Int16Array.of(1, -2, 3, 4), { sampleRateHz: 24_000, channels: 2 });
    const head =
      'RIFF\x2c\0\0\0WAVEfmt \x10\0\0\0\x01\0\x02\0\xc0\x5d\0\0\0\x77\x01\0\x04\0\x10\0data\x08\0\0\0';
    expect(file).toEqual(bytes(head, [1, 0, 0xfe, 0xff, 3, 0, 4, 0]));
  });

  it.each([
    ['pcm', 16],
    ['pcm', 24],
    ['pcm', 32],
    ['float', 32],
    ['float', 64],
  ] as const)('%s %i keeps all 16-bit values', (encoding, bitsPerSample) => {
    const options = { ...mono24k, encoding, bitsPerSample };
    for (const samples of [all16, int16ToFloat(all16)]) {
      const decoded = decodeWav(encodeWav(samples, options));
      expect(decoded).toMatchObject({ ...options, frames: 65_536, warnings: [] });
      expect(digest(floatToInt16(decoded.samples))).toBe(digest(all16));
    }
  });

  it.each([
    ['pcm', 8, 1 / 128],
    ['mulaw', 8, 0.02],
    ['alaw', 8, 0.02],
  ] as const)('%s %i comes back to within its steps', (encoding, bitsPerSample, step) => {
    const samples = Float32Array.of(-1, -0.5, -0.01, 0, 0.02, 0.25, 0.7);
    const decoded = decodeWav(encodeWav(samples, { ...mono24k, encoding, bitsPerSample }));
    expect(decoded).toMatchObject({ encoding, bitsPerSample, frames: 7, warnings: [] });
    decoded.samples.forEach((value, i) =>
      expect(Math.abs(value - (samples[i] ?? 0))).toBeLessThanOrEqual(step),
    );
  });

  it('clamps floats beyond full scale in every integer width', () => {
    for (const bitsPerSample of [8, 16, 24, 32]) {
      const { samples } = decodeWav(encodeWav(Float32Array.of(2, -2), { ...mono24k, bitsPerSample }));
      expect([...samples]).toEqual([Math.fround(1 - 2 ** (1 - bitsPerSample)), -1]);
    }
  });

  it('may be written with what was decoded as options', () => {
    const first = decodeWav(
      encodeWav(Float32Array.of(0.1, 0.2), { ...mono24k, channels: 2, encoding: 'float' }),
    );
    expect(decodeWav(encodeWav(first.samples, first))).toEqual(first);
  });

  it('of odd length ends in a pad byte that is no sample', () => {
    const file = encodeWav(Int16Array.of(1, 2, 3), { ...mono24k, encoding: 'mulaw' });
    expect(file.length % 2).toBe(0);
    expect(new DataView(file.buffer).getUint32(4, true)).toBe(file.length - 8);
    expect(decodeWav(file)).toMatchObject({ frames: 3, warnings: [] });
  });
});

describe('a streamed file', () => {
  it('is, after its patch, the file written at once; and plays at every moment before', () => {
    const encodings = fc.constantFrom<WavEncoding>('pcm', 'float', 'mulaw', 'alaw');
    const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 });
    fc.assert(
      fc.property(fc.int16Array({ maxLength: 200 }), encodings, sizes, (samples, encoding, cuts) => {
        const options = { ...mono24k, encoding };
        const writer = new WavWriter(options);
        let file = writer.header();
        for (const piece of cut(samples, cuts)) {
          file = bytes(file, writer.write(piece));
          const unpatched = decodeWav(file);
          expect(unpatched.frames).toBe(writer.frames);
          expect(unpatched.warnings.map(({ code }) => code)).toEqual(['unknown-length']);
          const patched = file.slice();
          patched.set(writer.patch().bytes, writer.patch().offset);
          expect(decodeWav(patched)).toMatchObject({ frames: writer.frames, warnings: [] });
        }
        const end = writer.close();
        file = bytes(file, end.bytes);
        file.set(end.patch.bytes, end.patch.offset);
        expect(file).toEqual(encodeWav(samples, options));
      }),
    );
  });

  it('refuses to grow beyond 4 GiB, and stays as it was', () => {
    const writer = new WavWriter(mono24k);
    // The bytes of PCM16 are the memory of the samples themselves, so these 64 MiB are never touched.
    const samples = new Int16Array(2 ** 25);
    for (let i = 0; i < 63; i++) writer.write(samples);
    expect(() => writer.write(samples)).toThrow(expect.objectContaining({ code: 'audio.wav_too_large' }));
    expect(writer.frames).toBe(63 * 2 ** 25);
  });
});

describe('a file that may become an RF64', () => {
  const options = { ...mono24k, over4GiB: 'rf64' } as const;
  const size64 = (header: Uint8Array, offset: number) =>
    Number(new DataView(header.buffer, header.byteOffset).getBigUint64(offset, true));

  it.each(['pcm', 'float'] as const)('is plain WAV below 4 GiB (%s)', (encoding) => {
    const plain = encodeWav(Int16Array.of(1, -2), { ...mono24k, encoding });
    const file = encodeWav(Int16Array.of(1, -2), { ...options, encoding });
    expect(file.length).toBe(plain.length + 36);
    expect(file.subarray(0, 20)).toEqual(bytes('RIFF', u32(file.length - 8), 'WAVEJUNK', u32(28)));
    expect(file.subarray(48)).toEqual(plain.subarray(12));
    expect(decodeWav(file)).toEqual(decodeWav(plain));
  });

  it('has its sizes in ds64 from there on, at every moment', () => {
    const writer = new WavWriter({ ...options, info: { ICMT: 'odd' } });
    const samples = new Int16Array(2 ** 25);
    const first = writer.header();
    for (let i = 0; i < 63; i++) writer.write(samples);
    expect(decodeHead(writer.patch().bytes)).toMatchObject({ id: 'RIFF', chunk: 'JUNK' });
    for (let i = 0; i < 3; i++) writer.write(samples);
    writer.mark('here');
    const patch = writer.patch();
    const end = writer.close();
    for (const { bytes: header, dataEnd } of [
      { bytes: patch.bytes, dataEnd: 0 },
      { bytes: end.patch.bytes, dataEnd: end.bytes.length },
    ]) {
      expect(header.length).toBe(first.length);
      expect(decodeHead(header)).toEqual({ id: 'RF64', riff: 0xffffffff, chunk: 'ds64' });
      const dataLength = 66 * 2 ** 26;
      expect(size64(header, 20)).toBe(header.length - 8 + dataLength + dataEnd);
      expect(size64(header, 28)).toBe(dataLength);
      expect(size64(header, 36)).toBe(dataLength / 2);
      expect(header.subarray(-8)).toEqual(bytes('data', u32(0xffffffff)));
    }
    const reader = new WavReader();
    reader.push(end.patch.bytes);
    expect(reader.push(new Uint8Array(400)).length).toBe(200);
    expect(reader.finish().warnings.map(({ code }) => code)).toEqual(['truncated']);
  });

  it('counts the frames of other encodings there, too', () => {
    const format = writeFormat({ ...options, encoding: 'float' });
    const header = wavHeader(format, { before: bytes(), afterByteLength: 0, size64: 'used' }, 2 ** 33);
    expect(size64(header, 36)).toBe(2 ** 31);
    expect(header.subarray(74)).toEqual(bytes('fact', u32(4), u32(0xffffffff), 'data', u32(0xffffffff)));
  });

  function decodeHead(header: Uint8Array) {
    const text = (at: number) => String.fromCharCode(...header.subarray(at, at + 4));
    return { id: text(0), riff: new DataView(header.buffer).getUint32(4, true), chunk: text(12) };
  }
});

describe('refused', () => {
  it.each([
    { sampleRateHz: 0, channels: 1 },
    { sampleRateHz: 24_000.5, channels: 1 },
    { sampleRateHz: 24_000, channels: 0 },
    { sampleRateHz: 24_000, channels: 257 },
    { ...mono24k, encoding: 'mp3' as WavEncoding },
    { ...mono24k, bitsPerSample: 12 },
    { ...mono24k, encoding: 'mulaw' as const, bitsPerSample: 16 },
  ])('%j', (options) => {
    expect(() => encodeWav(new Int16Array(4), options)).toThrow(invalid);
  });

  it('half a frame', () => {
    expect(() => encodeWav(new Int16Array(3), { sampleRateHz: 24_000, channels: 2 })).toThrow(invalid);
  });
});
