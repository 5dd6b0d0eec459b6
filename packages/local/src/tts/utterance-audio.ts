import { spaceClause } from '../engine/clause-audio.ts';
import { fliteSampleRateHz } from './flite-format.ts';

/** Silence between utterances of one clause: enough that they are heard apart, too short for a pause. */
const spacing = { leadMs: 20, tailMs: 80 };

/** One after another, each with the same little silence round it; an utterance alone stays as it was synthesised. */
export function joinUtterances(utterances: readonly Int16Array[]): Int16Array {
  const [first, ...others] = utterances;
  if (first === undefined) return new Int16Array(0);
  if (others.length === 0) return first;
  const spaced = utterances.map((samples) => spaceClause(samples, fliteSampleRateHz, spacing));
  const joined = new Int16Array(spaced.reduce((length, samples) => length + samples.length, 0));
  let end = 0;
  for (const samples of spaced) {
    joined.set(samples, end);
    end += samples.length;
  }
  return joined;
}
