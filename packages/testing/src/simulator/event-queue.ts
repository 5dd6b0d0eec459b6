/** Something that will happen at a moment of virtual time. */
export interface Task {
  readonly dueMs: number;
  readonly order: number;
  /** Undefined when it was cancelled or has happened. */
  run: (() => void) | undefined;
}

/** Virtual time: a heap of tasks, run in the order they are due, those due at once in the order they were made. */
export class EventQueue {
  #nowMs = 0;
  #made = 0;
  readonly #heap: Task[] = [];

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Runs `run` after `delayMs`. */
  after(delayMs: number, run: () => void): Task {
    const task: Task = { dueMs: this.#nowMs + Math.max(0, delayMs), order: this.#made++, run };
    this.#heap.push(task);
    this.#rise(this.#heap.length - 1);
    return task;
  }

  /** Runs `run` at `dueMs`, or now when that is past. */
  at(dueMs: number, run: () => void): Task {
    return this.after(dueMs - this.#nowMs, run);
  }

  cancel(task: Task | undefined): void {
    if (task !== undefined) task.run = undefined;
  }

  /** Runs the next task that is due by `untilMs`; false when there is none, and then it is `untilMs`. */
  runNext(untilMs: number): boolean {
    for (let next = this.#heap[0]; next !== undefined && next.dueMs <= untilMs; next = this.#heap[0]) {
      this.#removeFirst();
      const { run } = next;
      if (run === undefined) continue;
      next.run = undefined;
      this.#nowMs = next.dueMs;
      run();
      return true;
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs);
    return false;
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink();
  }

  #rise(from: number): void {
    let at = from;
    while (at > 0) {
      const up = (at - 1) >> 1;
      if (!this.#swapIfBefore(at, up)) return;
      at = up;
    }
  }

  #sink(): void {
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      let first = at;
      if (this.#isBefore(left, first)) first = left;
      if (this.#isBefore(right, first)) first = right;
      if (first === at) return;
      this.#swapIfBefore(first, at);
      at = first;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const one = this.#heap[a];
    const other = this.#heap[b];
    if (one === undefined || other === undefined) return false;
    return one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.order < other.order);
  }

  #swapIfBefore(a: number, b: number): boolean {
    if (!this.#isBefore(a, b)) return false;
    const one = this.#heap[a];
    const other = this.#heap[b];
    if (one === undefined || other === undefined) return false;
    this.#heap[a] = other;
    this.#heap[b] = one;
    return true;
  }
}
