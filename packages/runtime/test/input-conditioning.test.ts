import { levels } from '@antiphon/audio';
import { loadRnnoise } from '@antiphon/audio/rnnoise';
import type { AgentConfig } from '@antiphon/core';
import { ArraySource, RecordingSink, settlePromises } from '@antiphon/testing';
import { describe, expect, it } from 'vitest';
import { comfortableSink } from '../src/audio/comfort-noise-sink.ts';
import { conditionerOf } from '../src/audio/conditioning.ts';
import { startScripted } from './support/scripted-session.ts';

const rnnoise = await loadRnnoise();
const rateHz = 24_000;

type Conditioning = NonNullable<AgentConfig['input_conditioning']>;

const agentWith = (conditioning: Partial<Conditioning> | undefined, comfort?: number) =>
  ({
    input_conditioning: conditioning && {
      noise_suppression: 'none',
      automatic_gain: false,
      ...conditioning,
    },
    comfort_noise: comfort === undefined ? undefined : { level_dbfs: comfort },
  }) as AgentConfig;

const tone = (hz: number, amplitude: number, seconds: number) =>
  Int16Array.from(
    { length: seconds * rateHz },
    (_, i) => amplitude * Math.sin((2 * Math.PI * hz * i) / rateHz),
  );

describe('the conditioner of an agent', () => {
  it.each([undefined, {}])('is none where it would change nothing: %j', (conditioning) => {
    expect(conditionerOf(agentWith(conditioning), rateHz, rnnoise)).toBeUndefined();
  });

  it('takes low sounds away', () => {
    const conditioner = conditionerOf(agentWith({ high_pass_hz: 200 }), rateHz, undefined);
    const low = conditioner?.push(tone(50, 10_000, 1)) ?? new Int16Array();
    expect(levels(low.subarray(rateHz / 2)).rmsDbfs).toBeLessThan(-35);
  });

  it('takes noise away, and gives the length that it was given', () => {
    const conditioner = conditionerOf(agentWith({ noise_suppression: 'rnnoise' }), rateHz, rnnoise);
    let state = 1;
    const hiss = Int16Array.from({ length: 2 * rateHz }, () => {
      state = (state * 48_271) % 2_147_483_647;
      return (state % 2003) - 1001;
    });
    const out = conditioner?.push(hiss) ?? new Int16Array();
    const rest = conditioner?.drain() ?? new Int16Array();
    expect(out.length + rest.length).toBeGreaterThanOrEqual(hiss.length);
    expect(levels(out.subarray(-rateHz / 2)).rmsDbfs).toBeLessThan(levels(hiss).rmsDbfs - 10);
    conditioner?.close();
  });

  it.each([
    [true, -20],
    [{ target_dbfs: -30, max_gain_db: 20 }, -30],
    [{ target_dbfs: -20, max_gain_db: 5 }, -28],
  ] as const)('brings speech to a level: %j', (automatic_gain, expectedDbfs) => {
    const conditioner = conditionerOf(agentWith({ automatic_gain }), rateHz, undefined);
    // Half a second of each is spoken: what sounds without end is background.
    const speech = tone(300, 1036, 12).map((value, i) => (i % rateHz < rateHz / 2 ? value : 0));
    const out = conditioner?.push(speech) ?? new Int16Array();
    const last = out.subarray(11 * rateHz, 11.5 * rateHz);
    expect(Math.abs(levels(last).rmsDbfs - expectedDbfs)).toBeLessThan(1);
  });
});

describe('comfort noise', () => {
  it('lies beneath the voice of the agent in charge, and leaves the times as they are', () => {
    const sink = new RecordingSink({ sampleRateHz: rateHz });
    let agent = 'a';
    const comfortable = comfortableSink(sink, { a: agentWith({}, -60), b: agentWith({}) }, () => agent);
    const chunk = { itemId: 'item_1', contentIndex: 0, samples: new Int16Array(rateHz) };
    const played: number[] = [];
    comfortable.onProgress(({ playedMs }) => played.push(playedMs));
    comfortable.write(chunk);
    agent = 'b';
    comfortable.write(chunk);
    const heard = sink.samplesOf('item_1');
    const [first, second] = [heard.subarray(0, rateHz), heard.subarray(rateHz)].map(
      (samples) => levels(samples).rmsDbfs,
    );
    expect(Math.abs((first ?? 0) + 60)).toBeLessThan(1);
    expect(second).toBe(Number.NEGATIVE_INFINITY);
    expect(played.at(-1)).toBe(2000);
  });

  it('is no sink of its own where no agent wants it', () => {
    const sink = new RecordingSink({ sampleRateHz: rateHz });
    expect(comfortableSink(sink, { a: agentWith({}) }, () => 'a')).toBe(sink);
  });
});

describe('a session', () => {
  it('conditions what the user says and what is heard of the agent, as its agent wants it', async () => {
    const source = new ArraySource(tone(300, 1000, 0.4), { sampleRateHz: rateHz });
    const sink = new RecordingSink({ sampleRateHz: rateHz });
    const { provider, turn } = await startScripted({
      source,
      sink,
      agent: ', input_conditioning: { noise_suppression: rnnoise }, comfort_noise: { level_dbfs: -50 }',
    });
    await settlePromises();
    // The delay of the suppression is pushed out when the source ends.
    const extraMs = provider.server.audioBytes / 48 - 400;
    expect(extraMs).toBeGreaterThan(1);
    expect(extraMs).toBeLessThan(25);
    await turn('Talk.', () => provider.server.speak({ responseId: 'r', itemId: 'i', text: 'Yes.', ms: 500 }));
    expect(levels(sink.samplesOf('i')).rmsDbfs).toBeCloseTo(-50, 0);
  });
});
