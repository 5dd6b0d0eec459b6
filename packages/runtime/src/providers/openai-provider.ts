import { AntiphonError, type Provider, type ProviderConfigOf } from '@antiphon/core';
import { createRestCalls } from '../sideband/rest-calls.ts';
import { realtimeUrl, restAddress } from './addresses.ts';
import { bearerKey } from './credentials.ts';
import { createHostedProvider } from './hosted-provider.ts';

/**
 * OpenAI, or any server of the GA dialect at `base_url`.
 *
 * @throws AntiphonError `provider.bad_url`, `provider.bad_key`, `provider.bad_header`; `provider.key_missing` for OpenAI itself
 */
export function createOpenAiProvider(name: string, config: ProviderConfigOf<'openai'>): Provider {
  const { api_key: key, base_url: base, organization, project, safety_identifier: user } = config;
  if (key === undefined && base === undefined) {
    throw new AntiphonError('provider.key_missing', { name, keys: 'api_key' });
  }
  const url = realtimeUrl(config);
  const credential = bearerKey(name, key);
  const headers = {
    ...(organization !== undefined && { 'OpenAI-Organization': organization }),
    ...(project !== undefined && { 'OpenAI-Project': project }),
    ...(user !== undefined && { 'OpenAI-Safety-Identifier': user }),
    ...config.headers,
  };
  return {
    ...createHostedProvider({ name, url, headers, credential }),
    calls: createRestCalls({ name, baseUrl: restAddress(url), model: config.model, headers, credential }),
  };
}
