import type {
  Clock,
  ConnectRequest,
  JsonValue,
  Logger,
  Provider,
  Transport,
  TransportHandlers,
} from '@antiphon/core';

/** Time by hand: timers fire in their order when time passes. */
export class StepClock implements Clock {
  #nowMs = 0;
  readonly #timers = new Set<{ readonly dueMs: number; readonly fire: () => void }>();

  nowMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.#nowMs;
  }

  setTimer(delayMs: number, fire: () => void): () => void {
    const timer = { dueMs: this.#nowMs + delayMs, fire };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  get pending(): number {
    return this.#timers.size;
  }

  async pass(ms: number): Promise<void> {
    await settle();
    const endMs = this.#nowMs + ms;
    for (;;) {
      const due = [...this.#timers]
        .filter(({ dueMs }) => dueMs <= endMs)
        .toSorted((a, b) => a.dueMs - b.dueMs)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#nowMs = due.dueMs;
      due.fire();
      await settle();
    }
    this.#nowMs = endMs;
  }
}

/** A logger that keeps its warnings and errors. */
export function lineLogger(): Logger & { readonly lines: string[] } {
  const lines: string[] = [];
  const note = (message: string, data: Readonly<Record<string, JsonValue>> = {}): void =>
    void lines.push(`${message} ${JSON.stringify(data)}`);
  return { lines, debug: () => {}, info: () => {}, warn: note, error: note };
}

/** A provider whose connections do nothing but remember. */
export class MuteProvider implements Provider {
  readonly name: string;
  readonly connections: {
    readonly request: ConnectRequest;
    readonly handlers: TransportHandlers;
    readonly sent: unknown[];
    readonly closes: unknown[];
  }[] = [];
  /** Whether `close` is answered. */
  answersClose = true;

  constructor(name = 'mute') {
    this.name = name;
  }

  connect(request: ConnectRequest, handlers: TransportHandlers): Transport {
    const connection = { request, handlers, sent: [] as unknown[], closes: [] as unknown[] };
    this.connections.push(connection);
    return {
      bufferedBytes: 0,
      send: (event) => void connection.sent.push(event.type),
      sendAudio: () => {},
      close: (code, reason) => {
        connection.closes.push({ code, reason });
        if (this.answersClose) queueMicrotask(() => handlers.onClose({ code, reason }));
      },
    };
  }

  async close(): Promise<void> {}
}

export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
