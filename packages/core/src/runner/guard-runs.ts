import { thrownText } from '../errors/thrown-text.ts';
import type { Clock } from '../ports/clock.ts';
import type { Guard, GuardVerdict } from '../ports/guard.ts';
import type { Logger } from '../ports/logger.ts';
import type { SessionEvent } from '../session/events.ts';
import { within } from './within.ts';

/** What checks are made with. */
export interface GuardRunsOptions {
  /** The guards of the agent in charge. */
  readonly guards: () => readonly Guard[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly report: (event: SessionEvent) => void;
}

/** A text of an item, as far as it is known. */
export interface CheckedText {
  readonly guard: 'input' | 'output';
  readonly itemId: string;
  readonly text: string;
  readonly final: boolean;
}

/** A guard at work on an item: the text that waits for it is always the newest. */
interface Desk {
  next: CheckedText | undefined;
}

const timeoutMs = 2_000;
/** Items that were tripped over, remembered so that they are reported once. */
const rememberedItems = 64;

/** Holds texts against guards. One that trips is reported, once for each item; one that fails or hangs lets pass. */
export class GuardRuns {
  readonly #options: GuardRunsOptions;
  /** Made when something is under way. */
  #ended: AbortController | undefined;
  /** By guard and item. */
  readonly #desks = new Map<string, Desk>();
  readonly #tripped = new Set<string>();

  constructor(options: GuardRunsOptions) {
    this.#options = options;
  }

  check(text: CheckedText): void {
    if (this.#tripped.has(itemKey(text))) return;
    for (const guard of this.#options.guards()) {
      if (guard.on !== text.guard) continue;
      const key = `${guard.name}:${itemKey(text)}`;
      const desk = this.#desks.get(key);
      if (desk !== undefined) {
        desk.next = text;
        continue;
      }
      this.#desks.set(key, { next: text });
      void this.#work(guard, key);
    }
  }

  /** Ends what is under way; nothing more is reported. */
  close(): void {
    this.#ended?.abort();
    this.#desks.clear();
  }

  /** Judges the texts of an item one after the other; those that were superseded meanwhile are left out. */
  async #work(guard: Guard, key: string): Promise<void> {
    const desk = this.#desks.get(key);
    this.#ended ??= new AbortController();
    const { signal } = this.#ended;
    for (let text = desk?.next; desk !== undefined && text !== undefined; text = desk.next) {
      desk.next = undefined;
      const verdict = await this.#verdict(guard, text, signal);
      if (signal.aborted || this.#tripped.has(itemKey(text))) break;
      if (verdict.ok) continue;
      this.#trip(guard, text, verdict.say);
      break;
    }
    this.#desks.delete(key);
  }

  async #verdict(guard: Guard, { text, final }: CheckedText, ended: AbortSignal): Promise<GuardVerdict> {
    const { clock, logger } = this.#options;
    try {
      const limit = { clock, timeoutMs, signal: ended };
      const verdict = await within(limit, (signal) => guard.check(text, { final, signal }));
      if (typeof verdict?.ok !== 'boolean') throw new TypeError('it returned no verdict');
      return verdict;
    } catch (error) {
      if (!ended.aborted) {
        logger.warn('a guard failed: the text passes', { guard: guard.name, message: thrownText(error) });
      }
      return { ok: true };
    }
  }

  #trip(guard: Guard, { guard: side, itemId }: CheckedText, say: string | undefined): void {
    this.#tripped.add(itemKey({ guard: side, itemId }));
    for (const oldest of this.#tripped) {
      if (this.#tripped.size <= rememberedItems) break;
      this.#tripped.delete(oldest);
    }
    this.#options.report({ type: 'guard.tripped', guard: side, name: guard.name, itemId, say });
  }
}

function itemKey({ guard, itemId }: Pick<CheckedText, 'guard' | 'itemId'>): string {
  return `${guard}:${itemId}`;
}
