import type { Clock, IdSource, Logger, Provider, ProviderCapabilities } from '@antiphon/core';
import type { InputSchema, SchemaOutput } from '@antiphon/tools';

const brand: unique symbol = Symbol.for('antiphon.provider') as never;

/** What a provider is made with. */
export interface ProviderContext {
  /** The name of its entry in the agent file. */
  readonly name: string;
  readonly log: Logger;
  readonly clock: Clock;
  readonly ids: IdSource;
}

/** What {@link defineProvider} takes. */
export interface ProviderOptions<Schema extends InputSchema> {
  readonly name: string;
  /** Schema of what stands under `config` of the entry. Without it the provider takes no config. */
  readonly config?: Schema;
  /** What it does not do of all that the GA dialect has; all of it when absent. */
  readonly capabilities?: Partial<ProviderCapabilities>;
  /** After how many milliseconds its server ends a session; never when absent. The entry may say otherwise. */
  readonly sessionLimitMs?: number;
  /** `fixed`: a connection keeps the settings it was made with, and other settings come with another connection. */
  readonly settings?: 'fixed';
  /** Makes the provider; `config` is parsed by the schema. Called once for each entry, when a session first needs it. */
  readonly create: (context: ProviderContext, config: SchemaOutput<Schema>) => Provider | Promise<Provider>;
}

/** A kind of provider as a value: nothing is registered or connected by making or importing one. */
export interface ProviderDefinition<Config = unknown> {
  readonly [brand]: true;
  readonly name: string;
  readonly config: InputSchema | undefined;
  readonly capabilities: Partial<ProviderCapabilities>;
  readonly sessionLimitMs: number | undefined;
  readonly settings: 'fixed' | undefined;
  create(context: ProviderContext, config: Config): Provider | Promise<Provider>;
}

/**
 * Defines a provider, for the `use` of an entry under `providers`.
 *
 * @example
 * export default defineProvider({
 *   name: 'acme',
 *   config: z.strictObject({ url: z.url(), key: z.string() }),
 *   create: ({ name }, { url, key }) =>
 *     createHostedProvider({
 *       name,
 *       url: new URL(url),
 *       headers: {},
 *       credential: { kind: 'key', header: 'Authorization', value: key },
 *     }),
 * });
 */
export function defineProvider<const Schema extends InputSchema = Record<string, never>>(
  options: ProviderOptions<Schema>,
): ProviderDefinition<SchemaOutput<Schema>> {
  const { name, config, capabilities = {}, sessionLimitMs, settings, create } = options;
  return Object.freeze({
    [brand]: true as const,
    name,
    config,
    capabilities,
    sessionLimitMs,
    settings,
    create,
  });
}

/** Tells whether `value` was made by {@link defineProvider}, by brand, so also across copies of the package. */
export function isProviderDefinition(value: unknown): value is ProviderDefinition {
  return typeof value === 'object' && value !== null && brand in value;
}
