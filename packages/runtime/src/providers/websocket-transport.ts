import {
  type ClientEvent,
  gaDialect,
  type InboundMessage,
  OutOfBandResponses,
  type Transport,
  type TransportClose,
  type TransportHandlers,
  type WireDialect,
  type WireStep,
} from '@antiphon/core';
import WebSocket from 'ws';
import { ProxyError, proxyFor } from '../network/proxy-route.ts';
import type { Tunnel } from '../network/tunnel.ts';
import { systemClock } from '../system/system-clock.ts';
import { type ConnectionPhase, describeConnectFailure, obstacleOf } from './connect-failure.ts';
import { FrameBurst } from './frame-burst.ts';
import { Heartbeat } from './heartbeat.ts';
import { openLater } from './opening-transport.ts';
import { type Handshake, isPlain, type PlainAddress, shakeHands } from './plain-handshake.ts';
import { type Refusal, readRefusal } from './refusal.ts';
import { refusalWords } from './refusal-words.ts';

/** Largest message taken from a server: long audio deltas come whole. */
const maxPayloadBytes = 32 * 1024 * 1024;
const handshakeTimeoutMs = 10_000;
/** A peer that does not answer the close gets this long before the socket is cut. */
const closeTimeoutMs = 2_000;
/** A peer is pinged this often, and gone when nothing has come of it until the next ping. */
const pingIntervalMs = 5_000;
/** Audio beyond this is dropped: the session keeps what waits far below it. */
const audioLimitBytes = 4 * 1024 * 1024;
/** More than this waiting is an overload at once, and a mebibyte when it does not get less from one ping to the next. */
const sendLimitBytes = 8 * 1024 * 1024;
const stuckLimitBytes = 1024 * 1024;
const overload = 1013;
const abnormalClosure = 1006;
/** The largest reason a close frame has room for. */
const maxReasonBytes = 123;

/** Where and how to connect. */
export interface WebSocketAddress {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** How the server speaks; the GA dialect unless told. Made for this connection alone. */
  readonly dialect?: WireDialect;
  /** The failure of a refused upgrade, in words for the user; those of the server unless told. */
  readonly describeRefusal?: (status: number, body: string) => Error;
  /** For tests: how often the peer is pinged, and how long it may take to accept. */
  readonly times?: { readonly pingIntervalMs?: number; readonly handshakeTimeoutMs?: number };
}

/**
 * A connection over a WebSocket, in the dialect of its server, by the proxy that the environment names. A peer that has gone
 * without a word is noticed within two pings. Never throws: whatever is wrong with the address is told by `onClose`.
 */
export function openWebSocketTransport(address: WebSocketAddress, handlers: TransportHandlers): Transport {
  try {
    const proxy = proxyFor(address.url);
    return proxy === undefined ? openSocket(address, handlers) : openThrough(proxy, address, handlers);
  } catch (error) {
    return closedTransport(error instanceof Error ? error : new Error(String(error)), handlers);
  }
}

function openSocket(address: WebSocketAddress, handlers: TransportHandlers, tunnel?: Tunnel): Transport {
  const plain = { ...address, maxPayloadBytes };
  if (tunnel === undefined && isPlain(plain)) {
    const transport = new WebSocketTransport(address, handlers, tunnel);
    transport.dial(plain);
    return transport;
  }
  const { url, headers } = address;
  const socket = new WebSocket(url, {
    headers,
    perMessageDeflate: false,
    maxPayload: maxPayloadBytes,
    ...(tunnel !== undefined && { agent: tunnel.agent }),
  });
  const transport = new WebSocketTransport(address, handlers, tunnel);
  transport.use(socket);
  return transport;
}

/** What makes the way through a proxy is loaded when there is one. */
function openThrough(proxy: URL, address: WebSocketAddress, handlers: TransportHandlers): Transport {
  return openLater(
    {
      obstacle: 'proxy',
      timeoutMs: handshakeTimeoutMs,
      describeTimeout: () => new Error('the way through the proxy could not be loaded in time'),
      prepare: async () => {
        const { Tunnel } = await import('../network/tunnel.ts');
        return () => openSocket(address, handlers, new Tunnel(proxy));
      },
    },
    handlers,
  );
}

/** What is known of a close before it happens. */
type Verdict = Partial<TransportClose>;

class WebSocketTransport implements Transport {
  /** Undefined while the server has not answered the handshake. */
  #socket: WebSocket | undefined;
  #heartbeat: Heartbeat | undefined;
  /** One that this process makes itself. */
  #handshake: Handshake | undefined;
  readonly #handlers: TransportHandlers;
  readonly #address: WebSocketAddress;
  readonly #tunnel: Tunnel | undefined;
  readonly #dialect: WireDialect;
  readonly #beside = new OutOfBandResponses();
  /** Why the socket ended, as far as it was told before the close. */
  #verdict: Verdict = {};
  /** Ends the wait for the server to accept. */
  readonly #giveUp: () => void;
  #cutOff: NodeJS.Timeout | undefined;
  #phase: ConnectionPhase = 'opening';
  readonly #burst = new FrameBurst();

  constructor(address: WebSocketAddress, handlers: TransportHandlers, tunnel: Tunnel | undefined) {
    this.#handlers = handlers;
    this.#address = address;
    this.#tunnel = tunnel;
    this.#dialect = address.dialect ?? gaDialect;
    // Callers wait for what the library's own limit takes.
    this.#giveUp = systemClock.setTimer(address.times?.handshakeTimeoutMs ?? handshakeTimeoutMs, () =>
      this.#cut({ error: new Error(`${this.#peer.host} did not answer in time`), obstacle: 'time' }),
    );
  }

  /** Connects without TLS and proxy. */
  dial(address: PlainAddress): void {
    this.#handshake = shakeHands(address, ({ socket, wire, begin }) => {
      if (wire !== undefined) this.#burst.goOver(wire);
      this.use(socket);
      begin();
    });
  }

  /** Goes on with a socket of the library, whatever it has come to. */
  use(socket: WebSocket): void {
    this.#socket = socket;
    this.#heartbeat = new Heartbeat({
      socket,
      intervalMs: this.#address.times?.pingIntervalMs ?? pingIntervalMs,
      stuckLimitBytes,
      onSilence: (ms) =>
        this.#cut({ error: new Error(`${this.#address.url.host} has been silent for ${ms} ms`) }),
      onStuck: () => this.#overload(),
    });
    socket.once('upgrade', (response) => this.#burst.goOver(response.socket));
    socket.on('open', () => this.#opened());
    socket.on('message', (data: Buffer) => this.#receive(data));
    socket.on('error', (error) => {
      this.#verdict = { ...this.#failureOf(error), ...this.#verdict };
    });
    socket.on('unexpected-response', (_request, response) => {
      readRefusal(response, (refusal) => this.#cut(this.#refusalOf(refusal)));
    });
    socket.once('close', (code, reason) => this.#closed(code, reason.toString()));
  }

  get asked(): Promise<void> | undefined {
    return this.#handshake?.asked;
  }

  get bufferedBytes(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  get #isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Who is spoken with: the proxy, until it has made the connection. */
  get #peer(): URL {
    return this.#tunnel?.isNearEnd ? this.#tunnel.url : this.#address.url;
  }

  #failureOf(error: Error): Verdict {
    const isEarly = this.#phase === 'opening';
    const obstacle = isEarly && this.#tunnel?.isNearEnd ? 'proxy' : obstacleOf(error, this.#phase);
    const told = describeConnectFailure(error, { url: this.#peer });
    return { error: told, ...(obstacle !== undefined && { obstacle }) };
  }

  #refusalOf(refusal: Refusal): Verdict {
    const { status, body, retryAfterMs } = refusal;
    const isProxy = this.#tunnel?.isNearEnd === true;
    const { message, reason } = refusalWords(this.#peer, refusal);
    const own = isProxy ? undefined : this.#address.describeRefusal?.(status, body);
    return {
      error: own ?? new Error(message),
      status,
      ...(isProxy ? { obstacle: 'proxy' as const } : { reason }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    };
  }

  send(event: ClientEvent): void {
    if (!this.#isOpen) return;
    this.#perform(this.#dialect.send(event));
    if (this.bufferedBytes > sendLimitBytes) this.#overload();
  }

  sendAudio(audio: Uint8Array): void {
    if (!this.#isOpen || this.bufferedBytes > audioLimitBytes) return;
    this.#perform(this.#dialect.sendAudio(audio));
  }

  close(code: number, reason: string): void {
    const socket = this.#socket;
    this.#heartbeat?.stop();
    if (socket === undefined || socket.readyState === WebSocket.CONNECTING) {
      return this.#cut({ error: new Error('the connection was given up before it was made') });
    }
    this.#cutOff ??= setTimeout(() => socket.terminate(), closeTimeoutMs);
    this.#attempt(() => socket.close(code, shortened(reason)));
  }

  #opened(): void {
    this.#phase = 'open';
    this.#giveUp();
    this.#heartbeat?.start();
    this.#attempt(() => {
      this.#perform(this.#dialect.open());
      this.#handlers.onOpen();
    });
  }

  /** The owner is never called from within its own call: what the dialect says by itself is told right after. */
  #perform({ frames = [], messages = [] }: WireStep): void {
    for (const frame of frames) this.#sendText(frame);
    if (messages.length > 0) queueMicrotask(() => this.#tell(messages));
  }

  #tell(messages: readonly InboundMessage[]): void {
    this.#attempt(() => {
      for (const message of messages) {
        if (this.#beside.isInConversation(message)) this.#handlers.onMessage(message);
      }
    });
  }

  #sendText(text: string): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#burst.send(this.#socket, text);
  }

  #receive(data: Buffer): void {
    this.#phase = 'talking';
    this.#heartbeat?.noteLife();
    this.#attempt(() => {
      const { frames = [], messages = [] } = this.#dialect.receive(data.toString('utf8'));
      for (const frame of frames) this.#sendText(frame);
      this.#tell(messages);
    });
  }

  #overload(): void {
    const bytes = this.bufferedBytes;
    const reason = `${this.#address.url.host} does not take what it is sent: ${bytes} bytes wait`;
    this.#cut({ code: overload, error: new Error(reason) });
  }

  /** Ends the connection without the peer's help; `verdict` says why, unless that is known already. */
  #cut(verdict: Verdict): void {
    this.#verdict = { ...verdict, ...this.#verdict };
    if (this.#socket !== undefined) return this.#socket.terminate();
    const handshake = this.#handshake;
    if (handshake === undefined) return;
    this.#handshake = undefined;
    handshake.giveUp();
    queueMicrotask(() => this.#closed(abnormalClosure, ''));
  }

  /** What is thrown within an event of a socket would end the process, and every session with it. */
  #attempt(action: () => void): void {
    try {
      action();
    } catch (cause) {
      this.#cut({ error: new Error('the connection failed on this side', { cause }) });
    }
  }

  #closed(code: number, reason: string): void {
    this.#giveUp();
    clearTimeout(this.#cutOff);
    this.#heartbeat?.stop();
    const broke = code === abnormalClosure && {
      error: new Error(`${this.#address.url.host} broke the connection`),
    };
    const close: TransportClose = { code, reason, ...broke, ...this.#verdict };
    this.#attempt(() => this.#handlers.onClose(this.#dialect.closed?.(close) ?? close));
  }
}

/** What stands for a connection that could not even be tried. */
function closedTransport(error: Error, handlers: TransportHandlers): Transport {
  const obstacle = error instanceof ProxyError && { obstacle: 'proxy' as const };
  queueMicrotask(() => handlers.onClose({ code: abnormalClosure, reason: '', error, ...obstacle }));
  return { bufferedBytes: 0, send: () => {}, sendAudio: () => {}, close: () => {} };
}

function shortened(reason: string): string {
  const bytes = Buffer.from(reason, 'utf8');
  if (bytes.byteLength <= maxReasonBytes) return reason;
  // A character that was cut in two is left out.
  return new TextDecoder().decode(bytes.subarray(0, maxReasonBytes), { stream: true });
}
