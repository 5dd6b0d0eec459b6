import type { LocalTurns, SessionEvent, TurnDetector, TurnListener } from '@antiphon/core';
import { type Bench, plannedError, strikes } from './bench.ts';

const preRollMs = 300;

/** What a button says of the user's turns. */
export type ButtonEvent = Extract<
  SessionEvent,
  { readonly type: 'user.speech_started' | 'user.commit' | 'user.speech_dropped' }
>;

interface Detection {
  readonly listener: TurnListener;
  pushedMs: number;
  turn: 'none' | 'begun';
  phase: 'open' | 'closed';
}

/** Finds the user's turns on this side where the world's user pushes a button: told by hand, or heard. */
export class Ear {
  /** One for each agent, and the same each time. */
  readonly #turns = new Map<string, LocalTurns>();
  readonly #detections: Detection[] = [];
  readonly #hears: boolean;
  #button: 'not_yet' | 'seen' = 'not_yet';
  readonly #bench: Bench;

  constructor(bench: Bench) {
    this.#bench = bench;
    this.#hears = bench.random.chance(0.4);
  }

  get isOpen(): boolean {
    return this.#detections.some(({ phase }) => phase === 'open');
  }

  turnsOf(agentName: string): LocalTurns | undefined {
    if (this.#bench.world.source.flow.gate === 'always') return undefined;
    const known = this.#turns.get(agentName) ?? {
      gate: 'turns' as const,
      prefixPaddingMs: preRollMs,
      ...(this.#hears && { openDetector: (listener: TurnListener) => this.#open(listener) }),
    };
    this.#turns.set(agentName, known);
    return known;
  }

  /** Hears what the button would say; false where turns are told by hand. */
  hear({ type }: ButtonEvent): boolean {
    this.#noteHalf(type);
    const detection = this.#detections.findLast(({ phase }) => phase === 'open');
    if (detection === undefined) return false;
    const { listener, pushedMs } = detection;
    const startMs = Math.max(0, pushedMs - preRollMs);
    if (type === 'user.speech_started' || detection.turn === 'none') {
      if (detection.turn === 'none') listener.detected({ kind: 'started', startMs });
      detection.turn = 'begun';
    }
    if (type === 'user.speech_started') return true;
    detection.turn = 'none';
    listener.detected({ kind: type === 'user.commit' ? 'ended' : 'dropped', endMs: pushedMs });
    return true;
  }

  /** The sound of a turn that was begun with another process is not let through: the button was not seen to be pushed. */
  #noteHalf(type: ButtonEvent['type']): void {
    const { source, stage } = this.#bench.world;
    if (type === 'user.speech_started') this.#button = 'seen';
    else if (this.#button === 'not_yet' && source.flow.gate !== 'always')
      source.process.openMs = stage.queue.nowMs;
  }

  #open(listener: TurnListener): TurnDetector {
    // The first one that fails keeps a session from being made.
    if (this.#detections.length > 0 && strikes(this.#bench, 'failing_ear', 0.1, 0.3)) {
      this.#excuse();
      throw plannedError('the ear');
    }
    const detection: Detection = { listener, pushedMs: 0, turn: 'none', phase: 'open' };
    this.#detections.push(detection);
    return {
      push: (samples) => this.#push(detection, samples),
      abandon: () => {
        detection.turn = 'none';
      },
      close: () => this.#close(detection),
    };
  }

  #push(detection: Detection, samples: Int16Array): Promise<void> | undefined {
    const { fail, random } = this.#bench;
    if (detection.phase === 'closed') fail('P13', 'an ear that was closed is given sound');
    detection.pushedMs += samples.length;
    if (strikes(this.#bench, 'failing_ear', 0.002, 0.01)) {
      this.#excuse();
      this.#bench.world.stage.queue.after(0, () => {
        if (detection.phase === 'open') detection.listener.failed(plannedError('the ear'));
      });
    }
    return random.chance(0.5) ? Promise.resolve() : undefined;
  }

  #close(detection: Detection): void {
    if (detection.phase === 'closed') this.#bench.fail('P13', 'an ear is closed twice');
    detection.phase = 'closed';
    if (strikes(this.#bench, 'failing_ear', 0.2, 0.5)) throw plannedError('the ear');
  }

  /** A session that cannot hear ends. */
  #excuse(): void {
    const { operator, stage } = this.#bench.world;
    operator.closing ??= { mode: 'drain', atMs: stage.queue.nowMs };
  }
}
