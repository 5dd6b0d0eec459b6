import type { Guard, Logger, SessionNotice } from '@antiphon/core';
import type { Tool } from './define-tool.ts';
import type { EndedSession, HealthCheck, StartAnswer, StartingSession } from './plugin/session-hooks.ts';
import type { InputSchema, SchemaOutput, Zod3Schema } from './schema/input-schema.ts';
import type { ObjectSchema } from './schema/object-schema.ts';

const brand: unique symbol = Symbol.for('antiphon.plugin') as never;

/** What observers are told, by the type of the notice. */
export type SessionEvents = {
  readonly [Type in SessionNotice['type']]: Extract<SessionNotice, { readonly type: Type }>;
};

/** Stands for the schema of a plugin that takes no config. */
type NoConfig = Zod3Schema & { readonly _output: Readonly<Record<never, never>> };

/** What a plugin's `setup` adds to the scope of the plugin, which leaves with it. */
export interface PluginContext<Events = SessionEvents> {
  /** Adds a tool. */
  tool(tool: Tool): void;
  /** Adds a guardrail; agents name it under `guardrails`. */
  guard(guard: Guard): void;
  /** Adds an observer of the events of every session that uses the plugin. */
  observe<Type extends keyof Events & string>(type: Type, observer: (event: Events[Type]) => void): void;
  /**
   * Before each session, while nothing is connected yet: what it gives fills the slots of the instructions, and is told to
   * tools. It may take 5 s; what it throws is logged, and the session begins without.
   */
  onSessionStart(start: (session: StartingSession) => StartAnswer | Promise<StartAnswer>): void;
  /** After each session, with all that was said. It may take 30 s; what it throws is logged. */
  onSessionEnd(end: (session: EndedSession) => void | Promise<void>): void;
  /** Tells how the plugin is, for `antiphon.health()`: resolves when all is well, throws what is wrong. */
  health(check: HealthCheck): void;
  /** Adds a closer. Closers run in reverse order, each one even when another throws. */
  onClose(close: () => void | Promise<void>): void;
  readonly log: Logger;
}

/** What {@link definePlugin} takes. */
export interface PluginOptions<Schema extends InputSchema> {
  readonly name: string;
  /** Schema of what stands under `config` of the plugin entry. Without it the plugin takes no config. */
  readonly config?: Schema & ObjectSchema<Schema>;
  /** Adds what the plugin has. `config` is parsed by the schema. */
  readonly setup: (context: PluginContext, config: SchemaOutput<Schema>) => void | Promise<void>;
}

/** A plugin as a value: nothing is registered by making or importing one. */
export interface Plugin<Config = unknown> {
  readonly [brand]: true;
  readonly name: string;
  readonly config: InputSchema | undefined;
  setup(context: PluginContext, config: Config): void | Promise<void>;
}

/**
 * Defines a plugin.
 *
 * @example
 * export default definePlugin({
 *   name: 'crm',
 *   config: z.object({ url: z.url() }),
 *   setup(ctx, { url }) {
 *     const client = connect(url);
 *     ctx.onClose(() => client.close());
 *     ctx.tool(defineTool({ … }));
 *   },
 * });
 */
export function definePlugin<const Schema extends InputSchema = NoConfig>(
  options: PluginOptions<Schema>,
): Plugin<SchemaOutput<Schema>> {
  return Object.freeze({
    [brand]: true as const,
    name: options.name,
    config: options.config,
    setup: options.setup,
  });
}

/** Tells whether `value` was made by {@link definePlugin}, by brand, so also across copies of the package. */
export function isPlugin(value: unknown): value is Plugin {
  return typeof value === 'object' && value !== null && brand in value;
}
