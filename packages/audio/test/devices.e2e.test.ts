import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { concatSamples } from '@antiphon/audio';
import {
  type DeviceBackend,
  type DeviceEvent,
  MicrophoneSource,
  openDeviceBackend,
  SpeakerSink,
} from '@antiphon/audio/node';
import type { Clock } from '@antiphon/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noSoundServer, PulseServer } from '../../../test/support/pulse-server.ts';
import { captureByProgram } from '../src/node/devices/program/program-streams.ts';
import type { StreamNews } from '../src/node/devices/program/stream-news.ts';
import { ManualClock } from './support/manual-clock.ts';
import { toneAt } from './support/tone.ts';

const clock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  setTimer(delayMs, fire) {
    const timer = setTimeout(fire, delayMs);
    return () => clearTimeout(timer);
  },
};

describe.skipIf(noSoundServer !== undefined)(`devices of a sound server ${noSoundServer ?? ''}`, () => {
  let server: PulseServer;
  const before = { ...process.env };
  beforeAll(async () => {
    server = await PulseServer.start();
    Object.assign(process.env, server.env);
  });
  afterAll(async () => {
    process.env = before;
    await server?.stop();
  });

  it('are listed, with their defaults and without monitors among those', async () => {
    const backend = await openDeviceBackend({ clock });
    const [inputs, outputs] = [await backend.list('input'), await backend.list('output')];
    expect(inputs[0]).toMatchObject({ name: 'Desk Microphone', isDefault: true });
    expect(inputs.filter(({ isDefault }) => isDefault).length).toBe(1);
    expect(outputs.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['Desk Speaker', 'Spare Speaker']),
    );
  });

  it.each(['pulse', 'native'] as const)('play and are heard (%s)', async (system) => {
    const backend = await openDeviceBackend({ clock, system });
    if (system === 'native' && !canPlayNatively()) return;
    await playsAndCounts(backend, server);
    await hears(backend, server, system === 'native' ? 'Desk Microphone' : undefined);
  });

  it('are replaced when they are unplugged, and gone back to when they are there again', async () => {
    const backend = await openDeviceBackend({ clock });
    const events = new Events();
    const options = { clock, backend, onEvent: events.take, retryMs: 200 };
    const speaker = await SpeakerSink.open({ ...options, device: 'spare' });
    let playedMs = 0;
    speaker.onProgress((progress) => {
      playedMs = progress.playedMs;
    });
    speaker.write({ itemId: 'a', contentIndex: 0, samples: toneAt(440, 24_000, 60_000) });
    await events.until('device_opened');
    const module = server.moduleOf('sink_name=spare');
    server.control('unload-module', module);
    const substitute = await events.until('device_opened');
    expect(substitute).toMatchObject({ device: 'Desk Speaker', insteadOf: 'Spare Speaker' });
    const atLossMs = playedMs;
    await sleep(400);
    expect(playedMs).toBeGreaterThan(atLossMs);
    server.addSpareSpeaker();
    expect(await events.until('device_opened')).toEqual({
      type: 'device_opened',
      kind: 'output',
      device: 'Spare Speaker',
    });
    await speaker.close();
  });

  it('are waited for while there is none at all', async () => {
    const backend = await openDeviceBackend({ clock });
    const events = new Events();
    const microphone = await MicrophoneSource.open({ clock, backend, onEvent: events.take, retryMs: 200 });
    server.control('unload-module', server.moduleOf('source_name=mic'));
    expect(await events.until('device_missing')).toMatchObject({ kind: 'input' });
    server.addMicrophone();
    expect(await events.until('device_opened')).toMatchObject({ device: 'Desk Microphone' });
    expect(events.all.map(({ type }) => type)).toEqual([
      'device_opened',
      'device_lost',
      'device_missing',
      'device_opened',
    ]);
    await microphone.close();
  });

  it('are said not to be there', async () => {
    const lost = { PULSE_SERVER: 'unix:/nowhere/native' };
    Object.assign(process.env, lost);
    try {
      const backend = await openDeviceBackend({ clock, system: 'pulse' });
      const opening = MicrophoneSource.open({ clock, backend });
      await expect(opening).rejects.toMatchObject({ code: 'audio.no_device' });
    } finally {
      Object.assign(process.env, server.env);
    }
  });
});

describe('a program that has the microphone', () => {
  it.each([
    ['gives no sound', 'setInterval(() => {}, 1000)', 'it gives no sound any more'],
    ['ends', 'setTimeout(() => process.exit(3), 200)', 'ended with exit code 3'],
  ])('is the loss of it when it %s', async (_, code, reason) => {
    const time = new ManualClock();
    let lose: (reason: string) => void = () => {};
    const lost = new Promise<string>((resolve) => {
      lose = resolve;
    });
    const args = ['-e', `process.stderr.write('.\\n'); ${code}`];
    const parseNews = (line: string): StreamNews | undefined =>
      line === '.' ? { kind: 'connected' } : undefined;
    await captureByProgram(
      time,
      {
        name: 'Desk',
        sampleRateHz: 48_000,
        command: { program: process.execPath, args, parseNews },
        answers: async () => true,
      },
      { onSamples: () => {}, onMoved: () => {}, onLost: lose },
    );
    if (reason.startsWith('it')) await time.pass(2_800);
    expect(await lost).toContain(reason);
  });
});

/** Events as they come, and the wait for the next of a type. */
class Events {
  readonly all: DeviceEvent[] = [];
  #seen = 0;
  #wake: () => void = () => {};

  readonly take = (event: DeviceEvent): void => {
    this.all.push(event);
    this.#wake();
  };

  async until(type: DeviceEvent['type']): Promise<DeviceEvent> {
    for (;;) {
      const next = this.all[this.#seen];
      if (next === undefined)
        await new Promise<void>((wake) => {
          this.#wake = wake;
        });
      else {
        this.#seen++;
        if (next.type === type) return next;
      }
    }
  }
}

/** What is told to have been heard when a tone is cut is what the room heard, and it ends without a click. */
async function playsAndCounts(backend: DeviceBackend, server: PulseServer): Promise<void> {
  const speaker = await SpeakerSink.open({ clock, backend });
  let playedMs = 0;
  const played = new Promise<void>((resolve) => {
    speaker.onProgress((progress) => {
      playedMs = progress.playedMs;
      if (playedMs > 400) resolve();
    });
  });
  const ear = server.listen();
  await ear.until((heard) => heard.length > 0);
  speaker.write({ itemId: 'a', contentIndex: 0, samples: toneAt(440, 24_000, 240_000) });
  await played;
  const toldMs = playedMs;
  speaker.flush();
  const cutMs = playedMs;
  // Where a busy machine lets the device run dry there are gaps: they count for nothing, however long they are.
  const whole = await ear.until((heard) => soundMs(heard) > cutMs - 40);
  await ear.until((heard) => heard.length > whole.length + 24 * 300);
  const room = await ear.stop();
  await speaker.close();
  expect(cutMs - toldMs).toBeLessThan(300);
  expect(Math.abs(soundMs(room) - cutMs)).toBeLessThan(40);
  const last = room.findLastIndex((sample) => Math.abs(sample) > 300);
  const end = room.slice(last - 120);
  const steps = end.slice(1).map((sample, at) => Math.abs(sample - (end[at] ?? 0)));
  expect(Math.max(...steps)).toBeLessThan(1_500);
}

/** For how long there is sound, in stretches of 5 ms. */
function soundMs(samples: Int16Array): number {
  let stretches = 0;
  for (let at = 0; at < samples.length; at += 120) {
    if (samples.subarray(at, at + 120).some((sample) => Math.abs(sample) > 300)) stretches++;
  }
  return stretches * 5;
}

async function hears(backend: DeviceBackend, server: PulseServer, device?: string): Promise<void> {
  const microphone = await MicrophoneSource.open({
    clock,
    backend,
    ...(device !== undefined && { device }),
  });
  const stopped = new AbortController();
  const frames: Int16Array[] = [];
  const heard = (async () => {
    for await (const frame of microphone.frames(stopped.signal)) {
      if (frame.some((sample) => Math.abs(sample) > 3_000)) frames.push(frame);
      if (frames.length >= 24) stopped.abort();
    }
  })();
  const said = server.speak(toneAt(440, 16_000, 8_000), 16_000);
  await heard;
  await said;
  await microphone.close();
  expect(Math.abs(pitchOf(concatSamples(frames, new Int16Array(0))) - 440)).toBeLessThan(10);
}

/** The frequency of a loud tone, by the median of its periods: the gaps that a busy machine makes lengthen a few of them. */
function pitchOf(samples: Int16Array): number {
  const rises: number[] = [];
  let side: 'above' | 'below' = 'above';
  for (const [at, sample] of samples.entries()) {
    if (side === 'below' && sample > 1_000) rises.push(at);
    if (Math.abs(sample) > 1_000) side = sample > 0 ? 'above' : 'below';
  }
  const periods = rises.slice(1).map((at, index) => at - (rises[index] ?? 0));
  return 24_000 / (periods.toSorted((a, b) => a - b)[periods.length >> 1] ?? 1);
}

/** Whether ALSA plays through the sound server. */
function canPlayNatively(): boolean {
  const found = spawnSync('sh', ['-c', 'ls /usr/lib/*/alsa-lib/libasound_module_pcm_pulse.so']);
  return found.status === 0;
}
