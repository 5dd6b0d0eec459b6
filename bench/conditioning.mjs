// What conditioning does to the word error rate of the local recogniser, in noise. Run after a build:
//   node bench/conditioning.mjs FOLDER [--write] [--every N]
// FOLDER holds transcripts.tsv (file, text) and its WAV files, 16 kHz; --every N takes each Nth of them;
// --write puts the table into docs/audio/.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  AutomaticGain,
  floatToInt16,
  HighPass,
  InputConditioner,
  int16ToFloat,
  NoiseSuppressor,
} from '../packages/audio/dist/index.js';
import { readWavFile } from '../packages/audio/dist/node/index.js';
import { loadRnnoise } from '../packages/audio/dist/rnnoise/index.js';
import { createSpeechEngineStages } from '../packages/local/dist/index.js';
import { babble, mixAt, pink, rumble, white } from './audio/noises.mjs';
import { wordErrors, wordsOf } from './audio/word-errors.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { write: { type: 'boolean' }, every: { type: 'string', default: '1' } },
});
const [folder] = positionals;
if (folder === undefined) throw new Error('name the folder of the speech');

const rateHz = 16_000;
const leadSamples = rateHz / 2;
const snrsDb = [10, 5];
const rnnoise = await loadRnnoise();
const chains = {
  'as it is': () => [],
  'high-pass 80 Hz': () => [new HighPass({ sampleRateHz: rateHz })],
  RNNoise: () => [new NoiseSuppressor(rnnoise.open(), rateHz)],
  'automatic gain': () => [new AutomaticGain({ sampleRateHz: rateHz })],
  'all three': () => [
    new HighPass({ sampleRateHz: rateHz }),
    new NoiseSuppressor(rnnoise.open(), rateHz),
    new AutomaticGain({ sampleRateHz: rateHz }),
  ],
};

async function readClips() {
  const lines = readFileSync(join(folder, 'transcripts.tsv'), 'utf8').trim().split('\n').slice(1);
  const said = lines.map((line) => line.split('\t')).filter(([, text]) => text?.trim());
  const clips = said.map(async ([file, text]) => {
    const { samples, sampleRateHz } = await readWavFile(join(folder, file));
    if (sampleRateHz !== rateHz) throw new Error(`${file} has ${sampleRateHz} Hz`);
    return { file, words: wordsOf(text), samples };
  });
  return Promise.all(clips);
}

function noiseFor(kind, length, index, clips) {
  const seed = 7919 * (index + 1);
  if (kind === 'white') return white(length, seed);
  if (kind === 'pink') return pink(length, seed, rateHz);
  if (kind === 'rumble') return rumble(length, seed, rateHz);
  const others = clips.filter((_, i) => i !== index).map(({ samples }) => samples);
  return babble(length, seed, others);
}

function conditioned(samples, stages) {
  const conditioner = new InputConditioner(stages());
  const parts = [conditioner.push(floatToInt16(samples)), conditioner.drain()];
  conditioner.close();
  return int16ToFloat(Int16Array.from(parts.flatMap((part) => [...part])));
}

const clips = await readClips();
const taken = clips.map((clip, index) => ({ clip, index })).filter(({ index }) => index % values.every === 0);
const total = taken.reduce((sum, { clip }) => sum + clip.words.length, 0);
const engine = await createSpeechEngineStages({ sttModel: 'base' });
await engine.warmUp();
const row = (cells) => `| ${cells.join(' | ')} |`;
const lines = [
  row(['noise', 'SNR', ...Object.keys(chains)]),
  row(['---', '---', ...Object.keys(chains).map(() => '---')]),
];

async function measure(label, snr, mix) {
  const cells = [];
  for (const stages of Object.values(chains)) {
    let errors = 0;
    for (const { clip, index } of taken) {
      const text = await engine.recognizer.transcribe(conditioned(mix(clip, index), stages));
      errors += wordErrors(clip.words, wordsOf(text));
    }
    cells.push(`${((100 * errors) / total).toFixed(1)} %`);
  }
  const line = row([label, snr, ...cells]);
  lines.push(line);
  process.stdout.write(`${line}\n`);
}

await measure('none', '', ({ samples }) => samples);
for (const kind of ['white', 'pink', 'babble', 'rumble']) {
  for (const snrDb of snrsDb) {
    await measure(kind, `${snrDb} dB`, ({ samples }, index) => {
      const noise = noiseFor(kind, samples.length + 2 * leadSamples, index, clips);
      return mixAt(samples, noise, { snrDb, rateHz, leadSamples });
    });
  }
}
await engine.close();
const report = `# Word error rate by conditioning

Written by \`node bench/conditioning.mjs\`; [audio.md](../audio.md) says what was measured. ${taken.length} clips, ${total} words.

${lines.join('\n')}
`;
if (values.write) {
  writeFileSync(fileURLToPath(new URL('../docs/audio/conditioning-figures.md', import.meta.url)), report);
} else {
  process.stdout.write(`\n${report}`);
}
