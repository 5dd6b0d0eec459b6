const units = new Map(
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'
    .split(' ')
    .map((word, value) => [word, value]),
);
const tens = new Map(
  'twenty thirty forty fifty sixty seventy eighty ninety'
    .split(' ')
    .map((word, index) => [word, (index + 2) * 10]),
);
const scales = new Map([
  ['hundred', 100],
  ['thousand', 1e3],
  ['million', 1e6],
  ['billion', 1e9],
  ['trillion', 1e12],
]);

/** A number read from the start of a list of words, and how many of them it took. */
export interface NumberReading {
  /** In digits, as an expression takes it. */
  readonly digits: string;
  readonly length: number;
}

/**
 * Reads a cardinal number at the start of `words`: "two hundred and five", "3 million", "minus" not included,
 * "four point seven five". Words are lower case.
 */
export function readNumberWords(words: readonly string[]): NumberReading | undefined {
  const whole = readWhole(words);
  const at = whole?.length ?? 0;
  const fraction = words[at] === 'point' ? readDigits(words.slice(at + 1)) : undefined;
  if (whole === undefined && fraction === undefined) return undefined;
  const base = whole?.digits ?? '0';
  if (fraction === undefined || base.includes('.')) return whole;
  return scaled(`${base}.${fraction.digits}`, words, at + 1 + fraction.length);
}

/** "2.5 million": a scale after a decimal fraction. */
function scaled(digits: string, words: readonly string[], length: number): NumberReading {
  const scale = scales.get(words[length] ?? '');
  if (scale === undefined) return { digits, length };
  return { digits: String(Number((Number(digits) * scale).toPrecision(15))), length: length + 1 };
}

function readWhole(words: readonly string[]): NumberReading | undefined {
  let total = 0;
  let group: number | undefined;
  let at = 0;
  let isFirst = true;
  let last: Step['kind'] | undefined;
  for (;;) {
    const skip = words[at] === 'and' && last === 'scale' ? 1 : 0;
    const step = readStep(words[at + skip] ?? '', isFirst);
    if (step === undefined || !follows(last, step, group)) break;
    if (step.kind === 'scale') {
      if (step.value === 100) group = (group ?? 1) * 100;
      else {
        total += (group ?? 1) * step.value;
        group = undefined;
      }
    } else {
      group = (group ?? 0) + step.value;
    }
    at += skip + 1;
    last = step.kind;
    isFirst = false;
  }
  if (at === 0) return undefined;
  const value = total + (group ?? 0);
  return { digits: Number.isInteger(value) ? String(BigInt(value)) : String(value), length: at };
}

interface Step {
  readonly kind: 'digits' | 'unit' | 'teen' | 'ten' | 'scale';
  readonly value: number;
}

function readStep(word: string, isFirst: boolean): Step | undefined {
  const unit = units.get(word);
  if (unit !== undefined) return { kind: unit < 10 ? 'unit' : 'teen', value: unit };
  const ten = tens.get(word);
  if (ten !== undefined) return { kind: 'ten', value: ten };
  const scale = scales.get(word);
  if (scale !== undefined)
    return isFirst && word !== 'hundred' && word !== 'thousand' ? undefined : { kind: 'scale', value: scale };
  return /^\d+(\.\d+)?$/.test(word) ? { kind: 'digits', value: Number(word) } : undefined;
}

/** Whether `step` continues a number whose last word was of the kind `last`. */
function follows(last: Step['kind'] | undefined, step: Step, group: number | undefined): boolean {
  if (last === undefined) return true;
  if (step.kind === 'scale') return last !== 'scale' || (group ?? 0) >= 100;
  if (step.kind === 'unit') return last === 'ten' || last === 'scale';
  if (step.kind === 'digits') return last === 'scale' && Number.isInteger(step.value);
  return last === 'scale';
}

function readDigits(words: readonly string[]): NumberReading | undefined {
  let digits = '';
  let length = 0;
  for (const word of words) {
    const unit = word === 'oh' ? 0 : units.get(word);
    const digit = unit !== undefined && unit < 10 ? String(unit) : /^\d+$/.test(word) ? word : undefined;
    const pair = readPair(words.slice(length));
    if (digits === '' && pair !== undefined) return pair;
    if (digit === undefined) break;
    digits += digit;
    length += 1;
  }
  return digits === '' ? undefined : { digits, length };
}

/** "point seventy five" and "point fifteen". */
function readPair(words: readonly string[]): NumberReading | undefined {
  const ten = tens.get(words[0] ?? '');
  if (ten !== undefined) {
    const unit = units.get(words[1] ?? '');
    return unit !== undefined && unit > 0 && unit < 10
      ? { digits: String(ten + unit), length: 2 }
      : { digits: String(ten), length: 1 };
  }
  const teen = units.get(words[0] ?? '');
  return teen !== undefined && teen >= 10 ? { digits: String(teen), length: 1 } : undefined;
}
