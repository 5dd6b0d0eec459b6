import type { AudioSource, Clock } from '@antiphon/core';
import {
  type AudioPacket,
  JitterBuffer,
  type JitterBufferOptions,
  type JitterCounts,
} from '../playout/jitter-buffer.ts';
import { FramePace } from './frame-pace.ts';

/** Where packets come from, and how long they are waited for. Times in milliseconds. */
export interface PacketSourceOptions extends JitterBufferOptions {
  readonly clock: Clock;
  /** What a session gets at a time; 20 when left out. */
  readonly frameMs?: number;
  /** Told whenever a count of {@link PacketSource.counts} has grown. */
  readonly onTrouble?: (counts: JitterCounts) => void;
}

/**
 * The user's voice from a network: packets come as they come, frames go to the session at an even pace, with silence in the
 * place of what was lost, late or never sent.
 */
export class PacketSource implements AudioSource {
  readonly kind = 'live';
  readonly sampleRateHz: number;
  readonly #clock: Clock;
  readonly #frameMs: number;
  readonly #buffer: JitterBuffer;
  readonly #onTrouble: (counts: JitterCounts) => void;
  #reported: string;
  #phase: 'unheard' | 'open' | 'ended' = 'unheard';
  #wake: () => void = () => {};

  /** @throws AntiphonError `audio.invalid_option` */
  constructor(options: PacketSourceOptions) {
    const { clock, frameMs = 20, onTrouble = () => {} } = options;
    this.#buffer = new JitterBuffer(options);
    this.sampleRateHz = options.sampleRateHz;
    this.#clock = clock;
    this.#frameMs = frameMs;
    this.#onTrouble = onTrouble;
    this.#reported = JSON.stringify(this.#buffer.counts);
  }

  /** What has happened so far. */
  get counts(): JitterCounts {
    return this.#buffer.counts;
  }

  /** How long the sound waits here at present, in milliseconds: what the network of late made necessary. */
  get delayMs(): number {
    return this.#buffer.delayMs(this.#clock.nowMs());
  }

  /** A packet has come. What is said before anybody listens is of no use. */
  push(packet: AudioPacket): void {
    if (this.#phase !== 'open') return;
    this.#buffer.push(packet, this.#clock.nowMs());
    this.#report();
  }

  /** The user has hung up: the frames end. Idempotent. */
  end(): void {
    this.#phase = 'ended';
    this.#wake();
  }

  async *frames(signal: AbortSignal): AsyncIterable<Int16Array> {
    const wake = (): void => this.#wake();
    signal.addEventListener('abort', wake, { once: true });
    if (this.#phase === 'unheard') this.#phase = 'open';
    const pace = new FramePace(this.#clock, this.#frameMs);
    const frameLength = Math.round((this.sampleRateHz * this.#frameMs) / 1000);
    try {
      for (;;) {
        await this.#pass(pace.waitMs, signal);
        if (signal.aborted || this.#phase === 'ended') return;
        pace.advance();
        const frame = this.#buffer.take(frameLength, this.#clock.nowMs());
        this.#report();
        yield frame;
      }
    } finally {
      signal.removeEventListener('abort', wake);
    }
  }

  #pass(ms: number, signal: AbortSignal): Promise<void> {
    if (ms === 0 || signal.aborted || this.#phase === 'ended') return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#clock.setTimer(ms, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }

  #report(): void {
    const counts = this.counts;
    const text = JSON.stringify(counts);
    if (text === this.#reported) return;
    this.#reported = text;
    this.#onTrouble(counts);
  }
}
