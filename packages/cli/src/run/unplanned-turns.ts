import type { SessionNotice } from '@antiphon/core';
import type { AnswerFile } from './answer-files.ts';
import { TurnLog, type TurnRecord } from './turn-log.ts';

/** What the watchers of such a conversation are told. */
export interface TurnsView {
  turnStarted(input: string): void;
  turnDone(record: TurnRecord): void;
}

/** What is known of the sound of such a conversation. */
export interface TurnSound {
  /** What the summary calls a spoken turn. */
  readonly input: string;
  /** The files of an item, where its sound comes by here and is kept. */
  readonly filesOf?: (itemId: string) => readonly AnswerFile[];
}

/** The turns of a call or a talk, which nobody has planned: each begins with a word of the user. */
export class UnplannedTurns {
  readonly #view: TurnsView;
  readonly #sound: TurnSound;
  readonly #done: TurnRecord[] = [];
  #log: TurnLog | undefined;
  #typed = 0;

  constructor(view: TurnsView, sound: TurnSound) {
    this.#view = view;
    this.#sound = sound;
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
    if (this.#log === undefined && notice.type === 'response_started')
      this.#log = this.#newLog(this.#sound.input);
    this.#log?.take(notice, atMs);
    if (notice.type === 'closed') this.#end();
  }

  #begin(): void {
    const isTyped = this.#typed > 0;
    if (isTyped) this.#typed -= 1;
    this.#end();
    const input = isTyped ? 'text' : this.#sound.input;
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

  #newLog(input: string): TurnLog {
    return new TurnLog(input, this.#sound.filesOf ?? (() => []));
  }
}
