/** Grows as it is written, gives up its front; positions count from the first sample ever written. */
class Track {
  #samples = new Int16Array(4096);
  #start = 0;
  #end = 0;

  get end(): number {
    return this.#end;
  }

  append(samples: Int16Array): void {
    this.#reserve(samples.length);
    this.#samples.set(samples, this.#end - this.#start);
    this.#end += samples.length;
  }

  padTo(end: number): void {
    const missing = end - this.#end;
    if (missing <= 0) return;
    this.#reserve(missing);
    this.#samples.fill(0, this.#end - this.#start, end - this.#start);
    this.#end = end;
  }

  silenceFrom(position: number): void {
    const from = Math.max(position - this.#start, 0);
    this.#samples.fill(0, from, Math.max(from, this.#end - this.#start));
  }

  /** Takes the samples before `position` out. */
  takeUntil(position: number): Int16Array {
    const count = position - this.#start;
    const taken = this.#samples.slice(0, count);
    this.#samples.copyWithin(0, count, this.#end - this.#start);
    this.#start = position;
    return taken;
  }

  #reserve(more: number): void {
    const needed = this.#end - this.#start + more;
    if (needed <= this.#samples.length) return;
    const grown = new Int16Array(Math.max(needed, this.#samples.length * 2));
    grown.set(this.#samples.subarray(0, this.#end - this.#start));
    this.#samples = grown;
  }
}

/** A place in a recording where something is to be known: the frame, and what. */
export interface RecordingMarker {
  readonly frame: number;
  readonly label: 'paused' | 'resumed';
}

/**
 * A conversation as one stereo recording: left the user, right the agent, one rate, placed by counting samples alone.
 *
 * - The user's samples follow each other without gaps: the user's side is the clock.
 * - The agent's samples are placed at whichever is later: the end of the agent's side, or the end of the user's side
 *   at the time of the push. So audio pushed faster than it plays queues up, and audio after a pause starts at "now".
 * - {@link align} fills the shorter side with silence up to the longer one.
 *
 * Frames before the end of the user's side cannot change any more; {@link pull} hands them over. What is kept is the
 * agent's audio ahead of the user's side, so who stops pushing the user's side has to `align`.
 *
 * Between {@link pause} and {@link resume} time goes on and both sides are silent: nothing said then is kept, not even
 * in memory.
 */
export class StereoRecording {
  readonly #user = new Track();
  readonly #agent = new Track();
  readonly #markers: RecordingMarker[] = [];

  /** Where the recording was paused and resumed, in order. */
  get markers(): readonly RecordingMarker[] {
    return this.#markers;
  }

  get isPaused(): boolean {
    return this.#markers.at(-1)?.label === 'paused';
  }

  /** The length of the longer side, in samples of one channel. */
  get frames(): number {
    return Math.max(this.#user.end, this.#agent.end);
  }

  pushUser(samples: Int16Array): void {
    this.#user.append(this.#kept(samples));
  }

  /** Returns the frame at which `samples` were placed. */
  pushAgent(samples: Int16Array): number {
    this.#agent.padTo(this.#user.end);
    const placedAt = this.#agent.end;
    this.#agent.append(this.#kept(samples));
    return placedAt;
  }

  /**
   * Keeps nothing from here on: what the user says next, and what the agent has ahead of the user's side. Does nothing
   * when it is paused.
   */
  pause(): void {
    if (this.isPaused) return;
    this.#agent.silenceFrom(this.#user.end);
    this.#markers.push({ frame: this.#user.end, label: 'paused' });
  }

  /** Keeps what comes from here on. Does nothing when it is not paused. */
  resume(): void {
    if (this.isPaused) this.#markers.push({ frame: this.#user.end, label: 'resumed' });
  }

  #kept(samples: Int16Array): Int16Array {
    return this.isPaused ? new Int16Array(samples.length) : samples;
  }

  align(): void {
    const end = this.frames;
    this.#user.padTo(end);
    this.#agent.padTo(end);
  }

  /** The frames that became final since the last pull, interleaved left, right. */
  pull(): Int16Array {
    const end = this.#user.end;
    this.#agent.padTo(end);
    const left = this.#user.takeUntil(end);
    const right = this.#agent.takeUntil(end);
    const stereo = new Int16Array(left.length * 2);
    for (let i = 0; i < left.length; i++) {
      stereo[2 * i] = left[i] ?? 0;
      stereo[2 * i + 1] = right[i] ?? 0;
    }
    return stereo;
  }

  /** Ends the recording: {@link align}, then all that is left, interleaved. */
  finish(): Int16Array {
    this.align();
    return this.pull();
  }
}
