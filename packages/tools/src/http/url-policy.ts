import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { answeredError } from '../answered-error.ts';
import { type AddressKind, addressKind, isInNetwork, isNetwork } from './address-rules.ts';

/**
 * Where the requests of a tool may go. What the author wrote out is trusted, also when it is on a private network;
 * what arguments or servers bring in may only be public, or what `allow` names.
 */
export interface UrlPolicy {
  /** Scheme, host and port that stand in the declaration; undefined when arguments fill them. */
  readonly origin: string | undefined;
  readonly allow: readonly AllowedHost[];
}

/** One entry of an `allow` list, read. */
export interface AllowedHost {
  /** A host, `*.` and a domain, `*`, or a network; lower case. */
  readonly host: string;
  /** `public`: a host that somebody else than the author named. */
  readonly kind: 'exact' | 'public' | 'below' | 'any' | 'network';
  /** Undefined: the port of the scheme. */
  readonly port: number | undefined;
}

/** A host with the addresses that may be connected to. */
export interface CheckedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Looks up all addresses of a host. */
export type ResolveHost = (hostname: string) => Promise<readonly CheckedAddress[]>;

/** Reads an `allow` list; a text is what is wrong with an entry. */
export function readAllowList(entries: readonly string[]): readonly (AllowedHost | string)[] {
  return entries.map(readAllowed);
}

function readAllowed(entry: string): AllowedHost | string {
  const text = entry.trim().toLowerCase();
  if (text.includes('://')) return `"${entry}" is an address; write only its host`;
  if (isNetwork(text)) return { host: text, kind: text.includes('/') ? 'network' : 'exact', port: undefined };
  const match = /^(\[[^\]]+\]|[^:]+)(?::(\d{1,5}))?$/.exec(text);
  const host = match?.[1]?.replace(/^\[(.*)\]$/, '$1') ?? '';
  const port = match?.[2] === undefined ? undefined : Number(match[2]);
  if (port !== undefined && (port < 1 || port > 65_535)) return `"${entry}" has no port that there is`;
  if (host === '*') return { host, kind: 'any', port };
  if (isNetwork(host)) return { host, kind: host.includes('/') ? 'network' : 'exact', port };
  const isBelow = host.startsWith('*.');
  const name = isBelow ? host.slice(2) : host;
  if (!/^[\p{L}\p{N}_]([\p{L}\p{N}_.-]*[\p{L}\p{N}_])?$/u.test(name)) return `"${entry}" is not a host`;
  return { host: hostOf(name) ?? name, kind: isBelow ? 'below' : 'exact', port };
}

/** The host as addresses spell it, international names encoded. */
function hostOf(name: string): string | undefined {
  return URL.canParse(`http://${name}`) ? plainHost(new URL(`http://${name}`)) : undefined;
}

/** The host of an address without brackets or the dot that may end a name. */
export function plainHost(url: URL): string {
  return url.hostname
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
    .toLowerCase();
}

/**
 * Judges an address before anything is looked up.
 *
 * @returns how far its host is trusted: `full` may be private, `public` may not
 * @throws {ToolError} `tool.http_forbidden`
 */
export function judgeUrl(url: URL, policy: UrlPolicy): 'full' | 'public' {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw forbidden(url.host, `its scheme is ${url.protocol.slice(0, 20)}`);
  }
  if (plainHost(url) === '') throw forbidden(url.host, 'it names no host');
  if (url.username !== '' || url.password !== '') throw forbidden(url.host, 'it holds a user or a password');
  if (url.origin === policy.origin) return 'full';
  const host = plainHost(url);
  const matching = policy.allow.filter((entry) => matches(entry, host) && portFits(entry, url));
  if (matching.length === 0) throw forbidden(url.host, 'the tool may not go there');
  return matching.some(({ kind }) => kind === 'exact' || kind === 'network') ? 'full' : 'public';
}

/** Whether an `allow` list names the host of an address, be it by its domain or network; `*` names nobody. */
export function isNamed(url: URL, allow: readonly AllowedHost[]): boolean {
  const host = plainHost(url);
  return allow.some((entry) => entry.kind !== 'any' && matches(entry, host) && portFits(entry, url));
}

function matches({ host, kind }: AllowedHost, asked: string): boolean {
  switch (kind) {
    case 'any':
      return true;
    case 'exact':
    case 'public':
      return asked === host;
    case 'below':
      return asked.endsWith(`.${host}`);
    case 'network':
      return isIP(asked) !== 0 && isInNetwork(asked, host);
  }
}

function portFits({ port }: AllowedHost, url: URL): boolean {
  return port === undefined
    ? url.port === ''
    : Number(url.port || (url.protocol === 'https:' ? 443 : 80)) === port;
}

/**
 * The addresses of a host that may be connected to: all of them must be public, or in a network that `allow` names,
 * unless the host is trusted in full.
 *
 * @throws {ToolError} `tool.http_forbidden`; what `resolve` throws
 */
export async function checkedAddresses(
  url: URL,
  policy: UrlPolicy,
  resolve: ResolveHost = resolveHost,
): Promise<readonly CheckedAddress[]> {
  const trust = judgeUrl(url, policy);
  const host = plainHost(url);
  const family = isIP(host);
  const found =
    family === 0
      ? await resolve(host)
      : [{ address: host, family: family === 6 ? (6 as const) : (4 as const) }];
  const networks = policy.allow.filter(({ kind }) => kind === 'network');
  const wrong = found.find(({ address }) => {
    if (addressKind(address) === 'public' || trust === 'full') return isIP(address) === 0;
    return !networks.some(({ host: network }) => isInNetwork(address, network));
  });
  if (wrong !== undefined) throw forbidden(url.host, `it is ${wordsOf[addressKind(wrong.address)]}`);
  return found;
}

/** Looks a host up as the system does, all its addresses. */
export async function resolveHost(hostname: string): Promise<readonly CheckedAddress[]> {
  const found = await lookup(hostname, { all: true });
  return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
}

const wordsOf: Readonly<Record<AddressKind, string>> = {
  public: 'a public address',
  loopback: 'an address of this machine',
  private: 'an address of a private network',
  'link-local': 'an address of the local link',
  metadata: 'an address where a cloud keeps credentials',
  multicast: 'an address of a group',
  reserved: 'a reserved address',
  tunnel: 'an address of a tunnel',
  invalid: 'not an address',
};

function forbidden(host: string, reason: string) {
  return answeredError('tool.http_forbidden', { host: host.slice(0, 100), reason });
}
