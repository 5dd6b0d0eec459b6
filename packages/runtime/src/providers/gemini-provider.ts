import {
  createGeminiDialect,
  type GeminiResumption,
  type IdSource,
  type Provider,
  type WireDialect,
} from '@antiphon/core';
import { type GeminiProviderConfig, geminiAddress } from './gemini-address.ts';
import { geminiInputConverter } from './gemini-audio.ts';
import { openWebSocketTransport } from './websocket-transport.ts';

/** Sessions whose place in the conversation is remembered, the newest ones. */
const rememberedSessions = 1_000;

/**
 * Gemini Live. A session that comes back is given the place where the server left off, as long as this process lives.
 *
 * @throws AntiphonError `provider.bad_url`; `provider.key_missing`
 */
export function createGeminiProvider(name: string, config: GeminiProviderConfig, ids: IdSource): Provider {
  const { url, headers, model } = geminiAddress(name, config);
  const places = new Map<string, GeminiResumption>();
  const remember = (sessionId: string, place: GeminiResumption | undefined): void => {
    places.delete(sessionId);
    if (place !== undefined) places.set(sessionId, place);
    const [oldest] = places.keys();
    if (places.size > rememberedSessions && oldest !== undefined) places.delete(oldest);
  };
  return {
    name,
    connect({ sessionId, conversation }, handlers) {
      const place = places.get(sessionId);
      const dialect: WireDialect = createGeminiDialect({
        ids,
        model,
        inputConverter: geminiInputConverter,
        onResumable: (next) => remember(sessionId, next),
        ...(conversation === 'goes_on' && { conversation }),
        ...(conversation === 'goes_on' && place !== undefined && { resume: place }),
        ...(config.language !== undefined && { languageCode: config.language }),
        ...(config.temperature !== undefined && { temperature: config.temperature }),
        ...(config.text_input !== undefined && { textInput: config.text_input }),
      });
      return openWebSocketTransport(
        { url, headers, dialect, describeRefusal: describeRefusal(url) },
        handlers,
      );
    },
    close: async () => places.clear(),
  };
}

/** Words for an upgrade that was refused. The address is not quoted: the key is in it. */
function describeRefusal({ host }: URL) {
  return (status: number, body: string): Error => {
    const said = serverMessage(body);
    return new Error(`${host} answered HTTP ${status}${said === undefined ? '' : `: ${said}`}`);
  };
}

function serverMessage(body: string): string | undefined {
  try {
    const parsed = JSON.parse(body) as { error?: { message?: unknown } } | null;
    const message = parsed?.error?.message;
    return typeof message === 'string' ? message : undefined;
  } catch {
    return body.length > 0 && body.length < 200 && !body.includes('<') ? body.trim() : undefined;
  }
}
