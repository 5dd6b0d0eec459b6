import type { DetectedTurn, LocalTurns, RoomSound, TurnListener } from '@antiphon/core';

/** Turns that a test finds by hand. */
export interface HandTurns {
  /** For the port of a session. */
  readonly turns: LocalTurns;
  /** Audio that was pushed, in samples, and what was heard beside the last of it. */
  readonly heard: { readonly samples: number; readonly room: RoomSound };
  /** How often the turn in progress was ended by other means. */
  readonly abandons: number;
  /** Whether a detector is open. */
  readonly isOpen: boolean;
  /** Tells the session of a turn. Throws when no detector is open. */
  detect(turn: DetectedTurn): void;
  fail(error: unknown): void;
}

/** Makes {@link HandTurns}. */
export function handTurns(options: Partial<Omit<LocalTurns, 'openDetector'>> = {}): HandTurns {
  let listener: TurnListener | undefined;
  let heard: HandTurns['heard'] = { samples: 0, room: 'quiet' };
  let abandons = 0;
  const opened = (): TurnListener => {
    if (listener === undefined) throw new Error('hand turns: no detector is open');
    return listener;
  };
  return {
    turns: {
      gate: 'turns',
      prefixPaddingMs: 300,
      ...options,
      openDetector: (given) => {
        listener = given;
        return {
          push: (samples, room) => {
            heard = { samples: heard.samples + samples.length, room };
            return undefined;
          },
          abandon: () => {
            abandons += 1;
          },
          close: () => {
            if (listener === given) listener = undefined;
          },
        };
      },
    },
    get heard() {
      return heard;
    },
    get abandons() {
      return abandons;
    },
    get isOpen() {
      return listener !== undefined;
    },
    detect: (turn) => opened().detected(turn),
    fail: (error) => opened().failed(error),
  };
}
