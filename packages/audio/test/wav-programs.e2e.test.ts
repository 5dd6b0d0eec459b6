import { spawnSync } from 'node:child_process';
import { decodeWav, encodeWav, int16ToFloat } from '@antiphon/audio';
import { describe, expect, it } from 'vitest';

/** A ramp over all levels and a burst of noise, at 16 kHz, as the WAV file that the programs are given. */
const samples = Int16Array.from({ length: 6000 }, (_, i) =>
  i < 4000 ? ((i * 523) % 65_536) - 32_768 : (((i * 48_271) % 2003) - 1001) * 8,
);
const source = encodeWav(samples, { sampleRateHz: 16_000, channels: 1 });
const stereo = encodeWav(samples, { sampleRateHz: 16_000, channels: 2 });

function has(program: string, probe: string): boolean {
  return spawnSync(program, [probe]).error === undefined;
}

/** What a program writes to its standard output when it reads `input`. */
function piped(program: string, args: readonly string[], input: Uint8Array = source): Buffer {
  const { status, stdout, stderr } = spawnSync(program, args, { input, maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr.toString()}`);
  return stdout;
}

function largestError(got: Float32Array, wanted: Float32Array): number {
  let largest = got.length === wanted.length ? 0 : Number.POSITIVE_INFINITY;
  for (let i = 0; i < got.length; i++)
    largest = Math.max(largest, Math.abs((got[i] ?? 0) - (wanted[i] ?? 0)));
  return largest;
}

const original = int16ToFloat(samples);

describe.skipIf(!has('sox', '--version'))('what sox writes (skipped where it is not installed)', () => {
  it.each([
    [['-e', 'unsigned-integer', '-b', '8'], 'pcm', 8, 2 ** -7],
    [['-e', 'signed-integer', '-b', '16'], 'pcm', 16, 0],
    [['-e', 'signed-integer', '-b', '24'], 'pcm', 24, 0],
    [['-e', 'signed-integer', '-b', '32'], 'pcm', 32, 0],
    [['-e', 'floating-point', '-b', '32'], 'float', 32, 0],
    [['-e', 'floating-point', '-b', '64'], 'float', 64, 0],
    [['-e', 'mu-law'], 'mulaw', 8, 0.04],
    [['-e', 'a-law'], 'alaw', 8, 0.04],
  ] as const)('%j', (encoding, name, bits, tolerance) => {
    for (const type of ['wav', 'wavpcm']) {
      if (type === 'wavpcm' && name !== 'pcm') continue;
      const file = piped('sox', ['-D', '-t', 'wav', '-', ...encoding, '-t', type, '-']);
      const decoded = decodeWav(file);
      expect(decoded).toMatchObject({
        encoding: name,
        bitsPerSample: bits,
        sampleRateHz: 16_000,
        channels: 1,
      });
      expect(largestError(decoded.samples, original)).toBeLessThanOrEqual(tolerance);
    }
  });

  it.each([
    ['-e', 'ms-adpcm'],
    ['-e', 'ima-adpcm'],
    ['-e', 'gsm-full-rate'],
  ])('%s %s is refused', (...encoding) => {
    const file = piped('sox', ['-D', '-t', 'wav', '-', ...encoding, '-t', 'wav', '-']);
    expect(() => decodeWav(file)).toThrow(expect.objectContaining({ code: 'audio.unsupported_codec' }));
  });
});

describe.skipIf(!has('ffmpeg', '-version'))('what ffmpeg writes (skipped where it is not installed)', () => {
  const base = ['-v', 'error', '-f', 'wav', '-i', 'pipe:0'];

  it.each([
    ['pcm_u8', 'pcm', 8, 2 ** -7],
    ['pcm_s16le', 'pcm', 16, 0],
    ['pcm_s24le', 'pcm', 24, 0],
    ['pcm_s32le', 'pcm', 32, 0],
    ['pcm_f32le', 'float', 32, 0],
    ['pcm_f64le', 'float', 64, 0],
    ['pcm_mulaw', 'mulaw', 8, 0.04],
    ['pcm_alaw', 'alaw', 8, 0.04],
  ] as const)('%s, also as RF64 and with six channels', (codec, name, bits, tolerance) => {
    for (const rf64 of ['never', 'always']) {
      const decoded = decodeWav(
        piped('ffmpeg', [...base, '-c:a', codec, '-rf64', rf64, '-f', 'wav', 'pipe:1']),
      );
      expect(decoded).toMatchObject({
        encoding: name,
        bitsPerSample: bits,
        sampleRateHz: 16_000,
        channels: 1,
      });
      expect(largestError(decoded.samples, original)).toBeLessThanOrEqual(tolerance);
    }
    const args = [
      ...base,
      '-c:a',
      codec,
      '-af',
      'pan=6c|c0=c0|c1=c1|c2=c0|c3=c1|c4=c0|c5=c1',
      '-f',
      'wav',
      'pipe:1',
    ];
    const decoded = decodeWav(piped('ffmpeg', args, stereo));
    expect(decoded).toMatchObject({ encoding: name, channels: 6, frames: 3000 });
    const pairs = Float32Array.from({ length: 6000 }, (_, i) => decoded.samples[(i >> 1) * 6 + (i % 2)] ?? 0);
    expect(largestError(pairs, original)).toBeLessThanOrEqual(tolerance);
  });

  it.each(['adpcm_ms', 'adpcm_ima_wav', 'libmp3lame', 'aac'])('%s is refused', (codec) => {
    const rate = ['-ar', '44100'];
    const file = piped('ffmpeg', [...base, ...rate, '-c:a', codec, '-f', 'wav', 'pipe:1']);
    expect(() => decodeWav(file)).toThrow(expect.objectContaining({ code: 'audio.unsupported_codec' }));
  });

  it('reads what we write', () => {
    for (const encoding of ['pcm', 'float', 'mulaw', 'alaw'] as const) {
      const file = encodeWav(samples, { sampleRateHz: 16_000, channels: 2, encoding });
      const raw = piped('ffmpeg', [...base, '-c:a', 'pcm_f32le', '-f', 'f32le', 'pipe:1'], file);
      const got = new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.byteLength));
      expect(largestError(got, decodeWav(file).samples)).toBe(0);
    }
  });
});
