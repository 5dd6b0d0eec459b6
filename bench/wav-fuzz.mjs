// Gives the WAV reader mutated files and checks that each comes to samples or to a coded error, soon and without taking
// more memory than its samples. Run after a build:
//   node bench/wav-fuzz.mjs [--files 2000000] [--seed 1]
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { decodeWav, encodeWav, WavReader } from '../packages/audio/dist/index.js';

const { values } = parseArgs({
  options: { files: { type: 'string', default: '2000000' }, seed: { type: 'string', default: '1' } },
});
const count = Number(values.files);
let state = Number(values.seed) >>> 0 || 1;

/** Xorshift: an integer below `limit`. */
function below(limit) {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % limit;
}

const samples = Float32Array.from({ length: 192 }, (_, i) => Math.sin(i / 3));
const formats = [
  ['pcm', 8],
  ['pcm', 16],
  ['pcm', 24],
  ['pcm', 32],
  ['float', 32],
  ['float', 64],
  ['mulaw', 8],
  ['alaw', 8],
];
const written = formats.flatMap(([encoding, bitsPerSample]) =>
  [1, 2, 6].map((channels) =>
    encodeWav(samples, { sampleRateHz: 16_000, channels, encoding, bitsPerSample }),
  ),
);
const shared = fileURLToPath(new URL('../../../shared/data/wavs/', import.meta.url));
const others = existsSync(shared)
  ? readdirSync(shared)
      .filter((name) => name.endsWith('.wav'))
      .map((name) => readFileSync(shared + name))
      .filter(({ length }) => length > 0 && length < 2000)
  : [];
const seeds = [...written, ...others];
console.log(`${seeds.length} files to mutate, ${others.length} of them from a torture set`);

const sizes = [
  0, 1, 2, 3, 4, 15, 16, 17, 18, 40, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
  0x7ffff000,
];
const ids = ['fmt ', 'data', 'LIST', 'ds64', 'JUNK', 'fact', 'RIFF', 'RIFX', 'RF64', 'BW64', 'WAVE'].map(
  (id) => Buffer.from(id, 'latin1'),
);

function put32(file, at, value) {
  for (let i = 0; i < 4 && at + i < file.length; i++) file[at + i] = value >>> (8 * i);
}

const mutations = [
  (file) => (file[below(Math.min(file.length, 120))] = below(256)),
  (file) => (file[below(file.length)] ^= 1 << below(8)),
  (file) => put32(file, below(Math.min(file.length, 120)), sizes[below(sizes.length)]),
  (file) => put32(file, 4 * below(30), sizes[below(sizes.length)]),
  (file) =>
    file.set(
      ids[below(ids.length)].subarray(0, Math.max(0, file.length - 12)),
      Math.min(4 * below(20), Math.max(0, file.length - 4)),
    ),
];

function mutated() {
  const seed = seeds[below(seeds.length)];
  let file = Uint8Array.from(seed);
  const shape = below(8);
  if (shape === 0) file = file.slice(0, 1 + below(file.length));
  if (shape === 1) {
    const at = below(Math.min(file.length, 60));
    const gone = below(12);
    file = Uint8Array.from([...file.subarray(0, at), ...file.subarray(at + gone)]);
  }
  if (shape === 2) {
    const at = below(Math.min(file.length, 60));
    file = Uint8Array.from([
      ...file.subarray(0, at),
      ...seeds[below(seeds.length)].subarray(0, below(80)),
      ...file.subarray(at),
    ]);
  }
  for (let edits = 1 + below(4); edits > 0 && file.length > 4; edits--)
    mutations[below(mutations.length)](file);
  return file;
}

/** The outcome as text, and how many times the file its samples are in memory; throws what is no coded error. */
function outcome(read, file) {
  try {
    const { samples: out, warnings, ...format } = read();
    const text = JSON.stringify([format, warnings.map(({ code }) => code), out.length, out.at(-1)]);
    return { text, width: format.bitsPerSample / 8, times: out.buffer.byteLength / file.length };
  } catch (error) {
    if (typeof error?.code === 'string' && error.code.startsWith('audio.')) {
      return { text: error.code, width: 1, times: 0 };
    }
    throw error;
  }
}

function inPieces(file) {
  const reader = new WavReader();
  const parts = [];
  for (let at = 0; at < file.length; ) {
    const end = Math.min(file.length, at + 1 + below(40));
    parts.push(...reader.push(file.subarray(at, end)));
    at = end;
  }
  return { ...reader.finish(), samples: Float32Array.from(parts) };
}

/** How long a file takes again: a pause of the machine does not come twice, slow code does. */
function repeatedMs(file) {
  const from = performance.now();
  outcome(() => decodeWav(file), file);
  return performance.now() - from;
}

const tally = new Map();
let slowestMs = 0;
let beyondSamples = 0;
const startBytes = process.memoryUsage();
const start = performance.now();
for (let i = 0; i < count; i++) {
  const file = mutated();
  const from = performance.now();
  const { text, width, times } = outcome(() => decodeWav(file), file);
  const ms = performance.now() - from;
  if (ms > slowestMs) slowestMs = Math.max(slowestMs, Math.min(ms, repeatedMs(file)));
  if (times > 4 / width) beyondSamples++;
  if (i % 16 === 0) {
    const cut = outcome(() => inPieces(file), file).text;
    if (cut !== text)
      throw new Error(
        `file ${i} reads as ${cut} in pieces, ${text} whole: ${Buffer.from(file).toString('hex')}`,
      );
  }
  const kind = text.startsWith('audio.')
    ? text
    : JSON.parse(text)[1].length > 0
      ? 'read with a warning'
      : 'read';
  tally.set(kind, (tally.get(kind) ?? 0) + 1);
}
const seconds = (performance.now() - start) / 1000;
const end = process.memoryUsage();
console.log(
  `${count} files in ${seconds.toFixed(0)} s, none threw anything but a coded error; slowest ${slowestMs.toFixed(1)} ms`,
);
console.log(
  `${beyondSamples} took more memory than 4 bytes for each stored sample (twice the file at 16 bits); resident memory grew by ${((end.rss - startBytes.rss) / 2 ** 20).toFixed(0)} MiB`,
);
for (const [kind, files] of [...tally].sort(([, a], [, b]) => b - a))
  console.log(`${String(files).padStart(9)}  ${kind}`);
if (beyondSamples > 0) process.exitCode = 1;
