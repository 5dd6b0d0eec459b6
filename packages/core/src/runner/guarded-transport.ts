import type { Transport } from '../ports/transport.ts';
import type { ClientEvent } from '../protocol/client-events.ts';

/** A transport whose owner is told of what it throws, instead of whoever uses it. */
export class GuardedTransport implements Transport {
  readonly #transport: Transport;
  readonly #onThrow: (error: unknown) => void;
  #phase: 'whole' | 'broken' = 'whole';

  constructor(transport: Transport, onThrow: (error: unknown) => void) {
    this.#transport = transport;
    this.#onThrow = onThrow;
  }

  /** It has thrown, and is given nothing any more. */
  get isBroken(): boolean {
    return this.#phase === 'broken';
  }

  get bufferedBytes(): number {
    return this.#transport.bufferedBytes;
  }

  send(event: ClientEvent): void {
    if (!this.isBroken) this.#attempt(() => this.#transport.send(event));
  }

  sendAudio(audio: Uint8Array): void {
    if (!this.isBroken) this.#attempt(() => this.#transport.sendAudio(audio));
  }

  close(code: number, reason: string): void {
    this.#attempt(() => this.#transport.close(code, reason));
  }

  #attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#phase = 'broken';
      this.#onThrow(error);
    }
  }
}
