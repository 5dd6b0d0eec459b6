import { createVoiceLiveDialect, type Provider, type ProviderConfigOf } from '@antiphon/core';
import { voiceLiveUrl } from './addresses.ts';
import { azureCredential, type TokenSources } from './credentials.ts';
import { createHostedProvider } from './hosted-provider.ts';

/**
 * Azure Voice Live.
 *
 * @throws AntiphonError `provider.bad_url`, `provider.bad_key`, `provider.bad_header`, `provider.key_missing`,
 *   `provider.token_source_unknown`
 */
export function createAzureVoiceLiveProvider(
  name: string,
  config: ProviderConfigOf<'azure_voice_live'>,
  tokenSources: TokenSources,
): Provider {
  const { voice_type: voiceType } = config;
  return createHostedProvider({
    name,
    url: voiceLiveUrl(config),
    headers: config.headers,
    credential: azureCredential(name, config, tokenSources),
    dialect: () => createVoiceLiveDialect({ ...(voiceType !== undefined && { voiceType }) }),
  });
}
