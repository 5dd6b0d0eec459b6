import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { concatSamples, decodeWav, downmixToMono, floatToInt16, resample } from '@antiphon/audio';
import { EchoCanceller } from '@antiphon/audio/node';
import { describe, expect, it } from 'vitest';

const rateHz = 24_000;
const frameSamples = 480;
const questions = fileURLToPath(new URL('../../../examples/questions/', import.meta.url));

function speech(name: string): Float32Array {
  const wav = decodeWav(readFileSync(`${questions}${name}.wav`));
  const mono = downmixToMono(wav.samples, wav.channels);
  return resample(mono, { fromHz: wav.sampleRateHz, toHz: rateHz });
}

/** What comes back from a room: later, and many times. */
function echoOf(played: Float32Array): Float32Array {
  const out = new Float32Array(played.length);
  let seed = 7;
  for (let tap = 0; tap < 60; tap++) {
    seed = (seed * 48_271) % 2_147_483_647;
    const delay = Math.round(rateHz * 0.09) + tap * 37 + (seed % 31);
    const gain = 0.5 * Math.exp(-tap / 15) * (seed % 2 === 0 ? 1 : -1);
    for (let at = delay; at < out.length; at++) out[at] = (out[at] ?? 0) + gain * (played[at - delay] ?? 0);
  }
  return out;
}

function energyDb(samples: Int16Array, fromMs: number, toMs: number): number {
  let energy = 1;
  for (const sample of samples.subarray((fromMs * rateHz) / 1000, (toMs * rateHz) / 1000))
    energy += sample ** 2;
  return 10 * Math.log10(energy);
}

async function cleaned(microphone: Int16Array, speaker: Int16Array): Promise<Int16Array> {
  const canceller = await EchoCanceller.load({ sampleRateHz: rateHz });
  const out: Int16Array[] = [];
  for (let at = 0; at < microphone.length; at += frameSamples) {
    canceller.played(speaker.subarray(at, at + frameSamples));
    out.push(canceller.clean(microphone.subarray(at, at + frameSamples)));
  }
  canceller.close();
  return concatSamples(out, microphone);
}

describe('an echo canceller', () => {
  const agent = concatSamples(
    [speech('1-time-in-tokyo'), speech('3-timer'), speech('1-time-in-tokyo')],
    new Float32Array(0),
  );
  const totalMs = (agent.length * 1000) / rateHz;
  const echo = echoOf(agent);

  it('takes the agent out of what the microphone hears', async () => {
    const microphone = floatToInt16(echo);
    const out = await cleaned(microphone, floatToInt16(agent));
    expect(microphone.length - out.length).toBeLessThan(rateHz * 0.015);
    const lessDb = energyDb(microphone, 3_000, totalMs - 50) - energyDb(out, 3_000, totalMs - 50);
    expect(lessDb).toBeGreaterThan(25);
  });

  it('leaves the user in it, also while the agent speaks', async () => {
    const user = speech('2-multiplication');
    const atMs = 4_000;
    const both = echo.slice();
    const from = (atMs * rateHz) / 1000;
    for (let at = 0; at < user.length && from + at < both.length; at++)
      both[from + at] = (both[from + at] ?? 0) + (user[at] ?? 0);
    const alone = new Float32Array(both.length);
    alone.set(user.subarray(0, both.length - from), from);
    const out = await cleaned(floatToInt16(both), floatToInt16(agent));
    const untilMs = Math.min(totalMs, atMs + (user.length * 1000) / rateHz) - 50;
    const kept = energyDb(out, atMs, untilMs) - energyDb(floatToInt16(alone), atMs, untilMs);
    expect(kept).toBeGreaterThan(-6);
    expect(kept).toBeLessThan(3);
  });

  it('changes little where nothing is played', async () => {
    const user = floatToInt16(speech('2-multiplication'));
    const out = await cleaned(user, new Int16Array(user.length));
    const endMs = (user.length * 1000) / rateHz - 50;
    expect(Math.abs(energyDb(out, 0, endMs) - energyDb(user, 0, endMs))).toBeLessThan(2);
  });
});
