import {
  type AudioDevice,
  type DeviceBackend,
  type DeviceEvent,
  MicrophoneSource,
  SpeakerSink,
} from '@antiphon/audio/node';
import { systemClock } from '@antiphon/runtime';

/** Both devices of a talk. */
export interface TalkDevices {
  readonly microphone: MicrophoneSource;
  readonly speaker: SpeakerSink;
}

/** What to open. */
export interface TalkDeviceOptions {
  readonly sampleRateHz: number;
  /** As the command line names them; the default devices when undefined. */
  readonly input: string | undefined;
  readonly output: string | undefined;
  readonly onEvent: (event: DeviceEvent) => void;
  /** Shown what goes to the speaker. */
  readonly onSound: (samples: Int16Array) => void;
  /** Told when the speaker had nothing to play. */
  readonly onRanDry: () => void;
}

/** @throws AntiphonError `audio.no_device`, `audio.device_not_found`, `audio.device_failed` */
export async function openTalkDevices(
  backend: DeviceBackend,
  { sampleRateHz, input, output, onEvent, onSound, onRanDry }: TalkDeviceOptions,
): Promise<TalkDevices> {
  const common = { sampleRateHz, backend, clock: systemClock, onEvent };
  const speaker = await SpeakerSink.open({
    ...common,
    onSound,
    onRanDry,
    ...(output !== undefined && { device: output }),
  });
  try {
    const microphone = await MicrophoneSource.open({
      ...common,
      ...(input !== undefined && { device: input }),
    });
    return { microphone, speaker };
  } catch (error) {
    await speaker.close();
    throw error;
  }
}

/** The devices, as people read them. */
export function deviceLines(inputs: readonly AudioDevice[], outputs: readonly AudioDevice[]): string {
  const rows = (title: string, devices: readonly AudioDevice[]): string => {
    const lines = devices.map(
      ({ name, id, isDefault }, at) =>
        `  ${at + 1}  ${name}${isDefault ? ' (default)' : ''}${id === name || id === '' ? '' : `  [${id}]`}`,
    );
    return [title, ...(lines.length === 0 ? ['  none'] : lines)].join('\n');
  };
  return `${rows('Microphones (--input-device)', inputs)}\n${rows('Speakers (--output-device)', outputs)}\n`;
}

/** The devices, as programs read them: one JSON object a line. */
export function deviceObjects(devices: readonly AudioDevice[]): string {
  return devices
    .map(({ kind, id, name, isDefault }, at) => {
      const what = kind === 'input' ? 'microphone' : 'speaker';
      return `${JSON.stringify({ type: 'device', kind: what, number: at + 1, id, name, default: isDefault })}\n`;
    })
    .join('');
}
