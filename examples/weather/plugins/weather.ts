import { defineTool, ToolError } from '@antiphon/tools';
import { z } from 'zod';

/** Averages of a day in May, so that the example needs no network. */
const temperaturesC: Readonly<Record<string, number>> = {
  rome: 22,
  london: 16,
  chicago: 15,
  tokyo: 20,
  oslo: 12,
};

export default defineTool({
  name: 'get_weather',
  description: 'The weather in a city',
  input: z.object({ city: z.string().describe('Name of the city') }),
  effects: 'none',
  intents: [
    {
      match: ['(what is|how is) the weather [like] in {city}', 'how (warm|cold) is it in {city}'],
      reply: 'It is {{result.temperature_c}} degrees in {{city}}.',
    },
  ],
  execute({ city }) {
    const temperatureC = temperaturesC[city.toLowerCase()];
    if (temperatureC === undefined) throw new ToolError(`There is no weather for ${city}.`);
    return { city, temperature_c: temperatureC };
  },
});
