import {
  type ConnectRequest,
  capabilitiesOf,
  createBetaDialect,
  createXaiDialect,
  gaDialect,
  limitDialect,
  type Provider,
  type ProviderConfigOf,
  type WireDialect,
  type XaiConversation,
} from '@antiphon/core';
import { realtimeUrl } from './addresses.ts';
import { bearerKey } from './credentials.ts';
import { createHostedProvider } from './hosted-provider.ts';
import { Places } from './places.ts';

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
  const { dialect } = config;
  const capabilities = capabilitiesOf(config);
  const places = new Places<XaiConversation>();
  const provider = createHostedProvider({
    name,
    url: realtimeUrl(config),
    headers: { ...(dialect === 'beta' && betaHeader), ...config.headers },
    credential: bearerKey(name, config.api_key),
    query: (request): Readonly<Record<string, string>> => {
      const place = placeToTakeUp(request, places);
      return place === undefined ? {} : { conversation_id: place.id };
    },
    dialect: (request) => limitDialect(dialectOf(dialect, request, places), capabilities),
  });
  return { ...provider, close: async () => places.clear() };
}

function dialectOf(
  dialect: 'ga' | 'beta' | 'xai',
  request: ConnectRequest,
  places: Places<XaiConversation>,
): WireDialect {
  switch (dialect) {
    case 'ga':
      return gaDialect;
    case 'beta':
      return createBetaDialect();
    case 'xai': {
      const resume = placeToTakeUp(request, places);
      places.set(request.sessionId, undefined);
      return createXaiDialect({
        ...(resume !== undefined && { resume }),
        onLeft: (place) => places.set(request.sessionId, place),
      });
    }
  }
}

/** A connection beside one that stands begins anew: only what has lost its connection is taken up. */
function placeToTakeUp(
  { sessionId, conversation }: ConnectRequest,
  places: Places<XaiConversation>,
): XaiConversation | undefined {
  return conversation === 'goes_on' ? places.of(sessionId) : undefined;
}
