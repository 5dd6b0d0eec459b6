interface Entry {
  readonly atMs: number;
  /** Of two that are due at once the one set first fires first. */
  readonly order: number;
  fire: (() => void) | undefined;
}

/** Node measures time in whole milliseconds: a timer may come a part of one early. */
const toleranceMs = 1;
const longestMs = 2 ** 31 - 1;
/** Cancelled timers stay where they are until there are so many, and more than half of all. */
const cancelledLimit = 64;

/**
 * The timers of a process, over one of Node's. Hardly any of the timers of a session ever fires, and one of Node's takes
 * many times as long to set and to cancel. As those do, they keep the process alive while they run.
 */
export class TimerQueue {
  readonly #nowMs: () => number;
  /** A binary heap: no entry is due before the one at half its place. */
  #heap: Entry[] = [];
  #running = 0;
  #nextOrder = 0;
  #timeout: NodeJS.Timeout | undefined;
  /** When Node's timer fires. */
  #wakesAtMs = Number.POSITIVE_INFINITY;

  /** @param nowMs monotonic. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Calls `fire` once, after `delayMs`. Returns what cancels that. */
  set(delayMs: number, fire: () => void): () => void {
    const atMs = this.#nowMs() + Math.max(0, delayMs);
    const entry: Entry = { atMs, order: this.#nextOrder++, fire };
    this.#running += 1;
    if (this.#running === 1) this.#timeout?.ref();
    this.#push(entry);
    if (atMs < this.#wakesAtMs) this.#wakeAt(atMs);
    return () => this.#cancel(entry);
  }

  #cancel(entry: Entry): void {
    if (entry.fire === undefined) return;
    entry.fire = undefined;
    this.#running -= 1;
    if (this.#running === 0) this.#timeout?.unref();
    const cancelled = this.#heap.length - this.#running;
    if (cancelled > cancelledLimit && cancelled > this.#running) this.#sweep();
  }

  #sweep(): void {
    this.#heap = this.#heap
      .filter(({ fire }) => fire !== undefined)
      .sort((a, b) => (isBefore(a, b) ? -1 : 1));
  }

  #wakeAt(atMs: number): void {
    clearTimeout(this.#timeout);
    this.#wakesAtMs = atMs;
    const delayMs = Math.min(longestMs, Math.ceil(atMs - this.#nowMs()));
    this.#timeout = setTimeout(() => this.#wake(), delayMs);
    if (this.#running === 0) this.#timeout.unref();
  }

  #wake(): void {
    this.#timeout = undefined;
    this.#wakesAtMs = Number.POSITIVE_INFINITY;
    const dueMs = this.#nowMs() + toleranceMs;
    try {
      for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
        if (first.fire !== undefined && first.atMs > dueMs) break;
        this.#pop();
        const { fire } = first;
        if (fire === undefined) continue;
        first.fire = undefined;
        this.#running -= 1;
        fire();
      }
    } finally {
      const next = this.#heap[0];
      if (next !== undefined && next.atMs < this.#wakesAtMs) this.#wakeAt(next.atMs);
    }
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const other = heap[above] as Entry;
      if (!isBefore(entry, other)) break;
      heap[at] = other;
      at = above;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      const least = right < heap.length && isBefore(heap[right] as Entry, heap[left] as Entry) ? right : left;
      if (least >= heap.length || !isBefore(heap[least] as Entry, last)) break;
      heap[at] = heap[least] as Entry;
      at = least;
    }
    heap[at] = last;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
