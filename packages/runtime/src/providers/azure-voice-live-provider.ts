import { createVoiceLiveDialect, type Provider, type ProviderConfigOf } from '@antiphon/core';
import { voiceLiveUrl } from './addresses.ts';
import type { AgentExtras } from './agent-extras.ts';
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
  { extrasOf, tokenSources }: { readonly extrasOf: AgentExtras; readonly tokenSources: TokenSources },
): Provider {
  const { voice_type: voiceType } = config;
  return createHostedProvider({
    name,
    url: voiceLiveUrl(config),
    headers: config.headers,
    credential: azureCredential(name, config, tokenSources),
    dialect: ({ agentName }) =>
      createVoiceLiveDialect({ ...extrasOf(agentName), ...(voiceType !== undefined && { voiceType }) }),
  });
}
