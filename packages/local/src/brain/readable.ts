import { findChoice } from './choices.ts';
import { readMoment } from './dates.ts';
import { readDuration } from './durations.ts';
import type { Parameter } from './parameters.ts';
import { findExpression } from './spoken-math.ts';
import type { Utterance } from './utterance.ts';
import { isContentWord } from './vocabulary.ts';

/** Whether a sentence holds a value for a parameter: one few other tools would want, a common one, or none. */
export type Readable = 'telling' | 'common' | 'absent';

export function findReadable(parameter: Parameter, utterance: Utterance): Readable {
  const { tokens, now } = utterance;
  const { type } = parameter;
  const anywhere = (has: (at: number) => boolean): boolean => tokens.some((_, at) => has(at));
  switch (type.kind) {
    case 'expression':
      return findExpression(tokens) === undefined ? 'absent' : 'telling';
    case 'duration':
    case 'iso-duration':
      return anywhere((at) => readDuration(tokens, at) !== undefined) ? 'telling' : 'absent';
    case 'moment':
      return anywhere((at) => readMoment(tokens, at, now) !== undefined) ? 'common' : 'absent';
    case 'choice': {
      const words = type.values.filter((value) => typeof value === 'string' && isContentWord(value));
      return findChoice(words, tokens, new Set()) === undefined
        ? 'absent'
        : parameter.isRequired
          ? 'telling'
          : 'common';
    }
    case 'number':
      return tokens.some((token) => token.number !== undefined) ? 'common' : 'absent';
    default:
      return 'common';
  }
}
