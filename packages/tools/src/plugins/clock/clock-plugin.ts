import { setImmediate as nextEvents } from 'node:timers/promises';
import { z } from 'zod';
import { definePlugin, type Plugin } from '../../define-plugin.ts';
import { defineTool } from '../../define-tool.ts';
import { ToolError } from '../../tool-error.ts';
import { convertIntents, dateIntents, timeIntents } from './clock-intents.ts';
import { findPlace, machineZone, type Place, placeOfZone, readPlaces } from './places.ts';
import { instantAt, readTimeOfDay, zonedTime } from './zoned-time.ts';

/** What {@link clockPlugin} may be given. */
export interface ClockPluginOptions {
  /** The present moment; the system's when absent. */
  readonly now?: () => Date;
}

const ClockConfig = z.strictObject({
  time_zone: z
    .string()
    .optional()
    .describe('IANA time zone of a question that names no place; the zone of the machine when absent.'),
});

const place = z
  .string()
  .min(1)
  .max(80)
  .optional()
  .describe('City, country or IANA time zone, such as Tokyo; leave out for here');

/** The plugin `@antiphon/tools/clock`: the time and the date here and elsewhere, and conversion between places. */
export function clockPlugin({
  now = () => new Date(),
}: ClockPluginOptions = {}): Plugin<z.infer<typeof ClockConfig>> {
  return definePlugin({
    name: 'clock',
    config: ClockConfig,
    setup(context, config) {
      context.onSessionStart(warmUp);
      const home = placeOfZone(checkedZone(config.time_zone) ?? machineZone());
      const clocksAt = (words: string | undefined) =>
        readClocks(now(), words === undefined ? home : knownPlace(words));
      context.tool(
        defineTool({
          name: 'current_time',
          description: 'Tells the current time here or in any city, country or time zone.',
          input: z.object({ place }),
          effects: 'none',
          intents: timeIntents,
          execute: (input) => clocksAt(input.place),
        }),
      );
      context.tool(
        defineTool({
          name: 'current_date',
          description: "Tells today's date and day of the week here or in any city, country or time zone.",
          input: z.object({ place }),
          effects: 'none',
          intents: dateIntents,
          execute: (input) => clocksAt(input.place),
        }),
      );
      context.tool(convertTime(now));
    },
  });
}

/** Reads the places beside the rest of the start, so that the first question is answered as fast as others. */
function warmUp(): void {
  void readPlaces(() => nextEvents(undefined, { ref: false }));
}

function convertTime(now: () => Date) {
  return defineTool({
    name: 'convert_time',
    description: 'Converts a time of day in one place to the time in another place.',
    input: z.object({
      time: z.string().describe('Time of day as HH:MM, 24 hours'),
      from_place: z.string().min(1).max(80).describe('City, country or time zone of the given time'),
      to_place: z.string().min(1).max(80).describe('City, country or time zone to convert to'),
    }),
    effects: 'none',
    intents: convertIntents,
    execute: ({ time, from_place, to_place }) => {
      const from = knownPlace(from_place);
      const timeOfDay = readTimeOfDay(time);
      if (timeOfDay === undefined) throw new ToolError(`"${time}" is not a time of day such as 15:30.`);
      const instant = instantAt(now(), from.timeZone, timeOfDay);
      const here = readClocks(instant, from);
      const there = readClocks(instant, knownPlace(to_place));
      const day = dayNote(here.iso, there.iso);
      const summary = `When it is ${here.time} in ${here.place}, it is ${there.time}${day} in ${there.place}`;
      return { from: here, to: there, summary };
    },
  });
}

function checkedZone(timeZone: string | undefined): string | undefined {
  if (timeZone === undefined) return undefined;
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone }).resolvedOptions().timeZone;
  } catch (cause) {
    throw new Error(`"${timeZone}" is not an IANA time zone, such as Europe/Berlin`, { cause });
  }
}

function knownPlace(words: string): Place {
  const found = findPlace(words);
  if (found !== undefined) return found;
  throw new ToolError(`I do not know the time zone of ${words}.`, { data: { place: words } });
}

function readClocks(instant: Date, { name, timeZone }: Place) {
  return { place: name, time_zone: timeZone, ...zonedTime(instant, timeZone) };
}

/** The day in the second place as seen from the first, when it is another; both in ISO 8601. */
function dayNote(from: string, to: string): string {
  const [first, second] = [from.slice(0, 10), to.slice(0, 10)];
  if (first === second) return '';
  return second < first ? ' on the day before' : ' on the next day';
}
