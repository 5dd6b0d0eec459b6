import { AntiphonError, type ProviderConfigOf } from '@antiphon/core';
import { webSocketUrl } from './addresses.ts';
import { bearerKey, type Credential } from './credentials.ts';

/** Where and as whom to connect. The address may hold a secret: it is never shown whole. */
export interface GeminiAddress {
  readonly url: URL;
  readonly credential: Credential;
  /** The model as this service names it. */
  readonly model: string;
}

const publicHost = 'wss://generativelanguage.googleapis.com';
const tokenPrefix = 'auth_tokens/';
/** What stands for "this server wants no key". */
const noKey = 'none';

/**
 * The address of the service: with an API key, with a token for a short time, or of Vertex AI.
 *
 * @throws AntiphonError `provider.bad_url`, `provider.bad_key`; `provider.key_missing` without any of the three
 */
export function geminiAddress(name: string, config: ProviderConfigOf<'gemini'>): GeminiAddress {
  if (config.vertex !== undefined) return vertexAddress(name, config, config.vertex);
  const { model, api_key: key } = config;
  const token = config.access_token ?? (key?.startsWith(tokenPrefix) ? key : undefined);
  const base = config.base_url ?? publicHost;
  const credential: Credential = { kind: 'none' };
  if (token !== undefined) {
    const service = 'google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateContentConstrained';
    return { url: withQuery(address(base, service), 'access_token', token), credential, model };
  }
  if (key === undefined && config.base_url === undefined) {
    throw new AntiphonError('provider.key_missing', { name, keys: 'api_key, access_token or vertex' });
  }
  const url = address(base, 'google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent');
  return { url: key === undefined || key === noKey ? url : withQuery(url, 'key', key), credential, model };
}

type Vertex = NonNullable<ProviderConfigOf<'gemini'>['vertex']>;

function vertexAddress(
  name: string,
  { base_url: base, model }: ProviderConfigOf<'gemini'>,
  { project, location, token }: Vertex,
): GeminiAddress {
  const host = location === 'global' ? 'aiplatform.googleapis.com' : `${location}-aiplatform.googleapis.com`;
  const place = `projects/${project}/locations/${location}/publishers/google/models`;
  return {
    url: address(
      base ?? `wss://${host}`,
      'google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent',
    ),
    credential: bearerKey(name, token),
    model: model.includes('/') ? model : `${place}/${model}`,
  };
}

/** `base` as it is where it names the service already, else with the service behind it. */
function address(base: string, service: string): URL {
  const url = webSocketUrl(base);
  if (!url.pathname.includes('BidiGenerateContent')) {
    url.pathname = `${url.pathname.replace(/\/(ws\/?)?$/, '')}/ws/${service}`;
  }
  return url;
}

function withQuery(url: URL, name: string, value: string): URL {
  url.searchParams.set(name, value.trim());
  return url;
}
