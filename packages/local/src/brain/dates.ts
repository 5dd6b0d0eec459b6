import { readTime, type SpokenTime } from './clock-times.ts';
import { readDuration } from './durations.ts';
import { type Reading, readOrdinal } from './quantities.ts';
import { editDistance } from './similarity.ts';
import type { Token } from './token.ts';

/** What a moment was said to be: a day, a time, or both. Fields of the local calendar. */
export interface SpokenMoment {
  /** Local midnight of the day named, if one was. */
  readonly day?: Date;
  readonly time?: SpokenTime;
  /** An exact moment ("in ten minutes"). */
  readonly instant?: Date;
}

const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const months = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];

function wordAt(tokens: readonly Token[], at: number): string {
  return tokens[at]?.norm ?? '';
}

function nearestIndex(names: readonly string[], word: string): number {
  const exact = names.findIndex((name) => name === word || (word.length === 3 && name.startsWith(word)));
  if (exact >= 0 || word.length < 6) return exact;
  return names.findIndex((name) => name.length >= 6 && editDistance(name, word, 1) <= 1);
}

function dayAfter(now: Date, days: number): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days);
}

/** Reads a day at `at`: "tomorrow", "next friday", "the fifth of march", "March 5th 2027", "in two weeks", "2026-03-05". */
export function readDay(tokens: readonly Token[], at: number, now: Date): Reading<Date> | undefined {
  const skip = ['on', 'for', 'by', 'from', 'until'].includes(wordAt(tokens, at)) ? 1 : 0;
  const found =
    readRelativeDay(tokens, at + skip, now) ??
    readWeekday(tokens, at + skip, now) ??
    readNamedDay(tokens, at + skip, now) ??
    readCalendarDay(tokens, at + skip, now);
  return found === undefined ? undefined : { value: found.value, length: found.length + skip };
}

/** Days of the year with a name; months from 0. */
const namedDays: readonly (readonly [string, number, number])[] = [
  ['christmas eve', 11, 24],
  ['christmas day', 11, 25],
  ['christmas', 11, 25],
  ['new years eve', 11, 31],
  ['new years day', 0, 1],
  ['new year', 0, 1],
  ['halloween', 9, 31],
  ['valentines day', 1, 14],
];

function readNamedDay(tokens: readonly Token[], at: number, now: Date): Reading<Date> | undefined {
  for (const [phrase, month, day] of namedDays) {
    const words = phrase.split(' ');
    if (!words.every((word, i) => wordAt(tokens, at + i) === word)) continue;
    const thisYear = new Date(now.getFullYear(), month, day);
    const year = thisYear < dayAfter(now, 0) ? now.getFullYear() + 1 : now.getFullYear();
    return { value: new Date(year, month, day), length: words.length };
  }
  return undefined;
}

const relativeDays: readonly (readonly [string, number])[] = [
  ['the day after tomorrow', 2],
  ['day after tomorrow', 2],
  ['the day before yesterday', -2],
  ['tomorrow', 1],
  ['yesterday', -1],
  ['today', 0],
  ['tonight', 0],
  ['this morning', 0],
  ['this afternoon', 0],
  ['this evening', 0],
  ['next week', 7],
  ['a week from today', 7],
  ['a week from now', 7],
];

function readRelativeDay(tokens: readonly Token[], at: number, now: Date): Reading<Date> | undefined {
  for (const [phrase, days] of relativeDays) {
    const words = phrase.split(' ');
    if (words.every((word, i) => wordAt(tokens, at + i) === word)) {
      return { value: dayAfter(now, days), length: words.length };
    }
  }
  const duration = wordAt(tokens, at) === 'in' ? readDuration(tokens, at + 1) : undefined;
  if (duration !== undefined && duration.value % 86_400 === 0) {
    return { value: dayAfter(now, duration.value / 86_400), length: duration.length + 1 };
  }
  return undefined;
}

/** A weekday is the next one that is not today; "next friday" is the one of next week (weeks begin on Monday). */
function readWeekday(tokens: readonly Token[], at: number, now: Date): Reading<Date> | undefined {
  const lead = ['next', 'this', 'coming'].includes(wordAt(tokens, at)) ? 1 : 0;
  const weekday = nearestIndex(weekdays, wordAt(tokens, at + lead).replace(/days$/, 'day'));
  if (weekday < 0) return undefined;
  const ahead = (weekday - now.getDay() + 7) % 7 || 7;
  const toSunday = (7 - now.getDay()) % 7;
  const isThisWeek = ahead <= toSunday;
  const extra = wordAt(tokens, at) === 'next' && isThisWeek ? 7 : 0;
  return { value: dayAfter(now, ahead + extra), length: lead + 1 };
}

function readCalendarDay(tokens: readonly Token[], at: number, now: Date): Reading<Date> | undefined {
  const iso = /^(\d{4})-(\d{2})-(\d{2})$/.exec(wordAt(tokens, at));
  if (iso !== null) {
    const value = validDay({ year: Number(iso[1]), month: Number(iso[2]) - 1, day: Number(iso[3]) });
    return value === undefined ? undefined : { value, length: 1 };
  }
  const skip = wordAt(tokens, at) === 'the' ? 1 : 0;
  const found = readDayThenMonth(tokens, at + skip) ?? readMonthThenDay(tokens, at + skip);
  if (found === undefined) return skip === 1 ? readDayOfMonth(tokens, at, now) : undefined;
  const yearSkip = wordAt(tokens, at + skip + found.length) === 'in' ? 1 : 0;
  const year = readYear(tokens, at + skip + found.length + yearSkip);
  const length = skip + found.length + (year === undefined ? 0 : yearSkip + year.length);
  if (year !== undefined) {
    const value = validDay({ ...found.value, year: year.value });
    return value === undefined ? undefined : { value, length };
  }
  const thisYear = validDay({ ...found.value, year: now.getFullYear() });
  const isPast = thisYear !== undefined && thisYear < dayAfter(now, 0);
  const value =
    isPast || thisYear === undefined ? validDay({ ...found.value, year: now.getFullYear() + 1 }) : thisYear;
  return value === undefined ? undefined : { value, length };
}

interface MonthDay {
  readonly month: number;
  readonly day: number;
}

function readDayThenMonth(tokens: readonly Token[], at: number): Reading<MonthDay> | undefined {
  const day = readOrdinal(tokens, at) ?? plainNumber(tokens, at);
  if (day === undefined) return undefined;
  const of = wordAt(tokens, at + day.length) === 'of' ? 1 : 0;
  const month = nearestIndex(months, wordAt(tokens, at + day.length + of));
  return month < 0 ? undefined : { value: { month, day: day.value }, length: day.length + of + 1 };
}

function readMonthThenDay(tokens: readonly Token[], at: number): Reading<MonthDay> | undefined {
  const month = nearestIndex(months, wordAt(tokens, at));
  if (month < 0) return undefined;
  const the = wordAt(tokens, at + 1) === 'the' ? 1 : 0;
  const day = readOrdinal(tokens, at + 1 + the) ?? plainNumber(tokens, at + 1 + the);
  return day === undefined ? undefined : { value: { month, day: day.value }, length: 1 + the + day.length };
}

/** "the fifth": this month, or the next when that is past. */
function readDayOfMonth(tokens: readonly Token[], at: number, now: Date): Reading<Date> | undefined {
  const day = readOrdinal(tokens, at + 1);
  if (day === undefined) return undefined;
  for (let ahead = 0; ahead < 3; ahead += 1) {
    const first = new Date(now.getFullYear(), now.getMonth() + ahead, 1);
    const value = validDay({ year: first.getFullYear(), month: first.getMonth(), day: day.value });
    if (value !== undefined && value >= dayAfter(now, 0)) return { value, length: day.length + 1 };
  }
  return undefined;
}

function plainNumber(tokens: readonly Token[], at: number): Reading<number> | undefined {
  const value = tokens[at]?.number;
  return value !== undefined && Number.isInteger(value) && value >= 1 && value <= 31
    ? { value, length: 1 }
    : undefined;
}

function readYear(tokens: readonly Token[], at: number): Reading<number> | undefined {
  const first = tokens[at]?.number;
  if (first === undefined) return undefined;
  if (first >= 1900 && first < 2200) return { value: first, length: 1 };
  const second = tokens[at + 1]?.number;
  if ((first === 19 || first === 20) && second !== undefined && second >= 10 && second < 100) {
    return { value: first * 100 + second, length: 2 };
  }
  return undefined;
}

function validDay(parts: { year: number; month: number; day: number }): Date | undefined {
  const date = new Date(parts.year, parts.month, parts.day);
  return date.getMonth() === parts.month && date.getDate() === parts.day ? date : undefined;
}

/** Reads a moment at `at`: a day, a time of day, both in either order, or "in ten minutes". */
export function readMoment(
  tokens: readonly Token[],
  at: number,
  now: Date,
): Reading<SpokenMoment> | undefined {
  if (wordAt(tokens, at) === 'now') return { value: { instant: now }, length: 1 };
  const wait = wordAt(tokens, at) === 'in' ? readDuration(tokens, at + 1) : undefined;
  if (wait !== undefined && wait.value % 86_400 !== 0) {
    return { value: { instant: new Date(now.getTime() + wait.value * 1000) }, length: wait.length + 1 };
  }
  const day = readDay(tokens, at, now);
  if (day !== undefined) {
    const time = readTime(tokens, at + day.length);
    if (time === undefined) return { value: { day: day.value }, length: day.length };
    const value = { day: day.value, time: eveningIfTonight(tokens, at, time.value) };
    return { value, length: day.length + time.length };
  }
  const time = readTime(tokens, at);
  if (time === undefined) return undefined;
  const next = readDay(tokens, at + time.length, now);
  if (next === undefined) return { value: { time: time.value }, length: time.length };
  return { value: { day: next.value, time: time.value }, length: time.length + next.length };
}

function eveningIfTonight(tokens: readonly Token[], at: number, time: SpokenTime): SpokenTime {
  const isEvening = wordAt(tokens, at) === 'tonight' || wordAt(tokens, at + 1) === 'evening';
  return isEvening && time.hour < 12 ? { ...time, hour: time.hour + 12, isExact: true } : time;
}

/**
 * The moment that was meant, local time. A bare hour without a day is its next occurrence, morning or evening;
 * with a day it is taken as said. A day without a time is its midnight.
 */
export function resolveMoment(moment: SpokenMoment, now: Date): Date {
  if (moment.instant !== undefined) return moment.instant;
  const day = moment.day ?? dayAfter(now, 0);
  if (moment.time === undefined) return day;
  const at = onDay(day, moment.time);
  if (moment.day !== undefined || at > now) return at;
  if (!moment.time.isExact && moment.time.hour < 12) {
    const later = onDay(day, { ...moment.time, hour: moment.time.hour + 12 });
    if (later > now) return later;
  }
  return onDay(dayAfter(now, 1), moment.time);
}

function onDay(day: Date, time: SpokenTime): Date {
  return new Date(day.getFullYear(), day.getMonth(), day.getDate(), time.hour, time.minute, time.second);
}
