import { requireInteger } from '../options.ts';
import { RecordingTrack } from './recording-track.ts';

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
 * in memory. They fall from where they were within 5 ms and rise again within 5 ms, without clicks.
 */
export class StereoRecording {
  readonly #user: RecordingTrack;
  readonly #agent: RecordingTrack;
  readonly #markers: RecordingMarker[] = [];

  /** @throws AntiphonError `audio.invalid_option` when the rate is no positive integer. */
  constructor(options: { readonly sampleRateHz: number }) {
    const sampleRateHz = requireInteger('sampleRateHz', options.sampleRateHz, { min: 1, max: 1_000_000 });
    this.#user = new RecordingTrack(sampleRateHz);
    this.#agent = new RecordingTrack(sampleRateHz);
  }

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
    this.#user.append(samples);
  }

  /** Returns the frame at which `samples` were placed. */
  pushAgent(samples: Int16Array): number {
    this.#agent.padTo(this.#user.end);
    const placedAt = this.#agent.end;
    this.#agent.append(samples);
    return placedAt;
  }

  /**
   * Keeps nothing from here on: what the user says next, and what the agent has ahead of the user's side. Does nothing
   * when it is paused.
   */
  pause(): void {
    if (this.isPaused) return;
    const { end } = this.#user;
    this.#agent.padTo(end);
    for (const side of [this.#user, this.#agent]) side.shut(end);
    this.#markers.push({ frame: end, label: 'paused' });
  }

  /** Keeps what comes from here on. Does nothing when it is not paused. */
  resume(): void {
    if (!this.isPaused) return;
    for (const side of [this.#user, this.#agent]) side.open();
    this.#markers.push({ frame: this.#user.end, label: 'resumed' });
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
