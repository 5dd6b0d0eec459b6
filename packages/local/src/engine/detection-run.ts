import { int16ToFloat } from '@antiphon/audio';
import type { SpeechDetector } from '../stages.ts';
import {
  abandonTurn,
  advanceTurn,
  initialTurnState,
  isTurnOpen,
  type TurnDetectorState,
  type TurnEvent,
  type TurnParameters,
} from '../vad/turn-detector.ts';
import { type InputBuffer, msToPosition, positionToMs } from './input-buffer.ts';

/** What a run tells, in order and never from within a call to it. */
export interface DetectionListener {
  onTurnEvent(event: TurnEvent): void;
  /** A frame was judged; called after its events. */
  onFrame(probability: number, durationMs: number, clockMs: number): void;
  /** The detector is lost; the run has ended. */
  onFailure(error: unknown): void;
}

export interface DetectionRunOptions {
  readonly buffer: InputBuffer;
  /** Makes a detector of this run's own, when there is audio to look at. */
  readonly createDetector: () => Promise<SpeechDetector>;
  readonly parameters: TurnParameters;
  readonly listener: DetectionListener;
}

/** Silence kept before the padding of a turn that has not begun, in milliseconds. */
const quietMarginMs = 1_000;

/**
 * Looks for turns in an input buffer, one frame after the other, as audio comes. Ends with its parameters: other ones
 * need another run. Audio that has to be forgotten before it was looked at is skipped.
 */
export class DetectionRun {
  readonly #options: DetectionRunOptions;
  #detector: SpeechDetector | undefined;
  #cursor: number;
  #turn: TurnDetectorState;
  #work: 'idle' | 'busy' | 'stopped' = 'idle';

  constructor(options: DetectionRunOptions) {
    this.#options = options;
    this.#cursor = options.buffer.end;
    this.#turn = startAt(this.#cursor);
  }

  /** There may be new audio. */
  wake(): void {
    if (this.#work !== 'idle') return;
    this.#work = 'busy';
    void this.#drain();
  }

  /** Forgets the turn in progress, without an event, and all audio so far. */
  skipToEnd(): void {
    this.#cursor = this.#options.buffer.end;
    this.#turn = startAt(this.#cursor);
  }

  /** Closes the turn in progress, without an event; if speech goes on, it begins a new one. */
  splitTurn(): void {
    this.#turn = abandonTurn(this.#turn);
  }

  /** No more is told from now on. */
  stop(): void {
    this.#work = 'stopped';
  }

  async #drain(): Promise<void> {
    try {
      this.#detector ??= await this.#options.createDetector();
      const detector = this.#detector;
      while (this.#work === 'busy' && this.#available() >= detector.frameSamples) await this.#judge(detector);
      if (this.#work === 'busy') this.#work = 'idle';
    } catch (error) {
      if (this.#work === 'stopped') return;
      this.#work = 'stopped';
      this.#options.listener.onFailure(error);
    }
  }

  #available(): number {
    return this.#options.buffer.end - this.#cursor;
  }

  async #judge(detector: SpeechDetector): Promise<void> {
    const { buffer, parameters, listener } = this.#options;
    if (this.#cursor < buffer.start) {
      this.#cursor = buffer.start;
      this.#turn = { ...this.#turn, clockMs: positionToMs(this.#cursor) };
    }
    const position = this.#cursor;
    const frame = buffer.read(position, position + detector.frameSamples);
    if (frame.length < detector.frameSamples) return;
    const probability = await detector.process(int16ToFloat(frame));
    // What was skipped while the detector worked is of no interest any more.
    if (this.#work === 'stopped' || this.#cursor !== position) return;
    const durationMs = positionToMs(detector.frameSamples);
    this.#cursor = position + detector.frameSamples;
    const step = advanceTurn(this.#turn, { probability, durationMs }, parameters);
    this.#turn = step.state;
    for (const event of step.events) listener.onTurnEvent(event);
    listener.onFrame(probability, durationMs, step.state.clockMs);
    if (isTurnOpen(this.#turn)) return;
    buffer.dropBefore(this.#cursor - msToPosition(parameters.prefixPaddingMs + quietMarginMs));
  }
}

function startAt(position: number): TurnDetectorState {
  const clockMs = positionToMs(position);
  return { ...initialTurnState, clockMs, previousEndMs: clockMs };
}
