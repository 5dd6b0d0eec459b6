import {
  type ClientEvent,
  decodeServerEvent,
  encodeAudioAppend,
  encodeClientEvent,
  type Transport,
  type TransportClose,
  type TransportHandlers,
} from '@antiphon/core';
import WebSocket from 'ws';

/** Largest message taken from a server: long audio deltas come whole. */
const maxPayloadBytes = 32 * 1024 * 1024;
const handshakeTimeoutMs = 10_000;
/** A peer that does not answer the close gets this long before the socket is cut. */
const closeTimeoutMs = 2_000;

/** Where and how to connect. */
export interface WebSocketAddress {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** The failure of a refused upgrade, in words for the user. */
  readonly describeRefusal: (status: number, body: string) => Error;
}

/** A connection of the GA dialect over a WebSocket. */
export function openWebSocketTransport(address: WebSocketAddress, handlers: TransportHandlers): Transport {
  const socket = new WebSocket(address.url, {
    headers: address.headers,
    perMessageDeflate: false,
    maxPayload: maxPayloadBytes,
    handshakeTimeout: handshakeTimeoutMs,
  });
  return new WebSocketTransport(socket, address, handlers);
}

class WebSocketTransport implements Transport {
  readonly #socket: WebSocket;
  readonly #handlers: TransportHandlers;
  /** Why the socket ended, as far as it was told before the close. */
  #cause: Error | undefined;
  #cutOff: NodeJS.Timeout | undefined;

  constructor(socket: WebSocket, address: WebSocketAddress, handlers: TransportHandlers) {
    this.#socket = socket;
    this.#handlers = handlers;
    socket.on('open', () => handlers.onOpen());
    socket.on('message', (data: Buffer, isBinary: boolean) => this.#receive(data, isBinary));
    socket.on('error', (error) => {
      this.#cause ??= error;
    });
    socket.on('unexpected-response', (request, response) => {
      collectBody(response, (body) => {
        this.#cause = address.describeRefusal(response.statusCode ?? 0, body);
        request.destroy();
        socket.terminate();
      });
    });
    socket.on('close', (code, reason) => this.#closed(code, reason.toString()));
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  send(event: ClientEvent): void {
    this.#sendText(encodeClientEvent(event));
  }

  sendAudio(audio: Uint8Array): void {
    this.#sendText(encodeAudioAppend(audio));
  }

  close(code: number, reason: string): void {
    if (this.#socket.readyState === WebSocket.CONNECTING) return this.#socket.terminate();
    this.#socket.close(code, reason);
    this.#cutOff ??= setTimeout(() => this.#socket.terminate(), closeTimeoutMs);
  }

  #sendText(text: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text);
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (isBinary) {
      this.#handlers.onMessage({ kind: 'invalid', reason: 'a binary frame' });
      return;
    }
    this.#handlers.onMessage(decodeServerEvent(data.toString('utf8')));
  }

  #closed(code: number, reason: string): void {
    clearTimeout(this.#cutOff);
    const close: TransportClose = { code, reason };
    this.#handlers.onClose(this.#cause ? { ...close, error: this.#cause } : close);
  }
}

/** Reads the first part of a refused upgrade's body: it holds the server's words. */
function collectBody(response: NodeJS.ReadableStream, done: (body: string) => void): void {
  const limit = 4096;
  let body = '';
  const finish = (): void => {
    response.removeAllListeners();
    done(body);
  };
  response.on('data', (chunk: Buffer) => {
    body = (body + chunk.toString('utf8')).slice(0, limit);
  });
  response.on('end', finish);
  response.on('error', finish);
  response.on('close', finish);
}
