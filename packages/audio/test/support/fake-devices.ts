import type {
  AudioDevice,
  CaptureHandlers,
  DeviceBackend,
  DeviceKind,
  DeviceStream,
  PlaybackHandlers,
} from '@antiphon/audio/node';
import { AntiphonError } from '@antiphon/core';

/** A device that is in use, in the hands of a test. */
export interface FakeStream {
  readonly device: AudioDevice;
  readonly capture?: CaptureHandlers;
  readonly playback?: PlaybackHandlers;
  closed: boolean;
}

/** Devices that are there as long as a test says so. */
export class FakeDevices implements DeviceBackend {
  readonly name = 'fake';
  devices: AudioDevice[] = [];
  readonly sampleRateHz: number;
  readonly streams: FakeStream[] = [];

  constructor(options: { readonly devices: readonly AudioDevice[]; readonly sampleRateHz?: number }) {
    this.devices = [...options.devices];
    this.sampleRateHz = options.sampleRateHz ?? 24_000;
  }

  async list(kind: DeviceKind): Promise<readonly AudioDevice[]> {
    return this.devices.filter((device) => device.kind === kind);
  }

  async openCapture(device: AudioDevice | undefined, capture: CaptureHandlers): Promise<DeviceStream> {
    return this.#open('input', device, { capture });
  }

  async openPlayback(device: AudioDevice | undefined, playback: PlaybackHandlers): Promise<DeviceStream> {
    return this.#open('output', device, { playback });
  }

  /** The device is pulled out while it is in use. */
  pullOut(id: string): void {
    this.devices = this.devices.filter((device) => device.id !== id);
    for (const stream of this.streams) {
      if (stream.device.id !== id || stream.closed) continue;
      (stream.capture ?? stream.playback)?.onLost('pulled out');
    }
  }

  get inUse(): readonly string[] {
    return this.streams.filter(({ closed }) => !closed).map(({ device }) => device.id);
  }

  #open(
    kind: DeviceKind,
    asked: AudioDevice | undefined,
    handlers: Pick<FakeStream, 'capture' | 'playback'>,
  ): DeviceStream {
    const device = this.devices.find((one) =>
      asked === undefined ? one.kind === kind && one.isDefault : one.id === asked.id,
    );
    if (device === undefined) throw new AntiphonError('audio.no_device', { kind, reason: 'none is there' });
    const stream: FakeStream = { device, ...handlers, closed: false };
    this.streams.push(stream);
    return {
      deviceName: device.name,
      sampleRateHz: this.sampleRateHz,
      close: async () => {
        stream.closed = true;
      },
    };
  }
}

export function device(kind: DeviceKind, id: string, isDefault = false): AudioDevice {
  return { kind, id, name: `${id} by Acme`, isDefault };
}
