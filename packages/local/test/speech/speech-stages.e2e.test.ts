import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadOnnxRuntime } from '../../src/onnx/runtime.ts';
import { makeUtterances } from '../../src/tts/speakable.ts';
import { loadSilero } from '../../src/vad/silero.ts';
import { advanceTurn, initialTurnState, type TurnEvent } from '../../src/vad/turn-detector.ts';
import { createSpeechEngineStages, type SpeechEngineStages } from '../../src/workers/speech-engine-stages.ts';
import { hasSpeechData, readClips, type SpokenClip } from '../support/speech-data.ts';
import { toFloat } from '../support/wav.ts';
import { countWordErrors, errorRate } from '../support/word-errors.ts';

const rate = 16_000;
const builtStages = fileURLToPath(new URL('../../build/workers/speech-engine-stages.js', import.meta.url));
const noSpeechData = 'the speech data beside the repository (../shared/data/speech) is absent';

/** Repeatable white noise. */
function noise(seconds: number, amplitude: number): Float32Array {
  let seed = 42;
  return Float32Array.from({ length: seconds * rate }, () => {
    seed = (seed * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return amplitude * (seed / 2 ** 31 - 1);
  });
}

function withSilence(samples: Float32Array, seconds: number): Float32Array {
  const padded = new Float32Array(samples.length + 2 * seconds * rate);
  padded.set(samples, seconds * rate);
  return padded;
}

async function wordErrorRate(stages: SpeechEngineStages, clips: readonly SpokenClip[]): Promise<number> {
  const spoken = clips.filter((clip) => clip.transcript !== '');
  const texts = await Promise.all(spoken.map((clip) => stages.recognizer.transcribe(clip.samples)));
  return errorRate(spoken.map((clip, index) => countWordErrors(clip.transcript, texts[index] ?? '')));
}

async function turnEvents(stages: SpeechEngineStages, samples: Float32Array): Promise<readonly TurnEvent[]> {
  const detector = stages.openDetector();
  const parameters = { threshold: 0.5, prefixPaddingMs: 300, silenceDurationMs: 500 };
  const events: TurnEvent[] = [];
  let state = initialTurnState;
  for (let at = 0; at + detector.frameSamples <= samples.length; at += detector.frameSamples) {
    const probability = await detector.process(samples.subarray(at, at + detector.frameSamples));
    const durationMs = (detector.frameSamples / rate) * 1000;
    const step = advanceTurn(state, { probability, durationMs }, parameters);
    state = step.state;
    events.push(...step.events);
  }
  return events;
}

describe('the stages with the base model, native', () => {
  let stages: SpeechEngineStages;

  beforeAll(async () => {
    stages = await createSpeechEngineStages({ sttModel: 'base', runtime: 'native' });
    await stages.warmUp();
  });
  afterAll(() => stages.close());

  it('recognises recorded prompts', async (test) => {
    test.skip(!hasSpeechData, noSpeechData);
    expect(await wordErrorRate(stages, readClips('human'))).toBeLessThan(0.025);
  });

  it('recognises synthetic questions', async (test) => {
    test.skip(!hasSpeechData, noSpeechData);
    expect(await wordErrorRate(stages, readClips('synthetic'))).toBeLessThan(0.12);
  });

  it('recognises a very quiet recording', async (test) => {
    test.skip(!hasSpeechData, noSpeechData);
    const quiet = readClips('human')
      .slice(0, 12)
      .map((clip) => ({ ...clip, samples: clip.samples.map((sample) => Math.round(sample * 300) / 32_768) }));
    expect(await wordErrorRate(stages, quiet)).toBeLessThan(0.05);
  });

  it('recognises what is longer than the recogniser takes at once', async (test) => {
    test.skip(!hasSpeechData, noSpeechData);
    const clips = readClips('human')
      .filter((clip) => clip.transcript !== '')
      .slice(1, 14);
    const samples = Float32Array.from(
      clips.flatMap((clip) => [...clip.samples, ...new Float32Array(rate / 2)]),
    );
    expect(samples.length).toBeGreaterThan(30 * rate);
    const transcript = clips.map((clip) => clip.transcript).join(' ');
    expect(await wordErrorRate(stages, [{ file: 'joined', transcript, samples }])).toBeLessThan(0.06);
  });

  it.each([
    ['no samples', new Float32Array(0)],
    ['a click', Float32Array.of(0.9, -0.9)],
    ['digital silence', new Float32Array(2 * rate)],
    ['faint noise', noise(3, 0.002)],
    ['noise', noise(3, 0.1)],
    ['loud noise', noise(3, 0.7)],
  ])('recognises nothing in %s', async (_, samples) => {
    await expect(stages.recognizer.transcribe(samples)).resolves.toBe('');
    const events = await turnEvents(stages, samples);
    expect(events).toEqual([]);
  });

  it('recognises nothing in recorded silence', async (test) => {
    test.skip(!hasSpeechData, noSpeechData);
    const silent = readClips('human').find((clip) => clip.transcript === '');
    await expect(stages.recognizer.transcribe(silent?.samples ?? noise(1, 0.1))).resolves.toBe('');
  });

  it('finds the bounds of a turn', async (test) => {
    test.skip(!hasSpeechData, noSpeechData);
    const clip = readClips('human').find(({ file }) => file.endsWith('check-number-dial-again.wav'));
    const samples = clip?.samples ?? new Float32Array(0);
    const events = await turnEvents(stages, withSilence(samples, 1));
    const [started, stopped] = [events[0], events.at(-1)];
    expect(started).toMatchObject({ kind: 'speech_started' });
    expect(stopped).toMatchObject({ kind: 'speech_stopped' });
    expect(events.filter((event) => event.kind === 'speech_started')).toHaveLength(1);
    const endMs = 1000 + (samples.length / rate) * 1000;
    if (started?.kind === 'speech_started') expect(started.audioStartMs).toBeGreaterThan(500);
    if (stopped?.kind === 'speech_stopped') expect(stopped.audioEndMs).toBeLessThan(endMs + 600);
  });

  it.each(['rms', 'slt'])('speaks so that the recogniser understands voice %s', async (voice) => {
    const counts = await Promise.all(
      agentSentences.map(async (sentence) => {
        const speech = await stages.synthesizer.synthesize(sentence, { voice, speed: 1 });
        const heard = await stages.recognizer.transcribe(toFloat(speech));
        // Both ways of writing a number are one way of saying it.
        return countWordErrors(makeUtterances(sentence).join(' '), makeUtterances(heard).join(' '));
      }),
    );
    expect(errorRate(counts)).toBeLessThan(0.06);
  });

  it('speaks faster and slower, and says nothing for nothing', async () => {
    const lengths = await Promise.all(
      [1.5, 1, 0.5].map(async (speed) => {
        const speech = await stages.synthesizer.synthesize('One, two, three.', { voice: 'alloy', speed });
        return speech.length;
      }),
    );
    expect(lengths).toEqual(lengths.toSorted((a, b) => a - b));
    expect(new Set(lengths).size).toBe(3);
    await expect(stages.synthesizer.synthesize(' 😀 ', { voice: 'rms', speed: 1 })).resolves.toHaveLength(0);
  });

  it('embeds by meaning, as unit vectors', async () => {
    const [rain, weather, music, blank] = await stages.embedder.embed([
      'will it rain tomorrow',
      'what is the weather forecast',
      'play some jazz music',
      ' ',
    ]);
    const dot = (a: Float32Array | undefined, b: Float32Array | undefined): number =>
      a?.reduce((sum, value, index) => sum + value * (b?.[index] ?? 0), 0) ?? 0;
    expect(dot(rain, rain)).toBeCloseTo(1, 4);
    expect(dot(rain, weather)).toBeGreaterThan(dot(rain, music) + 0.1);
    expect(dot(blank, blank)).toBe(0);
  });
});

describe.each([
  ['native', 'tiny', 0.04],
  ['wasm', 'base', 0.025],
] as const)('the stages on %s with %s', (runtime, sttModel, limit) => {
  it('detect and recognise', async (test) => {
    test.skip(!hasSpeechData, noSpeechData);
    const stages = await createSpeechEngineStages({ runtime, sttModel });
    try {
      const clips = readClips('human').filter((_, index) => index % 4 === 0);
      expect(await wordErrorRate(stages, clips)).toBeLessThan(limit);
      const events = await turnEvents(stages, withSilence(clips[1]?.samples ?? new Float32Array(0), 1));
      expect(events.map((event) => event.kind)).toEqual(
        expect.arrayContaining(['speech_started', 'speculate', 'speech_stopped']),
      );
    } finally {
      await stages.close();
    }
  });
});

it('cancels a recognition under way', async () => {
  const stages = await createSpeechEngineStages({ sttModel: 'tiny' });
  const cancellation = new AbortController();
  const cancelled = stages.recognizer.transcribe(noise(10, 0.1), cancellation.signal);
  cancellation.abort();
  await expect(cancelled).rejects.toMatchObject({ name: 'AbortError' });
  await expect(stages.recognizer.transcribe(noise(1, 0.1))).resolves.toBe('');
  await stages.close();
  await expect(stages.recognizer.transcribe(noise(1, 0.1))).rejects.toMatchObject({ code: 'local.closed' });
});

it.each([
  ['exits', 'process.exit(7);', 7],
  ['closes the stages', 'await stages.close();', 0],
])('survives when the process %s during a recognition', async (_, end, exitCode) => {
  const script = `
    import { createSpeechEngineStages } from ${JSON.stringify(builtStages)};
    const stages = await createSpeechEngineStages({ sttModel: 'tiny' });
    await stages.warmUp();
    const samples = Float32Array.from({ length: 20 * 16000 }, () => Math.random() - 0.5);
    stages.recognizer.transcribe(samples).catch(() => {});
    await stages.synthesizer.synthesize('Meanwhile.', { voice: 'rms', speed: 1 });
    ${end}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'ignore' });
  expect(await once(child, 'exit')).toEqual([exitCode, null]);
});

it('keeps the streams of detectors apart, and forgets on reset', async () => {
  const silero = await loadSilero(await loadOnnxRuntime('native'));
  const input = noise(1, 0.3);
  const hear = async (detector: ReturnType<typeof silero.openDetector>, from: number): Promise<number> =>
    detector.process(input.subarray(from, from + detector.frameSamples));
  const [first, second] = [silero.openDetector(), silero.openDetector()];
  const alone = await hear(first, 0);
  await hear(first, 512);
  expect(await hear(second, 0)).toBe(alone);
  expect(await hear(first, 0)).not.toBe(alone);
  first.reset();
  expect(await hear(first, 0)).toBe(alone);
  await silero.close();
});

const agentSentences = [
  'It is 12.5 °C and sunny in Berlin right now.',
  'The weather in Rome on Friday: light rain, 18°C.',
  'It will be -4°C tonight, so dress warmly.',
  '205 times 7 is 1,435.',
  'It is 15:30 in Tokyo.',
  'The time in London is 22:47.',
  'Your appointment is on 2025-12-03 at 14:00.',
  'The total is $42.99, including 8% tax.',
  'The distance is 5.6 km, about 12 minutes by car.',
  'The population of Berlin is 3,769,495.',
  'The recipe needs 1/2 cup of sugar & 250 g of flour.',
  'Your package is out for delivery, and will be there between 2 and 4 PM.',
];
