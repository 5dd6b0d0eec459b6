import { AntiphonError, type Clock, type IdSource, type Logger } from '@antiphon/core';
import type { ProviderFactory } from './provider-pool.ts';

/** Makes providers by their type. What a type needs is imported when one is made: the offline engine is large. */
export function createProviderFactory(ports: {
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
}): ProviderFactory {
  return async (name, config) => {
    switch (config.type) {
      case 'local': {
        const { createLocalProvider } = await import('@antiphon/local');
        return createLocalProvider({ ...ports, ...(config.voice !== undefined && { voice: config.voice }) });
      }
      case 'openai': {
        const { createOpenAiProvider } = await import('./openai-provider.ts');
        return createOpenAiProvider(name, config);
      }
      case 'azure':
      case 'azure_voice_live':
      case 'openai_compatible':
        throw new AntiphonError('provider.unsupported', { name, type: config.type });
    }
  };
}
