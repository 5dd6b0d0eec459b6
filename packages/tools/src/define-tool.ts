import type { CallControl, JsonValue, Logger, ToolFiller, ToolIntent } from '@antiphon/core';
import type { ToolCallLimits } from './dispatch/call-limits.ts';
import type { ResultShape } from './dispatch/result-shape.ts';
import type { JsonResult } from './json-result.ts';
import type { InputSchema, SchemaOutput } from './schema/input-schema.ts';
import type { ObjectSchema } from './schema/object-schema.ts';

const brand: unique symbol = Symbol.for('antiphon.tool') as never;

/** The session that a call belongs to. */
export interface ToolSession {
  readonly id: string;
  /** Name of the agent that makes the call. */
  readonly agent: string;
  /** Aborted when the session closes; for what a tool leaves running after it has answered. */
  readonly signal: AbortSignal;
  /** What the application gave of whoever is on the line; the model is not told of it. */
  readonly caller: Readonly<Record<string, string>>;
  /** What can be done with the telephone call; undefined where there is none that could be steered. */
  readonly callControl: CallControl | undefined;
  /**
   * Asks that the session end once what is under way was said and heard, the answer to this call included. What the user
   * says until then is still answered.
   */
  end(reason: string): void;
  /** Leaves a note for those who run the service: the application is told, and it stands in the log of the session. */
  note(text: string): void;
}

/** What a running tool is given beside its input. */
export interface ToolContext {
  /** Aborted when the call is cancelled, times out, or the session closes. */
  readonly signal: AbortSignal;
  readonly session: ToolSession;
  readonly call: { readonly id: string; readonly name: string };
  readonly log: Logger;
  /** Tells the application how far the tool is. Ignored once the call has ended. */
  progress(value: JsonValue): void;
  /**
   * Tells the model what the tool has so far, as a message; of a tool in the background the agent speaks about it. At
   * most 8 times a call; ignored once that has ended.
   */
  report(value: JsonValue): void;
  /**
   * Asks that `text` be said now. Also works after the tool has answered, while the session lives; ignored after a
   * time-out or a cancellation.
   */
  say(text: string): void;
}

/** Who must agree to a call, and how they are asked. */
export interface ConfirmSettings {
  readonly by: 'spoken' | 'app';
  /** Milliseconds for which the answer is waited for, 1,000 to 600,000; 15,000 of the user, 60,000 of the application. */
  readonly ttlMs?: number;
  /** What the user is asked, with `{{field}}` slots; without it the description and all arguments are read out. */
  readonly say?: string;
}

/** How the session treats the calls of a tool. */
export interface ToolSettings {
  /** Milliseconds from the start of a call to `timed_out`; 10,000 unless given, at most 600,000. */
  readonly timeoutMs?: number;
  /** What an interruption by the user does to a running call: `keep` (default) or `cancel`. */
  readonly onInterrupt?: 'keep' | 'cancel';
  /** What is said while the tool is slow. */
  readonly filler?: ToolFiller;
  /** Whether to start at once (default) or when what the agent is saying has been played. */
  readonly start?: 'now' | 'after_playback';
  /** When the result is spoken about: at once (default), when nobody speaks, or never. */
  readonly reply?: 'now' | 'when_idle' | 'never';
  /** Who must agree to each call before it runs: nobody (default), the user in words, or the application. */
  readonly confirm?: 'none' | 'spoken' | 'app' | ConfirmSettings;
  /** Names of the fields whose values make a repeat of a call the same call, which is not run again. */
  readonly idempotentBy?: readonly string[];
  /** Whether running a call twice does no harm: a call that a crash cut off is run again. */
  readonly idempotent?: boolean;
  /** What a call does to a recording of the session: pause it at its start; resume or allow it when it has succeeded. */
  readonly recording?: 'pause' | 'resume' | 'allow';
  /** Whether the tool changes anything outside. `external` unless declared `none`. */
  readonly effects?: 'none' | 'external';
  /** Ways of asking for the tool in words, for the offline brain. */
  readonly intents?: readonly ToolIntent[];
  /** What of a result the model is given; all of it when absent. */
  readonly result?: ResultShape;
  /** How many calls may run, at once and over time. */
  readonly limits?: ToolCallLimits;
  /**
   * How often a call is tried again within its time-out, when it failed on the way or a {@link ToolError} says
   * `retryAfterMs`; at most 5. Only of tools that declare `idempotent`. None unless told; 2 of requests that are `GET`.
   */
  readonly retries?: number;
  /** Whether a call is answered when it starts: its result is a message later, spoken about by `reply`, `when_idle` unless told. */
  readonly background?: boolean;
  /** After how many milliseconds a result is not told as news any more, once the user has taken another turn. */
  readonly staleAfterMs?: number;
}

/** What {@link defineTool} takes. */
export interface ToolOptions<Schema extends InputSchema, Returned = unknown> extends ToolSettings {
  /** `^[a-zA-Z0-9_-]{1,64}$`. */
  readonly name: string;
  /** What the tool does and when to use it, for the model; at most 1,024 characters. */
  readonly description: string;
  /** A zod object (version 4 or 3), another Standard Schema with a JSON Schema, or a JSON Schema. */
  readonly input: Schema & ObjectSchema<Schema>;
  /** Does the work. What it returns or resolves to is the output: any JSON value, `undefined` meaning `null`. */
  readonly execute: (input: SchemaOutput<Schema>, context: ToolContext) => Returned & JsonResult<Returned>;
}

/** A tool as a value: nothing is registered or checked by making one. */
export interface Tool<Input = unknown> {
  readonly [brand]: true;
  readonly name: string;
  readonly description: string;
  readonly input: InputSchema;
  readonly settings: ToolSettings;
  execute(input: Input, context: ToolContext): unknown;
}

/**
 * Defines a tool that an agent can be given.
 *
 * @example
 * export default defineTool({
 *   name: 'get_weather',
 *   description: 'Current weather in a city',
 *   input: z.object({ city: z.string().describe('City name') }),
 *   effects: 'none',
 *   execute: async ({ city }, { signal }) => fetchWeather(city, signal),
 * });
 */
export function defineTool<const Schema extends InputSchema, Returned>(
  options: ToolOptions<Schema, Returned>,
): Tool<SchemaOutput<Schema>> {
  const { name, description, input, execute, ...settings } = options;
  return Object.freeze({
    [brand]: true as const,
    name,
    description,
    input,
    settings: Object.freeze(settings),
    execute,
  });
}

/** Tells whether `value` was made by {@link defineTool}, by brand, so also across copies of the package. */
export function isTool(value: unknown): value is Tool {
  return typeof value === 'object' && value !== null && brand in value;
}
