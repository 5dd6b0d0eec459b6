import { thrownText } from '../errors/thrown-text.ts';
import type { Logger } from '../ports/logger.ts';

/** A set of listeners; one that throws is logged and does not keep the others from being called. */
export class Listeners<Arguments extends readonly unknown[]> {
  readonly #listeners = new Set<(...args: Arguments) => void>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Adds a listener; returns what removes it. */
  add(listener: (...args: Arguments) => void): () => void {
    const entry = (...args: Arguments): void => listener(...args);
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  }

  call(...args: Arguments): void {
    for (const listener of this.#listeners) {
      try {
        listener(...args);
      } catch (error) {
        this.#logger.error('a listener threw', { message: thrownText(error) });
      }
    }
  }
}
