import { betaVintageOf, createBetaDialect, type Provider, type ProviderConfigOf } from '@antiphon/core';
import { azureUrl } from './addresses.ts';
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
  const { api_version: version } = config;
  return createHostedProvider({
    name,
    url: azureUrl(config),
    headers: config.headers,
    credential: azureCredential(name, config, tokenSources),
    ...(version !== undefined && {
      dialect: () => createBetaDialect(betaVintageOf(version)),
    }),
  });
}
