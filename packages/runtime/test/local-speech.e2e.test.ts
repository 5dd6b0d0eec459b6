import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeWav, floatToInt16, resample } from '@antiphon/audio';
import type { DetectedTurn, RoomSound } from '@antiphon/core';
import { checkAnnouncer, joined, noise, silence, tone } from '@antiphon/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { LocalSpeech, type LocalVadSettings } from '../src/speech/local-speech.ts';

const rateHz = 24_000;
const signal = new AbortController().signal;
const clipDirectory = fileURLToPath(new URL('../../../../shared/data/speech/human', import.meta.url));
const noClips = 'the speech data beside the repository (../shared/data/speech) is absent';

const settings: LocalVadSettings = {
  sampleRateHz: rateHz,
  threshold: 0.5,
  prefixPaddingMs: 300,
  silenceDurationMs: 500,
  minSpeechMs: 120,
  echoGate: { warmUpMs: 300, minSpeechMs: 300, halfDuplex: false },
};

const speech = new LocalSpeech();
afterAll(() => speech.close());

/** The turns in a recording, pushed in frames of 20 ms. */
async function turnsIn(
  samples: Int16Array,
  changes: Partial<LocalVadSettings> = {},
  room: RoomSound = 'quiet',
): Promise<readonly DetectedTurn[]> {
  const turns: DetectedTurn[] = [];
  const detector = speech.openDetector(
    { ...settings, ...changes },
    {
      detected: (turn) => turns.push(turn),
      failed: (error) => {
        throw error;
      },
      skipped: (durationMs) => {
        throw new Error(`${durationMs} ms were skipped`);
      },
    },
  );
  for (let at = 0; at < samples.length; at += 480) await detector.push(samples.subarray(at, at + 480), room);
  detector.close();
  return turns;
}

function pause(durationMs: number): Int16Array {
  return silence({ durationMs, sampleRateHz: rateHz });
}

/** A clip with a second of near silence before and after it. */
function framed(samples: Int16Array): Int16Array {
  const hiss = noise({ durationMs: 1_000, sampleRateHz: rateHz }, 0.002);
  return joined(hiss, samples, hiss);
}

function clips(most: number): readonly { readonly file: string; readonly samples: Int16Array }[] {
  const files = readdirSync(clipDirectory).filter((file) => file.endsWith('.wav'));
  return files.slice(0, most).map((file) => {
    const { samples, sampleRateHz } = decodeWav(readFileSync(join(clipDirectory, file)));
    return { file, samples: floatToInt16(resample(samples, { fromHz: sampleRateHz, toHz: rateHz })) };
  });
}

describe('the voice of the process', () => {
  it('says a text, and the ear of the process hears it as one turn', async () => {
    const { samples } = await speech.announcer(rateHz).speak('I am sorry, please wait a moment.', signal);
    const durationMs = (samples.length * 1_000) / rateHz;
    expect(durationMs).toBeGreaterThan(1_500);
    expect(durationMs).toBeLessThan(5_000);
    const turns = await turnsIn(joined(pause(1_000), samples, pause(1_000)), { silenceDurationMs: 700 });
    expect(turns.map(({ kind }) => kind)).toEqual(['started', 'ended']);
  });

  it('keeps the contract of an announcer', () => checkAnnouncer(speech.announcer(rateHz)));

  it('stops when nobody wants it any more', async () => {
    const controller = new AbortController();
    const spoken = speech.announcer(rateHz).speak('A long text. '.repeat(50), controller.signal);
    controller.abort();
    await expect(spoken).rejects.toThrow();
  });
});

describe('the ear of the process', () => {
  it('takes no other sound for a turn', async () => {
    const shape = { durationMs: 4_000, sampleRateHz: rateHz };
    for (const sound of [pause(4_000), noise(shape, 0.1), tone(shape, 300, 0.3)]) {
      expect(await turnsIn(sound)).toEqual([]);
    }
  });

  it('finds where people begin and stop to speak', async (test) => {
    test.skip(!existsSync(clipDirectory), noClips);
    for (const { file, samples } of clips(20)) {
      const turns = await turnsIn(framed(samples));
      const [first, last] = [turns[0], turns.at(-1)];
      expect([file, first?.kind, last?.kind]).toEqual([file, 'started', 'ended']);
      // The padding reaches back before the sound; the end comes after the silence that tells it.
      expect(first?.kind === 'started' && first.startMs).toBeLessThan(
        1_000 + (samples.length * 500) / rateHz,
      );
      expect(turns.filter(({ kind }) => kind === 'dropped')).toEqual([]);
    }
  });

  it('does not take the voice of the agent for that of the user', async (test) => {
    test.skip(!existsSync(clipDirectory), noClips);
    const [clip] = clips(1);
    const samples = framed(clip?.samples ?? pause(0));
    const halfDuplex = { echoGate: { ...settings.echoGate, halfDuplex: true } };
    expect(await turnsIn(samples, halfDuplex, 'agent_heard')).toEqual([]);
    const long = { echoGate: { ...settings.echoGate, minSpeechMs: 60_000 } };
    expect(await turnsIn(samples, long, 'agent_heard')).toEqual([]);
    expect(await turnsIn(samples, {}, 'agent_heard')).not.toEqual([]);
  });
});
