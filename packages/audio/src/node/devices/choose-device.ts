import { AntiphonError } from '@antiphon/core';
import { type AudioDevice, type DeviceKind, kindNames } from './device-backend.ts';

/**
 * The device that `wanted` means: its number in the list (from 1), its id or name, or a part of its name that no other has.
 *
 * @throws AntiphonError `audio.device_not_found`
 */
export function chooseDevice(devices: readonly AudioDevice[], wanted: string, kind: DeviceKind): AudioDevice {
  const number = /^\d+$/.test(wanted) ? Number(wanted) : 0;
  const exact = devices[number - 1] ?? devices.find(({ id, name }) => id === wanted || name === wanted);
  if (exact !== undefined) return exact;
  const similar = devices.filter(({ id, name }) => contains(name, wanted) || contains(id, wanted));
  const [only] = similar;
  if (only !== undefined && similar.length === 1) return only;
  const shown = similar.length > 1 ? similar : devices;
  throw new AntiphonError('audio.device_not_found', {
    kind: kindNames[kind],
    wanted,
    which: similar.length > 1 ? 'several match' : 'there are',
    available: shown.map(({ name }) => name).join(', ') || 'none',
  });
}

function contains(text: string, part: string): boolean {
  return part !== '' && text.toLowerCase().includes(part.toLowerCase());
}
