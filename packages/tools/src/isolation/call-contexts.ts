import type { ToolContext } from '../define-tool.ts';

/** Calls that are remembered after they have ended, so that they may still say something. */
const maxContexts = 1_000;

/**
 * The contexts of the calls of one worker. A call may tell something as long as its session lives; what belongs to a
 * session leaves with it.
 */
export class CallContexts {
  readonly #contexts = new Map<number, ToolContext>();
  readonly #sessions = new Map<string, () => void>();
  readonly #onSessionOver: (sessionId: string) => void;

  /** @param onSessionOver told once for every session that a call was made for */
  constructor(onSessionOver: (sessionId: string) => void) {
    this.#onSessionOver = onSessionOver;
  }

  add(id: number, context: ToolContext): void {
    this.#contexts.set(id, context);
    if (this.#contexts.size > maxContexts) {
      const [oldest] = this.#contexts.keys();
      if (oldest !== undefined) this.#contexts.delete(oldest);
    }
    this.#watch(context);
  }

  get(id: number): ToolContext | undefined {
    return this.#contexts.get(id);
  }

  /** Stops watching the sessions. */
  clear(): void {
    for (const release of this.#sessions.values()) release();
    this.#sessions.clear();
    this.#contexts.clear();
  }

  #watch({ session: { id, signal } }: ToolContext): void {
    if (this.#sessions.has(id)) return;
    const onOver = (): void => {
      this.#sessions.delete(id);
      for (const [call, { session }] of this.#contexts) if (session.id === id) this.#contexts.delete(call);
      this.#onSessionOver(id);
    };
    signal.addEventListener('abort', onOver, { once: true });
    this.#sessions.set(id, () => signal.removeEventListener('abort', onOver));
    if (signal.aborted) onOver();
  }
}
