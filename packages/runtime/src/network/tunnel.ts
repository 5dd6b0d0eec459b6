import type { Agent } from 'node:http';
import { HttpsProxyAgent } from 'https-proxy-agent';

const connected = 200;

/** A way through a proxy to one address, for one connection: `agent` makes it, and what the proxy says of it is told apart here. */
export class Tunnel {
  readonly agent: Agent;
  /** The proxy, without what stands for its user. */
  readonly url: URL;
  /** `far_end`: what follows is said by the server behind the proxy. */
  #speaker: 'proxy' | 'far_end' = 'proxy';

  constructor(proxy: URL) {
    const { username, password } = proxy;
    this.url = new URL(proxy);
    this.url.username = '';
    this.url.password = '';
    const isKnown = username !== '' || password !== '';
    // The library writes the address that it is given to its debug log.
    const agent = new HttpsProxyAgent(this.url, {
      headers: isKnown ? { 'Proxy-Authorization': basic(username, password) } : {},
    });
    agent.on('proxyConnect', ({ statusCode }: { readonly statusCode: number }) => {
      if (statusCode === connected) this.#speaker = 'far_end';
    });
    this.agent = agent;
  }

  /** Whether all that happens now is between this side and the proxy. */
  get isNearEnd(): boolean {
    return this.#speaker === 'proxy';
  }
}

function basic(username: string, password: string): string {
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(user).toString('base64')}`;
}
