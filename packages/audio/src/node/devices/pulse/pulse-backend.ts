import { AntiphonError, type Clock } from '@antiphon/core';
import { Int16Assembler, int16ToBytes } from '../../../pcm/bytes.ts';
import {
  type AudioDevice,
  type CaptureHandlers,
  type DeviceBackend,
  type DeviceKind,
  type DeviceStream,
  kindNames,
  type PlaybackHandlers,
} from '../device-backend.ts';
import { PlayoutPacer } from '../playout-pacer.ts';
import { type PulseDevice, parseDefault, parseDevices } from './parse-pactl.ts';
import { PulseProgram, pactl } from './pulse-program.ts';

const openWithinMs = 5_000;
const captureLatencyMs = 20;
/** What the server keeps, of what is handed over ahead. */
const playbackLatencyMs = 30;
const aheadMs = 60;
const maxAheadMs = 200;
const tickMs = 10;

/** Whether a PulseAudio server, or one that speaks like it (PipeWire), answers. */
export async function pulseAnswers(): Promise<boolean> {
  return pactl(['info']).then(
    () => true,
    () => false,
  );
}

/** The devices of a PulseAudio or PipeWire server, through the programs of PulseAudio. */
export function pulseBackend(clock: Clock): DeviceBackend {
  return {
    name: 'PulseAudio',
    list: listDevices,
    openCapture: async (device, handlers) => openCapture(await known('input', device), device, handlers),
    openPlayback: async (device, handlers) =>
      openPlayback(clock, await known('output', device), device, handlers),
  };
}

async function listDevices(kind: DeviceKind): Promise<readonly PulseDevice[]> {
  try {
    const [info, devices] = await Promise.all([
      pactl(['info']),
      pactl(['list', kind === 'input' ? 'sources' : 'sinks']),
    ]);
    return parseDevices(devices, kind, parseDefault(info, kind));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AntiphonError('audio.no_device', { kind: kindNames[kind], reason }, { cause });
  }
}

/** What the server knows of the device, or of the default one. */
async function known(kind: DeviceKind, device: AudioDevice | undefined): Promise<PulseDevice> {
  const devices = await listDevices(kind);
  const found = devices.find((one) => (device === undefined ? one.isDefault : one.id === device.id));
  if (found !== undefined) return found;
  const reason = device === undefined ? 'PulseAudio has none' : `${device.name} is gone`;
  throw new AntiphonError('audio.no_device', { kind: kindNames[kind], reason });
}

/** The default device is not named: the server then moves the stream when another becomes the default. */
function streamArguments(
  { sampleRateHz }: PulseDevice,
  asked: AudioDevice | undefined,
  latencyMs: number,
): readonly string[] {
  return [
    '--verbose',
    '--raw',
    '--format=s16le',
    '--channels=1',
    `--rate=${sampleRateHz}`,
    `--latency-msec=${latencyMs}`,
    '--client-name=Antiphon',
    ...(asked === undefined ? [] : [`--device=${asked.id}`]),
  ];
}

async function openCapture(
  device: PulseDevice,
  asked: AudioDevice | undefined,
  { onSamples, onLost }: CaptureHandlers,
): Promise<DeviceStream> {
  const assembler = new Int16Assembler();
  const opening = new Opening(device);
  const program = new PulseProgram('parec', streamArguments(device, asked, captureLatencyMs), (news) => {
    if (news.kind === 'connected') opening.connected();
  });
  program.onBytes((bytes) => {
    const samples = assembler.push(bytes);
    if (samples.length > 0 && opening.phase !== 'closed') onSamples(samples);
  });
  await opening.settled(program, onLost);
  return {
    deviceName: device.name,
    sampleRateHz: device.sampleRateHz,
    close: () => {
      opening.close();
      return program.end('at_once');
    },
  };
}

async function openPlayback(
  clock: Clock,
  device: PulseDevice,
  asked: AudioDevice | undefined,
  { pull, onPlayed, onLost }: PlaybackHandlers,
): Promise<DeviceStream> {
  const { sampleRateHz } = device;
  const pacer = new PlayoutPacer({ sampleRateHz, aheadMs, maxAheadMs });
  const opening = new Opening(device);
  const program = new PulseProgram('pacat', streamArguments(device, asked, playbackLatencyMs), (news) => {
    if (news.kind === 'connected') opening.connected();
    if (news.kind === 'time') pacer.told(Math.round(news.playedSeconds * sampleRateHz), clock.nowMs());
    if (news.kind === 'ran_dry') pacer.ranDry();
  });
  await opening.settled(program, (reason) => {
    stopTicking();
    onLost(reason);
  });
  const tick = (): void => {
    const count = pacer.due(clock.nowMs());
    if (count > 0) program.write(int16ToBytes(pull(count)));
    onPlayed(pacer.played(clock.nowMs()));
    stopTicking = clock.setTimer(tickMs, tick);
  };
  let stopTicking = clock.setTimer(0, tick);
  return {
    deviceName: device.name,
    sampleRateHz,
    close: () => {
      opening.close();
      stopTicking();
      return program.end('play_out');
    },
  };
}

/** A stream from its start to its end. */
class Opening {
  readonly #device: PulseDevice;
  readonly #connected: Promise<void>;
  connected: () => void = () => {};
  #phase: 'opening' | 'open' | 'closed' = 'opening';

  constructor(device: PulseDevice) {
    this.#device = device;
    this.#connected = new Promise((resolve) => {
      this.connected = resolve;
    });
  }

  get phase(): 'opening' | 'open' | 'closed' {
    return this.#phase;
  }

  close(): void {
    this.#phase = 'closed';
  }

  /**
   * Settles when the program has its device; tells `onLost` when it ends afterwards.
   *
   * @throws AntiphonError `audio.device_failed`
   */
  async settled(program: PulseProgram, onLost: (reason: string) => void): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<{ readonly reason: string }>((resolve) => {
      timer = setTimeout(() => resolve({ reason: 'it did not answer in time' }), openWithinMs);
    });
    const failure = await Promise.race([this.#connected, program.ended, late]);
    clearTimeout(timer);
    if (failure !== undefined) {
      void program.end('at_once');
      const { kind, name } = this.#device;
      throw new AntiphonError('audio.device_failed', {
        kind: kindNames[kind],
        device: name,
        reason: failure.reason,
      });
    }
    this.#phase = 'open';
    void program.ended.then(({ reason }) => {
      if (this.#phase === 'open') onLost(reason);
      this.#phase = 'closed';
    });
  }
}
