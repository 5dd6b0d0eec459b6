import {
  createGeminiDialect,
  type GeminiResumption,
  type IdSource,
  type Provider,
  type ProviderConfigOf,
} from '@antiphon/core';
import { credentialHeader } from './credentials.ts';
import { geminiAddress } from './gemini-address.ts';
import { geminiInputConverter } from './gemini-audio.ts';
import { Places } from './places.ts';
import { secretHeaders, withoutSecrets } from './secrecy.ts';
import { openWebSocketTransport } from './websocket-transport.ts';

/**
 * Gemini Live. A session that comes back is given the place where the server left off, as long as this process lives.
 *
 * @throws AntiphonError `provider.bad_url`, `provider.bad_key`, `provider.key_missing`
 */
export function createGeminiProvider(
  name: string,
  config: ProviderConfigOf<'gemini'>,
  ids: IdSource,
): Provider {
  const { url, credential, model } = geminiAddress(name, config);
  const own = credential.kind === 'key' ? credentialHeader(credential.header, credential.value) : {};
  const headers = { ...config.headers, ...own };
  const secrets = [
    ...secretHeaders(headers),
    ...[...url.searchParams].map(([key, value]) => ({ name: key, value })),
  ];
  const places = new Places<GeminiResumption>();
  return {
    name,
    connect({ sessionId, conversation }, handlers) {
      const place = conversation === 'goes_on' ? places.of(sessionId) : undefined;
      const dialect = createGeminiDialect({
        ids,
        model,
        inputConverter: geminiInputConverter,
        onResumable: (next) => places.set(sessionId, next),
        ...(conversation === 'goes_on' && { conversation }),
        ...(place !== undefined && { resume: place }),
        ...(config.language !== undefined && { languageCode: config.language }),
        ...(config.text_input !== undefined && { textInput: config.text_input }),
      });
      return openWebSocketTransport(
        { url, headers, dialect },
        withoutSecrets(handlers, () => secrets),
      );
    },
    close: async () => places.clear(),
  };
}
