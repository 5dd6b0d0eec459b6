import type { AudioSource } from '@antiphon/core';
import { FrameSplitter } from '../../dsp/frame-splitter.ts';
import { Resampler } from '../../dsp/resampler.ts';
import { requireInteger } from '../../options.ts';
import { DeviceKeeper, type DeviceKeeperOptions } from './device-keeper.ts';

/** How a microphone is used. */
export interface MicrophoneOptions extends Omit<DeviceKeeperOptions, 'kind'> {
  /** The rate of the frames, whatever that of the device; 24,000 when left out. */
  readonly sampleRateHz?: number;
}

const frameMs = 20;
/** More that nobody takes is dropped, the oldest first: a machine that stood still hands over all that was heard at once. */
const longestQueueMs = 15_000;

/**
 * The user's voice from a microphone, in frames of 20 ms. While there is no device the frames are silent and come in real
 * time, so that the time of the stream goes on.
 */
export class MicrophoneSource implements AudioSource {
  readonly kind = 'live';
  readonly sampleRateHz: number;
  readonly #keeper: DeviceKeeper;
  readonly #clock: MicrophoneOptions['clock'];
  readonly #onEvent: MicrophoneOptions['onEvent'];
  readonly #splitter: FrameSplitter<Int16Array>;
  readonly #queue: Int16Array[] = [];
  #wake: () => void = () => {};
  #cancelSilence: (() => void) | undefined;
  /** `read`: somebody listens. */
  #phase: 'open' | 'read' | 'closed' = 'open';
  #droppedFrames = 0;

  private constructor(options: MicrophoneOptions) {
    const { sampleRateHz = 24_000, onEvent, ...rest } = options;
    this.sampleRateHz = requireInteger('sampleRateHz', sampleRateHz, { min: 4_000, max: 192_000 });
    this.#splitter = new FrameSplitter(Math.round((sampleRateHz * frameMs) / 1000));
    this.#clock = options.clock;
    this.#onEvent = onEvent;
    this.#keeper = new DeviceKeeper(
      {
        ...rest,
        kind: 'input',
        onEvent: (event) => {
          if (event.type === 'device_opened') this.#stopSilence();
          else this.#beSilent();
          onEvent?.(event);
        },
      },
      async (device, handlers) => {
        // Nothing can be made of what comes before the rate is known.
        let takes = (_samples: Int16Array): Int16Array => new Int16Array(0);
        const stream = await options.backend.openCapture(device, {
          onSamples: (samples) => this.#take(takes(samples)),
          ...handlers,
        });
        const { sampleRateHz: fromHz } = stream;
        const resampler = new Resampler<Int16Array>({ fromHz, toHz: sampleRateHz });
        takes = fromHz === sampleRateHz ? (samples) => samples : (samples) => resampler.push(samples);
        return stream;
      },
    );
  }

  /**
   * Opens the microphone. It is heard from now on: the oldest of what nobody takes is dropped.
   *
   * @throws AntiphonError `audio.no_device`, `audio.device_not_found`, `audio.device_failed`, `audio.invalid_option`
   */
  static async open(options: MicrophoneOptions): Promise<MicrophoneSource> {
    const microphone = new MicrophoneSource(options);
    await microphone.#keeper.start();
    return microphone;
  }

  /** What people call the device in use; undefined while there is none. */
  get deviceName(): string | undefined {
    return this.#keeper.deviceName;
  }

  /** Frames that were dropped because nobody took them. */
  get droppedFrames(): number {
    return this.#droppedFrames;
  }

  async *frames(signal: AbortSignal): AsyncIterable<Int16Array> {
    if (this.#phase === 'open') this.#phase = 'read';
    const wake = (): void => this.#wake();
    signal.addEventListener('abort', wake, { once: true });
    // What was said before anybody listened is of no use.
    this.#queue.length = 0;
    try {
      while (!signal.aborted && this.#phase === 'read') {
        const frame = this.#queue.shift();
        if (frame !== undefined) yield frame;
        else
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
      }
    } finally {
      signal.removeEventListener('abort', wake);
    }
  }

  /** Lets go of the device; the frames end. Idempotent. */
  async close(): Promise<void> {
    this.#phase = 'closed';
    this.#stopSilence();
    this.#wake();
    await this.#keeper.close();
  }

  #take(samples: Int16Array): void {
    if (this.#phase === 'closed') return;
    for (const frame of this.#splitter.push(samples)) this.#queue.push(frame);
    const lost = this.#queue.splice(0, Math.max(0, this.#queue.length - longestQueueMs / frameMs));
    this.#droppedFrames += lost.length;
    if (lost.length > 0 && this.#phase === 'read') this.#tellLost(lost.length * frameMs);
    if (this.#queue.length > 0) this.#wake();
  }

  #tellLost(lostMs: number): void {
    this.#onEvent?.({ type: 'audio_lost', kind: 'input', device: this.deviceName ?? '', lostMs });
  }

  /** Silence, in its time. */
  #beSilent(): void {
    if (this.#cancelSilence !== undefined || this.#phase === 'closed') return;
    let dueMs = this.#clock.nowMs() + frameMs;
    const tick = (): void => {
      dueMs += frameMs;
      this.#take(new Int16Array(this.#splitter.frameLength));
      this.#cancelSilence = this.#clock.setTimer(Math.max(0, dueMs - this.#clock.nowMs()), tick);
    };
    this.#cancelSilence = this.#clock.setTimer(frameMs, tick);
  }

  #stopSilence(): void {
    this.#cancelSilence?.();
    this.#cancelSilence = undefined;
  }
}
