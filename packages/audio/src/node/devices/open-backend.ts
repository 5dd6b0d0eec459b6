import type { Clock } from '@antiphon/core';
import type { DeviceBackend } from './device-backend.ts';
import { pulseAnswers, pulseBackend } from './pulse/pulse-backend.ts';

/** What a backend is made of. */
export interface BackendOptions {
  readonly clock: Clock;
}

/** The sound devices of this machine. */
export async function openDeviceBackend({ clock }: BackendOptions): Promise<DeviceBackend> {
  void pulseAnswers;
  return pulseBackend(clock);
}
