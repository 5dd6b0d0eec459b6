import type { Session } from '@antiphon/runtime';
import type { TurnSource } from './turn-source.ts';

/** Silence after a file goes fast up to this, then in real time: servers take their time to notice. */
const fastSilenceMs = 3_000;
/** Where nothing was heard, this much silence and this much waiting end the turn. */
const unheardSilenceMs = 1_500;
const unheardWaitMs = 1_500;
/** A turn that is committed before the end of its file may go on: this long without more is its end. */
const continuationWaitMs = 1_500;
/** Speech that the server never ends is given up. */
const endlessWaitMs = 30_000;
/** A detector may put the end of speech a little before its energy has gone. */
const endToleranceMs = 400;

/** What the server has noticed of the user's speech in this turn. */
export class HeardSpeech {
  #phase: 'quiet' | 'speaking' | 'stopped' = 'quiet';
  #committedTurns = 0;
  #audioEndMs = 0;
  #changedMs = 0;
  readonly #stop: () => void;

  constructor(session: Session) {
    this.#stop = session.observeAll((notice, atMs) => {
      if (notice.type === 'speech_started') this.#phase = 'speaking';
      else if (notice.type === 'user_turn') this.#committedTurns += 1;
      else if (notice.type !== 'speech_stopped') return;
      if (notice.type === 'speech_stopped') {
        this.#phase = 'stopped';
        this.#audioEndMs = notice.audioEndMs;
      }
      this.#changedMs = atMs;
    });
  }

  /** Whether the turn, which ends at `speechEndMs` of the session's audio, is committed as a whole. */
  isComplete(speechEndMs: number, nowMs: number): boolean {
    if (this.#phase === 'speaking' || this.#committedTurns === 0) return false;
    return this.#audioEndMs >= speechEndMs - endToleranceMs || nowMs - this.#changedMs > continuationWaitMs;
  }

  /** Whether the server has noticed nothing. */
  get isNothing(): boolean {
    return this.#phase === 'quiet' && this.#committedTurns === 0;
  }

  dispose(): void {
    this.#stop();
  }
}

/**
 * Goes on with silence until the server has committed the turn, or until it is clear that it will not.
 *
 * @returns whether the server still waits for an end that it does not find.
 */
export async function awaitCommit(options: {
  readonly source: TurnSource;
  readonly heard: HeardSpeech;
  /** The end of speech on the clock of the session's audio; undefined when there is none in the file. */
  readonly speechEndMs: number | undefined;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
}): Promise<'over' | 'endless'> {
  const { source, heard, speechEndMs, nowMs, signal } = options;
  const startedMs = nowMs();
  source.startClock();
  for (let silenceMs = 0; !signal.aborted; ) {
    const waitedMs = nowMs() - startedMs;
    if (heard.isComplete(speechEndMs ?? 0, nowMs())) return 'over';
    if (heard.isNothing && silenceMs >= unheardSilenceMs && waitedMs >= unheardWaitMs) return 'over';
    if (waitedMs > endlessWaitMs) return 'endless';
    silenceMs += await source.beSilent(silenceMs < fastSilenceMs ? 'hurry' : 'wait', signal);
  }
  return 'over';
}
