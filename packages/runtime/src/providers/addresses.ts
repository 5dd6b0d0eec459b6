import { AntiphonError, type ProviderConfigOf } from '@antiphon/core';

const openAiBase = 'wss://api.openai.com/v1';

/**
 * The address of a conversation at OpenAI or a server like it: `base_url` + `/realtime?model=…`; `http(s)` stands for
 * `ws(s)`.
 *
 * @throws AntiphonError `provider.bad_url`
 */
export function realtimeUrl({
  base_url = openAiBase,
  model,
}: {
  readonly base_url?: string | undefined;
  readonly model?: string | undefined;
}): URL {
  const url = webSocketUrl(base_url);
  url.pathname = `${url.pathname.replace(/\/(realtime\/?)?$/, '')}/realtime`;
  if (model !== undefined) url.searchParams.set('model', model);
  return url;
}

/**
 * The address of a conversation with a deployment of Azure OpenAI: `/openai/v1/realtime?model=…`, with an `api_version`
 * `/openai/realtime?api-version=…&deployment=…`. The endpoint may be as any page of Azure shows it.
 *
 * @throws AntiphonError `provider.bad_url`
 */
export function azureUrl(
  config: Pick<ProviderConfigOf<'azure'>, 'endpoint' | 'deployment' | 'api_version'>,
): URL {
  const url = resourceUrl(config.endpoint, /\/openai(\/v1)?(\/realtime)?$|\/openai\/deployments\/.*$/);
  const { api_version: version, deployment } = config;
  if (version === undefined) {
    url.pathname += 'openai/v1/realtime';
    url.searchParams.set('model', deployment);
  } else {
    url.pathname += 'openai/realtime';
    url.searchParams.set('api-version', version);
    url.searchParams.set('deployment', deployment);
  }
  return url;
}

/**
 * The address of a conversation with Azure Voice Live: `/voice-live/realtime?api-version=…&model=…`.
 *
 * @throws AntiphonError `provider.bad_url`
 */
export function voiceLiveUrl(
  config: Pick<ProviderConfigOf<'azure_voice_live'>, 'endpoint' | 'model' | 'api_version'>,
): URL {
  const url = resourceUrl(config.endpoint, /\/voice-live(\/realtime)?$/);
  url.pathname += 'voice-live/realtime';
  url.searchParams.set('api-version', config.api_version);
  url.searchParams.set('model', config.model);
  return url;
}

/** The address of a conversation as that of a call to join: a call has its model. */
export function callAddress(url: URL, callId: string): URL {
  const joined = new URL(url);
  joined.searchParams.delete('model');
  joined.searchParams.set('call_id', callId);
  return joined;
}

/** Where calls are asked for, beside the conversations at `url`: `https://…/realtime`, without a query. */
export function restAddress(url: URL): URL {
  const rest = new URL(url);
  rest.protocol = url.protocol.replace(/^ws/, 'http');
  rest.search = '';
  return rest;
}

/** The resource at an address, its path ending with `/`, without what the address says of an interface of it. */
function resourceUrl(endpoint: string, known: RegExp): URL {
  const url = webSocketUrl(endpoint);
  url.pathname = `${url.pathname.replace(/\/+$/, '').replace(known, '')}/`;
  for (const name of ['api-version', 'deployment', 'model']) url.searchParams.delete(name);
  return url;
}

/**
 * An address as that of a WebSocket: `http(s)` stands for `ws(s)`.
 *
 * @throws AntiphonError `provider.bad_url`
 */
export function webSocketUrl(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const protocol = url?.protocol.replace(/^http/, 'ws');
  if (url === undefined || (protocol !== 'ws:' && protocol !== 'wss:')) {
    throw new AntiphonError('provider.bad_url', { url: shownAddress(address) });
  }
  url.protocol = protocol;
  url.hash = '';
  return url;
}

/** An address as it may be shown: what stands before an `@` or in a query may be a key. */
function shownAddress(address: string): string {
  return address.replace(/\/\/[^/@]*@/, '//').replace(/\?.*$/, '?…');
}
