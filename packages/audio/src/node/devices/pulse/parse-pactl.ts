import type { AudioDevice, DeviceKind } from '../device-backend.ts';

/** A device of a PulseAudio server. */
export interface PulseDevice extends AudioDevice {
  readonly sampleRateHz: number;
  /** Whether it is what a speaker plays, and no microphone. */
  readonly isMonitor: boolean;
}

/** What stands in when there is no device: it plays to nobody. */
const dummyName = /^auto_null(\.monitor)?$/;

/**
 * The devices in what `pactl list sources` or `pactl list sinks` writes, in English.
 *
 * @param defaultId the default device, by `pactl info`.
 */
export function parseDevices(
  text: string,
  kind: DeviceKind,
  defaultId: string | undefined,
): readonly PulseDevice[] {
  return text
    .split(/^(?=(?:Source|Sink) #\d+)/m)
    .flatMap((block) => {
      const id = field(block, 'Name');
      if (id === undefined || dummyName.test(id)) return [];
      const rate = /(\d+)\s*Hz/.exec(field(block, 'Sample Specification') ?? '')?.[1];
      const isMonitor = kind === 'input' && (field(block, 'Monitor of Sink') ?? 'n/a') !== 'n/a';
      return {
        kind,
        id,
        name: field(block, 'Description') ?? id,
        // A monitor hears the agent and not the user: it has to be asked for.
        isDefault: id === defaultId && !isMonitor,
        sampleRateHz: Number(rate ?? 48_000),
        isMonitor,
      };
    })
    .sort((one, other) => Number(one.isMonitor) - Number(other.isMonitor));
}

/** The default device in what `pactl info` writes, in English. */
export function parseDefault(text: string, kind: DeviceKind): string | undefined {
  return field(text, kind === 'input' ? 'Default Source' : 'Default Sink');
}

function field(block: string, name: string): string | undefined {
  const line = block.split('\n').find((candidate) => candidate.trimStart().startsWith(`${name}: `));
  return line?.slice(line.indexOf(': ') + 2).trim();
}
