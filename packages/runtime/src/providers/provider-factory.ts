import type { Clock, ConfigSecret, IdSource, Logger } from '@antiphon/core';
import type { TokenSources } from './credentials.ts';
import { createPluginProvider, type LoadedProvider } from './plugin-provider.ts';
import type { ProviderFactory } from './provider-pool.ts';

/** What providers are made with. */
export interface ProviderParts {
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
  readonly tokenSources: TokenSources;
  /** What the entries with `use` name, loaded, by the name of the entry. */
  readonly plugins: ReadonlyMap<string, LoadedProvider>;
  /** Values that came from the environment: they are kept out of all that a provider says. */
  readonly secrets: readonly ConfigSecret[];
}

/** Makes providers by their type. What a type needs is imported when one is made: the offline engine is large. */
export function createProviderFactory(parts: ProviderParts): ProviderFactory {
  return async (name, config) => {
    switch (config.type) {
      case 'local': {
        const { createLocalProvider } = await import('@antiphon/local');
        const { clock, ids, logger } = parts;
        return createLocalProvider({
          clock,
          ids,
          logger,
          ...(config.voice !== undefined && { voice: config.voice }),
        });
      }
      case 'openai': {
        const { createOpenAiProvider } = await import('./openai-provider.ts');
        return createOpenAiProvider(name, config);
      }
      case 'azure': {
        const { createAzureProvider } = await import('./azure-provider.ts');
        return createAzureProvider(name, config, parts.tokenSources);
      }
      case 'azure_voice_live': {
        const { createAzureVoiceLiveProvider } = await import('./azure-voice-live-provider.ts');
        return createAzureVoiceLiveProvider(name, config, parts.tokenSources);
      }
      case 'openai_compatible': {
        const { createOpenAiCompatibleProvider } = await import('./openai-compatible-provider.ts');
        return createOpenAiCompatibleProvider(name, config);
      }
      case 'plugin':
        return createPluginProvider(name, parts);
      case 'gemini': {
        const { createGeminiProvider } = await import('./gemini-provider.ts');
        return createGeminiProvider(name, config, parts.ids);
      }
    }
  };
}
