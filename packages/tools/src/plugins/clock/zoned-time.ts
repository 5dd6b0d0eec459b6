/** A moment as the clocks and calendars of a place show it. */
export interface ZonedTime {
  /** `3:45 PM`. */
  readonly time: string;
  /** `Tuesday, November 24, 2026`. */
  readonly date: string;
  /** `2026-11-24T15:45:00+09:00`. */
  readonly iso: string;
}

/** Reads the clocks of a time zone. */
export function zonedTime(instant: Date, timeZone: string): ZonedTime {
  const format = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('en-US', { ...options, timeZone }).format(instant).replaceAll(/\s/g, ' ');
  return {
    time: format({ hour: 'numeric', minute: '2-digit' }),
    date: format({ weekday: 'long', month: 'long', day: 'numeric', year: 'numeric' }),
    iso: isoWithOffset(instant, timeZone),
  };
}

/** What must be added to UTC to get the time of the zone at `instant`, in minutes. */
export function offsetMinutes(instant: Date, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(instant);
  const part = (type: Intl.DateTimeFormatPartTypes) =>
    Number(parts.find((one) => one.type === type)?.value ?? 0);
  const local = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  return Math.round((local - Math.floor(instant.getTime() / 1000) * 1000) / 60_000);
}

function isoWithOffset(instant: Date, timeZone: string): string {
  const offset = offsetMinutes(instant, timeZone);
  const local = new Date(instant.getTime() + offset * 60_000).toISOString().slice(0, 19);
  const size = Math.abs(offset);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${local}${offset < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** The moment on the day of `day` (as seen in the zone) when its clocks show the time. */
export function instantAt(
  day: Date,
  timeZone: string,
  { hour, minute }: { readonly hour: number; readonly minute: number },
): Date {
  const shown = new Date(day.getTime() + offsetMinutes(day, timeZone) * 60_000);
  const asUtc = Date.UTC(shown.getUTCFullYear(), shown.getUTCMonth(), shown.getUTCDate(), hour, minute);
  const guess = new Date(asUtc - offsetMinutes(new Date(asUtc), timeZone) * 60_000);
  return new Date(asUtc - offsetMinutes(guess, timeZone) * 60_000);
}

/** Reads a time of day: `15:30`, `3:30 pm`, `3 p.m.`, `noon`. */
export function readTimeOfDay(text: string): { readonly hour: number; readonly minute: number } | undefined {
  const folded = text.toLowerCase().replaceAll('.', '').trim();
  if (folded === 'noon' || folded === 'midday') return { hour: 12, minute: 0 };
  if (folded === 'midnight') return { hour: 0, minute: 0 };
  const match = /^(\d{1,2})(?::(\d{2}))?(?::\d{2})?\s*(am|pm|o'?clock|h)?$/.exec(folded);
  if (match === null) return undefined;
  const [, hours = '', minutes = '0', half] = match;
  const minute = Number(minutes);
  let hour = Number(hours);
  if (half === 'am' || half === 'pm') {
    if (hour < 1 || hour > 12) return undefined;
    hour = (hour % 12) + (half === 'pm' ? 12 : 0);
  }
  return hour < 24 && minute < 60 ? { hour, minute } : undefined;
}
