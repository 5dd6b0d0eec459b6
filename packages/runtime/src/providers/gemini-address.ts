import { AntiphonError, type ProviderConfig } from '@antiphon/core';

/** The settings of a provider of type `gemini`. */
export type GeminiProviderConfig = Extract<ProviderConfig, { type: 'gemini' }>;

/** Where and as whom to connect. The address may hold a secret: it is never shown whole. */
export interface GeminiAddress {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
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
 * @throws AntiphonError `provider.bad_url`; `provider.key_missing` without any of the three
 */
export function geminiAddress(name: string, config: GeminiProviderConfig): GeminiAddress {
  const { vertex, headers, model } = config;
  if (vertex !== undefined) {
    const { project, location, token } = vertex;
    const host =
      location === 'global' ? 'aiplatform.googleapis.com' : `${location}-aiplatform.googleapis.com`;
    const place = `projects/${project}/locations/${location}/publishers/google/models`;
    return {
      url: address(
        config.base_url ?? `wss://${host}`,
        'google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent',
      ),
      headers: { ...headers, Authorization: `Bearer ${token}` },
      model: model.includes('/') ? model : `${place}/${model}`,
    };
  }
  const token = config.access_token ?? (config.api_key?.startsWith(tokenPrefix) ? config.api_key : undefined);
  const base = config.base_url ?? publicHost;
  if (token !== undefined) {
    const url = address(
      base,
      'google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateContentConstrained',
    );
    url.searchParams.set('access_token', token);
    return { url, headers, model };
  }
  if (config.api_key === undefined && config.base_url === undefined) {
    throw new AntiphonError('provider.key_missing', { name, keys: 'api_key' });
  }
  const url = address(base, 'google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent');
  if (config.api_key !== undefined && config.api_key !== noKey) url.searchParams.set('key', config.api_key);
  return { url, headers, model };
}

/** `base` as it is where it names the service already, else with the service behind it; `http(s)` stands for `ws(s)`. */
function address(base: string, service: string): URL {
  const url = URL.canParse(base) ? new URL(base) : undefined;
  const protocol = url?.protocol.replace(/^http/, 'ws');
  if (url === undefined || (protocol !== 'ws:' && protocol !== 'wss:')) {
    throw new AntiphonError('provider.bad_url', { url: base });
  }
  url.protocol = protocol;
  if (!/BidiGenerateContent/.test(url.pathname)) {
    url.pathname = `${url.pathname.replace(/\/(ws\/?)?$/, '')}/ws/${service}`;
  }
  return url;
}
