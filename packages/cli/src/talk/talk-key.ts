import type { TurnEnds } from '../run/turn-ends.ts';

/** What a key does. */
export type KeyAction =
  | 'quit'
  | 'mute'
  | 'open'
  | 'start_turn'
  | 'commit'
  | 'interrupt'
  | 'open_and_interrupt';

/** What there is to know before a key is understood. */
export interface KeySituation {
  readonly turnEnds: TurnEnds;
  /** Whether the user holds the key to talk, instead of being listened to all the time. */
  readonly pushToTalk: boolean;
  readonly isMuted: boolean;
  /** Whether the user is in a turn that a key has begun. */
  readonly inTurn: boolean;
  /** Whether they are asked about a call. */
  readonly isAsking: boolean;
}

/** What a key does in a talk; undefined for those that do nothing. Terminals do not tell when a key is let go. */
export function keyAction(key: string, situation: KeySituation): KeyAction | undefined {
  const { turnEnds, pushToTalk, isMuted, inTurn } = situation;
  switch (key) {
    case 'q':
      return 'quit';
    case 'm':
      return isMuted ? 'open' : 'mute';
    case ' ':
      if (turnEnds === 'by_button') return inTurn ? 'commit' : 'start_turn';
      if (turnEnds === 'by_us') return 'commit';
      if (!pushToTalk) return 'interrupt';
      return isMuted ? 'open_and_interrupt' : 'mute';
    default:
      return undefined;
  }
}

/** What the keys do, in words, for the last line of the screen. */
export function keyHelp({ turnEnds, pushToTalk, isAsking }: KeySituation): readonly string[] {
  const space = {
    by_button: 'space: begin and end a turn',
    by_us: 'space: end your turn',
    by_detection: pushToTalk ? 'space: open and shut the microphone' : 'space: interrupt',
  };
  return [...(isAsking ? ['y: run it', 'n: do not'] : []), space[turnEnds], 'm: mute', 'q: quit'];
}
