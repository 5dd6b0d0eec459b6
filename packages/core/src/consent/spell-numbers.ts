import { meansBesides, type Numeral, numeralOf } from './number-words.ts';

/** A text with its numbers in digits. */
export interface NumbersInDigits {
  readonly text: string;
  /** What words of it may stand for that mean other things too: `one`, `second`, `May`. */
  readonly besides: readonly string[];
}

/** One word or group of digits, with what stands before it. */
type Token = { readonly gap: string; readonly word: string };

/** A number that begins at a word: how many words it has, and its digits. */
type Found = { readonly length: number; readonly digits: string; readonly isCertain: boolean };

/** Writes the numbers of an English or German text in digits. */
export function inDigits(text: string): NumbersInDigits {
  const plain = text.normalize('NFKC').toLowerCase().replaceAll(scaledFraction, unscaled);
  const tokens = tokensOf(plain);
  const parts: string[] = [];
  const besides: string[] = [];
  for (let at = 0; at < tokens.length; ) {
    const { gap, word } = tokens[at] ?? { gap: '', word: '' };
    const found = numberAt(tokens, at);
    besides.push(...meansBesides(word));
    if (found !== undefined && !found.isCertain) besides.push(found.digits);
    parts.push(gap, found?.isCertain === true ? found.digits : word);
    at += found?.length ?? 1;
  }
  return { text: withFractions(parts.join('') + trailOf(plain)), besides };
}

/** `1.5 million` */
const scaledFraction = /(?<![\d.,])(\d+)[.,](\d{1,3}) (\p{L}+)/gu;

function unscaled(text: string, whole: string, part: string, word: string): string {
  const scale = numeralOf(word);
  if (scale?.kind !== 'scale') return text;
  return String(Number(whole) * scale.value + (Number(part) * scale.value) / 10 ** part.length);
}

function tokensOf(text: string): readonly Token[] {
  return [...text.matchAll(/([^\p{L}\d]*)(\p{L}+|\d+)/gu)].map(([, gap = '', word = '']) => ({ gap, word }));
}

function trailOf(text: string): string {
  return /[^\p{L}\d]*$/u.exec(text)?.[0] ?? '';
}

function numberAt(tokens: readonly Token[], at: number): Found | undefined {
  return repeatedAt(tokens, at) ?? zeroAt(tokens, at) ?? scaledAt(tokens, at) ?? composedAt(tokens, at);
}

/** `one point five million`, `one and a half million` */
function scaledAt(tokens: readonly Token[], from: number): Found | undefined {
  const whole = composedAt(tokens, from);
  if (whole === undefined) return undefined;
  const behind = from + whole.length;
  const isHalf = isHalfAt(tokens, behind);
  if (!isHalf && !isPoint(tokens[behind])) return undefined;
  let part = isHalf ? '5' : '';
  let at = behind + (isHalf ? 3 : 1);
  for (let next = numeralFrom(tokens, at); !isHalf && next?.kind === 'unit'; next = numeralFrom(tokens, at)) {
    part += String(next.value);
    at += 1;
  }
  const scale = numeralFrom(tokens, at);
  if (part === '' || scale?.kind !== 'scale') return undefined;
  const value = Number(whole.digits) * scale.value + (Number(part) * scale.value) / 10 ** part.length;
  return { length: at + 1 - from, digits: String(value), isCertain: true };
}

function isPoint(token: Token | undefined): boolean {
  return new RegExp(`^${point}$`).test(token?.word ?? '');
}

function isHalfAt(tokens: readonly Token[], at: number): boolean {
  const words = tokens.slice(at, at + 3).map(({ word }) => word);
  return words.join(' ') === 'and a half';
}

/** `double four`, `double oh` */
function repeatedAt(tokens: readonly Token[], at: number): Found | undefined {
  const times = { double: 2, triple: 3 }[tokens[at]?.word ?? ''];
  const zero: Numeral | undefined = isOh(tokens[at + 1]) ? { kind: 'unit', value: 0 } : undefined;
  const digit = zero ?? numeralFrom(tokens, at + 1);
  if (times === undefined || digit?.kind !== 'unit') return undefined;
  return { length: 2, digits: String(digit.value).repeat(times), isCertain: true };
}

/** `four oh five`, `four oh oh five` */
function zeroAt(tokens: readonly Token[], at: number): Found | undefined {
  const before = isOh(tokens[at - 1]) ? at - 1 : at;
  const isZero = isOh(tokens[at]) && isBehindNumber(tokens, before);
  return isZero ? { length: 1, digits: '0', isCertain: true } : undefined;
}

function isOh(token: Token | undefined): boolean {
  return isJoined(token) && /^(?:oh|o)$/.test(token?.word ?? '');
}

function composedAt(tokens: readonly Token[], from: number): Found | undefined {
  const first = startAt(tokens, from);
  if (first === undefined) return undefined;
  let sum: Sum = { total: 0, current: 0, last: undefined, scale: Number.POSITIVE_INFINITY };
  let next: Numeral | undefined = first;
  let at = from;
  while (next !== undefined) {
    const longer: Sum | undefined = added(sum, next);
    if (longer === undefined) break;
    sum = longer;
    at += 1;
    if (next.isOrdinal === true) break;
    const skips = isAnd(tokens[at]) && sum.last !== 'unit' && isWhole(sum) ? 1 : 0;
    next = numeralFrom(tokens, at + skips);
    if (next !== undefined && added(sum, next) !== undefined) at += skips;
  }
  const length = at - from;
  if (length === 1 && first.kind === 'digits' && /^\d/.test(tokens[from]?.word ?? '')) return undefined;
  const isAlone =
    numeralFrom(tokens, at) === undefined && !isBehindNumber(tokens, from) && !hasFraction(tokens, at);
  const isVague =
    (first.value < 2 && first.kind === 'unit') || (first.value < 10 && first.isOrdinal === true);
  return {
    length,
    digits: String(sum.total + sum.current),
    isCertain: !(length === 1 && isVague && isAlone),
  };
}

/** Whether a part of one follows: `zero point five`, `one and a half`. */
function hasFraction(tokens: readonly Token[], at: number): boolean {
  return isHalfAt(tokens, at) || (isPoint(tokens[at]) && numeralFrom(tokens, at + 1) !== undefined);
}

/** A number may begin with an article before what it counts: `a hundred`. */
function startAt(tokens: readonly Token[], at: number): Numeral | undefined {
  const { word = '' } = tokens[at] ?? {};
  if (!/^(?:an?|eine)$/.test(word)) return numeralOf(word);
  const next = numeralFrom(tokens, at + 1)?.kind;
  return next === 'hundred' || next === 'scale' ? { kind: 'unit', value: 1 } : undefined;
}

/** What has been read of a number: what stands before its last scale, and what stands behind it. */
type Sum = {
  readonly total: number;
  readonly current: number;
  readonly last: Numeral['kind'] | undefined;
  readonly scale: number;
};

const mayFollow: Readonly<Record<Numeral['kind'], readonly (Numeral['kind'] | undefined)[]>> = {
  digits: [undefined],
  unit: [undefined, 'ten', 'hundred', 'scale'],
  teen: [undefined, 'hundred', 'scale'],
  ten: [undefined, 'hundred', 'scale'],
  hundred: [undefined, 'unit', 'teen', 'scale'],
  hundreds: [undefined, 'scale'],
  scale: [undefined, 'digits', 'unit', 'teen', 'ten', 'hundred', 'hundreds'],
};

function added(sum: Sum, { kind, value }: Numeral): Sum | undefined {
  if (!mayFollow[kind].includes(sum.last)) return undefined;
  if (kind === 'unit' && value === 0 && sum.last !== undefined) return undefined;
  if (kind === 'hundred') {
    return { ...sum, current: (sum.current === 0 ? 1 : sum.current) * 100, last: kind };
  }
  if (kind !== 'scale') return { ...sum, current: sum.current + value, last: kind };
  if (value >= sum.scale) return undefined;
  const counted = sum.last === undefined ? 1 : sum.current;
  return { total: sum.total + counted * value, current: 0, last: kind, scale: value };
}

function isWhole({ last }: Sum): boolean {
  return last === 'hundred' || last === 'scale';
}

function isAnd(token: Token | undefined): boolean {
  return token !== undefined && isJoined(token) && /^(?:and|und)$/.test(token.word);
}

function numeralFrom(tokens: readonly Token[], at: number): Numeral | undefined {
  const token = tokens[at];
  return token !== undefined && isJoined(token) ? numeralOf(token.word) : undefined;
}

function isBehindNumber(tokens: readonly Token[], at: number): boolean {
  return isJoined(tokens[at]) && numeralOf(tokens[at - 1]?.word ?? '') !== undefined;
}

/** Whether a word belongs to the one before it: commas part numbers. */
function isJoined(token: Token | undefined): boolean {
  return token !== undefined && /^(?:\s+|[-‐‑])$/.test(token.gap);
}

const point = '(?:point|dot|comma|komma|punkt)';
const fraction = new RegExp(
  String.raw`(?<!\d|\d |${point} )(\d+) ${point} (\d+(?: \d+)*)(?! ?\d| ${point})`,
  'g',
);

/** `point 5`, where no number stands before it. */
const bareFraction = /(?<!\d\s*)\b(?:point|komma) (\d+(?: \d+)*)(?! ?\d)/g;

/** `2 point 5`, `2 and a half`, `half past 2`, `halb 3`. */
function withFractions(text: string): string {
  return text
    .replaceAll(fraction, (_, whole: string, part: string) => `${whole}.${part.replaceAll(' ', '')}`)
    .replaceAll(bareFraction, (_, part: string) => `0.${part.replaceAll(' ', '')}`)
    .replaceAll(/(\d+) and a half\b/g, '$1.5')
    .replaceAll(/\bhalf past (\d+)/g, '$1:30')
    .replaceAll(/(\d+) (?:minutes )?past (\d+)/g, '$2:$1')
    .replaceAll(/\bquarter past (\d+)|\bviertel nach (\d+)/g, (_, a?: string, b?: string) => `${a ?? b}:15`)
    .replaceAll(/\bhalb (\d+)/g, (_, hour: string) => `${hourBefore(hour)}:30`)
    .replaceAll(
      /\b(?:quarter to|viertel vor|dreiviertel) (\d+)/g,
      (_, hour: string) => `${hourBefore(hour)}:45`,
    );
}

function hourBefore(hour: string): number {
  return Number(hour) === 1 ? 12 : Number(hour) - 1;
}
