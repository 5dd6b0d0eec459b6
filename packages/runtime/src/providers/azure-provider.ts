import { betaVintageOf, createBetaDialect, type Provider, type ProviderConfigOf } from '@antiphon/core';
import { createRestCalls } from '../sideband/rest-calls.ts';
import { azureUrl, restAddress } from './addresses.ts';
import { azureCredential, type TokenSources } from './credentials.ts';
import { createHostedProvider } from './hosted-provider.ts';

/**
 * A deployment of Azure OpenAI: in the GA dialect, or with an `api_version` in the preview dialect of its age.
 *
 * @throws AntiphonError `provider.bad_url`, `provider.bad_key`, `provider.bad_header`, `provider.key_missing`,
 *   `provider.token_source_unknown`
 */
export function createAzureProvider(
  name: string,
  config: ProviderConfigOf<'azure'>,
  tokenSources: TokenSources,
): Provider {
  const { api_version: version, headers, deployment: model } = config;
  const vintage = version === undefined ? undefined : betaVintageOf(version);
  const url = azureUrl(config);
  const credential = azureCredential(name, config, tokenSources);
  const provider = createHostedProvider({
    name,
    url,
    headers,
    credential,
    ...(vintage !== undefined && {
      dialect: () => createBetaDialect(vintage),
    }),
  });
  if (version !== undefined) return provider;
  // The page in the browser sees no more of the session than it needs.
  const callsQuery = { webrtcfilter: 'on' };
  const baseUrl = restAddress(url);
  return { ...provider, calls: createRestCalls({ name, baseUrl, callsQuery, model, headers, credential }) };
}
