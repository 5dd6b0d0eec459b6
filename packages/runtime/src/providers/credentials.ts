import { AntiphonError } from '@antiphon/core';

/**
 * Gives a token for one connection. Called anew for every connection; `signal` is aborted when the token is not wanted
 * any more.
 */
export type TokenSource = (signal: AbortSignal) => string | Promise<string>;

/** The functions of the application that give tokens, by the names that `token_source` uses. */
export type TokenSources = Readonly<Record<string, TokenSource>>;

/** How a provider proves who is calling. */
export type Credential =
  | { readonly kind: 'none' }
  | { readonly kind: 'key'; readonly header: 'Authorization' | 'api-key'; readonly value: string }
  | { readonly kind: 'source'; readonly source: TokenSource };

/** What stands for "this server wants no key". */
const noKey = 'none';

/**
 * The key of OpenAI and of servers like it.
 *
 * @throws AntiphonError `provider.bad_key`
 */
export function bearerKey(name: string, apiKey: string | undefined): Credential {
  if (apiKey === undefined || apiKey === noKey) return { kind: 'none' };
  return { kind: 'key', header: 'Authorization', value: sendable(name, 'api_key', apiKey) };
}

/** The ways to prove to Azure who is calling. */
export interface AzureAuth {
  readonly api_key?: string | undefined;
  readonly token?: string | undefined;
  readonly token_source?: string | undefined;
}

/**
 * The key, token or source of tokens of a service of Azure.
 *
 * @throws AntiphonError `provider.key_missing`, `provider.bad_key`, `provider.token_source_unknown`
 */
export function azureCredential(name: string, auth: AzureAuth, sources: TokenSources): Credential {
  const { api_key: key, token, token_source: sourceName } = auth;
  if (sourceName !== undefined) {
    const source = Object.hasOwn(sources, sourceName) ? sources[sourceName] : undefined;
    if (source !== undefined) return { kind: 'source', source };
    const available = Object.keys(sources).join(', ') || 'none';
    throw new AntiphonError('provider.token_source_unknown', { name, source: sourceName, available });
  }
  if (token !== undefined) {
    return { kind: 'key', header: 'Authorization', value: sendable(name, 'token', token) };
  }
  if (key === noKey) return { kind: 'none' };
  if (key !== undefined) return { kind: 'key', header: 'api-key', value: sendable(name, 'api_key', key) };
  throw new AntiphonError('provider.key_missing', { name, keys: 'api_key, token or token_source' });
}

/** The header that carries a key or token. */
export function credentialHeader(
  header: 'Authorization' | 'api-key',
  value: string,
): Readonly<Record<string, string>> {
  return { [header]: header === 'Authorization' ? `Bearer ${value}` : value };
}

/** What makes a text unfit for a header, in words; undefined when nothing does. */
export function unsendable(text: string): string | undefined {
  if (/[\r\n]/.test(text)) return 'a line break';
  if (/[^\t\u0020-\u007e\u0080-\u00ff]/.test(text)) return 'a character that headers cannot carry';
  return undefined;
}

/** @throws AntiphonError `provider.bad_key` */
function sendable(name: string, key: 'api_key' | 'token', text: string): string {
  const trimmed = text.trim();
  const what = trimmed === '' ? 'nothing' : unsendable(trimmed);
  if (what !== undefined) throw new AntiphonError('provider.bad_key', { name, key, what });
  return trimmed;
}
