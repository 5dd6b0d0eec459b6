import { hash, randomFillSync } from 'node:crypto';
import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import WebSocket from 'ws';

/** Where a plain connection goes, and what is asked with it. */
export interface PlainAddress {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly maxPayloadBytes: number;
}

/** A WebSocket that a server has answered for. */
export interface Answered {
  readonly socket: WebSocket;
  /** What its frames go over, where that is known already. */
  readonly wire?: Socket;
  /** To be called once the socket is listened to. */
  readonly begin: () => void;
}

/** By RFC 6455 §4.2.2: what a key is answered with is the hash of both. */
const protocolGuid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const defaultPort = 80;
/** As much as Node takes of a head. */
const maxHeadBytes = 16 * 1024;
const endOfHead = '\r\n\r\n';
const agreed = 'HTTP/1.1 101';
/** A line that ends otherwise than those of HTTP do. */
const bareLineFeed = /(?:^|[^\r])\n/;
const keyHeader = /^sec-websocket-key: (.*)\r$/im;
const headerName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/;
const ownHeader = /^(?:host|connection|upgrade|sec-websocket-.*)$/i;

/** What the library's client does once a server has agreed. It has no public way in; its version is pinned. */
interface Adoptable {
  _isServer: boolean;
  setSocket(wire: Socket, head: Buffer, options: typeof receiving & { readonly maxPayload: number }): void;
}

const canAdopt = 'setSocket' in WebSocket.prototype;

/** The library's own defaults for a client. */
const receiving = {
  autoPong: true,
  maxPendingAutoPongs: 60,
  closeTimeout: 30_000,
  allowSynchronousEvents: true,
  maxBufferedChunks: 256 * 1024,
  maxFragments: 16 * 1024,
  skipUTF8Validation: false,
};

/** A handshake under way. */
export interface Handshake {
  /** Settles when the request is away. */
  readonly asked: Promise<void>;
  /** Gives the connection up. */
  readonly giveUp: () => void;
}

const nothing: Buffer = Buffer.alloc(0);

/** What a yes needs. */
interface Prepared {
  readonly socket: WebSocket;
  /** What the key has to be answered with. */
  readonly expected: string;
}

/** Whether {@link shakeHands} may be used: for a server without TLS, and where nothing is asked that the library sees to. */
export function isPlain({ url, headers }: PlainAddress): boolean {
  const isBare = url.protocol === 'ws:' && url.username === '' && url.password === '' && url.hash === '';
  if (!isBare || !canAdopt) return false;
  for (const name in headers) if (!isSendable(name, headers[name] ?? '')) return false;
  return true;
}

function isSendable(name: string, value: string): boolean {
  return headerName.test(name) && headerValue.test(value) && !ownHeader.test(name);
}

/**
 * The opening handshake of RFC 6455 §4.1 without the HTTP client of Node, which takes three tenths of the time in which a
 * server on the same machine is connected to. Whatever is not a plain yes is given to the library from its first byte on, so
 * that refusals and failures are read and told as everywhere else.
 */
export function shakeHands(address: PlainAddress, onAnswer: (answered: Answered) => void): Handshake {
  const { url, headers } = address;
  const wire = new Socket();
  const key = nextKey();
  let received = nothing;
  let prepared: Prepared | undefined;
  const take = (chunk: Buffer): void => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const end = received.indexOf(endOfHead);
    const head = received.toString('latin1', 0, end === -1 ? received.length : end);
    if (end === -1 && mayAgree(head)) return;
    const { socket, expected } = prepared ?? prepare(wire, key);
    if (end === -1 || !agrees(head, expected)) return otherwise();
    stop();
    const rest = received.subarray(end + endOfHead.length);
    onAnswer({ socket, wire, begin: () => adopt(socket, wire, rest, address.maxPayloadBytes) });
  };
  const otherwise = (error?: Error): void => {
    stop();
    const answer = new Replay(wire, received, key);
    // Whoever asks listens by then.
    if (error !== undefined) setImmediate(() => answer.destroy(error));
    onAnswer(askAgain(address, answer));
  };
  const ended = (): void => otherwise();
  const stop = (): void => {
    wire.off('data', take).off('end', ended).off('error', otherwise);
  };
  wire.on('data', take).on('end', ended).on('error', otherwise);
  // Behind the request, which leaves in the same event: the server thinks meanwhile.
  const asked = new Promise<void>((resolve) => {
    wire.once('connect', () =>
      process.nextTick(() => {
        prepared = prepare(wire, key);
        resolve();
      }),
    );
  });
  wire.connect({
    host: withoutBrackets(url.hostname),
    port: url.port === '' ? defaultPort : Number(url.port),
  });
  wire.write(request(url, headers, key), 'latin1');
  const giveUp = (): void => {
    stop();
    wire.on('error', () => {}).destroy();
  };
  return { asked, giveUp };
}

const keyBytes = 16;
/** Asking the system for a few bytes takes as long as asking it for many. */
const randomPool = Buffer.alloc(128 * keyBytes);
let randomAt = randomPool.length;

function nextKey(): string {
  if (randomAt === randomPool.length) {
    randomFillSync(randomPool);
    randomAt = 0;
  }
  randomAt += keyBytes;
  return randomPool.toString('base64', randomAt - keyBytes, randomAt);
}

function withoutBrackets(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

function request(url: URL, headers: PlainAddress['headers'], key: string): string {
  let text = `GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\n`;
  for (const name in headers) text += `${name}: ${headers[name]}\r\n`;
  return `${text}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
}

/** Whether a head that has not come whole may become a yes. */
export function mayAgree(head: string): boolean {
  const begins = head.slice(0, agreed.length) === agreed.slice(0, head.length);
  return begins && head.length < maxHeadBytes && !bareLineFeed.test(head);
}

/** The answer to a key. */
export function answerTo(key: string): string {
  return hash('sha1', key + protocolGuid, 'base64');
}

/** Whether the head of an answer is a yes with what is `expected`, and nothing that was not asked for. */
export function agrees(head: string, expected: string): boolean {
  const [status = '', ...lines] = head.split('\r\n');
  if (status !== agreed && !status.startsWith(`${agreed} `)) return false;
  const found = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon)).toLowerCase();
    if (!headerName.test(name) || bareLineFeed.test(line)) return false;
    const value = line.slice(colon + 1).trim();
    const before = found.get(name);
    found.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  const connection = found.get('connection')?.toLowerCase().split(',') ?? [];
  return (
    found.get('upgrade')?.toLowerCase() === 'websocket' &&
    connection.some((option) => option.trim() === 'upgrade') &&
    found.get('sec-websocket-accept') === expected &&
    !found.has('sec-websocket-protocol') &&
    !found.has('sec-websocket-extensions')
  );
}

function prepare(wire: Socket, key: string): Prepared {
  wire.setNoDelay(true);
  const Socketless = WebSocket as unknown as new (
    address: null,
    protocols: [],
    options: typeof receiving,
  ) => WebSocket;
  return { socket: new Socketless(null, [], receiving), expected: answerTo(key) };
}

/** Has the library's WebSocket use a connection whose server has agreed; `head`: what came behind its answer. */
function adopt(socket: WebSocket, wire: Socket, head: Buffer, maxPayload: number): void {
  const adoptable = socket as unknown as Adoptable;
  adoptable._isServer = false;
  adoptable.setSocket(wire, head, { ...receiving, maxPayload });
}

/** The library asks, and is given the answer that has come. */
function askAgain({ url, headers, maxPayloadBytes }: PlainAddress, answer: Duplex): Answered {
  const socket = new WebSocket(url, {
    headers,
    perMessageDeflate: false,
    maxPayload: maxPayloadBytes,
    createConnection: () => answer as Socket,
  });
  return { socket, begin: () => {} };
}

/**
 * A connection on which a request has been sent already: what is written is left out, what has come is read first. What the
 * first key was answered with stands for the answer to the second.
 */
class Replay extends Duplex {
  readonly #wire: Socket;
  #received: Buffer | undefined;
  readonly #expected: string;

  constructor(wire: Socket, received: Buffer, key: string) {
    super();
    this.#wire = wire.pause();
    this.#received = received;
    this.#expected = answerTo(key);
    wire.on('end', () => this.push(null)).on('error', (error) => this.destroy(error));
  }

  override _read(): void {
    if (this.#received === undefined) this.#wire.resume();
  }

  override _write(chunk: Buffer, _encoding: unknown, done: () => void): void {
    const received = this.#received;
    if (received !== undefined) {
      this.#received = undefined;
      const key = keyHeader.exec(chunk.toString('latin1'))?.[1] ?? '';
      this.push(received.toString('latin1').replace(this.#expected, answerTo(key)), 'latin1');
      this.#wire.on('data', (more: Buffer) => void (this.push(more) || this.#wire.pause()));
      if (this.#wire.readableEnded) this.push(null);
    }
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#wire.destroy();
    done(error);
  }
}
