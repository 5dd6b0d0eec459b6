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
import { secretHeaders, withoutSecrets } from './secrecy.ts';
import { openWebSocketTransport } from './websocket-transport.ts';

/** Sessions whose place in the conversation is remembered, the newest ones. */
const rememberedSessions = 1_000;

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
  const places = new Places();
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

/** Where the server left off, by session. */
class Places {
  readonly #places = new Map<string, GeminiResumption>();

  of(sessionId: string): GeminiResumption | undefined {
    return this.#places.get(sessionId);
  }

  /** The latest place of a session, or that there is none any more. */
  set(sessionId: string, place: GeminiResumption | undefined): void {
    this.#places.delete(sessionId);
    if (place !== undefined) this.#places.set(sessionId, place);
    const [oldest] = this.#places.keys();
    if (this.#places.size > rememberedSessions && oldest !== undefined) this.#places.delete(oldest);
  }

  clear(): void {
    this.#places.clear();
  }
}
