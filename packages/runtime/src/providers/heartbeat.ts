/** The part of a socket that its heartbeat needs. */
export interface BeatingSocket {
  readonly bufferedAmount: number;
  ping(): void;
  on(event: 'pong' | 'ping', listener: () => void): unknown;
}

/** What a {@link Heartbeat} is made of. */
export interface HeartbeatOptions {
  readonly socket: BeatingSocket;
  readonly intervalMs: number;
  /** More than this, and not less than an interval ago, is stuck. */
  readonly stuckLimitBytes: number;
  /** Nothing has come since the last ping. */
  readonly onSilence: (silentMs: number) => void;
  /** What is sent does not leave. */
  readonly onStuck: () => void;
}

/** Notices a peer that is gone without a word, or takes nothing any more: a socket may stay open for hours then. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #timer: NodeJS.Timeout | undefined;
  #peer: 'alive' | 'pinged' = 'alive';
  #bufferedBytes = 0;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    options.socket.on('pong', () => this.noteLife());
    options.socket.on('ping', () => this.noteLife());
  }

  start(): void {
    this.#timer = setInterval(() => this.#beat(), this.#options.intervalMs).unref();
  }

  /** Something has come from the peer. */
  noteLife(): void {
    this.#peer = 'alive';
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #beat(): void {
    const { socket, stuckLimitBytes, onStuck } = this.#options;
    const before = this.#bufferedBytes;
    this.#bufferedBytes = socket.bufferedAmount;
    if (this.#bufferedBytes > stuckLimitBytes && before > stuckLimitBytes && this.#bufferedBytes >= before) {
      return onStuck();
    }
    // After a pause of this process the answer may be there and not read yet.
    if (this.#peer === 'pinged') return void setImmediate(() => this.#judge());
    this.#ping();
  }

  #judge(): void {
    if (this.#timer === undefined) return;
    if (this.#peer === 'pinged') this.#options.onSilence(this.#options.intervalMs);
    else this.#ping();
  }

  #ping(): void {
    this.#peer = 'pinged';
    this.#options.socket.ping();
  }
}
