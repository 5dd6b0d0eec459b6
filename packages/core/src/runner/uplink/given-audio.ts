/** Stretches of the stream that are told apart at once. */
const runLimit = 64;

/** A stretch of the stream that a connection was given without a gap. */
interface Run {
  /** How many samples the connection was given before it. */
  readonly after: number;
  readonly from: number;
  readonly to: number;
}

/** What the connection in use was given of the stream: its server counts that, and tells of the ends of turns by its count. */
export class GivenAudio {
  /** In the order in which they were given. */
  #runs: readonly Run[] = [];
  /** The end of a turn that was told last, by the server's count. */
  #lastEnd = 0;

  /** Another connection is given audio from now on. */
  restart(): void {
    this.#runs = [];
    this.#lastEnd = 0;
  }

  give(from: number, to: number): void {
    const last = this.#runs.at(-1);
    if (last === undefined) this.#runs = [{ after: 0, from, to }];
    else if (last.to === from) this.#runs = [...this.#runs.slice(0, -1), { ...last, to }];
    else {
      const after = last.after + last.to - last.from;
      this.#runs = [...this.#runs.slice(1 - runLimit), { after, from, to }];
    }
  }

  /**
   * Where in the stream the turn ends that the server found to end after so many samples: at the latest with what was given.
   * Undefined where the server does not count: then an end does not lie behind the one before.
   */
  endOfTurn(samples: number): number | undefined {
    if (samples <= this.#lastEnd) return undefined;
    this.#lastEnd = samples;
    const run = this.#runs.findLast(({ after }) => after < samples);
    return run && Math.min(run.from + samples - run.after, run.to);
  }
}
