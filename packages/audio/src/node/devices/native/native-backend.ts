import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { AntiphonError, type Clock } from '@antiphon/core';
import { type AudioDevice, type DeviceBackend, kindNames } from '../device-backend.ts';
import { captureByProgram, type ProgramDevice, playByProgram } from '../program/program-streams.ts';
import { parseNativeNews } from './native-news.ts';

/** The device that the system prefers; the only one that the library plays on. */
const preferred = 'system default';
/** What the library records with. */
const recorderRateHz = 16_000;
const playerRateHz = 48_000;
const ahead = { aheadMs: 100, maxAheadMs: 240 };

/**
 * The devices of the operating system, through libraries that run in processes of their own: what breaks one of them
 * loses a device and not a session. They are loaded when they are first used.
 */
export function nativeBackend(clock: Clock): DeviceBackend {
  return {
    name: 'the operating system',
    list: async (kind) =>
      kind === 'input' ? listMicrophones() : [{ kind, id: '', name: preferred, isDefault: true }],
    openCapture: (device, handlers) => {
      const found = programDevice('recorder-program', recorderRateHz, device ?? { name: preferred, id: '' });
      return captureByProgram(clock, { ...found, answers: libraryAnswers }, handlers);
    },
    openPlayback: (_device, handlers) =>
      playByProgram(
        clock,
        programDevice('player-program', playerRateHz, { name: preferred, id: '' }),
        handlers,
        ahead,
      ),
  };
}

function libraryAnswers(): Promise<boolean> {
  return listMicrophones().then(
    () => true,
    () => false,
  );
}

/** @throws AntiphonError `audio.no_device` */
async function listMicrophones(): Promise<readonly AudioDevice[]> {
  const kind = 'input';
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [
      programPath('recorder-program'),
      '--list',
    ]);
    // The library does not say which one is that of the system; it opens it by another number.
    return (JSON.parse(stdout) as string[]).map((name) => ({ kind, id: name, name, isDefault: false }));
  } catch (cause) {
    const reason = 'the sound system of this machine tells of none';
    throw new AntiphonError('audio.no_device', { kind: kindNames[kind], reason }, { cause });
  }
}

function programDevice(
  name: 'recorder-program' | 'player-program',
  sampleRateHz: number,
  device: Pick<AudioDevice, 'name' | 'id'>,
): ProgramDevice {
  const args = [programPath(name), device.id];
  return {
    name: device.name,
    sampleRateHz,
    command: { program: process.execPath, args, parseNews: parseNativeNews },
  };
}

/** A program as it was built: Node runs no other, and this code may be part of any built file. */
function programPath(name: 'recorder-program' | 'player-program'): string {
  const built = `$1/dist/node/devices/native/${name}.js`;
  return fileURLToPath(import.meta.url.replace(/^(.*)\/(src|build|dist)\/.*$/, built));
}
