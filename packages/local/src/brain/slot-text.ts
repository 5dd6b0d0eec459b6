import { numberWord } from './number-words.ts';
import type { TextKind } from './parameters.ts';
import type { Span, Token } from './token.ts';
import { textOf } from './tokens.ts';
import { closingLength, isFiller, isTimeWord } from './vocabulary.ts';

const lowerInNames = new Set('of the and de la le da do del van von in on upon y der den'.split(' '));

/** What the user said for a text slot, ready to be an argument. */
export function slotText(text: string, tokens: readonly Token[], span: Span, kind: TextKind): string {
  const trimmed = trimSpan(tokens, span, kind);
  if (kind === 'code') {
    const code =
      joinedCode(tokens.slice(span.from, trimmed.to)) ?? joinedCode(tokens.slice(trimmed.from, trimmed.to));
    if (code !== undefined) return code;
  }
  const raw = textOf(text, tokens, trimmed);
  const isName = kind === 'place' || kind === 'person';
  return isName && !startsCommonly(raw) ? nameCase(raw) : raw;
}

/** "the station" and "my sister" are no names. */
function startsCommonly(text: string): boolean {
  return /^(the|my|our|your|his|her|their|a|an) /i.test(text);
}

const nameLeads = new Set(['the', 'a', 'an', 'my', 'in', 'to', 'for', 'at', 'of', 'from']);

function trimSpan(tokens: readonly Token[], span: Span, kind: TextKind): Span {
  let { from, to } = span;
  const isName = kind === 'place' || kind === 'person';
  while (from < to - 1 && isFiller(tokens[from]?.norm ?? '')) from += 1;
  if (isName)
    while (from < to - 1 && ['in', 'to', 'for', 'at', 'of'].includes(tokens[from]?.norm ?? '')) from += 1;
  if (kind === 'code' || kind === 'subject') {
    while (from < to - 1 && kind === 'code' && nameLeads.has(tokens[from]?.norm ?? '')) from += 1;
  }
  if (kind !== 'content') {
    const words = tokens.slice(from, to).map((token) => token.norm);
    to = Math.max(from + 1, to - closingLength(words));
  }
  while (isName && to - from > 1 && isTimeWord(tokens[to - 1]?.norm ?? '')) {
    to -= ['this', 'on', 'next', 'for'].includes(tokens[to - 2]?.norm ?? '') && to - from > 2 ? 2 : 1;
  }
  return { from, to };
}

/** "a b 1 2 3" → AB123, "one two three four" → 1234: letters and digits said one by one. */
function joinedCode(tokens: readonly Token[]): string | undefined {
  const parts = tokens.filter((token) => !['number', 'dash', 'minus', 'hash'].includes(token.norm));
  if (parts.length === 0) return undefined;
  const isCode = parts.every(
    (token) =>
      token.number !== undefined || /^[a-z]$/.test(token.norm) || /^(?=.*\d)[a-z\d]+$/.test(token.norm),
  );
  if (!isCode) return undefined;
  return parts.map((token) => token.norm.toUpperCase()).join('');
}

/** Capitals for a name said in lower case; a name that has capitals, or is in capitals only, stays as it is. */
export function nameCase(text: string): string {
  if (/\p{Lu}/u.test(text)) return text;
  return text
    .split(' ')
    .map((word, index) => {
      if ((index > 0 && lowerInNames.has(word)) || numberWord(word) !== undefined) return word;
      return word.replace(/(^|-)\p{Ll}/gu, (letter) => letter.toUpperCase());
    })
    .join(' ');
}
