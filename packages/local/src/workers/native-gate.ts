import { setTimeout as delay } from 'node:timers/promises';

const closed = -1;
const pollMs = 5;
/** Loading a network is the longest call: about a second, and many times that on a machine that is busy. */
const longestCallMs = 30_000;

/** A promise that never settles: what a call becomes when its thread is about to end. */
const never: Promise<never> = new Promise(() => {});

/**
 * Keeps a worker from being ended inside native code, which would abort the whole process: the ONNX addon makes
 * JavaScript values when a call returns, and cannot in a thread that is being torn down.
 *
 * Both threads hold a gate over the same shared memory: a count of native calls under way, or −1 once closed.
 */
export class NativeGate {
  readonly shared: SharedArrayBuffer;
  readonly #state: Int32Array;

  /** @param shared of the gate in the other thread; a new gate without it. */
  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.shared = shared;
    this.#state = new Int32Array(shared);
  }

  /** In the worker: makes a native call, or never returns when the gate is closed. */
  async during<Result>(call: () => Promise<Result>): Promise<Result> {
    if (!this.#enter()) return never;
    try {
      return await call();
    } finally {
      Atomics.sub(this.#state, 0, 1);
      Atomics.notify(this.#state, 0);
    }
  }

  /** In the main thread: lets the calls under way finish and no other begin. */
  async close(): Promise<void> {
    for (let waitedMs = 0; waitedMs < longestCallMs && !this.#tryClose(); waitedMs += pollMs) {
      await delay(pollMs);
    }
  }

  /** The same, blocking the thread, for when the process is about to end. */
  closeBlocking(): void {
    const deadline = Date.now() + longestCallMs;
    while (!this.#tryClose() && Date.now() < deadline) {
      const count = Atomics.load(this.#state, 0);
      if (count > 0) Atomics.wait(this.#state, 0, count, deadline - Date.now());
    }
  }

  /** Forgets the calls of a worker that has ended. */
  reset(): void {
    Atomics.store(this.#state, 0, 0);
  }

  #enter(): boolean {
    for (;;) {
      const count = Atomics.load(this.#state, 0);
      if (count === closed) return false;
      if (Atomics.compareExchange(this.#state, 0, count, count + 1) === count) return true;
    }
  }

  #tryClose(): boolean {
    const found = Atomics.compareExchange(this.#state, 0, 0, closed);
    return found === 0 || found === closed;
  }
}
