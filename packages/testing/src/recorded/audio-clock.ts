import type { ClientEvent } from '@antiphon/core';
import type { FakePeer } from '../fake-peer.ts';

/** Milliseconds of audio that a client has sent over a connection: the clock of the server's `audio_start_ms`. */
export class AudioClock {
  readonly #bytesPerMs: () => number;
  readonly #stop: () => void;
  #bytes = 0;
  #wake: () => void = () => {};

  constructor(peer: FakePeer, bytesPerMs: () => number) {
    this.#bytesPerMs = bytesPerMs;
    this.#stop = peer.onEvent((event) => this.#count(event));
  }

  /** Settles when so much has come, or when nothing more has come for `patienceMs`: another user may say less. */
  async until(audioMs: number, patienceMs: number): Promise<void> {
    while (this.#bytes < audioMs * this.#bytesPerMs()) {
      const before = this.#bytes;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, patienceMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      if (this.#bytes === before) return;
    }
  }

  stop(): void {
    this.#stop();
    this.#wake();
  }

  #count(event: ClientEvent): void {
    if (event.type !== 'input_audio_buffer.append') return;
    this.#bytes += (event.audio.length * 3) / 4;
    this.#wake();
  }
}

/** Bytes of a millisecond of the user's audio, by the session as a server states it. */
export function inputBytesPerMs(session: Readonly<Record<string, unknown>>): number {
  const { audio, input_audio_format: flat } = session;
  const format = JSON.stringify(
    (audio as { input?: { format?: unknown } } | undefined)?.input?.format ?? flat ?? '',
  );
  return /g711|pcmu|pcma/.test(format) ? 8 : 48;
}
