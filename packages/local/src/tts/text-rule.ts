/** A rewriting of text: every match of the pattern is replaced by what `speak` makes of it. */
export interface TextRule {
  readonly pattern: RegExp;
  /** @param groups what the pattern captured, '' for groups that took no part. */
  readonly speak: (groups: readonly string[], match: string) => string;
}

/** Applies the rules one after another. */
export function applyRules(text: string, rules: readonly TextRule[]): string {
  return rules.reduce(
    (current, { pattern, speak }) =>
      current.replace(pattern, (match: string, ...rest: unknown[]) => speak(capturesOf(rest), match)),
    text,
  );
}

/** `replace` hands over the captures, then the offset (a number) and the whole text. */
function capturesOf(rest: readonly unknown[]): readonly string[] {
  const count = rest.findIndex((value) => typeof value === 'number');
  return rest.slice(0, count).map((value) => (typeof value === 'string' ? value : ''));
}

/**
 * Where a rule wants speech to be synthesised apart. No text holds it when the rules begin: those for markup take it
 * away.
 */
export const utteranceBreak = '|';
