import type { Clock } from '@antiphon/core';
import type { TalkEvent } from './talk-state.ts';

/** Levels are told this often. */
const tellEveryMs = 100;

/** Keeps the peaks of both sides, and tells them now and then, by the time of the microphone. */
export class TalkMeters {
  readonly #clock: Clock;
  readonly #tell: (event: Extract<TalkEvent, { type: 'levels' }>) => void;
  #inputDbfs = Number.NEGATIVE_INFINITY;
  #outputDbfs = Number.NEGATIVE_INFINITY;
  #toldAtMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, tell: (event: Extract<TalkEvent, { type: 'levels' }>) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /** The speaker was given sound with this peak. */
  output(peakDbfs: number): void {
    this.#outputDbfs = Math.max(this.#outputDbfs, peakDbfs);
  }

  /** The microphone heard sound with this peak. */
  input(peakDbfs: number): void {
    this.#inputDbfs = Math.max(this.#inputDbfs, peakDbfs);
    const atMs = this.#clock.nowMs();
    if (atMs - this.#toldAtMs < tellEveryMs) return;
    this.#toldAtMs = atMs;
    this.#tell({ type: 'levels', inputDbfs: this.#inputDbfs, outputDbfs: this.#outputDbfs, atMs });
    this.#inputDbfs = Number.NEGATIVE_INFINITY;
    this.#outputDbfs = Number.NEGATIVE_INFINITY;
  }
}
