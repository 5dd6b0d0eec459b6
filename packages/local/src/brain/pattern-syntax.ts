import { tokenize } from './tokens.ts';

/** What a pattern of an intent is made of. */
export type PatternNode =
  | { readonly kind: 'word'; readonly word: string }
  | { readonly kind: 'slot'; readonly name: string; readonly column: number }
  | { readonly kind: 'sequence'; readonly items: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly options: readonly PatternNode[] }
  | { readonly kind: 'optional'; readonly item: PatternNode };

/** A pattern read, or the first thing wrong with it. `column` counts from 1, in UTF-16 units. */
export type CompiledPattern =
  | { readonly ok: true; readonly node: PatternNode; readonly slots: readonly string[] }
  | { readonly ok: false; readonly column: number; readonly problem: string };

/** One thing wrong with a pattern, at its column (from 1). */
export interface PatternProblem {
  readonly column: number;
  readonly problem: string;
}

/** Longest pattern accepted, in UTF-16 units. */
export const maxPatternLength = 1000;
/** Deepest nesting of `(…)` and `[…]` accepted. */
export const maxPatternDepth = 16;

class Unreadable extends Error {
  readonly column: number;
  constructor(index: number, problem: string) {
    super(problem);
    this.column = index + 1;
  }
}

interface Cursor {
  readonly text: string;
  at: number;
}

/**
 * Reads a pattern: alternatives `(a|b)`, optionals `[x]`, slots `{parameter}`, nested as you like; `a|b` at the top too.
 * Letter case and punctuation mean nothing, contractions and number words are the same as what they stand for.
 */
export function compilePattern(text: string): CompiledPattern {
  try {
    if (text.length > maxPatternLength) {
      throw new Unreadable(maxPatternLength, `the pattern is longer than ${maxPatternLength} characters`);
    }
    const cursor = { text, at: 0 };
    const node = readChoice(cursor, 0);
    if (cursor.at < text.length) throw new Unreadable(cursor.at, `"${text[cursor.at]}" closes nothing`);
    if (longestLength(node) === 0) throw new Unreadable(0, 'the pattern has no word and no slot');
    return { ok: true, node, slots: [...new Set(slotsOf(node).map((slot) => slot.name))] };
  } catch (error) {
    if (error instanceof Unreadable) return { ok: false, column: error.column, problem: error.message };
    throw error;
  }
}

/**
 * Everything wrong with a pattern of a tool that has the parameters named, for checking before any call.
 * An empty list means that the pattern is sound.
 */
export function checkIntentPattern(pattern: string, parameterNames: readonly string[]): PatternProblem[] {
  const compiled = compilePattern(pattern);
  if (!compiled.ok) return [{ column: compiled.column, problem: compiled.problem }];
  const problems: PatternProblem[] = [];
  for (const slot of slotsOf(compiled.node)) {
    if (parameterNames.includes(slot.name)) continue;
    const known = parameterNames.length === 0 ? 'it has none' : `it has ${parameterNames.join(', ')}`;
    problems.push({
      column: slot.column,
      problem: `the slot {${slot.name}} is no parameter of the tool; ${known}`,
    });
  }
  if (matchesNothing(compiled.node)) {
    problems.push({ column: 1, problem: 'everything in the pattern is optional, so it would match silence' });
  }
  return problems;
}

function readChoice(cursor: Cursor, depth: number): PatternNode {
  if (depth > maxPatternDepth)
    throw new Unreadable(cursor.at, `nested more than ${maxPatternDepth} levels deep`);
  const options = [readSequence(cursor, depth)];
  while (cursor.text[cursor.at] === '|') {
    cursor.at += 1;
    options.push(readSequence(cursor, depth));
  }
  const [only] = options;
  return only !== undefined && options.length === 1 ? only : { kind: 'choice', options };
}

function readSequence(cursor: Cursor, depth: number): PatternNode {
  const items: PatternNode[] = [];
  for (;;) {
    const mark = cursor.text[cursor.at];
    if (mark === undefined || mark === '|' || mark === ')' || mark === ']') break;
    if (mark === '}') throw new Unreadable(cursor.at, '"}" closes nothing');
    if (mark === '{') items.push(readSlot(cursor));
    else if (mark === '(') items.push(readGroup(cursor, ')', depth));
    else if (mark === '[') items.push({ kind: 'optional', item: readGroup(cursor, ']', depth) });
    else items.push(...readWords(cursor));
  }
  const [only] = items;
  return only !== undefined && items.length === 1 ? only : { kind: 'sequence', items };
}

function readGroup(cursor: Cursor, close: ')' | ']', depth: number): PatternNode {
  const open = cursor.at;
  cursor.at += 1;
  const node = readChoice(cursor, depth + 1);
  if (cursor.text[cursor.at] !== close) {
    throw new Unreadable(open, `"${cursor.text[open]}" is never closed by "${close}"`);
  }
  cursor.at += 1;
  if (longestLength(node) === 0)
    throw new Unreadable(open, `nothing is inside "${cursor.text[open]}${close}"`);
  return node;
}

function readSlot(cursor: Cursor): PatternNode {
  const open = cursor.at;
  const close = cursor.text.indexOf('}', open);
  if (close < 0) throw new Unreadable(open, '"{" is never closed by "}"');
  const name = cursor.text.slice(open + 1, close).trim();
  if (!/^[\p{L}_$][\p{L}\p{N}_$.-]*$/u.test(name)) {
    throw new Unreadable(open, `"{${name}}" is not the name of a parameter`);
  }
  cursor.at = close + 1;
  return { kind: 'slot', name, column: open + 1 };
}

function readWords(cursor: Cursor): PatternNode[] {
  const start = cursor.at;
  while (cursor.at < cursor.text.length && !'{}()[]|'.includes(cursor.text[cursor.at] ?? '')) cursor.at += 1;
  return tokenize(cursor.text.slice(start, cursor.at)).map((token) => ({ kind: 'word', word: token.norm }));
}

type SlotNode = Extract<PatternNode, { kind: 'slot' }>;

function slotsOf(node: PatternNode): readonly SlotNode[] {
  switch (node.kind) {
    case 'word':
      return [];
    case 'slot':
      return [node];
    case 'sequence':
      return node.items.flatMap(slotsOf);
    case 'choice':
      return node.options.flatMap(slotsOf);
    case 'optional':
      return slotsOf(node.item);
  }
}

/** Words and slots on the longest way through the pattern. */
function longestLength(node: PatternNode): number {
  switch (node.kind) {
    case 'word':
    case 'slot':
      return 1;
    case 'sequence':
      return node.items.reduce((sum, item) => sum + longestLength(item), 0);
    case 'choice':
      return Math.max(...node.options.map(longestLength));
    case 'optional':
      return longestLength(node.item);
  }
}

function matchesNothing(node: PatternNode): boolean {
  switch (node.kind) {
    case 'word':
    case 'slot':
      return false;
    case 'sequence':
      return node.items.every(matchesNothing);
    case 'choice':
      return node.options.some(matchesNothing);
    case 'optional':
      return true;
  }
}
