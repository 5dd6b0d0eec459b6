import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { pipeline, Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import {
  type BrotliDecompress,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  type Gunzip,
  type Inflate,
  type InflateRaw,
} from 'node:zlib';
import { answeredError } from '../answered-error.ts';
import { networkError } from './http-error.ts';
import type { PreparedRequest } from './request-template.ts';
import { readRetryAfter } from './retry-after.ts';
import { checkedAddresses, type ResolveHost, type UrlPolicy } from './url-policy.ts';

/** What an {@link HttpClient} is made of. */
export interface HttpClientOptions {
  readonly policy: UrlPolicy;
  /** How many redirects are followed. */
  readonly redirects: number;
  /** Most bytes of an answer that are read, after decompression. */
  readonly maxBytes: number;
  readonly resolve?: ResolveHost;
}

/** An answer, read whole. */
export interface HttpAnswer {
  readonly status: number;
  /** Of the last address, after redirects. */
  readonly host: string;
  readonly contentType: string;
  /** When the server says to come again, in milliseconds from now. */
  readonly retryAfterMs: number | undefined;
  readonly bytes: Uint8Array;
}

/** A connection that nobody uses is kept for less time than servers do, so that none is used as it is being closed. */
const idleMs = 4_000;
const maxHeaderBytes = 32 * 1024;

type Decoder = Gunzip | Inflate | InflateRaw | BrotliDecompress;

/**
 * Sends the requests of one tool. Every address is judged by the policy, looked up, checked, and the connection is made
 * to the address that was checked; each redirect again. Connections are kept among the requests of the tool only.
 */
export class HttpClient {
  readonly #options: HttpClientOptions;
  readonly #agents = {
    'http:': new HttpAgent({ keepAlive: true, timeout: idleMs, maxSockets: 32, maxFreeSockets: 4 }),
    'https:': new HttpsAgent({ keepAlive: true, timeout: idleMs, maxSockets: 32, maxFreeSockets: 4 }),
  };

  constructor(options: HttpClientOptions) {
    this.#options = options;
  }

  /**
   * Sends a request and reads the answer, whatever its status.
   *
   * @throws {ToolError} with a `tool.http_…` code; the reason of `signal` when that is aborted
   */
  async send(request: PreparedRequest, signal: AbortSignal): Promise<HttpAnswer> {
    let current = request;
    for (let left = this.#options.redirects; ; left -= 1) {
      const { host } = current.url;
      const response = await this.#open(current, signal);
      const status = response.statusCode ?? 0;
      if (!isRedirect(status)) {
        const bytes = await this.#read(response, { host, signal });
        const { headers } = response;
        const retryAfterMs = readRetryAfter(headers['retry-after'], headers.date);
        return { status, host, contentType: headers['content-type'] ?? '', retryAfterMs, bytes };
      }
      response.destroy();
      if (left <= 0) throw answeredError('tool.http_redirect', { host, status }, { data: { status } });
      current = this.#redirected(current, response);
    }
  }

  async #open(request: PreparedRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const { url } = request;
    signal.throwIfAborted();
    const { policy, resolve } = this.#options;
    const addresses = await untilAborted(checkedAddresses(url, policy, resolve), signal).catch(
      (error: unknown) => {
        throw isNodeError(error) ? networkError(error, url.host) : error;
      },
    );
    try {
      // Nobody knows whether a request has arrived that was sent over a connection as it closed: before one that must not be
      // sent twice is sent, the ends of kept connections are noticed that have come meanwhile.
      if (!isRepeatable(request)) await wholeTurn();
      return await this.#exchange(request, lookupOf(addresses), signal);
    } catch (error) {
      if (!signal.aborted && error instanceof StaleConnection && isRepeatable(request)) {
        return this.#open(request, signal);
      }
      throw signal.aborted ? signal.reason : networkError(error, url.host);
    }
  }

  #exchange(
    { url, method, headers, body }: PreparedRequest,
    lookup: LookupFunction,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    const agent = this.#agents[url.protocol === 'https:' ? 'https:' : 'http:'];
    const content = body === undefined ? undefined : Buffer.from(body);
    return new Promise((resolve, reject) => {
      const sent = send(url, {
        method,
        headers: { ...Object.fromEntries(headers), ...lengthOf(content, method) },
        agent,
        lookup,
        signal,
        maxHeaderSize: maxHeaderBytes,
      });
      sent.on('response', resolve);
      sent.on('upgrade', (_response, socket) => {
        socket.destroy();
        reject(Object.assign(new Error('the server wants another protocol'), { code: 'HPE_UPGRADE' }));
      });
      sent.on('error', (error: NodeJS.ErrnoException) => {
        const isStale = sent.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
        reject(isStale ? new StaleConnection(error.message, { cause: error }) : error);
      });
      sent.end(content);
    });
  }

  async #read(
    response: IncomingMessage,
    { host, signal }: { readonly host: string; readonly signal: AbortSignal },
  ): Promise<Uint8Array> {
    const { maxBytes } = this.#options;
    const encoding = encodingOf(response);
    if (encoding === undefined) {
      response.destroy();
      const type = `encoded as ${response.headers['content-encoding']?.slice(0, 40)}`;
      throw answeredError('tool.http_not_text', { host, type });
    }
    const chunks: Uint8Array[] = [];
    let decoder: Decoder | undefined;
    let bytes = 0;
    try {
      const source = encoding === 'deflate' ? await begun(response) : { stream: response, first: undefined };
      decoder = decoderOf(encoding, source.first);
      const body = decoder === undefined ? source.stream : pipeline(source.stream, decoder, () => undefined);
      for await (const chunk of body as AsyncIterable<Uint8Array>) {
        bytes += chunk.byteLength;
        if (bytes > maxBytes) break;
        chunks.push(chunk);
      }
    } catch (error) {
      // What has no body (204, 304, the answer to HEAD) may name an encoding all the same.
      const isCut = (error as NodeJS.ErrnoException).code === 'Z_BUF_ERROR';
      const isEmpty = isCut && response.complete && decoder?.bytesWritten === 0;
      if (signal.aborted) throw signal.reason;
      if (!isEmpty) throw networkError(error, host);
    }
    if (bytes <= maxBytes) return Buffer.concat(chunks);
    response.destroy();
    throw answeredError('tool.http_too_large', { host, limit: maxBytes });
  }

  /** The request that follows a redirect, with the methods and headers that the Fetch Standard prescribes. */
  #redirected(
    request: PreparedRequest,
    { statusCode: status = 0, headers }: IncomingMessage,
  ): PreparedRequest {
    const { host } = request.url;
    const location = headers.location ?? '';
    if (!URL.canParse(location, request.url.href)) {
      throw answeredError('tool.http_redirect', { host, status }, { data: { status } });
    }
    const url = new URL(location, request.url);
    if (request.url.protocol === 'https:' && url.protocol !== 'https:') {
      const reason = 'a redirect leads from https to another scheme';
      throw answeredError('tool.http_forbidden', { host: url.host.slice(0, 100), reason });
    }
    const isSame = url.origin === request.url.origin;
    const kept = new Headers([...request.headers].filter(([name]) => isSame || isForAnyHost(name)));
    const becomesGet =
      (status === 303 && request.method !== 'HEAD') ||
      ((status === 301 || status === 302) && request.method === 'POST');
    if (!becomesGet) return { ...request, url, headers: kept };
    for (const name of ['content-type', 'content-length', 'content-encoding']) kept.delete(name);
    return { method: 'GET', url, headers: kept, body: undefined };
  }
}

/** A kept connection that the server had closed before it answered: it may have taken the request all the same. */
class StaleConnection extends Error {}

/** Whether sending it twice does no harm, by the definition of its method (RFC 9110, 9.2.2). */
function isRepeatable({ method }: PreparedRequest): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'PUT' || method === 'DELETE';
}

/** Any other header may hold a key, which another host is not sent. */
function isForAnyHost(header: string): boolean {
  return /^(accept|accept-.*|content-type|user-agent|idempotency-key)$/.test(header);
}

function isRedirect(status: number): boolean {
  return status >= 300 && status < 400 && status !== 304;
}

function isNodeError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}

function lengthOf(content: Buffer | undefined, method: string): Record<string, string> {
  if (content !== undefined) return { 'content-length': String(content.length) };
  return method === 'GET' || method === 'HEAD' || method === 'DELETE' ? {} : { 'content-length': '0' };
}

/** Answers with the addresses that were checked, whatever is asked. */
function lookupOf(
  addresses: readonly { readonly address: string; readonly family: 4 | 6 }[],
): LookupFunction {
  return (_hostname, options, callback) => {
    const [first] = addresses;
    if (first === undefined) {
      callback(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), '');
    } else if (options.all === true) {
      callback(
        null,
        addresses.map(({ address, family }) => ({ address, family })),
      );
    } else {
      callback(null, first.address, first.family);
    }
  };
}

/** Waits until the loop has looked at all sockets once: the first of the two may be of the turn that has done so already. */
async function wholeTurn(): Promise<void> {
  await setImmediate();
  await setImmediate();
}

/** Waits for `work` no longer than until `signal` is aborted; what it comes to then is ignored. */
function untilAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

type Encoding = 'none' | 'gzip' | 'deflate' | 'br';

/** How a body is encoded; undefined where nothing here decodes that. */
function encodingOf({ headers }: IncomingMessage): Encoding | undefined {
  const named = headers['content-encoding']?.trim().toLowerCase() ?? '';
  switch (named) {
    case '':
    case 'identity':
      return 'none';
    case 'x-gzip':
      return 'gzip';
    case 'gzip':
    case 'deflate':
    case 'br':
      return named;
    default:
      return undefined;
  }
}

/** What decodes a body that begins with `first`; undefined for one as it stands. */
function decoderOf(encoding: Encoding, first: Uint8Array | undefined): Decoder | undefined {
  switch (encoding) {
    case 'none':
      return undefined;
    case 'gzip':
      return createGunzip();
    case 'deflate':
      // It has to begin with the header of zlib, which many servers leave out.
      return first !== undefined && ((first[0] ?? 0) & 0x0f) !== 8 ? createInflateRaw() : createInflate();
    case 'br':
      return createBrotliDecompress();
  }
}

/** A body, and its first bytes. */
async function begun(
  response: IncomingMessage,
): Promise<{ stream: Readable; first: Uint8Array | undefined }> {
  const chunks = response[Symbol.asyncIterator]() as AsyncIterableIterator<Uint8Array>;
  const { done, value } = await chunks.next();
  const first = done === true ? undefined : value;
  return { stream: Readable.from(following(first, chunks)), first };
}

async function* following(first: Uint8Array | undefined, rest: AsyncIterable<Uint8Array>) {
  if (first !== undefined) yield first;
  yield* rest;
}
