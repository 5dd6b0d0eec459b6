import * as z from 'zod';
import { definePlugin } from '../../define-plugin.ts';
import { defineTool } from '../../define-tool.ts';
import { ToolError } from '../../tool-error.ts';
import { convertIntents, dateIntents, timeIntents } from './clock-intents.ts';
import { findPlace, type Place } from './places.ts';
import { instantAt, readTimeOfDay, zonedTime } from './zoned-time.ts';

/** What the clock reads the time from. */
export interface ClockOptions {
  readonly now?: () => Date;
}

const place = z
  .string()
  .optional()
  .describe('City, country or IANA time zone; where the machine is when left out');

/** The tools `current_time`, `current_date` and `convert_time`. */
export function clockPlugin({ now = () => new Date() }: ClockOptions = {}) {
  return definePlugin({
    name: 'clock',
    setup(ctx) {
      ctx.tool(
        defineTool({
          name: 'current_time',
          description: 'Tells the time, here or in a city anywhere in the world',
          input: z.object({ place }),
          effects: 'none',
          intents: timeIntents,
          execute: (input) => readClock(now(), resolvePlace(input.place)),
        }),
      );
      ctx.tool(
        defineTool({
          name: 'current_date',
          description: "Tells today's date and day of the week, here or in a city anywhere in the world",
          input: z.object({ place }),
          effects: 'none',
          intents: dateIntents,
          execute: (input) => readClock(now(), resolvePlace(input.place)),
        }),
      );
      ctx.tool(
        defineTool({
          name: 'convert_time',
          description: 'Tells what time it is in one place when it is a given time in another',
          input: z.object({
            time: z.string().describe('A time of day, for example 15:30 or 3:30 pm'),
            from_place: place,
            to_place: place,
          }),
          effects: 'none',
          intents: convertIntents,
          execute: ({ time, from_place: from, to_place: to }) =>
            convertTime(now(), time, { from: resolvePlace(from), to: resolvePlace(to) }),
        }),
      );
    },
  });
}

function readClock(instant: Date, { name, timeZone }: Place) {
  return { place: name, time_zone: timeZone, ...zonedTime(instant, timeZone) };
}

function convertTime(today: Date, time: string, { from, to }: { readonly from: Place; readonly to: Place }) {
  const timeOfDay = readTimeOfDay(time);
  if (timeOfDay === undefined) throw new ToolError(`"${time}" is not a time of day. Say it like 3:30 pm.`);
  const instant = instantAt(today, from.timeZone, timeOfDay);
  const before = readClock(instant, from);
  const after = readClock(instant, to);
  return { from: before, to: after, day: dayOf(before.iso, after.iso) };
}

/** The day of `after` as seen on the day of `before`. */
function dayOf(before: string, after: string): 'the same day' | 'the day before' | 'the next day' {
  const [from, to] = [before.slice(0, 10), after.slice(0, 10)];
  if (from === to) return 'the same day';
  return to < from ? 'the day before' : 'the next day';
}

function resolvePlace(words: string | undefined): Place {
  if (words === undefined || words.trim() === '') {
    return { name: 'here', timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone };
  }
  const found = findPlace(words);
  if (found === undefined)
    throw new ToolError(`I do not know the time zone of "${words}". Name a larger city nearby.`);
  return found;
}
