import {
  AntiphonError,
  type Clock,
  type ConfigSecret,
  type IdSource,
  type Logger,
  type Provider,
  redact,
  type Transport,
  type TransportHandlers,
} from '@antiphon/core';
import type { ProviderDefinition } from './define-provider.ts';
import { withoutSecrets } from './secrecy.ts';

/** What an entry with `use` names, imported and its config parsed. */
export interface LoadedProvider {
  readonly definition: ProviderDefinition;
  readonly config: unknown;
  /** The file or package, as the entry names it. */
  readonly use: string;
  /** Equal as long as the entry and its code are. */
  readonly sourceKey: string;
}

const abnormalClosure = 1006;

/**
 * Makes the provider of an entry with `use`. What its code throws later is a connection that could not be made.
 *
 * @throws AntiphonError `provider.create_failed`, or what its `create` throws of that kind
 */
export async function createPluginProvider(
  name: string,
  parts: {
    readonly clock: Clock;
    readonly ids: IdSource;
    readonly logger: Logger;
    readonly plugins: ReadonlyMap<string, LoadedProvider>;
    readonly secrets: readonly ConfigSecret[];
  },
): Promise<Provider> {
  const { clock, ids, logger, plugins, secrets } = parts;
  const loaded = plugins.get(name);
  if (loaded === undefined)
    throw new AntiphonError('provider.unknown', { name, available: [...plugins.keys()].join(', ') });
  const { definition, config, use } = loaded;
  const provider = await make(
    () => definition.create({ name, log: logger, clock, ids }, config),
    (cause) => {
      const reason = redact(cause instanceof Error ? cause.message : String(cause), secrets);
      return new AntiphonError('provider.create_failed', { name, use, reason }, { cause });
    },
  );
  return {
    name,
    connect(request, handlers) {
      const clean = withoutSecrets(handlers, () => secrets);
      try {
        return provider.connect(request, clean);
      } catch (cause) {
        return refusedTransport(cause, clean);
      }
    },
    ...(provider.warmUp && { warmUp: (user) => provider.warmUp?.(user) ?? Promise.resolve() }),
    close: () => provider.close(),
  };
}

async function make(
  create: () => Provider | Promise<Provider>,
  failure: (cause: unknown) => Error,
): Promise<Provider> {
  let provider: Provider;
  try {
    provider = await create();
  } catch (cause) {
    throw cause instanceof AntiphonError ? cause : failure(cause);
  }
  if (typeof provider?.connect === 'function' && typeof provider.close === 'function') return provider;
  throw failure(new Error('what its create() gave has no connect() and close()'));
}

/** A provider must not throw; one that does has made no connection. */
function refusedTransport(cause: unknown, handlers: TransportHandlers): Transport {
  const error = cause instanceof Error ? cause : new Error(String(cause));
  queueMicrotask(() => handlers.onClose({ code: abnormalClosure, reason: '', error }));
  return { bufferedBytes: 0, send: () => {}, sendAudio: () => {}, close: () => {} };
}
