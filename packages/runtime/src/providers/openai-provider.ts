import { AntiphonError, type Provider, type ProviderConfig } from '@antiphon/core';
import { openWebSocketTransport } from './websocket-transport.ts';

const defaultBaseUrl = 'wss://api.openai.com/v1';

/** What stands for "this server wants no key". */
const noKey = 'none';

/** The settings of a provider of type `openai`. */
export type OpenAiProviderConfig = Extract<ProviderConfig, { type: 'openai' }>;

/**
 * OpenAI, or any server of the GA dialect at `base_url`.
 *
 * @throws AntiphonError `provider.bad_url`; `provider.key_missing` for OpenAI itself
 */
export function createOpenAiProvider(name: string, config: OpenAiProviderConfig): Provider {
  if (config.api_key === undefined && config.base_url === undefined) {
    throw new AntiphonError('provider.key_missing', { name });
  }
  const url = realtimeUrl(config);
  const headers = requestHeaders(config);
  return {
    name,
    connect: (_request, handlers) =>
      openWebSocketTransport({ url, headers, describeRefusal: describeRefusal(url) }, handlers),
    close: async () => {},
  };
}

/**
 * The address of a conversation: `base_url` + `/realtime?model=…`; `http(s)` stands for `ws(s)`.
 *
 * @throws AntiphonError `provider.bad_url`
 */
export function realtimeUrl(config: Pick<OpenAiProviderConfig, 'base_url' | 'model'>): URL {
  const base = config.base_url ?? defaultBaseUrl;
  const url = URL.canParse(base) ? new URL(base) : undefined;
  const protocol = url?.protocol.replace(/^http/, 'ws');
  if (url === undefined || (protocol !== 'ws:' && protocol !== 'wss:')) {
    throw new AntiphonError('provider.bad_url', { url: base });
  }
  url.protocol = protocol;
  url.pathname = `${url.pathname.replace(/\/(realtime\/?)?$/, '')}/realtime`;
  url.searchParams.set('model', config.model);
  return url;
}

function requestHeaders(config: OpenAiProviderConfig): Readonly<Record<string, string>> {
  return {
    ...config.headers,
    ...(config.api_key !== undefined &&
      config.api_key !== noKey && { Authorization: `Bearer ${config.api_key}` }),
    ...(config.organization !== undefined && { 'OpenAI-Organization': config.organization }),
    ...(config.project !== undefined && { 'OpenAI-Project': config.project }),
  };
}

/** Words for an upgrade that the server refused; its own words first, where it has any. */
function describeRefusal(url: URL) {
  return (status: number, body: string): Error => {
    const said = serverMessage(body);
    return new Error(`${url.host} answered HTTP ${status}${said ? `: ${said}` : ''}`);
  };
}

function serverMessage(body: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    const error = (parsed as { error?: { message?: unknown } } | null)?.error;
    return typeof error?.message === 'string' ? error.message : undefined;
  } catch {
    return body.length > 0 && body.length < 200 && !body.includes('<') ? body.trim() : undefined;
  }
}
