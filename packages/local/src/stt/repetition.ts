/** Longest phrase, in tokens, that is looked for as a loop. */
const maxPeriod = 10;
/** A loop is at least this many tokens of the same phrase over and over; people repeat digits and "no" less. */
const minLoopTokens = 12;
const minRepetitions = 4;

/**
 * Finds out whether a decoder is caught in a loop: whether `tokens` end in one phrase repeated many times.
 *
 * @returns the length at which to cut so that the phrase remains once, or undefined when there is no loop.
 */
export function repetitionStart(tokens: readonly number[]): number | undefined {
  for (let period = 1; period <= maxPeriod; period += 1) {
    const repetitions = Math.max(minRepetitions, Math.ceil(minLoopTokens / period));
    const loopLength = period * repetitions;
    if (tokens.length >= loopLength && endsInLoop(tokens, period, loopLength)) {
      return tokens.length - loopLength + period;
    }
  }
  return undefined;
}

function endsInLoop(tokens: readonly number[], period: number, loopLength: number): boolean {
  const start = tokens.length - loopLength;
  for (let index = start + period; index < tokens.length; index += 1) {
    if (tokens[index] !== tokens[index - period]) return false;
  }
  return true;
}
