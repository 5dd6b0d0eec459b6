import { belowHundred, ordinalToWords, yearToWords } from './number-words.ts';
import { type TextRule, utteranceBreak } from './text-rule.ts';

const months = ['January February March April May June July August September October November December']
  .join(' ')
  .split(' ');
const shortMonths = months.map((month) => month.slice(0, 3));
const anyMonth = `(${[...months, ...shortMonths, 'Sept'].join('|')})\\.?`;
const year = '(1[1-9]\\d\\d|20\\d\\d)';
/** What four digits count rather than date. */
const countedNouns =
  'seconds|minutes|hours|days|steps|words|people|[km]?m\\b|meters|miles|dollars|euros|points';

/** Dates and times of day become words, in the American way of saying them. */
export const dateTimeRules: readonly TextRule[] = [
  {
    pattern: /\b(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?\b/g,
    speak: ([yyyy = '', month = '', day = '', hour = '', minute = '', zone = ''], match) => {
      const date = speakDate(Number(month), Number(day), yyyy);
      if (date === undefined) return match;
      const zoneWords = zone === 'Z' ? ' U T C' : '';
      return hour === '' ? date : `${date} at ${speakTime(Number(hour), Number(minute), 'day')}${zoneWords}`;
    },
  },
  {
    pattern: /\b(\d{1,2})\/(\d{1,2})\/(\d{4})\b/g,
    speak: ([first = '', second = '', yyyy = ''], match) =>
      speakDate(Number(first), Number(second), yyyy) ??
      speakDate(Number(second), Number(first), yyyy) ??
      match,
  },
  {
    pattern: new RegExp(`\\b${anyMonth} (\\d{1,2})(?:st|nd|rd|th)?\\b(?!:)(?:(,?) ${year}\\b)?`, 'g'),
    speak: ([month = '', day = '', , yyyy = '']) =>
      `${fullMonth(month)} ${ordinalToWords(day)}${yyyy === '' ? '' : `, ${yearToWords(yyyy)}`}`,
  },
  {
    pattern: new RegExp(`\\b(\\d{1,2})(?:st|nd|rd|th)? (?:of )?${anyMonth}(?: ${year})?\\b`, 'g'),
    speak: ([day = '', month = '', yyyy = '']) =>
      `${ordinalToWords(day)} of ${fullMonth(month)}${yyyy === '' ? '' : ` ${yearToWords(yyyy)}`}`,
  },
  {
    pattern: new RegExp(
      `\\b(in|since|until|year|${months.join('|')}) ${year}\\b(?![.,:/]\\d|%| ?(?:${countedNouns}))`,
      'gi',
    ),
    speak: ([word = '', yyyy = '']) => `${word} ${yearToWords(yyyy)}`,
  },
  {
    pattern: /\b(\d{1,2}):([0-5]\d)(?::[0-5]\d)?\s*([ap])\.?\s?m\b\.?/gi,
    speak: ([hour = '', minute = '', half = '']) =>
      apart(clock(Number(hour), Number(minute)), halfOfDay(half)),
  },
  {
    pattern: /\b(\d{1,2})\s*([ap])\.?\s?m\b\.?/gi,
    speak: ([hour = '', half = '']) => apart(belowHundred(Number(hour)), halfOfDay(half)),
  },
  {
    pattern: /\b(\d{1,2}):([0-5]\d):([0-5]\d)\b/g,
    speak: ([hours = '', minutes = '', seconds = '']) =>
      [counted(hours, 'hour'), counted(minutes, 'minute'), counted(seconds, 'second')]
        .filter(Boolean)
        .join(' '),
  },
  {
    pattern: /\b([01]?\d|2[0-4]):([0-5]\d)\b/g,
    speak: ([hour = '', minute = '']) =>
      speakTime(Number(hour), Number(minute), hour.startsWith('0') || Number(hour) > 12 ? 'day' : 'unknown'),
  },
];

/** @param clockFace `day` when the hours are known to count to 24. */
function speakTime(hour: number, minute: number, clockFace: 'day' | 'unknown'): string {
  if (hour % 24 === 0 && minute === 0) return 'midnight';
  if (clockFace === 'unknown') return minute === 0 ? `${belowHundred(hour)} o'clock` : clock(hour, minute);
  if (hour === 12 && minute === 0) return 'noon';
  return apart(clock(hour % 12 === 0 ? 12 : hour % 12, minute), hour % 24 < 12 ? 'A M' : 'P M');
}

/**
 * The numbers and the letters of a time, each an utterance of its own: run together, "fifty two P M" is heard as
 * "fifty P M", and "sixteen A M" as "sixteen day, I'm".
 */
function apart(numbers: string, letters: string): string {
  return `${utteranceBreak}${numbers}${utteranceBreak}${letters}${utteranceBreak}`;
}

function clock(hour: number, minute: number): string {
  if (minute === 0) return belowHundred(hour);
  const minutes = `${minute < 10 ? 'oh ' : ''}${belowHundred(minute)}`;
  // Behind a tens word a short "six" or "eight" is lost, and "five twenty eight" heard as "five twenty": a pause before
  // the two keeps them apart.
  const isSwallowed = minute > 20 && [6, 8].includes(minute % 10);
  return `${belowHundred(hour)}${isSwallowed ? ',' : ''} ${minutes}`;
}

function halfOfDay(letter: string): string {
  return letter.toLowerCase() === 'a' ? 'A M' : 'P M';
}

function counted(digits: string, unit: string): string {
  const count = Number(digits);
  return count === 0 ? '' : `${belowHundred(count)} ${unit}${count === 1 ? '' : 's'}`;
}

function speakDate(month: number, day: number, yyyy: string): string | undefined {
  const name = months[month - 1];
  if (name === undefined || day < 1 || day > 31) return undefined;
  return `${name} ${ordinalToWords(String(day))}, ${yearToWords(yyyy)}`;
}

function fullMonth(name: string): string {
  return months[shortMonths.indexOf(name.slice(0, 3))] ?? name;
}
