import type { AudioSource, Clock } from '@antiphon/core';
import type { AgentEar } from './agent-ear.ts';
import type { CallerCondition, CallerStep, SaidSpeech } from './caller-steps.ts';

/** What a run is made of. */
export interface CallerRunOptions {
  /** May grow while it runs. */
  readonly steps: readonly CallerStep[];
  readonly ear: AgentEar;
  readonly clock: Clock;
  readonly frameMs: number;
  readonly msPerWord: number;
}

/** Where a run is in its script. */
interface Position {
  readonly step: number;
  /** When it was this step's turn. */
  readonly sinceMs: number;
  /** Samples of a speech that were said; undefined before it began. */
  readonly said: number | undefined;
}

/** Whether the script is over. */
type RunState = { readonly kind: 'waiting' | 'running' | 'over' };

/** A script as it is acted out: frame by frame, both voices in one time. */
export class CallerRun implements AudioSource {
  readonly kind = 'live';
  readonly sampleRateHz: number;
  readonly done: Promise<void>;
  readonly #options: CallerRunOptions;
  readonly #said: SaidSpeech[] = [];
  readonly #spoken: Int16Array[] = [];
  readonly #played: Int16Array[] = [];
  readonly #settle: { resolve: () => void; reject: (error: Error) => void };
  #state: RunState = { kind: 'waiting' };
  #position: Position = { step: 0, sinceMs: 0, said: undefined };
  #endsWithSteps = false;
  /** Cancels the next frame of what is played beside the script. */
  #playing: (() => void) | undefined;

  constructor(options: CallerRunOptions) {
    this.#options = options;
    this.sampleRateHz = options.ear.sampleRateHz;
    let settle = { resolve: (): void => {}, reject: (_error: Error): void => {} };
    this.done = new Promise((resolve, reject) => {
      settle = { resolve, reject };
    });
    // Whoever waits for it is told; until then a rejection is not one that nobody handles.
    this.done.catch(() => {});
    this.#settle = settle;
    options.ear.onWrite(() => this.#playOut());
  }

  get said(): readonly SaidSpeech[] {
    return this.#said;
  }

  get spoken(): readonly Int16Array[] {
    return this.#spoken;
  }

  get played(): readonly Int16Array[] {
    return this.#played;
  }

  get nowMs(): number {
    return this.#spoken.length * this.#options.frameMs;
  }

  /** Steps that were not done. */
  get stepsLeft(): number {
    return this.#options.steps.length - this.#position.step;
  }

  endsWithSteps(): void {
    this.#endsWithSteps = true;
  }

  async *frames(signal: AbortSignal): AsyncGenerator<Int16Array> {
    if (this.#state.kind !== 'waiting') {
      return;
    }
    this.#state = { kind: 'running' };
    this.#playing?.();
    this.#playing = undefined;
    const { clock, frameMs } = this.#options;
    const startMs = clock.nowMs() - this.nowMs;
    this.#position = { ...this.#position, sinceMs: this.nowMs };
    while (!signal.aborted && this.#state.kind === 'running') {
      const dueMs = startMs + (this.#spoken.length + 1) * frameMs;
      await waitUntil(dueMs, clock, signal);
      if (signal.aborted) {
        break;
      }
      const frame = this.#tick();
      if (frame === undefined) {
        break;
      }
      yield frame;
    }
    this.#state = { kind: 'over' };
    this.#settle.resolve();
    this.#playOut();
  }

  /** What the agent says while nobody listens to the caller still takes its time. */
  #playOut(): void {
    const { clock, ear, frameMs } = this.#options;
    if (this.#state.kind === 'running' || ear.isQuiet || this.#playing !== undefined) {
      return;
    }
    this.#playing = clock.setTimer(frameMs, () => {
      this.#playing = undefined;
      this.#played.push(ear.play(this.#frameLength, this.nowMs));
      this.#spoken.push(new Int16Array(this.#frameLength));
      this.#playOut();
    });
  }

  /** Acts for the length of a frame; undefined when the script is over. */
  #tick(): Int16Array | undefined {
    const { ear, steps } = this.#options;
    if (this.#endsWithSteps && this.#position.step >= steps.length) {
      return undefined;
    }
    const frame = new Int16Array(this.#frameLength);
    let filled = 0;
    while (filled < frame.length && this.#position.step < steps.length) {
      const taken = this.#act(frame, filled);
      if (taken === undefined) {
        break;
      }
      filled += taken;
    }
    this.#played.push(ear.play(frame.length, this.nowMs));
    this.#spoken.push(frame);
    return frame;
  }

  /** Does what it can of the current step; tells how many samples that took, undefined when the step needs time. */
  #act(frame: Int16Array, filled: number): number | undefined {
    const { sinceMs } = this.#position;
    const step = this.#options.steps[this.#position.step];
    switch (step?.kind) {
      case 'say':
        return this.#begins(step, filled) ? this.#utter(step.samples, frame, filled) : undefined;
      case 'silence':
        return this.#utter(new Int16Array(this.#samplesOf(step.ms)), frame, filled);
      case 'listen':
        if (this.#hasHeardAnswer(sinceMs, step.quietMs)) {
          return this.#nextStep(filled);
        }
        return this.#waitNoLongerThan(step.timeoutMs);
      case 'do':
        step.act();
        return this.#nextStep(filled);
      case undefined:
        return undefined;
    }
  }

  /** Whether a speech has begun, or begins now. */
  #begins(step: Extract<CallerStep, { kind: 'say' }>, filled: number): boolean {
    const { said, sinceMs } = this.#position;
    if (said !== undefined) {
      return true;
    }
    if (step.after !== undefined && !this.#holds(step.after, sinceMs)) {
      if (!('ms' in step.after)) {
        this.#waitNoLongerThan(step.timeoutMs);
      }
      return false;
    }
    this.#said.push({ startMs: this.nowMs + this.#msOf(filled), ms: this.#msOf(step.samples.length) });
    return true;
  }

  /** Says as much as fits into the frame. */
  #utter(samples: Int16Array, frame: Int16Array, filled: number): number {
    const from = this.#position.said ?? 0;
    const piece = samples.subarray(from, from + frame.length - filled);
    frame.set(piece, filled);
    this.#position = { ...this.#position, said: from + piece.length };
    if (from + piece.length >= samples.length) {
      this.#nextStep(filled + piece.length);
    }
    return piece.length;
  }

  /** The next step's turn comes after so many samples of this frame. */
  #nextStep(filled: number): number {
    const sinceMs = this.nowMs + this.#msOf(filled);
    this.#position = { step: this.#position.step + 1, sinceMs, said: undefined };
    return 0;
  }

  /** Fails the script when the agent leaves it waiting. */
  #waitNoLongerThan(timeoutMs: number): undefined {
    const { sinceMs } = this.#position;
    if (this.nowMs - sinceMs >= timeoutMs) {
      this.#state = { kind: 'over' };
      const words = `the agent did not say enough within ${timeoutMs} ms, from ${sinceMs} ms on`;
      this.#settle.reject(new Error(`scripted caller: step ${this.#position.step + 1}: ${words}`));
    }
  }

  #holds(condition: CallerCondition, sinceMs: number): boolean {
    if ('ms' in condition) {
      return this.nowMs - sinceMs >= condition.ms;
    }
    const wantedMs =
      'agentWords' in condition
        ? condition.agentWords * this.#options.msPerWord
        : Math.max(condition.agentSpeaksMs, 1);
    return this.#agentSpokeMs(sinceMs) >= wantedMs;
  }

  #hasHeardAnswer(sinceMs: number, quietMs: number): boolean {
    const { ear } = this.#options;
    const last = ear.heard.at(-1);
    return (
      ear.isQuiet &&
      this.#agentSpokeMs(sinceMs) > 0 &&
      last !== undefined &&
      ear.hasEnded(last.itemId) &&
      this.nowMs - (last.startMs + last.ms) >= quietMs
    );
  }

  get #frameLength(): number {
    return this.#samplesOf(this.#options.frameMs);
  }

  #samplesOf(ms: number): number {
    return Math.round((ms * this.sampleRateHz) / 1000);
  }

  #msOf(samples: number): number {
    return (samples * 1000) / this.sampleRateHz;
  }

  /** How long the agent has sounded since. */
  #agentSpokeMs(sinceMs: number): number {
    return this.#options.ear.heard.reduce(
      (sum, { startMs, ms }) => sum + Math.max(0, startMs + ms - Math.max(startMs, sinceMs)),
      0,
    );
  }
}

/** Resolves at a time of the clock, or as soon as `signal` is aborted. */
function waitUntil(dueMs: number, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.setTimer(Math.max(0, dueMs - clock.nowMs()), end);
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) {
      end();
    }
  });
}
