import { AntiphonError, type Clock } from '@antiphon/core';
import { type AudioDevice, type DeviceBackend, type DeviceKind, kindNames } from '../device-backend.ts';
import { captureByProgram, type ProgramDevice, playByProgram } from '../program/program-streams.ts';
import { parsePacatNews } from './pacat-news.ts';
import { pactl } from './pactl.ts';
import { isMonitor, type PulseDevice, parseDefault, parseDevices } from './parse-pactl.ts';

/** What the server keeps, of what is handed over ahead. */
const latencyMs = { parec: 20, pacat: 30 };
const ahead = { aheadMs: 60, maxAheadMs: 200 };

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
    openCapture: async (device, handlers) => {
      const found = { ...(await programDevice('input', device)), answers: pulseAnswers };
      const stream = await captureByProgram(clock, found, {
        ...handlers,
        onMoved: (id) => {
          if (!isMonitor(id) || id === device?.id) return handlers.onMoved(id);
          // Where there is no other microphone, the server goes on with what the speaker plays.
          void stream.close();
          handlers.onLost('it was unplugged');
        },
      });
      return stream;
    },
    openPlayback: async (device, handlers) =>
      playByProgram(clock, await programDevice('output', device), handlers, ahead),
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

/** The default device is not named: the server then moves the stream when another becomes the default. */
async function programDevice(kind: DeviceKind, asked: AudioDevice | undefined): Promise<ProgramDevice> {
  const { name, sampleRateHz } = await knownDevice(kind, asked);
  const program = kind === 'input' ? 'parec' : 'pacat';
  const args = [
    '--verbose',
    '--raw',
    '--format=s16le',
    '--channels=1',
    `--rate=${sampleRateHz}`,
    `--latency-msec=${latencyMs[program]}`,
    '--client-name=Antiphon',
    ...(asked === undefined ? [] : [`--device=${asked.id}`]),
  ];
  return { name, sampleRateHz, command: { program, args, parseNews: parsePacatNews } };
}

/** What the server knows of the device, or of the default one. */
async function knownDevice(kind: DeviceKind, asked: AudioDevice | undefined): Promise<PulseDevice> {
  const devices = await listDevices(kind);
  const found = devices.find((one) => (asked === undefined ? one.isDefault : one.id === asked.id));
  if (found !== undefined) return found;
  const reason = asked === undefined ? 'PulseAudio has none' : `${asked.name} is gone`;
  throw new AntiphonError('audio.no_device', { kind: kindNames[kind], reason });
}
