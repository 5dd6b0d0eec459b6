import { chooseDevice, type DeviceEvent, MicrophoneSource } from '@antiphon/audio/node';
import { describe, expect, it } from 'vitest';
import { PlayoutPacer } from '../src/node/devices/playout-pacer.ts';
import { LineCutter } from '../src/node/devices/program/stream-news.ts';
import { parsePacatNews } from '../src/node/devices/pulse/pacat-news.ts';
import { parseDefault, parseDevices } from '../src/node/devices/pulse/parse-pactl.ts';
import { device, FakeDevices } from './support/fake-devices.ts';
import { ManualClock, settle } from './support/manual-clock.ts';

const built = device('input', 'pci-1', true);
const headset = device('input', 'usb-headset');
const camera = device('input', 'usb-camera');
const devices = [built, headset, camera];

describe('choosing a device', () => {
  it.each([
    ['2', headset],
    ['usb-camera', camera],
    ['pci-1 by Acme', built],
    ['HEADSET', headset],
    ['camera by', camera],
  ])('takes %j for %o', (wanted, expected) => {
    expect(chooseDevice(devices, wanted, 'input')).toBe(expected);
  });

  it.each([
    ['4', 'there are: pci-1 by Acme, usb-headset by Acme, usb-camera by Acme'],
    ['0', 'there are: pci-1 by Acme'],
    ['usb', 'several match: usb-headset by Acme, usb-camera by Acme'],
    ['', 'there are: '],
  ])('does not guess what %j means', (wanted, message) => {
    expect(() => chooseDevice(devices, wanted, 'input')).toThrow(message);
  });
});

const sources = `Source #0
	State: IDLE
	Name: spk.monitor
	Description: Monitor of Desk: 2
	Sample Specification: s16le 2ch 44100Hz
	Monitor of Sink: spk
	Properties:
		device.description = "Monitor of Desk"

Source #1
	State: RUNNING
	Name: mic
	Description: Desk Microphone
	Sample Specification: float32le 1ch 16000Hz
	Monitor of Sink: n/a

Source #2
	Name: auto_null.monitor
	Description: Monitor of Dummy Output
	Monitor of Sink: auto_null
`;

describe('what pactl tells', () => {
  it('is read as devices, microphones before monitors and without what stands in for none', () => {
    expect(parseDevices(sources, 'input', 'mic')).toEqual([
      {
        kind: 'input',
        id: 'mic',
        name: 'Desk Microphone',
        isDefault: true,
        sampleRateHz: 16_000,
      },
      {
        kind: 'input',
        id: 'spk.monitor',
        name: 'Monitor of Desk: 2',
        isDefault: false,
        sampleRateHz: 44_100,
      },
    ]);
  });

  it('makes no monitor the microphone, though the server does', () => {
    expect(parseDevices(sources, 'input', 'spk.monitor').filter(({ isDefault }) => isDefault)).toEqual([]);
  });

  it('names the defaults', () => {
    const info = 'Server Name: pulseaudio\nDefault Sink: spk\nDefault Source: mic\n';
    expect([parseDefault(info, 'input'), parseDefault(info, 'output')]).toEqual(['mic', 'spk']);
  });
});

describe('what pacat tells', () => {
  it.each([
    ['Time: 1.892 sec; Latency: 16775 usec.        ', { kind: 'time', playedSeconds: 1.892 }],
    ['Time: -0.010 sec; Latency: 16775 usec.', { kind: 'time', playedSeconds: 0 }],
    ['Connected to device spk (index: 0, suspended: no).', { kind: 'connected', id: 'spk' }],
    ['Stream moved to device spare (1, not suspended).\u001b[K', { kind: 'connected', id: 'spare' }],
    ['Stream underrun.\u001b[K', { kind: 'ran_dry' }],
    ['Stream error: No such entity', { kind: 'other', text: 'Stream error: No such entity' }],
    ['   ', undefined],
  ])('%j', (line, expected) => {
    expect(parsePacatNews(line)).toEqual(expected);
  });

  it('is cut into lines wherever it was cut before', () => {
    const cutter = new LineCutter();
    expect(['Time: 1\rTi', 'me: 2\r\nSt', 'ream'].flatMap((piece) => cutter.push(piece))).toEqual([
      'Time: 1',
      'Time: 2',
    ]);
  });
});

describe('pacing', () => {
  const options = { sampleRateHz: 1_000, aheadMs: 60, maxAheadMs: 100 };

  it('hands over what keeps the device ahead by its time, and no more', () => {
    const pacer = new PlayoutPacer(options);
    expect([pacer.due(0), pacer.due(10), pacer.due(20)]).toEqual([60, 0, 0]);
    pacer.told(20, 40);
    expect(pacer.due(40)).toBe(20);
    expect(pacer.due(55)).toBe(15);
    expect(pacer.played(55)).toBe(35);
  });

  it('follows a device whose clock is slow', () => {
    const pacer = new PlayoutPacer(options);
    let handed = pacer.due(0);
    for (let nowMs = 10; nowMs <= 10_000; nowMs += 10) {
      if (nowMs % 50 === 0) pacer.told(nowMs * 0.99, nowMs);
      handed += pacer.due(nowMs);
    }
    expect(handed - 9_900).toBeLessThanOrEqual(61);
    expect(handed - 9_900).toBeGreaterThanOrEqual(59);
  });

  it('stands still with a device that stands still, and never goes back', () => {
    const pacer = new PlayoutPacer(options);
    pacer.due(0);
    pacer.told(30, 50);
    expect(pacer.played(1_000)).toBe(60);
    pacer.told(40, 1_000);
    pacer.told(40, 1_050);
    expect([pacer.played(1_050), pacer.due(1_050)]).toEqual([60, 60]);
    expect(pacer.played(1_200)).toBe(60);
  });

  it('goes further ahead when the device ran dry, up to its limit', () => {
    const pacer = new PlayoutPacer(options);
    expect(pacer.due(0)).toBe(60);
    for (let time = 0; time < 5; time++) pacer.ranDry();
    expect([pacer.due(0), pacer.aheadMs]).toEqual([40, 100]);
  });
});

async function microphone(options: { readonly device?: string; readonly sampleRateHz?: number } = {}) {
  const clock = new ManualClock();
  const { sampleRateHz, ...rest } = options;
  const backend = new FakeDevices({ devices, ...(sampleRateHz !== undefined && { sampleRateHz }) });
  const events: DeviceEvent[] = [];
  const source = await MicrophoneSource.open({
    clock,
    backend,
    onEvent: (event) => events.push(event),
    ...rest,
  });
  const frames: Int16Array[] = [];
  const stopped = new AbortController();
  const reading = (async () => {
    for await (const frame of source.frames(stopped.signal)) frames.push(frame);
  })();
  await settle();
  return { clock, backend, events, source, frames, stop: () => stopped.abort(), reading };
}

const kind = 'input';

describe('a microphone', () => {
  it('gives frames of 20 ms at the rate asked for, whatever the device gives', async () => {
    const { backend, frames, clock } = await microphone({ sampleRateHz: 48_000 });
    const tone = Int16Array.from({ length: 48_000 }, (_, at) => 8_000 * Math.sin(at / 20));
    for (let at = 0; at < tone.length; at += 700)
      backend.streams[0]?.capture?.onSamples(tone.subarray(at, at + 700));
    await clock.pass(0);
    expect(frames.length).toBe(49);
    expect(new Set(frames.map(({ length }) => length))).toEqual(new Set([480]));
  });

  it('is replaced by the default one when it is lost, and gone back to', async () => {
    const { backend, events, clock } = await microphone({ device: 'headset' });
    backend.pullOut('usb-headset');
    await clock.pass(0);
    expect(backend.inUse).toEqual(['pci-1']);
    await clock.pass(3_000);
    backend.devices.push(headset);
    await clock.pass(1_000);
    expect(backend.inUse).toEqual(['usb-headset']);
    expect(events).toEqual([
      { type: 'device_opened', kind, device: 'usb-headset by Acme' },
      { type: 'device_lost', kind, device: 'usb-headset by Acme', reason: 'pulled out' },
      { type: 'device_opened', kind, device: 'pci-1 by Acme', insteadOf: 'usb-headset by Acme' },
      { type: 'device_opened', kind, device: 'usb-headset by Acme' },
    ]);
  });

  it('is silent in real time while there is none, and heard again when there is', async () => {
    const { backend, events, frames, clock } = await microphone();
    for (const { id } of devices) backend.pullOut(id);
    await clock.pass(10_000);
    expect(frames.length).toBe(500);
    expect(frames.every((frame) => frame.every((sample) => sample === 0))).toBe(true);
    expect(events.map(({ type }) => type)).toEqual(['device_opened', 'device_lost', 'device_missing']);
    backend.devices.push(built);
    await clock.pass(1_000);
    expect(events.at(-1)).toEqual({ type: 'device_opened', kind, device: 'pci-1 by Acme' });
    const count = frames.length;
    await clock.pass(1_000);
    expect(frames.length).toBe(count);
  });

  it('drops the oldest of what nobody takes', async () => {
    const clock = new ManualClock();
    const backend = new FakeDevices({ devices });
    const source = await MicrophoneSource.open({ clock, backend });
    backend.streams[0]?.capture?.onSamples(new Int16Array(24_000 * 16));
    expect(source.droppedFrames).toBe(50);
  });

  it('gives all of what comes at once after a machine stood still, and tells of what is too much', async () => {
    const { backend, events, frames, clock } = await microphone();
    backend.streams[0]?.capture?.onSamples(new Int16Array(24_000 * 14));
    await clock.pass(0);
    expect([frames.length, events.length]).toEqual([700, 1]);
    backend.streams[0]?.capture?.onSamples(new Int16Array(24_000 * 16));
    await clock.pass(0);
    expect(frames.length).toBe(1_450);
    expect(events.slice(1)).toEqual([{ type: 'audio_lost', kind, device: 'pci-1 by Acme', lostMs: 1_000 }]);
  });

  it('ends its frames, and lets go of the device, when it is closed', async () => {
    const { source, backend, reading, stop } = await microphone();
    await source.close();
    await reading;
    stop();
    expect(backend.inUse).toEqual([]);
  });

  it.each([
    ['a device that is not there', { device: 'nothing' }, 'audio.device_not_found'],
    ['no device at all', {}, 'audio.no_device'],
  ])('tells of %s', async (_, options, code) => {
    const backend = new FakeDevices({ devices: [camera] });
    await expect(
      MicrophoneSource.open({ clock: new ManualClock(), backend, ...options }),
    ).rejects.toMatchObject({ code });
  });
});
