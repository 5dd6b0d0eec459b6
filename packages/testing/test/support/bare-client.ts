import { once } from 'node:events';
import { WebSocket } from 'ws';

/** A client that knows nothing: it sends what it is told to and reads frames one by one. */
export class BareClient {
  readonly #socket: WebSocket;
  readonly #frames: string[] = [];
  readonly #readers: (() => void)[] = [];
  readonly closed: Promise<number>;

  constructor(url: string, protocols: string[] = [], headers: Record<string, string> = {}) {
    this.#socket = new WebSocket(url, protocols, { headers, perMessageDeflate: false });
    this.#socket.on('message', (data: Buffer) => {
      this.#frames.push(data.toString());
      this.#readers.shift()?.();
    });
    this.#socket.on('error', () => {});
    this.closed = new Promise((resolve) => this.#socket.on('close', resolve));
  }

  async open(): Promise<this> {
    await once(this.#socket, 'open');
    return this;
  }

  /** Frames that came and were not read. */
  get unread(): readonly string[] {
    return this.#frames;
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** Pings once and counts the answers. */
  async pongsWithin(ms: number): Promise<number> {
    let pongs = 0;
    this.#socket.on('pong', () => pongs++);
    if (this.isOpen) {
      this.#socket.ping();
    }
    await new Promise((resolve) => setTimeout(resolve, ms));
    return pongs;
  }

  get protocol(): string {
    return this.#socket.protocol;
  }

  send(event: unknown): void {
    this.#socket.send(
      typeof event === 'string' || event instanceof Uint8Array ? event : JSON.stringify(event),
    );
  }

  async readText(): Promise<string> {
    while (this.#frames.length === 0) {
      await new Promise<void>((resolve) => this.#readers.push(resolve));
    }
    return this.#frames.shift() ?? '';
  }

  /** Events that were read. */
  readonly seen: unknown[] = [];

  async read(): Promise<unknown> {
    const event: unknown = JSON.parse(await this.readText());
    this.seen.push(event);
    return event;
  }

  close(): void {
    this.#socket.close(1000);
  }
}
