import { getProxyForUrl } from 'proxy-from-env';

/** What keeps a connection from going by a proxy that the environment names. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
}

/**
 * The proxy that the environment of the process names for an address: `HTTPS_PROXY` for `wss:` and `https:`, `HTTP_PROXY` for
 * `ws:` and `http:`, else `ALL_PROXY`, in either case of letters; undefined where there is none or `NO_PROXY` has the host.
 *
 * @throws ProxyError for one that is no address or of another kind than `http:` and `https:`; never with a password in it.
 */
export function proxyFor(url: URL): URL | undefined {
  const scheme = url.protocol.replace(/^ws/, 'http').slice(0, -1);
  if (!isSet(`${scheme}_proxy`) && !isSet('all_proxy')) return undefined;
  const named = getProxyForUrl(url.href.replace(/^ws/, 'http'));
  if (named === '') return undefined;
  const proxy = URL.canParse(named) ? new URL(named) : undefined;
  if (proxy === undefined || proxy.hostname === '') {
    throw new ProxyError(`what the environment names as the proxy for ${url.host} is no address`);
  }
  if (proxy.protocol !== 'http:' && proxy.protocol !== 'https:') {
    const kind = proxy.protocol.slice(0, -1);
    throw new ProxyError(`the proxy ${proxy.host} is of the kind ${kind}, and only http and https are known`);
  }
  return proxy;
}

/** Asked first, for each connection: reading the address anew takes longer than making the socket. */
function isSet(name: string): boolean {
  return Boolean(process.env[name] || process.env[name.toUpperCase()]);
}
