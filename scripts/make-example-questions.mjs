// Writes the questions of examples/questions, spoken by the offline engine's female voice with a little silence around.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { encodeWav } from '@antiphon/audio';
import { createSpeechEngineStages } from '@antiphon/local';

/** @type {readonly (readonly [name: string, text: string])[]} */
const questions = [
  ['1-time-in-tokyo', 'What time is it in Tokyo?'],
  ['2-multiplication', 'What is two hundred and five times seven?'],
  ['3-timer', 'Please set a timer for ten minutes.'],
];
const sampleRateHz = 16_000;
const silenceBefore = new Int16Array(sampleRateHz * 0.3);
const silenceAfter = new Int16Array(sampleRateHz * 0.2);

const { synthesizer, close } = await createSpeechEngineStages();
try {
  for (const [name, text] of questions) {
    const speech = await synthesizer.synthesize(text, { voice: 'slt', speed: 0.95 });
    const samples = Int16Array.from([...silenceBefore, ...speech, ...silenceAfter]);
    const file = fileURLToPath(new URL(`../examples/questions/${name}.wav`, import.meta.url));
    writeFileSync(file, encodeWav(samples, { sampleRateHz, channels: 1 }));
    process.stdout.write(`${file}\n`);
  }
} finally {
  await close();
}
