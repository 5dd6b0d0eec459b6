import { AntiphonError, type Clock, isAntiphonError } from '@antiphon/core';
import { chooseDevice } from './choose-device.ts';
import {
  type AudioDevice,
  type DeviceBackend,
  type DeviceKind,
  type DeviceStream,
  kindNames,
  type StreamHandlers,
} from './device-backend.ts';

/** What becomes of a device while it is in use. */
export type DeviceEvent =
  | {
      readonly type: 'device_opened';
      readonly kind: DeviceKind;
      readonly device: string;
      /** The device that was asked for and is not there. */
      readonly insteadOf?: string;
    }
  | {
      readonly type: 'device_lost';
      readonly kind: DeviceKind;
      readonly device: string;
      readonly reason: string;
    }
  /** There is none at present; it is looked for until there is. */
  | { readonly type: 'device_missing'; readonly kind: DeviceKind; readonly reason: string }
  /** More was heard at once than is kept: the oldest of it is lost. */
  | {
      readonly type: 'audio_lost';
      readonly kind: DeviceKind;
      readonly device: string;
      readonly lostMs: number;
    };

/** How a device is kept. */
export interface DeviceKeeperOptions {
  readonly kind: DeviceKind;
  readonly backend: DeviceBackend;
  readonly clock: Clock;
  /** Its number in the list, id, name, or a part of its name; the default device when left out. */
  readonly device?: string;
  readonly onEvent?: (event: DeviceEvent) => void;
  /** How long to wait before a device is looked for again; 1,000 when left out. */
  readonly retryMs?: number;
}

/** Opens the device given, or the default one. */
export type OpenStream = (device: AudioDevice | undefined, handlers: StreamHandlers) => Promise<DeviceStream>;

/**
 * Keeps one device open: when it is lost, the default device takes its place, or whichever comes next; when the device
 * that was asked for is there again, it is gone back to.
 */
export class DeviceKeeper {
  readonly #options: DeviceKeeperOptions;
  readonly #open: OpenStream;
  /** What was asked for, as it was found at first. */
  #wanted: AudioDevice | undefined;
  #stream: DeviceStream | undefined;
  /** The device that the sound system went on with by itself. */
  #movedTo: string | undefined;
  #cancelRetry: (() => void) | undefined;
  #phase: 'open' | 'closed' = 'open';
  /** Tells a stream that was let go from the one in use. */
  #generation = 0;

  constructor(options: DeviceKeeperOptions, open: OpenStream) {
    this.#options = options;
    this.#open = open;
  }

  /** What people call the device in use; undefined while there is none. */
  get deviceName(): string | undefined {
    return this.#movedTo ?? this.#stream?.deviceName;
  }

  /** @throws AntiphonError `audio.device_not_found`, `audio.no_device`, `audio.device_failed` */
  async start(): Promise<void> {
    const { device, backend, kind } = this.#options;
    if (device !== undefined) this.#wanted = chooseDevice(await backend.list(kind), device, kind);
    const stream = await this.#openNext(this.#wanted);
    if (stream === undefined) {
      throw new AntiphonError('audio.device_failed', {
        kind: kindNames[kind],
        device: this.#wanted?.name ?? 'default',
        reason: 'it was lost at once',
      });
    }
    this.#tell({ type: 'device_opened', kind, device: stream.deviceName });
  }

  async close(): Promise<void> {
    this.#phase = 'closed';
    this.#generation++;
    this.#cancelRetry?.();
    const stream = this.#stream;
    this.#stream = undefined;
    await stream?.close();
  }

  /** Whether the device that was asked for is there. */
  async #isThere({ id }: AudioDevice): Promise<boolean> {
    const { backend, kind } = this.#options;
    const devices = await backend.list(kind).catch(() => []);
    return devices.some((device) => device.id === id);
  }

  /** Undefined when it was lost, or let go, before it was there. */
  async #openNext(device: AudioDevice | undefined): Promise<DeviceStream | undefined> {
    const generation = ++this.#generation;
    let lostBecause: string | undefined;
    const stream = await this.#open(device, {
      onLost: (reason) => {
        lostBecause ??= reason;
        if (generation === this.#generation && this.#stream !== undefined) this.#lost(reason);
      },
      onMoved: (id) => {
        if (generation === this.#generation) void this.#moved(id);
      },
    });
    if (this.#phase === 'closed' || lostBecause !== undefined) {
      await stream.close();
      return undefined;
    }
    this.#stream = stream;
    this.#movedTo = undefined;
    return stream;
  }

  #lost(reason: string): void {
    const { kind } = this.#options;
    this.#tell({ type: 'device_lost', kind, device: this.deviceName ?? '', reason });
    void this.#stream?.close();
    this.#stream = undefined;
    this.#movedTo = undefined;
    void this.#replace('first');
  }

  async #moved(id: string): Promise<void> {
    const { backend, kind } = this.#options;
    const devices = await backend.list(kind).catch(() => []);
    const name = devices.find((device) => device.id === id)?.name ?? id;
    if (name === this.deviceName || this.#stream === undefined) return;
    this.#movedTo = name;
    const wanted = this.#wanted;
    const isOther = wanted !== undefined && wanted.id !== id;
    this.#tell({ type: 'device_opened', kind, device: name, ...(isOther && { insteadOf: wanted.name }) });
    if (isOther) this.#later(() => this.#goBack(wanted));
  }

  /** Looks for the device that was asked for, then for the default one. */
  async #replace(attempt: 'first' | 'again'): Promise<void> {
    const { kind } = this.#options;
    const wanted = this.#wanted;
    try {
      const isOther = wanted !== undefined && !(await this.#isThere(wanted));
      if (this.#phase === 'closed') return;
      const stream = await this.#openNext(isOther ? undefined : wanted);
      if (stream === undefined) return this.#later(() => this.#replace('again'));
      this.#tell({
        type: 'device_opened',
        kind,
        device: stream.deviceName,
        ...(wanted !== undefined && isOther && { insteadOf: wanted.name }),
      });
      if (wanted !== undefined && isOther) this.#later(() => this.#goBack(wanted));
    } catch (error) {
      if (attempt === 'first') this.#tell({ type: 'device_missing', kind, reason: reasonOf(error) });
      this.#later(() => this.#replace('again'));
    }
  }

  /** Goes back to the device that was asked for as soon as it is there again. */
  async #goBack(wanted: AudioDevice): Promise<void> {
    const substitute = this.#stream;
    const isThere = await this.#isThere(wanted);
    if (this.#phase === 'closed' || substitute === undefined || this.#stream !== substitute) return;
    if (!isThere) return this.#later(() => this.#goBack(wanted));
    this.#generation++;
    this.#stream = undefined;
    await substitute.close();
    await this.#replace('first');
  }

  #later(action: () => Promise<void>): void {
    if (this.#phase === 'closed') return;
    const { clock, retryMs = 1_000 } = this.#options;
    this.#cancelRetry?.();
    this.#cancelRetry = clock.setTimer(retryMs, () => void action());
  }

  #tell(event: DeviceEvent): void {
    if (this.#phase === 'open') this.#options.onEvent?.(event);
  }
}

function reasonOf(error: unknown): string {
  if (isAntiphonError(error)) return error.message;
  return error instanceof Error ? error.message : String(error);
}
