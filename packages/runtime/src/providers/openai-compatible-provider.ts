import {
  capabilitiesOf,
  createBetaDialect,
  gaDialect,
  limitDialect,
  type Provider,
  type ProviderConfigOf,
} from '@antiphon/core';
import { realtimeUrl } from './addresses.ts';
import { bearerKey } from './credentials.ts';
import { createHostedProvider } from './hosted-provider.ts';

/** By which a client asks for the beta dialect. */
const betaHeader = { 'OpenAI-Beta': 'realtime=v1' };

/**
 * Any other server of the protocol, with what it lacks left out and stood in for.
 *
 * @throws AntiphonError `provider.bad_url`, `provider.bad_key`, `provider.bad_header`
 */
export function createOpenAiCompatibleProvider(
  name: string,
  config: ProviderConfigOf<'openai_compatible'>,
): Provider {
  const isBeta = config.dialect === 'beta';
  const capabilities = capabilitiesOf(config);
  return createHostedProvider({
    name,
    url: realtimeUrl(config),
    headers: { ...(isBeta && betaHeader), ...config.headers },
    credential: bearerKey(name, config.api_key),
    dialect: () => limitDialect(isBeta ? createBetaDialect() : gaDialect, capabilities),
  });
}
