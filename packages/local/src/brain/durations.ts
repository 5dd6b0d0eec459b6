import { type Reading, readMisheardNumber, readQuantity } from './quantities.ts';
import type { Token } from './token.ts';

/** A unit a number of which can be a parameter's value. */
export type DurationUnit = 'milliseconds' | 'seconds' | 'minutes' | 'hours' | 'days' | 'weeks';

const secondsIn: Readonly<Record<DurationUnit, number>> = {
  milliseconds: 0.001,
  seconds: 1,
  minutes: 60,
  hours: 3600,
  days: 86_400,
  weeks: 604_800,
};

const spokenUnits: Readonly<Record<string, DurationUnit>> = {
  ms: 'milliseconds',
  millisecond: 'milliseconds',
  milliseconds: 'milliseconds',
  millis: 'milliseconds',
  s: 'seconds',
  sec: 'seconds',
  secs: 'seconds',
  second: 'seconds',
  seconds: 'seconds',
  m: 'minutes',
  min: 'minutes',
  mins: 'minutes',
  minute: 'minutes',
  minutes: 'minutes',
  minuet: 'minutes',
  minutus: 'minutes',
  h: 'hours',
  hr: 'hours',
  hrs: 'hours',
  hour: 'hours',
  hours: 'hours',
  our: 'hours',
  ours: 'hours',
  day: 'days',
  days: 'days',
  week: 'weeks',
  weeks: 'weeks',
  fortnight: 'weeks',
};

/** The unit a word names, in any of its spellings. */
export function durationUnit(word: string): DurationUnit | undefined {
  return Object.hasOwn(spokenUnits, word) ? spokenUnits[word] : undefined;
}

function wordAt(tokens: readonly Token[], at: number): string {
  return tokens[at]?.norm ?? '';
}

/**
 * Reads a length of time at `at`, in seconds: "ten minutes", "an hour and a half", "one hour thirty",
 * "half an hour", "three quarters of an hour", "2 hours 15 minutes and 10 seconds".
 */
export function readDuration(tokens: readonly Token[], at: number): Reading<number> | undefined {
  const first = readTerm(tokens, at);
  if (first === undefined) return undefined;
  let { seconds, length } = first;
  let smallest = first.unit;
  for (;;) {
    const skip = wordAt(tokens, at + length) === 'and' ? 1 : 0;
    const next = readTerm(tokens, at + length + skip);
    if (next === undefined || secondsIn[next.unit] >= secondsIn[smallest]) break;
    seconds += next.seconds;
    length += skip + next.length;
    smallest = next.unit;
  }
  const bare = smallest === 'hours' ? tokens[at + length]?.number : undefined;
  if (bare !== undefined && Number.isInteger(bare) && bare >= 1 && bare < 60 && length <= 2) {
    return { value: seconds + bare * 60, length: length + 1 };
  }
  return { value: seconds, length };
}

interface Term {
  readonly seconds: number;
  readonly length: number;
  readonly unit: DurationUnit;
}

/** A count and its unit; the first way of reading the count that a unit follows. */
function readTerm(tokens: readonly Token[], at: number): Term | undefined {
  for (const count of countsAt(tokens, at)) {
    const term = readUnit(tokens, at, count);
    if (term !== undefined) return term;
  }
  return undefined;
}

function readUnit(tokens: readonly Token[], at: number, count: Count): Term | undefined {
  let length = count.length;
  if (wordAt(tokens, at + length) === 'of') length += 1;
  if (count.isPart && ['a', 'an'].includes(wordAt(tokens, at + length))) length += 1;
  if (wordAt(tokens, at + length) === 'more') length += 1;
  const word = wordAt(tokens, at + length);
  const unit = durationUnit(word);
  if (unit === undefined || (count.isMisheard && word.length < 3)) return undefined;
  length += 1;
  const half = readAndAHalf(tokens, at + length);
  const each = word === 'fortnight' ? 2 : 1;
  const seconds = (count.value + (half?.value ?? 0)) * each * secondsIn[unit];
  return { seconds, length: length + (half?.length ?? 0), unit };
}

interface Count extends Reading<number> {
  readonly isPart: boolean;
  readonly isMisheard: boolean;
}

function countsAt(tokens: readonly Token[], at: number): readonly Count[] {
  const counts: Count[] = [];
  const quantity = readQuantity(tokens, at);
  if (quantity !== undefined && quantity.value >= 0) {
    counts.push({ ...quantity, isPart: !Number.isInteger(quantity.value), isMisheard: false });
  }
  if (['a', 'an'].includes(wordAt(tokens, at))) {
    counts.push({ value: 1, length: 1, isPart: false, isMisheard: false });
  }
  const misheard = readMisheardNumber(tokens, at);
  if (misheard !== undefined) counts.push({ ...misheard, isPart: false, isMisheard: true });
  return counts;
}

/** "… and a half" or "… and a quarter" after a unit. */
function readAndAHalf(tokens: readonly Token[], at: number): Reading<number> | undefined {
  if (wordAt(tokens, at) !== 'and' || !['a', 'an', '1'].includes(wordAt(tokens, at + 1))) return undefined;
  if (durationUnit(wordAt(tokens, at + 3)) !== undefined) return undefined;
  const part = { half: 0.5, quarter: 0.25 }[wordAt(tokens, at + 2)];
  return part === undefined ? undefined : { value: part, length: 3 };
}

/** A length of time in the unit of a parameter, free of floating-point noise. */
export function inUnit(seconds: number, unit: DurationUnit): number {
  return Number((seconds / secondsIn[unit]).toPrecision(12));
}

/** A length of time in its largest whole unit: 86400 → "24 hours", 90 → "90 seconds". */
export function spokenDuration(seconds: number): string {
  const unit = (['days', 'hours', 'minutes', 'seconds'] as const).find((one) => {
    const count = seconds / secondsIn[one];
    return Number.isInteger(count) && (count > 1 || one === 'seconds');
  });
  if (unit === undefined) return `${seconds} seconds`;
  const count = seconds / secondsIn[unit];
  return count === 1 ? `1 ${unit.slice(0, -1)}` : `${count} ${unit}`;
}

/** The number of seconds in a number of units. */
export function inSeconds(count: number, unit: DurationUnit): number {
  return count * secondsIn[unit];
}

/** ISO 8601 duration: 5400 → `PT1H30M`. Days are 24 hours. */
export function isoDuration(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = Number((seconds % 60).toFixed(3));
  const date = days > 0 ? `${days}D` : '';
  const time = `${hours > 0 ? `${hours}H` : ''}${minutes > 0 ? `${minutes}M` : ''}${rest > 0 ? `${rest}S` : ''}`;
  if (date === '' && time === '') return 'PT0S';
  return `P${date}${time === '' ? '' : `T${time}`}`;
}
