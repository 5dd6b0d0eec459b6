import {
  AntiphonError,
  type ConfigSecret,
  type ConnectRequest,
  type Provider,
  type Transport,
  type TransportHandlers,
  type WireDialect,
} from '@antiphon/core';
import { callAddress } from './addresses.ts';
import { type Credential, credentialHeader, type TokenSource, unsendable } from './credentials.ts';
import { openLater } from './opening-transport.ts';
import { secretHeaders, withoutSecrets } from './secrecy.ts';
import { openWebSocketTransport } from './websocket-transport.ts';

/** A token that has not come by then has failed: the session itself waits 15 s for a connection. */
const tokenTimeoutMs = 10_000;

const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** What a provider behind a WebSocket is made of. */
export interface HostedProviderOptions {
  readonly name: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly credential: Credential;
  /** How the server speaks; called for every connection. The GA dialect when absent. */
  readonly dialect?: (request: ConnectRequest) => WireDialect;
  /** What the address has in its query for one connection beside what it has for all; called before `dialect`. */
  readonly query?: (request: ConnectRequest) => Readonly<Record<string, string>>;
  /** For tests. */
  readonly tokenTimeoutMs?: number;
}

/**
 * A provider behind a WebSocket.
 *
 * @throws AntiphonError `provider.bad_header`
 */
export function createHostedProvider(options: HostedProviderOptions): Provider {
  const { name, headers, credential } = options;
  assertSendable(name, headers);
  const known = [...secretHeaders(headers), ...secretsOfUrl(options.url)];
  return {
    name,
    connect(request, handlers) {
      const { callId } = request;
      const address = callId === undefined ? options.url : callAddress(options.url, callId);
      const query = options.query?.(request);
      const url = query === undefined ? address : withQuery(address, query);
      const dialect = options.dialect;
      const open: Open = (own, clean) =>
        openWebSocketTransport(
          { url, headers: { ...headers, ...own }, ...(dialect && { dialect: dialect(request) }) },
          clean,
        );
      switch (credential.kind) {
        case 'none':
          return open(
            {},
            withoutSecrets(handlers, () => known),
          );
        case 'key': {
          const secrets = [...known, secretOf(credential.value)];
          const own = credentialHeader(credential.header, credential.value);
          return open(
            own,
            withoutSecrets(handlers, () => secrets),
          );
        }
        case 'source': {
          const timeoutMs = options.tokenTimeoutMs ?? tokenTimeoutMs;
          return openWithToken({ source: credential.source, timeoutMs, known, open }, handlers);
        }
      }
    },
    close: async () => {},
  };
}

/** Makes a connection with these headers. */
type Open = (own: Readonly<Record<string, string>>, handlers: TransportHandlers) => Transport;

/** Asks for a token first; the connection is made when it has come. */
function openWithToken(
  options: {
    readonly source: TokenSource;
    readonly timeoutMs: number;
    readonly known: readonly ConfigSecret[];
    readonly open: Open;
  },
  handlers: TransportHandlers,
): Transport {
  const { source, timeoutMs, open } = options;
  const secrets = [...options.known];
  const clean = withoutSecrets(handlers, () => secrets);
  return openLater(
    {
      obstacle: 'token',
      timeoutMs,
      describeTimeout: () => new Error(`no token came within ${timeoutMs / 1000} s`),
      prepare: async (signal) => {
        const token = readToken(await source(signal));
        secrets.push(secretOf(token));
        return () => open(credentialHeader('Authorization', token), clean);
      },
    },
    clean,
  );
}

function withQuery(url: URL, query: Readonly<Record<string, string>>): URL {
  const asked = new URL(url);
  for (const [name, value] of Object.entries(query)) asked.searchParams.set(name, value);
  return asked;
}

/** What the function of an application gave, when it can be sent; throws in words without the value. */
function readToken(given: unknown): string {
  if (typeof given !== 'string') throw new Error(`the function gave ${nameOf(given)} instead of a token`);
  const token = given.trim();
  if (token === '') throw new Error('the function gave an empty token');
  const what = unsendable(token);
  if (what !== undefined) throw new Error(`the function gave a token that holds ${what}`);
  return token;
}

function nameOf(value: unknown): string {
  return value === undefined || value === null ? 'nothing' : `a value of type ${typeof value}`;
}

function assertSendable(name: string, headers: Readonly<Record<string, string>>): void {
  for (const [header, value] of Object.entries(headers)) {
    const isName = headerName.test(header);
    const what = unsendable(value);
    if (isName && what === undefined) continue;
    const reason = isName ? `its value holds ${what}` : 'its name is no name of a header';
    throw new AntiphonError('provider.bad_header', { name, header, reason });
  }
}

function secretOf(value: string): ConfigSecret {
  return { name: 'key', value };
}

/** A password in the address, and what a query may carry as a key. */
function secretsOfUrl(url: URL): readonly ConfigSecret[] {
  const inQuery = [...url.searchParams].filter(([name]) => /key|token|secret|sig/i.test(name));
  return [
    ...(url.password === '' ? [] : [{ name: 'password', value: decodeURIComponent(url.password) }]),
    ...inQuery.map(([name, value]) => ({ name, value })),
  ];
}
