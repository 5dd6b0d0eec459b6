import type { AudioDevice, DeviceKind } from '../device-backend.ts';

/** A device of a PulseAudio server. */
export interface PulseDevice extends AudioDevice {
  readonly sampleRateHz: number;
}

/** Whether a source is what a speaker plays, and no microphone. */
export function isMonitor(id: string): boolean {
  return id.endsWith('.monitor');
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
      return {
        kind,
        id,
        name: field(block, 'Description') ?? id,
        // A monitor hears the agent and not the user: it has to be asked for.
        isDefault: id === defaultId && !isMonitor(id),
        sampleRateHz: Number(rate ?? 48_000),
      };
    })
    .sort((one, other) => Number(isMonitor(one.id)) - Number(isMonitor(other.id)));
}

/** The default device in what `pactl info` writes, in English. */
export function parseDefault(text: string, kind: DeviceKind): string | undefined {
  return field(text, kind === 'input' ? 'Default Source' : 'Default Sink');
}

function field(block: string, name: string): string | undefined {
  const line = block.split('\n').find((candidate) => candidate.trimStart().startsWith(`${name}: `));
  return line?.slice(line.indexOf(': ') + 2).trim();
}
