import type { JsonObject } from '@antiphon/core';
import { expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { definePlugin, defineTool, isTool, type ToolContext, toolResult } from '../src/index.ts';

const input = z.object({ city: z.string(), days: z.int().optional() });
const named = { name: 'get_weather', description: 'The weather in a city', input };

interface Forecast {
  readonly day: Date;
  readonly highs: readonly number[];
  readonly note?: string | undefined;
  readonly next?: Forecast;
}

declare const forecast: Forecast;
declare const answer: Response;
declare const given: JsonObject;

const citySchema = {
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'integer' } },
  required: ['city'],
} as const;

/** Compiled and never run. */
export const compiles = () => [
  defineTool({ ...named, execute: ({ city }) => city.toUpperCase() }),
  defineTool({ ...named, execute: async ({ days = 1 }) => ({ days, cities: ['Rome', null] }) }),
  defineTool({ ...named, execute: () => undefined }),
  defineTool({ ...named, execute() {} }),
  defineTool({ ...named, execute: () => forecast }),
  defineTool({ ...named, execute: async () => ({ forecasts: [forecast], pair: [1, forecast] as const }) }),
  defineTool({ ...named, execute: () => answer.json() }),
  defineTool({ ...named, execute: (given, { session }) => ({ ...given, tenant: session.caller['tenant'] }) }),
  defineTool({ ...named, input: { type: 'object' }, execute: (given) => given['city'] ?? 'nowhere' }),
  defineTool({ ...named, input: given, execute: (values) => values['city'] ?? 'nowhere' }),
  defineTool({ ...named, input: citySchema, execute: ({ city, days = 1 }) => city.repeat(days) }),
  defineTool({ ...named, input: z.record(z.string(), z.number()), execute: (values) => values }),
  defineTool({ ...named, idempotentBy: ['city'], execute: () => toolResult({ model: forecast, ui: null }) }),
  definePlugin({
    name: 'ear',
    setup: (ctx) => ctx.observe('tool_settled', ({ name }) => expectTypeOf(name).toEqualTypeOf<string>()),
  }),
  defineTool({
    ...named,
    execute: (_given, context) => expectTypeOf(context).toEqualTypeOf<ToolContext>() && 1,
  }),
  definePlugin({
    name: 'weather',
    config: z.object({ url: z.url() }),
    setup(ctx, { url }) {
      expectTypeOf(url).toEqualTypeOf<string>();
      ctx.tool(defineTool({ ...named, execute: () => url }));
    },
  }),
];

/** Each line is a mistake: the file compiles only as long as the compiler finds all of them. */
export const doesNotCompile = () => [
  // @ts-expect-error the input has no such field
  defineTool({ ...named, execute: ({ town }) => town as string }),
  // @ts-expect-error a field of the input is of another type
  defineTool({ ...named, execute: ({ city }) => city * 2 }),
  // @ts-expect-error an optional field may be absent
  defineTool({ ...named, execute: ({ days }) => days + 1 }),
  // @ts-expect-error the input is declared as something else than the schema gives
  defineTool({ ...named, execute: ({ city }: { city: number }) => city }),
  // @ts-expect-error a Map is no JSON
  defineTool({ ...named, execute: () => new Map([['rome', 22]]) }),
  // @ts-expect-error nor is a function
  defineTool({ ...named, execute: () => ({ later: () => 22 }) }),
  // @ts-expect-error nor is a BigInt, also when it comes later
  defineTool({ ...named, execute: async () => ({ populations: [1n] }) }),
  // @ts-expect-error nor is a function in a list
  defineTool({ ...named, execute: () => [{ later: () => 22 }] }),
  // @ts-expect-error nor is an error: it is thrown
  defineTool({ ...named, execute: ({ city }) => (city === '' ? new Error('no city') : { city }) }),
  // @ts-expect-error nor is a response: what it holds is still to be read
  defineTool({ ...named, execute: () => fetch('https://example.com') }),
  // @ts-expect-error a tool does something
  defineTool({ ...named }),
  // @ts-expect-error a tool has a description
  defineTool({ name: 'get_weather', input, execute: () => 1 }),
  // @ts-expect-error a tool has an input
  defineTool({ name: 'get_weather', description: 'Weather', execute: () => 1 }),
  // @ts-expect-error the name of the agent file
  defineTool({ ...named, timeout_ms: 5, execute: () => 1 }),
  // @ts-expect-error no such setting
  defineTool({ ...named, timeout: 5, execute: () => 1 }),
  // @ts-expect-error no such choice
  defineTool({ ...named, confirm: 'voice', execute: () => 1 }),
  // @ts-expect-error a number of milliseconds
  defineTool({ ...named, timeoutMs: '5s', execute: () => 1 }),
  // @ts-expect-error the context has no such member
  defineTool({ ...named, execute: (_given, { abort }) => (abort as () => number)() }),
  // @ts-expect-error parameters are called input
  defineTool({ ...named, input: undefined, parameters: input, execute: () => 1 }),
  // @ts-expect-error config without a schema of it
  definePlugin({ name: 'weather', setup: (_ctx, { url }) => void url.length }),
  // @ts-expect-error config without a schema of it, also where it is only taken apart
  definePlugin({ name: 'weather', setup: (_ctx, { url }) => void url }),
  // @ts-expect-error config is described by a schema
  definePlugin({ name: 'weather', config: { url: 'string' }, setup() {} }),
  // @ts-expect-error arguments are an object
  defineTool({ ...named, input: z.string(), execute: () => 1 }),
  // @ts-expect-error and no list
  defineTool({ ...named, input: z.array(z.string()), execute: () => 1 }),
  // @ts-expect-error also in JSON Schema
  defineTool({ ...named, input: { type: 'array', items: {} }, execute: () => 1 }),
  // @ts-expect-error a misspelt keyword
  defineTool({ ...named, input: { type: 'object', propertys: {} }, execute: () => 1 }),
  // @ts-expect-error a JSON Schema has no such field
  defineTool({ ...named, input: citySchema, execute: ({ town }) => town ?? null }),
  // @ts-expect-error a field that is not required may be absent
  defineTool({ ...named, input: citySchema, execute: ({ days }) => days + 1 }),
  // @ts-expect-error no such type
  defineTool({ ...named, input: { type: 'object', properties: { a: { type: 'text' } } }, execute: () => 1 }),
  // @ts-expect-error what the application is shown is JSON too
  defineTool({ ...named, execute: () => toolResult({ model: 1, ui: new Map() }) }),
  // @ts-expect-error no such notice
  definePlugin({ name: 'weather', setup: (ctx) => ctx.observe('tool_setled', () => {}) }),
  // @ts-expect-error a plugin is set up
  definePlugin({ name: 'weather' }),
  // @ts-expect-error no such option
  definePlugin({ name: 'weather', tools: [], setup() {} }),
  // @ts-expect-error a tool is the result of defineTool
  definePlugin({ name: 'weather', setup: (ctx) => ctx.tool({ ...named, execute: () => 1 }) }),
];

it('is of the type of its input', () => {
  const tool = defineTool({ ...named, execute: ({ city }) => city });
  expectTypeOf<Parameters<typeof tool.execute>[0]>().toEqualTypeOf<z.output<typeof input>>();
  if (!isTool(tool)) throw new Error('no tool');
});
