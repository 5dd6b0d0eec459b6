import type { SpeechStyle, Synthesizer } from '../stages.ts';
import { splitClauses } from '../tts/clauses.ts';
import { spaceClause, spacingAfter } from './clause-audio.ts';

/** A clause as it is spoken. */
export interface SpokenClause {
  /** A piece of the text; the pieces joined are the text. */
  readonly text: string;
  readonly samples: Int16Array;
}

export interface SpeakingOptions {
  readonly synthesizer: Synthesizer;
  readonly style: SpeechStyle;
  readonly signal: AbortSignal;
}

/**
 * Speaks a text clause by clause, the next one being synthesised while the caller deals with the one before.
 * Rejects when the synthesiser does, also because `signal` was aborted.
 */
export async function* speakClauses(text: string, options: SpeakingOptions): AsyncGenerator<SpokenClause> {
  const clauses = splitClauses(text);
  let next = synthesize(clauses, 0, options);
  for (const [index, clause] of clauses.entries()) {
    const samples = await next;
    next = synthesize(clauses, index + 1, options);
    // The caller may stop listening before it is awaited.
    next.catch(() => undefined);
    yield { text: clause, samples };
  }
}

async function synthesize(
  clauses: readonly string[],
  index: number,
  { synthesizer, style, signal }: SpeakingOptions,
): Promise<Int16Array> {
  const clause = clauses[index];
  if (clause === undefined || clause.trim() === '') return new Int16Array(0);
  const samples = await synthesizer.synthesize(clause.trim(), style, signal);
  return spaceClause(samples, synthesizer.sampleRateHz, spacingAfter(clause, index === clauses.length - 1));
}
