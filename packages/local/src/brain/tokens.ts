import { foldNumbers } from './number-words.ts';
import type { Span, Token } from './token.ts';

/** Longest utterance that is looked at, in tokens. What follows is ignored. */
export const maxTokens = 64;
const maxChars = 2000;

const wordPattern =
  /[ap]\.\s?m\b\.?|\d{1,2}:\d{2}(?::\d{2})?|\d{4}-\d{2}-\d{2}|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:st|nd|rd|th)\b|\d+(?:\.\d+)?|[\p{L}\p{M}][\p{L}\p{M}\p{N}]*(?:['’][\p{L}\p{M}]+)*|[+*/=^%×÷√&()$€£°#-]|[.?!;,]/gu;

const symbolWords: Readonly<Record<string, string>> = {
  '+': 'plus',
  '*': 'times',
  '×': 'times',
  '÷': 'over',
  '/': 'over',
  '^': 'power',
  '%': 'percent',
  '&': 'and',
  '=': 'equals',
  '√': 'root',
  $: 'dollars',
  '€': 'euros',
  '£': 'pounds',
  '°': 'degrees',
  '#': 'number',
};

const wholeWords: Readonly<Record<string, readonly string[]>> = {
  cannot: ['can', 'not'],
  "can't": ['can', 'not'],
  cant: ['can', 'not'],
  "won't": ['will', 'not'],
  "shan't": ['shall', 'not'],
  dont: ['do', 'not'],
  whats: ['what', 'is'],
  wheres: ['where', 'is'],
  hows: ['how', 'is'],
  whos: ['who', 'is'],
  "let's": ['let', 'us'],
  gonna: ['going', 'to'],
  wanna: ['want', 'to'],
  gimme: ['give', 'me'],
  lemme: ['let', 'me'],
  "o'clock": ['oclock'],
  "ma'am": ['madam'],
  ok: ['okay'],
  'a.m': ['am'],
  'p.m': ['pm'],
};

const hasIsAfterApostrophe = new Set(
  'what where how who when why that there here it he she time weather everything'.split(' '),
);

const suffixWords: Readonly<Record<string, string>> = {
  re: 'are',
  ll: 'will',
  ve: 'have',
  m: 'am',
  d: 'would',
};

/** Lower case without diacritics; `’` as `'`. */
export function foldCase(text: string): string {
  return text.toLowerCase().normalize('NFKD').replace(/\p{M}/gu, '').replaceAll('’', "'");
}

/** The words a contraction stands for: "what's" → what, is; "today's" → todays. */
function expand(word: string): readonly string[] {
  const whole = wholeWords[word];
  if (whole !== undefined && Object.hasOwn(wholeWords, word)) return whole;
  const at = word.lastIndexOf("'");
  if (at < 0) return [word];
  const head = word.slice(0, at).replaceAll("'", '');
  const tail = word.slice(at + 1);
  if (tail === 't' && head.endsWith('n')) return [head.slice(0, -1), 'not'];
  if (tail === 's' && hasIsAfterApostrophe.has(head)) return [head, 'is'];
  const suffix = Object.hasOwn(suffixWords, tail) ? suffixWords[tail] : undefined;
  return suffix === undefined ? [head + tail] : [head, suffix];
}

/** Splits `text` into normalised tokens; joins number words. Looks at the first 2,000 characters and 64 tokens. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let clause = 0;
  let opensSentence = true;
  for (const found of text.slice(0, maxChars).matchAll(wordPattern)) {
    const raw = found[0];
    if (/^[.?!;,]$/.test(raw)) {
      if (tokens.length > 0) clause += 1;
      if (raw !== ',') opensSentence = true;
      continue;
    }
    const start = found.index;
    const end = start + raw.length;
    for (const norm of normsOf(raw, text, start)) {
      tokens.push({ norm, heard: norm, start, end, clause, opensSentence, ...numberOf(norm) });
      opensSentence = false;
    }
    splitSpan(tokens, raw, start);
    if (tokens.length >= maxTokens * 2) break;
  }
  return foldNumbers(tokens).slice(0, maxTokens);
}

function normsOf(raw: string, text: string, start: number): readonly string[] {
  if (raw === '-') return isMinus(text, start) ? ['minus'] : [];
  if (Object.hasOwn(symbolWords, raw)) return [symbolWords[raw] ?? raw];
  if (/^\d{1,3}(,\d{3})+/.test(raw)) return [raw.replaceAll(',', '')];
  const folded = foldCase(raw);
  if (/^[ap]\.\s?m/.test(folded)) return [`${folded.charAt(0)}m`];
  return expand(folded);
}

/** A dash is a minus sign before a digit, unless it joins two words or a number and its unit. */
function isMinus(text: string, at: number): boolean {
  const before = text.slice(0, at).trimEnd().at(-1) ?? '';
  const after =
    text
      .slice(at + 1)
      .trimStart()
      .at(0) ?? '';
  return /[\d(]/.test(after) && (before === '' || !/\p{L}/u.test(text.charAt(at - 1)));
}

function numberOf(norm: string): { number?: number } {
  return /^\d+(\.\d+)?$/.test(norm) ? { number: Number(norm) } : {};
}

/** Gives the two halves of a contraction their own parts of the text, so that a slot can begin between them. */
function splitSpan(tokens: Token[], raw: string, start: number): void {
  const [first, second] = tokens.slice(-2);
  if (first === undefined || second === undefined || first.start !== start || second.start !== start) return;
  const apostrophe = raw.search(/['’]/);
  const cut = start + (apostrophe > 0 ? apostrophe : raw.length);
  tokens.splice(-2, 2, { ...first, end: cut }, { ...second, start: cut });
}

/** The original text of tokens `from` (inclusive) to `to` (exclusive). */
export function textOf(text: string, tokens: readonly Token[], span: Span): string {
  const first = tokens[span.from];
  const last = tokens[span.to - 1];
  if (first === undefined || last === undefined) return '';
  return text.slice(first.start, last.end).replace(/\s+/g, ' ').trim();
}

/** Lower-case words of an identifier: `durationMs`, `living_room` and `to-do` give two each. */
export function identifierWords(name: string): readonly string[] {
  return foldCase(name.replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2'))
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}
