import type { SessionNotice } from '@antiphon/core';
import { TurnLog, type TurnRecord } from './turn-log.ts';

/** What the watchers of a call are told. */
export interface CallTurnsView {
  turnStarted(input: string): void;
  turnDone(record: TurnRecord): void;
}

/** The turns of a call, which nobody has planned: each begins with a word of the user. */
export class CallTurns {
  readonly #view: CallTurnsView;
  readonly #done: TurnRecord[] = [];
  #log: TurnLog | undefined;
  #typed = 0;

  constructor(view: CallTurnsView) {
    this.#view = view;
  }

  /** The turns so far, the last of them as it stands. */
  get records(): readonly TurnRecord[] {
    return this.#log === undefined ? this.#done : [...this.#done, this.#log.record()];
  }

  /** The next turn of the user is typed here. */
  expectText(): void {
    this.#typed += 1;
  }

  take(notice: SessionNotice, atMs: number): void {
    if (notice.type === 'user_turn') this.#begin();
    // What is said before the user says anything, a greeting, belongs to the first turn.
    if (this.#log === undefined && notice.type === 'response_started') this.#log = this.#newLog('call');
    this.#log?.take(notice, atMs);
    if (notice.type === 'closed') this.#end();
  }

  #begin(): void {
    const isTyped = this.#typed > 0;
    if (isTyped) this.#typed -= 1;
    this.#end();
    const input = isTyped ? 'text' : 'call';
    this.#log = this.#newLog(input);
    this.#view.turnStarted(input);
  }

  #end(): void {
    if (this.#log === undefined) return;
    const record = this.#log.record();
    this.#log = undefined;
    this.#done.push(record);
    this.#view.turnDone(record);
  }

  /** The sound of a call does not come by here: its items have no files. */
  #newLog(input: string): TurnLog {
    return new TurnLog(input, () => []);
  }
}
