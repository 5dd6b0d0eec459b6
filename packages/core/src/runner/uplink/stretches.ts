/** A stretch of the source's audio that is meant for the model; without `to` it goes on. Positions in samples. */
export interface Stretch {
  readonly from: number;
  readonly to: number | undefined;
}

/** How much of the user's audio went where, in samples at the input rate. `received` = sent + withheld + dropped + kept. */
export interface UplinkCounts {
  readonly receivedSamples: number;
  /** Given to a connection for the first time. */
  readonly sentSamples: number;
  /** Given again: to another connection, or after what was given was taken back. */
  readonly replayedSamples: number;
  /** Meant for the model and lost: no connection took it within the bound. */
  readonly droppedSamples: number;
  /** Outside every turn, where audio flows inside turns only. */
  readonly withheldSamples: number;
  /** Not decided yet. */
  readonly keptSamples: number;
}

/** What is to be done next: samples to send, up to the first one that is not meant for the model or not there yet. */
export interface NextPiece {
  readonly from: number;
  readonly to: number;
}

/**
 * What of a stream of samples is meant for the model, what of it the connection in use was given, and what any was given.
 * Every sample is decided once: sent, dropped or withheld; a new connection may be given it again.
 */
export class Stretches {
  /** In order, without overlap. Only the last may be open. */
  #stretches: readonly Stretch[] = [];
  /** Everything before it is decided. */
  #decided = 0;
  /** What comes next on the connection in use. */
  #cursor = 0;
  /** Where the last stretch that was meant has ended. */
  #lastEnd = 0;
  readonly #count = { sent: 0, replayed: 0, dropped: 0 };

  /** Everything before it was sent, dropped or withheld. */
  get decided(): number {
    return this.#decided;
  }

  get isOpen(): boolean {
    const last = this.#stretches.at(-1);
    return last !== undefined && last.to === undefined;
  }

  /** Whether samples meant for the model, up to `end`, were not given to any connection. */
  hasUnsent(end: number): boolean {
    return this.#stretches.some(({ from, to = end }) => Math.min(to, end) > Math.max(from, this.#decided));
  }

  /** A stretch begins, at the earliest where the last one that was meant has ended. */
  open(from: number): void {
    if (this.isOpen) return;
    const start = Math.max(from, this.#lastEnd);
    this.#stretches = [...this.#stretches, { from: start, to: undefined }];
    // What was given of a discarded stretch is given again: the model was told to forget it.
    this.#cursor = Math.min(this.#cursor, start);
  }

  close(to: number): void {
    const last = this.#stretches.at(-1);
    if (last === undefined || last.to !== undefined) return;
    this.#lastEnd = Math.max(to, last.from);
    this.#stretches = [...this.#stretches.slice(0, -1), { from: last.from, to: this.#lastEnd }];
  }

  /** The stretch that is open was not meant for the model after all. */
  discard(): void {
    if (this.isOpen) this.#stretches = this.#stretches.slice(0, -1);
  }

  /** What lies before `position` is not given again. */
  forgetBefore(position: number): void {
    this.#stretches = this.#stretches
      .filter(({ to }) => to === undefined || to > position)
      .map(({ from, to }) => ({ from: Math.max(from, position), to }));
  }

  /** Another connection takes over; it is given what is meant for the model from `position` on. */
  restart(position: number): void {
    this.#cursor = position;
  }

  /** The next samples for the connection in use, at most `most`; of a stretch that is open those up to `end`. */
  next(end: number, most: number): NextPiece | undefined {
    for (const stretch of this.#stretches) {
      const from = Math.max(stretch.from, this.#cursor);
      const to = Math.min(stretch.to ?? end, from + most);
      if (to > from) return { from, to };
    }
    return undefined;
  }

  /** The connection in use was given a piece that {@link next} named. */
  given(from: number, to: number): void {
    this.#cursor = to;
    const fresh = Math.max(from, this.#decided);
    if (to <= fresh) {
      this.#count.replayed += to - from;
      return;
    }
    this.#count.replayed += fresh - from;
    this.#count.sent += to - fresh;
    this.#decided = to;
  }

  /** Samples before `position` are given to nobody any more: those not decided are dropped, or withheld where nobody wanted them. */
  decideBefore(position: number): void {
    if (position <= this.#decided) return;
    for (const { from, to = position } of this.#stretches) {
      this.#count.dropped += Math.max(0, Math.min(to, position) - Math.max(from, this.#decided));
    }
    this.#decided = position;
  }

  /** Samples before `position` are not there any more. */
  loseBefore(position: number): void {
    this.decideBefore(position);
    this.#cursor = Math.max(this.#cursor, position);
    const first = this.#stretches[0];
    if (first?.to === undefined || first.to > position) return;
    this.#stretches = this.#stretches.filter(({ to }) => to === undefined || to > position);
  }

  counts(receivedSamples: number): UplinkCounts {
    const { sent, replayed, dropped } = this.#count;
    return {
      receivedSamples,
      sentSamples: sent,
      replayedSamples: replayed,
      droppedSamples: dropped,
      withheldSamples: this.#decided - sent - dropped,
      keptSamples: receivedSamples - this.#decided,
    };
  }
}
