function pad(value: number, width = 2): string {
  return String(value).padStart(width, '0');
}

/** `YYYY-MM-DD` of the local day. */
export function isoDate(date: Date): string {
  return `${pad(date.getFullYear(), 4)}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}

/** `HH:MM:SS` of the local time of day. */
export function isoTime(date: Date): string {
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

/** The local offset from UTC at that moment, as RFC 3339 writes it: `Z`, `+02:00`. */
export function isoOffset(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  if (minutes === 0) return 'Z';
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${pad(Math.floor(size / 60))}:${pad(size % 60)}`;
}

/** How a date or time is written as a value: a JSON Schema `format`, or hours and minutes only. */
export type MomentFormat = 'date' | 'time' | 'date-time' | 'hours-minutes';

/** The ways a moment may be written in `format`, the one RFC 3339 prefers first. */
export function momentTexts(date: Date, format: MomentFormat): readonly string[] {
  const time = isoTime(date);
  switch (format) {
    case 'date':
      return [isoDate(date)];
    case 'hours-minutes':
      return [time.slice(0, 5)];
    case 'time':
      return [`${time}${isoOffset(date)}`, time, time.slice(0, 5)];
    case 'date-time':
      return [
        `${isoDate(date)}T${time}${isoOffset(date)}`,
        date.toISOString().replace('.000Z', 'Z'),
        `${isoDate(date)}T${time}`,
      ];
  }
}
