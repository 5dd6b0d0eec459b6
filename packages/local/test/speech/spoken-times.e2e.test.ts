import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSpeechEngineStages, type SpeechEngineStages } from '../../src/workers/speech-engine-stages.ts';
import { toFloat } from '../support/wav.ts';
import { isHeardIn } from './heard-words.ts';

/** 48 times of day: each hour of the clock in both halves of the day, and minutes of every kind. */
const times = Array.from({ length: 48 }, (_, index) => {
  const minuteOfDay = (index * 30 + ((index * 17) % 30)) % 1440;
  const hour = Math.floor(minuteOfDay / 60);
  const minute = String(minuteOfDay % 60).padStart(2, '0');
  return `${hour % 12 === 0 ? 12 : hour % 12}:${minute} ${hour < 12 ? 'AM' : 'PM'}`;
});

describe('spoken times', () => {
  let stages: SpeechEngineStages;

  beforeAll(async () => {
    stages = await createSpeechEngineStages({ sttModel: 'base', runtime: 'native' });
  });
  afterAll(() => stages.close());

  async function hear(sentence: string, voice: string): Promise<string> {
    const speech = await stages.synthesizer.synthesize(sentence, { voice, speed: 1 });
    return stages.recognizer.transcribe(toFloat(speech));
  }

  // Recognition is what takes the time here: the voices take turns with the halves of the day and of the hour.
  it.each([
    ['rms', 0],
    ['slt', 1],
  ])('of its 24, the recogniser takes nearly all right from voice %s', async (voice, turn) => {
    const mine = times.filter((_, index) => (index + (index >> 1)) % 2 === turn);
    const heard = await Promise.all(mine.map((time) => hear(`It is ${time} in Tokyo.`, voice)));
    const wrong = heard.filter((text, index) => !isHeardIn(text, `It is ${mine[index]}`));
    expect(mine).toHaveLength(24);
    expect(wrong.length, wrong.join('\n')).toBeLessThanOrEqual(1);
  });
});
