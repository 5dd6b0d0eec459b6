import type { Socket } from 'node:net';
import type WebSocket from 'ws';

/** The first frame leaves at once; those that follow in the same turn of the loop leave together, as each takes a while to hand over. */
export class FrameBurst {
  /** What the frames go over. */
  #wire: Socket | undefined;
  /** How many frames were sent in this turn of the loop. */
  #sent: 'none' | 'one' | 'many' = 'none';

  goOver(wire: Socket): void {
    this.#wire = wire;
  }

  send(socket: WebSocket, text: string): void {
    if (this.#sent === 'none') {
      this.#sent = 'one';
      process.nextTick(() => this.#end());
    } else if (this.#sent === 'one') {
      this.#sent = 'many';
      this.#wire?.cork();
    }
    socket.send(text);
  }

  #end(): void {
    if (this.#sent === 'many') this.#wire?.uncork();
    this.#sent = 'none';
  }
}
