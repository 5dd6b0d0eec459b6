import { type Reading, readMisheardNumber } from './quantities.ts';
import type { Token } from './token.ts';

/** A time of day as it was said. `isExact` is false for a bare hour that may mean the morning or the evening. */
export interface SpokenTime {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly isExact: boolean;
}

function wordAt(tokens: readonly Token[], at: number): string {
  return tokens[at]?.norm ?? '';
}

type DayPart = 'am' | 'pm';

/** Reads a time of day at `at`: "9:30 pm", "half past nine", "quarter to ten", "nine o'clock", "noon", "at nine". */
export function readTime(tokens: readonly Token[], at: number): Reading<SpokenTime> | undefined {
  const skip = ['at', 'by', 'around', 'about', 'for'].includes(wordAt(tokens, at)) ? 1 : 0;
  const named = readNamed(tokens, at + skip);
  if (named !== undefined) return { value: named.value, length: named.length + skip };
  const core =
    readPast(tokens, at + skip) ?? readDigital(tokens, at + skip) ?? readHour(tokens, at + skip, skip === 1);
  if (core === undefined) return undefined;
  const part = readDayPart(tokens, at + skip + core.length);
  return {
    value: withDayPart(core.value, part?.value),
    length: skip + core.length + (part?.length ?? 0),
  };
}

function readNamed(tokens: readonly Token[], at: number): Reading<SpokenTime> | undefined {
  const hour = { noon: 12, midday: 12, midnight: 0 }[wordAt(tokens, at)];
  return hour === undefined ? undefined : { value: { hour, minute: 0, second: 0, isExact: true }, length: 1 };
}

/** "half past nine", "ten to four", "quarter past 12", "twenty minutes past six". */
function readPast(tokens: readonly Token[], at: number): Reading<SpokenTime> | undefined {
  let next = at + (wordAt(tokens, at) === 'a' ? 1 : 0);
  const minutes = { half: 30, quarter: 15 }[wordAt(tokens, next)] ?? tokens[next]?.number;
  if (minutes === undefined || minutes >= 60) return undefined;
  next += 1;
  if (['minutes', 'minute'].includes(wordAt(tokens, next))) next += 1;
  const relation = wordAt(tokens, next);
  const hour = tokens[next + 1]?.number;
  const isBefore = ['to', 'before', 'till', 'of'].includes(relation);
  if (hour === undefined || hour > 24 || !(isBefore || ['past', 'after'].includes(relation))) {
    return undefined;
  }
  const total = (hour * 60 + (isBefore ? -minutes : minutes) + 1440) % 1440;
  const clock = wordAt(tokens, next + 2) === 'oclock' ? 1 : 0;
  const value = {
    hour: Math.floor(total / 60),
    minute: total % 60,
    second: 0,
    isExact: hour > 12 || hour === 0,
  };
  return { value, length: next + 2 + clock - at };
}

function readDigital(tokens: readonly Token[], at: number): Reading<SpokenTime> | undefined {
  const found = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(wordAt(tokens, at));
  if (found === null) return undefined;
  const [hour, minute, second] = [Number(found[1]), Number(found[2]), Number(found[3] ?? 0)];
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  return { value: { hour, minute, second, isExact: hour > 12 || hour === 0 }, length: 1 };
}

/** A bare hour counts only after "at", before "o'clock" or a part of the day, or with minutes. */
function readHour(tokens: readonly Token[], at: number, hasAt: boolean): Reading<SpokenTime> | undefined {
  const own = tokens[at]?.number;
  const misheard = own === undefined && hasAt ? readMisheardNumber(tokens, at) : undefined;
  const hour = own ?? misheard?.value;
  if (hour === undefined || !Number.isInteger(hour) || hour > 24) return undefined;
  const isExact = hour > 12 || hour === 0;
  const length = misheard?.length ?? 1;
  const after = at + length;
  if (wordAt(tokens, after) === 'oclock') {
    return { value: { hour: hour % 24, minute: 0, second: 0, isExact }, length: length + 1 };
  }
  const minute = tokens[after]?.number;
  if (minute !== undefined && Number.isInteger(minute) && minute >= 10 && minute < 60) {
    return { value: { hour: hour % 24, minute, second: 0, isExact }, length: length + 1 };
  }
  const isFollowed = readDayPart(tokens, after) !== undefined;
  const next = wordAt(tokens, after);
  if (!(hasAt || isFollowed) || /^(percent|degrees|minutes?|hours?|seconds?|days?)$/.test(next)) {
    return undefined;
  }
  return { value: { hour: hour % 24, minute: 0, second: 0, isExact }, length };
}

function readDayPart(tokens: readonly Token[], at: number): Reading<DayPart> | undefined {
  const word = wordAt(tokens, at);
  if (word === 'am' || word === 'pm') return { value: word, length: 1 };
  if (word === 'tonight') return { value: 'pm', length: 0 };
  if (word === 'at' && wordAt(tokens, at + 1) === 'night') return { value: 'pm', length: 2 };
  if (!['in', 'this'].includes(word)) return undefined;
  const skip = wordAt(tokens, at + 1) === 'the' ? 2 : 1;
  const part = ({ morning: 'am', afternoon: 'pm', evening: 'pm' } as const)[wordAt(tokens, at + skip)];
  return part === undefined ? undefined : { value: part, length: skip + 1 };
}

function withDayPart(time: SpokenTime, part: DayPart | undefined): SpokenTime {
  if (part === undefined) return time;
  if (part === 'am') return { ...time, hour: time.hour === 12 ? 0 : time.hour, isExact: true };
  return { ...time, hour: time.hour < 12 ? time.hour + 12 : time.hour, isExact: true };
}
