import { type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { ProxyError, proxyFor } from './proxy-route.ts';
import type { Tunnel } from './tunnel.ts';

/** More than any answer to such a request has. */
const longestAnswerBytes = 1024 * 1024;

/** A request that carries something. */
export interface PostRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
}

export interface PostAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/**
 * Sends a POST, by the proxy that the environment names, and follows no redirect. Rejects with the error of the connection,
 * or with a {@link ProxyError} when it is the proxy that refuses or cannot be reached.
 */
export async function post(request: PostRequest): Promise<PostAnswer> {
  const proxy = proxyFor(request.url);
  if (proxy === undefined) return exchange(request);
  const { Tunnel } = await import('./tunnel.ts');
  const tunnel = new Tunnel(proxy);
  const byProxy = (what: string) => new ProxyError(`the proxy ${tunnel.url.host} ${what}`);
  try {
    const answer = await exchange(request, tunnel);
    if (tunnel.isNearEnd) throw byProxy(`answered HTTP ${answer.status}`);
    return answer;
  } catch (error) {
    if (!tunnel.isNearEnd || error instanceof ProxyError || request.signal.aborted) throw error;
    const { code = String(error) } = error as NodeJS.ErrnoException;
    throw byProxy(`cannot be reached (${code})`);
  }
}

function exchange({ url, headers, body, signal }: PostRequest, tunnel?: Tunnel): Promise<PostAnswer> {
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const sent = send(url, {
      method: 'POST',
      headers: { ...headers, 'Content-Length': String(Buffer.byteLength(body)) },
      signal,
      agent: tunnel?.agent ?? false,
    });
    sent.once('error', reject);
    sent.once('response', (response) => void readAnswer(response).then(resolve, reject));
    sent.end(body);
  });
}

async function readAnswer(response: IncomingMessage): Promise<PostAnswer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    bytes += piece.byteLength;
    if (bytes > longestAnswerBytes) throw new Error(`the answer has more than ${longestAnswerBytes} bytes`);
    pieces.push(piece);
  }
  const { statusCode = 0, headers } = response;
  return { status: statusCode, headers, text: Buffer.concat(pieces).toString('utf8') };
}
