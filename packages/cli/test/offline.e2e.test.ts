import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeWav, downmixToMono, encodeWav, floatToInt16, int16ToBytes, resample } from '@antiphon/audio';
import { createSpeechEngineStages, type SpeechEngineStages } from '@antiphon/local';
import { noise, silence } from '@antiphon/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  antiphon,
  folderWith,
  jsonLines,
  repositoryRoot,
  type Summary,
  summaryOf,
} from './support/antiphon-process.ts';

const questionFile = join(repositoryRoot, 'examples/questions/2-multiplication.wav');
const configFile = join(repositoryRoot, 'agents.yaml');

interface Variant {
  readonly sampleRateHz: number;
  readonly channels: 1 | 2;
  readonly encoding?: 'float' | 'mulaw';
}

const question = decodeWav(readFileSync(questionFile));

function spokenAt(sampleRateHz: number): Float32Array {
  const mono = downmixToMono(question.samples, question.channels);
  return resample(mono, { fromHz: question.sampleRateHz, toHz: sampleRateHz });
}

/** The question in another rate, encoding or number of channels; the second channel is silent. */
function variant({ sampleRateHz, channels, encoding }: Variant): Uint8Array {
  const mono = spokenAt(sampleRateHz);
  const samples = new Float32Array(mono.length * channels);
  for (const [at, sample] of mono.entries()) samples[at * channels] = sample;
  return encodeWav(samples, { sampleRateHz, channels, ...(encoding && { encoding }) });
}

const hz24 = { sampleRateHz: 24_000 };
const inputs = {
  'silence.wav': encodeWav(silence({ durationMs: 2000, ...hz24 }), { ...hz24, channels: 1 }),
  'noise.wav': encodeWav(noise({ durationMs: 2000, ...hz24 }, 0.05), { ...hz24, channels: 1 }),
  'as-it-is.wav': readFileSync(questionFile),
  '8k-mulaw.wav': variant({ sampleRateHz: 8_000, channels: 1, encoding: 'mulaw' }),
  '44k1-stereo.wav': variant({ sampleRateHz: 44_100, channels: 2 }),
  '48k-float.wav': variant({ sampleRateHz: 48_000, channels: 1, encoding: 'float' }),
} as const;
const names = Object.keys(inputs);

let stages: SpeechEngineStages;
let folder: string;
let summary: Summary;
let stdout: string;

beforeAll(async () => {
  folder = folderWith(inputs);
  const stdin = int16ToBytes(floatToInt16(spokenAt(24_000)));
  const ended = await antiphon(['run', ...names, '-', '--config', configFile, '--out', 'answers', '--json'], {
    cwd: folder,
    stdin,
  });
  expect(ended.stderr).toBe('');
  expect(ended.exitCode).toBe(0);
  stdout = ended.stdout;
  summary = summaryOf(stdout);
  stages = await createSpeechEngineStages();
});
afterAll(() => stages?.close());

function turnOf(input: string): Summary['turns'][number] {
  const turn = summary.turns.find(({ user }) => user.input === input);
  if (turn === undefined) throw new Error(`no turn of ${input}`);
  return turn;
}

async function heardIn(file: string): Promise<string> {
  const wav = decodeWav(readFileSync(join(folder, 'answers', file)));
  expect(wav).toMatchObject({ sampleRateHz: 24_000, channels: 1, warnings: [] });
  return stages.recognizer.transcribe(resample(wav.samples, { fromHz: wav.sampleRateHz, toHz: 16_000 }));
}

describe('antiphon run, offline', () => {
  it('takes the turns in the order given', () => {
    expect(summary).toMatchObject({ status: 'completed', provider: 'local', agent: 'concierge' });
    expect(summary.turns.map(({ user }) => user.input)).toEqual([...names, 'stdin']);
  });

  it.each(['silence.wav', 'noise.wav'])('calls nothing and says nothing for %s', (input) => {
    expect(turnOf(input)).toMatchObject({
      user: { transcript: '' },
      agent: { transcript: '', items: [] },
      tool_calls: [],
    });
  });

  it.each([...names.filter((name) => !/silence|noise/.test(name)), 'stdin'])(
    'understands %s, calls the tool and answers aloud',
    async (input) => {
      const { user, agent, tool_calls: calls, latency_ms: latency } = turnOf(input);
      expect(user.transcript).toMatch(/what is (205|two hundred( and)? five) times (7|seven)/i);
      expect(calls).toMatchObject([
        {
          name: 'calculate',
          status: 'completed',
          arguments: { expression: '205 * 7' },
          output: { value: 1435 },
        },
      ]);
      expect(agent.transcript).toMatch(/1,?435/);
      expect(agent.heard).toBe(agent.transcript);
      expect(Object.keys(latency)).toEqual(['endpoint', 'recognition', 'brain', 'tool', 'first_audio']);
      expect(agent.items).toHaveLength(1);
      // The recogniser writes a number in digits or in words.
      expect(await heardIn(agent.items[0]?.file ?? '')).toMatch(
        /1,?435|one thousand four hundred(?: and)? thirty[ -]five/i,
      );
    },
  );

  it('writes what its summary names, and nothing else', () => {
    const files = summary.turns.flatMap(({ agent }) => agent.items.map(({ file }) => file));
    expect(readdirSync(join(folder, 'answers')).toSorted()).toEqual(
      [...files, 'conversation.wav', 'session.jsonl'].toSorted(),
    );
    for (const { agent } of summary.turns) {
      for (const { file, ms } of agent.items) {
        const { frames } = decodeWav(readFileSync(join(folder, 'answers', file)));
        expect(Math.round(frames / 24)).toBe(ms);
      }
    }
  });

  it('has both sides in the recording of the conversation, one after the other', () => {
    const { channels, frames, samples, warnings } = decodeWav(
      readFileSync(join(folder, 'answers/conversation.wav')),
    );
    expect([channels, warnings]).toEqual([2, []]);
    const spokenMs = summary.turns.flatMap(({ agent }) => agent.items).reduce((sum, { ms }) => sum + ms, 0);
    const heardFrames = samples.filter((sample, at) => at % 2 === 1 && sample !== 0).length;
    expect(heardFrames / 24).toBeLessThanOrEqual(spokenMs);
    expect(heardFrames / 24).toBeGreaterThan(spokenMs / 2);
    expect(frames / 24).toBeGreaterThan(spokenMs + 6 * question.frames * (1000 / question.sampleRateHz));
  });

  it('writes a log whose lines are all objects, and only such lines to stdout', () => {
    const [header, ...steps] = jsonLines(readFileSync(join(folder, 'answers/session.jsonl'), 'utf8'));
    expect(header).toMatchObject({ type: 'session', version: 2, session_id: summary.session_id });
    expect(steps.every(({ type }) => type === 'step')).toBe(true);
    expect(jsonLines(stdout).length).toBeGreaterThan(50);
  });
});
