import { readFileSync } from 'node:fs';
import { AntiphonError, type Clock } from '@antiphon/core';
import { type DeviceBackend, kindNames } from './device-backend.ts';
import { nativeBackend } from './native/native-backend.ts';
import { pulseAnswers, pulseBackend } from './pulse/pulse-backend.ts';

/** How the devices of a machine are reached: `pulse` by the sound server of Linux, `native` by the operating system. */
export type DeviceSystem = 'pulse' | 'native';

/** What a backend is made of. */
export interface BackendOptions {
  readonly clock: Clock;
  /** The one to use; the first that answers when left out. */
  readonly system?: DeviceSystem;
}

/**
 * The sound devices of this machine: those of PulseAudio or PipeWire where a server answers, else those of the operating
 * system.
 *
 * @throws AntiphonError `audio.no_device` on Linux without a sound server and without a sound card.
 */
export async function openDeviceBackend({ clock, system }: BackendOptions): Promise<DeviceBackend> {
  if (system === 'pulse') return pulseBackend(clock);
  if (system === 'native' || process.platform !== 'linux') return nativeBackend(clock);
  if (await pulseAnswers()) return pulseBackend(clock);
  // Without a card the libraries would only fill the terminal with what ALSA complains of.
  if (hasSoundCard()) return nativeBackend(clock);
  throw new AntiphonError('audio.no_device', {
    kind: `${kindNames.input} or ${kindNames.output}`,
    reason: 'no PulseAudio or PipeWire server answers, and there is no sound card',
  });
}

function hasSoundCard(): boolean {
  try {
    return /^\s*\d+ \[/m.test(readFileSync('/proc/asound/cards', 'utf8'));
  } catch {
    return false;
  }
}
