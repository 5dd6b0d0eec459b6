/** The slots of a pattern, or where and why it is malformed. */
export type CheckedPattern =
  | { readonly ok: true; readonly slots: readonly PatternSlot[] }
  | { readonly ok: false; readonly index: number; readonly reason: string };

export interface PatternSlot {
  readonly name: string;
  /** Of the opening brace, from the start of the pattern. */
  readonly index: number;
}

interface Scan {
  readonly slots: PatternSlot[];
  readonly open: { readonly bracket: '(' | '['; readonly index: number }[];
}

const closing = { '(': ')', '[': ']' } as const;
const slotName = /^[\p{L}_$][\p{L}\p{N}_$.-]*$/u;

/** UTF-16 units. */
const maxPatternLength = 1_000;

/**
 * Checks the syntax of an intent pattern: words, alternatives `(a|b)` (without brackets at the top), optional parts
 * `[x]` (which may have alternatives too), slots `{parameter}`; parts nest.
 */
export function checkIntentPattern(pattern: string): CheckedPattern {
  const scan: Scan = { slots: [], open: [] };
  if (pattern.trim() === '') return { ok: false, index: 0, reason: 'it is empty' };
  if (pattern.length > maxPatternLength) {
    return { ok: false, index: maxPatternLength, reason: `it is longer than ${maxPatternLength} characters` };
  }
  let index = 0;
  while (index < pattern.length) {
    const step =
      pattern[index] === '{' ? readSlot(pattern, index, scan) : readCharacter(pattern, index, scan);
    if (typeof step === 'string') return { ok: false, index, reason: step };
    index = step;
  }
  const unclosed = scan.open.at(-1);
  if (unclosed === undefined) return { ok: true, slots: scan.slots };
  return { ok: false, index: unclosed.index, reason: `"${unclosed.bracket}" is not closed` };
}

/** The index after the slot, or what is wrong. */
function readSlot(pattern: string, index: number, scan: Scan): number | string {
  const close = pattern.indexOf('}', index);
  if (close === -1) return '"{" is not closed';
  const name = pattern.slice(index + 1, close).trim();
  if (!slotName.test(name)) return `"{${name}}" does not hold the name of a parameter`;
  scan.slots.push({ name, index });
  return close + 1;
}

function readCharacter(pattern: string, index: number, { open }: Scan): number | string {
  const character = pattern[index];
  const innermost = open.at(-1);
  switch (character) {
    case '(':
    case '[':
      open.push({ bracket: character, index });
      return index + 1;
    case ')':
    case ']':
      if (innermost === undefined || closing[innermost.bracket] !== character) {
        return `"${character}" closes nothing`;
      }
      if (innermost.index === index - 1) return `nothing stands inside "${innermost.bracket}${character}"`;
      open.pop();
      return index + 1;
    case '}':
      return '"}" closes nothing';
    default:
      return index + 1;
  }
}
