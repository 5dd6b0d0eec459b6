import { type CaptureHandlers, type DeviceBackend, MicrophoneSource } from '@antiphon/audio/node';
import { type LocalTurns, SessionRunner } from '@antiphon/core';
import { type SpeechDetectors, TurnFinder } from '@antiphon/local';
import {
  fakeToolHost,
  RecordingSink,
  ScriptedProvider,
  settlePromises,
  silence,
  VirtualClock,
} from '@antiphon/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createSessionCodec } from '../src/audio/session-codec.ts';
import { LocalSpeech } from '../src/speech/local-speech.ts';
import { recordingLogger } from './support/recording-logger.ts';
import { agentSettings, sessionSettings } from './support/runner-settings.ts';

const rateHz = 24_000;
const samplesPerMs = rateHz / 1_000;
const pieceMs = 20;
const pcm = { type: 'audio/pcm' } as const;
const pause = (durationMs: number): Int16Array => silence({ durationMs, sampleRateHz: rateHz });

/** Sound in which each piece of 20 ms is told from all others. */
function speech(durationMs: number, first: number): Int16Array {
  return Int16Array.from(
    { length: durationMs * samplesPerMs },
    (_, at) => 8_000 + first + Math.floor(at / (pieceMs * samplesPerMs)),
  );
}

/** Takes loud sound for speech; as with the real one, a frame takes until other work had its turn. */
const loudDetectors: SpeechDetectors = {
  open: () => ({
    frameSamples: 512,
    process: async (frame) => {
      await new Promise((resolve) => setImmediate(resolve));
      return frame.filter((sample) => Math.abs(sample) > 0.1).length > 256 ? 1 : 0;
    },
    reset: () => {},
  }),
  close: async () => {},
};

/** A session on a microphone of a machine that may stand still. */
async function session(ways: { readonly turns: 'local' | 'server'; readonly loaded?: Promise<void> }) {
  const clock = new VirtualClock();
  let taken = 0;
  const scripted = new ScriptedProvider({
    script: (event) => {
      if (event.type !== 'input_audio_buffer.commit') return;
      turns.push(heard.slice(taken));
      taken = heard.length;
    },
  });
  const heard: number[] = [];
  const turns: (readonly number[])[] = [];
  const capture: CaptureHandlers[] = [];
  const backend: DeviceBackend = {
    name: 'fake',
    list: async () => [],
    openCapture: async (_, handlers) => {
      capture.push(handlers);
      return { deviceName: 'fake', sampleRateHz: rateHz, close: async () => {} };
    },
    openPlayback: () => Promise.reject(new Error('there is no speaker')),
  };
  const localSpeech = new LocalSpeech({
    loadDetectors: async () => {
      await ways.loaded;
      return loudDetectors;
    },
    createSpeaker: () => Promise.reject(new Error('there is no voice')),
    createJudge: async (detectors, options) => new TurnFinder(detectors.open(), options),
  });
  const localTurns: LocalTurns = localSpeech.vadTurns({
    sampleRateHz: rateHz,
    threshold: 0.5,
    prefixPaddingMs: 100,
    silenceDurationMs: 500,
    minSpeechMs: 0,
    echoGate: { warmUpMs: 0, minSpeechMs: 0, halfDuplex: false },
  });
  const microphone = await MicrophoneSource.open({ clock, backend });
  const runner = new SessionRunner(
    sessionSettings({
      agents: { a: agentSettings({ turnTaking: ways.turns === 'local' ? 'manual' : 'server_answers' }) },
    }),
    {
      providers: () => ({
        name: scripted.name,
        connect: (request, handlers) => {
          const transport = scripted.connect(request, handlers);
          const { sendAudio } = transport;
          return Object.assign(transport, {
            sendAudio: (audio: Uint8Array) => {
              for (const sample of new Int16Array(audio.slice().buffer)) heard.push(sample);
              sendAudio(audio);
            },
          });
        },
        close: () => scripted.close(),
      }),
      tools: fakeToolHost({ tools: {} }),
      source: microphone,
      sink: new RecordingSink({ sampleRateHz: rateHz }),
      codec: createSessionCodec(pcm, pcm),
      clock,
      logger: recordingLogger(),
      ...(ways.turns === 'local' && { localTurns: () => localTurns }),
    },
  );
  onTestFinished(() => microphone.close());
  runner.dispatch({ type: 'session.start' });
  await settlePromises();
  const idle = async (): Promise<void> => {
    for (let task = 0; task < 10; task++) await settlePromises();
  };
  return {
    heard: () => heard,
    /** What each turn has that was committed. */
    turns: () => turns,
    idle,
    /** Says it in its time; the machine stands still for so long at that place: what was said comes at once behind it. */
    say: async (samples: Int16Array, stall?: { readonly atMs: number; readonly ms: number }) => {
      const pieceLength = pieceMs * samplesPerMs;
      for (let at = 0; at < samples.length; ) {
        const isStall = stall !== undefined && at === stall.atMs * samplesPerMs;
        const length = isStall ? stall.ms * samplesPerMs : pieceLength;
        const piece = samples.subarray(at, at + length);
        at += length;
        // Timers that are due fire before what waits in a pipe is read.
        await clock.pass(piece.length / samplesPerMs);
        capture[0]?.onSamples(piece);
        await idle();
      }
      for (let task = 0; task < 60; task++) await idle();
    },
  };
}

const question = speech(1_400, 0);
const talk = Int16Array.from([...pause(300), ...question, ...pause(3_200)]);
const places = [0, 200, 500, 900, 1_300, 1_600, 1_800];

/** All samples of the question, in their order and once. */
function hasWhole(heard: readonly number[]): boolean {
  const loud = heard.filter((sample) => sample !== 0);
  return loud.length === question.length && loud.every((sample, at) => sample === question[at]);
}

describe.each([200, 480, 2_000, 3_000])('a machine that stands still for %i ms', (ms) => {
  it.each(places)('at %i ms, turns found on this side: the question is one turn, and whole', async (atMs) => {
    const { say, heard, turns } = await session({ turns: 'local' });
    await say(talk, { atMs, ms });
    expect([hasWhole(heard()), turns().length]).toEqual([true, 1]);
  });

  it.each(places)('at %i ms, turns found by the server: it is given every sample', async (atMs) => {
    const { say, heard } = await session({ turns: 'server' });
    await say(talk, { atMs, ms });
    // A comparison of so many numbers would take its time to be told.
    expect(heard().length).toBe(talk.length);
    expect(heard().every((sample, at) => sample === talk[at])).toBe(true);
  });
});

describe('turns found on this side', () => {
  it('have what was said while the detector was loaded', async () => {
    let load = (): void => {};
    const loaded = new Promise<void>((resolve) => {
      load = resolve;
    });
    const { say, heard, turns, idle } = await session({ turns: 'local', loaded });
    await say(Int16Array.from([...pause(300), ...question, ...pause(4_000)]));
    expect(heard()).toEqual([]);
    load();
    for (let task = 0; task < 60; task++) await idle();
    expect([hasWhole(heard()), turns().length]).toEqual([true, 1]);
  });

  it('are two where two questions come at once, and each has its own words', async () => {
    const { say, turns } = await session({ turns: 'local' });
    const next = speech(400, 500);
    const both = Int16Array.from([...pause(300), ...speech(400, 0), ...pause(700), ...next, ...pause(1_000)]);
    await say(both, { atMs: 0, ms: 2_800 });
    const words = (samples: readonly number[]) => samples.filter((sample) => sample !== 0);
    expect(turns().map(words)).toEqual([[...speech(400, 0)], [...next]]);
  });
});
