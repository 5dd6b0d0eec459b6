import {
  capabilitiesOf,
  createBetaDialect,
  gaDialect,
  limitDialect,
  type Provider,
  type ProviderConfigOf,
  type WireDialect,
  xaiDialect,
} from '@antiphon/core';
import { realtimeUrl } from './addresses.ts';
import { bearerKey } from './credentials.ts';
import { createHostedProvider } from './hosted-provider.ts';

/** By which a client asks for the beta dialect. */
const betaHeader = { 'OpenAI-Beta': 'realtime=v1' };

const createDialect: Readonly<Record<'ga' | 'beta' | 'xai', () => WireDialect>> = {
  ga: () => gaDialect,
  beta: () => createBetaDialect(),
  xai: () => xaiDialect,
};

/**
 * Any other server of the protocol, with what it lacks left out and stood in for.
 *
 * @throws AntiphonError `provider.bad_url`, `provider.bad_key`, `provider.bad_header`
 */
export function createOpenAiCompatibleProvider(
  name: string,
  config: ProviderConfigOf<'openai_compatible'>,
): Provider {
  const { dialect } = config;
  const capabilities = capabilitiesOf(config);
  return createHostedProvider({
    name,
    url: realtimeUrl(config),
    headers: { ...(dialect === 'beta' && betaHeader), ...config.headers },
    credential: bearerKey(name, config.api_key),
    dialect: () => limitDialect(createDialect[dialect](), capabilities),
  });
}
