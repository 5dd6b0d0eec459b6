/** `input`: a microphone, `output`: a speaker. */
export type DeviceKind = 'input' | 'output';

/** A sound device of this machine. */
export interface AudioDevice {
  readonly kind: DeviceKind;
  /** What its sound system calls it: the same as long as it is connected. */
  readonly id: string;
  /** What people call it. */
  readonly name: string;
  /** Whether it is the one that is used when none is named. */
  readonly isDefault: boolean;
}

/** A device that is in use. */
export interface DeviceStream {
  /** What people call the device. */
  readonly deviceName: string;
  readonly sampleRateHz: number;
  /** Lets go of the device. `onLost` is not called any more. Idempotent. */
  close(): Promise<void>;
}

/** What becomes of a device in use. */
export interface StreamHandlers {
  /** The device is gone, or does nothing any more; nothing else is told after it. */
  readonly onLost: (reason: string) => void;
  /** The sound system goes on with another device, by its id. */
  readonly onMoved: (deviceId: string) => void;
}

/** What a microphone in use tells. */
export interface CaptureHandlers extends StreamHandlers {
  /** Mono samples, as they come. */
  readonly onSamples: (samples: Int16Array) => void;
}

/** What a speaker in use asks for and tells. */
export interface PlaybackHandlers extends StreamHandlers {
  /** The next `count` mono samples. What was handed over is played, whatever comes: the device takes little ahead. */
  readonly pull: (count: number) => Int16Array;
  /** By the clock of the device: how many of the samples handed over were played so far. Never decreases. */
  readonly onPlayed: (samples: number) => void;
  /** The device had nothing to play: what is handed over from now on is heard later by that. */
  readonly onRanDry: () => void;
}

/** A way to the sound devices of a machine. Everything rejects with an `AntiphonError` of an `audio.…` code. */
export interface DeviceBackend {
  readonly name: string;
  list(kind: DeviceKind): Promise<readonly AudioDevice[]>;
  /** @param device the default one when undefined. */
  openCapture(device: AudioDevice | undefined, handlers: CaptureHandlers): Promise<DeviceStream>;
  /** @param device the default one when undefined. */
  openPlayback(device: AudioDevice | undefined, handlers: PlaybackHandlers): Promise<DeviceStream>;
}

/** How a device is called in what people read. */
export const kindNames: Readonly<Record<DeviceKind, string>> = { input: 'microphone', output: 'speaker' };
