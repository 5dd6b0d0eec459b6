// The resamplers that are measured: ours, those of npm where "npm install --prefix bench" was run, and native programs
// where they are installed. Each opens a converter of one channel: push(Float32Array) -> Float32Array, and flush() where
// there is such a thing. Those of kind "whole" convert a whole recording at once.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Resampler } from '../../packages/audio/dist/index.js';

/** @typedef {{ push(samples: Float32Array): Float32Array, flush?(): Float32Array }} Converter */
/** @typedef {{ name: string, kind: 'own' | 'npm' | 'whole', open(fromHz: number, toHz: number): Converter }} Candidate */

/** @returns {Candidate} */
export function own(profile) {
  return {
    name: `antiphon ${profile}`,
    kind: 'own',
    open: (fromHz, toHz) => new Resampler({ fromHz, toHz, profile }),
  };
}

/** @returns {Promise<{ candidates: Candidate[], skipped: string[] }>} */
export async function allCandidates() {
  const candidates = [own('standard'), own('hq'), own('vhq'), own('lowlat')];
  const skipped = [];
  for (const [name, load] of Object.entries(loaders)) {
    try {
      candidates.push(...(await load()));
    } catch (error) {
      skipped.push(`${name}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
    }
  }
  return { candidates, skipped };
}

const loaders = {
  '@echogarden/speex-resampler-wasm': async () => {
    const module = await (await import('@echogarden/speex-resampler-wasm/simd')).default();
    return [5, 7, 10].map((quality) => ({
      name: `speex wasm simd q${quality}`,
      kind: 'npm',
      open: (fromHz, toHz) => speexWasm(module, fromHz, toHz, quality),
    }));
  },
  '@alexanderolsen/libsamplerate-js': async () => {
    const { create, ConverterType } = (await import('@alexanderolsen/libsamplerate-js')).default;
    const types = {
      best: 'SRC_SINC_BEST_QUALITY',
      medium: 'SRC_SINC_MEDIUM_QUALITY',
      fastest: 'SRC_SINC_FASTEST',
    };
    const opened = new Map();
    for (const [type, converterType] of Object.entries(types)) {
      for (const [fromHz, toHz] of benchPairs) {
        const src = await create(1, fromHz, toHz, { converterType: ConverterType[converterType] });
        opened.set(`${type} ${fromHz} ${toHz}`, src);
      }
    }
    return Object.keys(types).map((type) => ({
      name: `libsamplerate-js ${type}`,
      kind: 'npm',
      open: (fromHz, toHz) => {
        const src = opened.get(`${type} ${fromHz} ${toHz}`);
        src.inputSampleRate = fromHz; // setting a rate clears what is inside
        return { push: (samples) => src.full(samples).slice() };
      },
    }));
  },
  '@toots/libsamplerate.js': async () => {
    const { Samplerate, Converter } = (await import('@toots/libsamplerate.js')).default;
    await Samplerate.initialized;
    let opened;
    return [
      {
        name: 'libsamplerate.js best',
        kind: 'npm',
        open: (fromHz, toHz) => {
          opened?.close(); // its memory does not grow
          opened = new Samplerate(Converter.BEST_QUALITY);
          return inSteps(opened, toHz / fromHz);
        },
      },
    ];
  },
  'speex-resampler': async () => {
    const imported = (await import('speex-resampler')).default;
    const Speex = imported.default ?? imported;
    await Speex.initPromise;
    return [
      {
        name: 'speex-resampler q7 (16 bit)',
        kind: 'npm',
        open: (fromHz, toHz) => speexBuffer(Speex, fromHz, toHz),
      },
    ];
  },
  'wave-resampler': async () => {
    const { resample } = (await import('wave-resampler')).default;
    const whole = (samples, fromHz, toHz) => Float32Array.from(resample(samples, fromHz, toHz));
    return [
      {
        name: 'wave-resampler cubic',
        kind: 'whole',
        open: (from, to) => collecting((x) => whole(x, from, to)),
      },
    ];
  },
  sox: async () => [native('sox rate -v', 'sox', ['--version'], soxCommand)],
  'ffmpeg soxr': async () => [
    native('ffmpeg soxr p28', 'ffmpeg', ['-version'], ffmpegCommand('resampler=soxr:precision=28')),
  ],
  'ffmpeg swr': async () => [native('ffmpeg swr', 'ffmpeg', ['-version'], ffmpegCommand('resampler=swr'))],
  libsamplerate: async () => [
    native('libsamplerate best', 'sndfile-resample', ['--version'], sndfileCommand),
  ],
};

export const benchPairs = [
  [24000, 16000],
  [16000, 24000],
  [48000, 24000],
  [24000, 48000],
  [44100, 24000],
  [8000, 24000],
  [24000, 8000],
];

function speexWasm(m, fromHz, toHz, quality) {
  const [error, inLength, outLength] = [m._malloc(4), m._malloc(4), m._malloc(4)];
  const state = m._speex_resampler_init(1, fromHz, toHz, quality, error);
  const capacity = 65_536;
  const [input, output] = [m._malloc(4 * capacity), m._malloc(4 * capacity)];
  return {
    push: (samples) => {
      m.HEAPF32.set(samples, input >> 2);
      m.HEAP32[inLength >> 2] = samples.length;
      m.HEAP32[outLength >> 2] = capacity;
      m._speex_resampler_process_float(state, 0, input, inLength, output, outLength);
      return m.HEAPF32.slice(output >> 2, (output >> 2) + m.HEAP32[outLength >> 2]);
    },
  };
}

function inSteps(samplerate, ratio) {
  return {
    push: (samples) => {
      const parts = [];
      for (let at = 0; at < samples.length; ) {
        const { data, used } = samplerate.process({ data: samples.subarray(at), ratio, last: false });
        parts.push(data.slice());
        at += used;
        if (used === 0) break;
      }
      return concat(parts);
    },
  };
}

function speexBuffer(Speex, fromHz, toHz) {
  const resampler = new Speex(1, fromHz, toHz, 7);
  return {
    push: (samples) => {
      const ints = Int16Array.from(samples, (x) => Math.max(-32768, Math.min(32767, Math.round(x * 32768))));
      const bytes = resampler.processChunk(Buffer.from(ints.buffer));
      const out = new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
      return Float32Array.from(out, (x) => x / 32768);
    },
  };
}

/** A converter that gives everything at the end. */
function collecting(convert) {
  const parts = [];
  return {
    push: (samples) => {
      parts.push(samples);
      return new Float32Array(0);
    },
    flush: () => convert(concat(parts)),
  };
}

function native(name, program, probe, command) {
  const found = spawnSync(program, probe, { stdio: 'ignore' });
  if (found.error !== undefined) throw new Error(`${program} is not installed`);
  return {
    name,
    kind: 'whole',
    open: (fromHz, toHz) => collecting((samples) => convertFile(samples, fromHz, toHz, command)),
  };
}

function convertFile(samples, fromHz, toHz, command) {
  const folder = mkdtempSync(join(tmpdir(), 'antiphon-bench-'));
  try {
    const [from, to] = [join(folder, 'in.wav'), join(folder, 'out.wav')];
    writeFileSync(from, floatWav(samples, fromHz));
    const [program, ...args] = command(from, to, fromHz, toHz);
    const { status, stderr } = spawnSync(program, args);
    if (status !== 0) throw new Error(`${program}: ${stderr}`);
    return wavFloats(readFileSync(to));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const soxCommand = (from, to, _, toHz) => [
  'sox',
  '-D',
  from,
  '-e',
  'floating-point',
  '-b',
  '32',
  to,
  'rate',
  '-v',
  String(toHz),
];
const ffmpegCommand = (filter) => (from, to, _, toHz) => [
  'ffmpeg',
  '-v',
  'error',
  '-y',
  '-i',
  from,
  '-af',
  `aresample=${toHz}:${filter}`,
  '-c:a',
  'pcm_f32le',
  to,
];
const sndfileCommand = (from, to, _, toHz) => ['sndfile-resample', '-to', String(toHz), '-c', '0', from, to];

function floatWav(samples, rateHz) {
  const bytes = Buffer.alloc(44 + samples.length * 4);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(3, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(rateHz, 24);
  bytes.writeUInt32LE(rateHz * 4, 28);
  bytes.writeUInt16LE(4, 32);
  bytes.writeUInt16LE(32, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(samples.length * 4, 40);
  Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength).copy(bytes, 44);
  return bytes;
}

function wavFloats(bytes) {
  const at = bytes.indexOf('data') + 8;
  const payload = bytes.subarray(at, at + bytes.readUInt32LE(at - 4));
  return new Float32Array(payload.buffer.slice(payload.byteOffset, payload.byteOffset + payload.length));
}

export function concat(parts) {
  const out = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
