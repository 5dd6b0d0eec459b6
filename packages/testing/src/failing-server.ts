import { createHash } from 'node:crypto';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { TestCertificate } from './self-signed-certificate.ts';

/** How a {@link FailingServer} treats whoever connects. */
export type FailingManner =
  /** Answers with this HTTP status instead of an upgrade. */
  | {
      readonly kind: 'answers';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      /** May be a function of the request, as text. */
      readonly body?: string | ((request: string) => string);
    }
  /** Upgrades, with more headers than it should or bytes that are no frames after it. */
  | {
      readonly kind: 'accepts';
      readonly headers?: Readonly<Record<string, string>>;
      /** Each character is a byte. */
      readonly rest?: string;
    }
  /** Writes this and ends. */
  | { readonly kind: 'writes'; readonly text: string }
  /** Breaks the connection: when it is made, or when the request has come. */
  | { readonly kind: 'resets'; readonly when: 'connected' | 'asked' }
  /** Ends the connection in order and without an answer. */
  | { readonly kind: 'ends' }
  | { readonly kind: 'silent' };

/** How a {@link FailingServer} listens. */
export interface FailingServerOptions {
  /** Over TLS, with this certificate. */
  readonly tls?: TestCertificate;
}

/** A server over real sockets that lets nobody in. */
export class FailingServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #scheme: 'ws' | 'wss';

  private constructor(manner: FailingManner, { tls }: FailingServerOptions) {
    this.#scheme = tls === undefined ? 'ws' : 'wss';
    const serve = (socket: Socket): void => this.#serve(socket, manner);
    this.#server = tls === undefined ? createServer(serve) : createTlsServer(tls, serve);
    // A handshake that the client gave up is what is wanted.
    this.#server.on('tlsClientError', () => {});
    this.#server.on('connection', (socket: Socket) => this.#keep(socket));
  }

  /** Listens on a free port of the loopback interface. */
  static async start(manner: FailingManner, options: FailingServerOptions = {}): Promise<FailingServer> {
    const server = new FailingServer(manner, options);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Where the server listens: `ws://127.0.0.1:PORT`, `wss:` with TLS. */
  get origin(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #serve(socket: Socket, manner: FailingManner): void {
    socket.on('error', () => socket.destroy());
    if (manner.kind === 'resets' && manner.when === 'connected') {
      socket.resetAndDestroy();
      return;
    }
    socket.once('data', (request: Buffer) => treat(socket, manner, request.toString('latin1')));
  }
}

function treat(socket: Socket, manner: FailingManner, request: string): void {
  switch (manner.kind) {
    case 'answers':
      socket.end(answerText(manner, request));
      return;
    case 'accepts':
      socket.write(acceptance(manner, request), 'latin1');
      return;
    case 'writes':
      socket.end(manner.text);
      return;
    case 'resets':
      socket.resetAndDestroy();
      return;
    case 'ends':
      socket.end();
      return;
    case 'silent':
  }
}

function answerText(
  { status, headers = {}, body = '' }: Extract<FailingManner, { kind: 'answers' }>,
  request: string,
): string {
  const text = typeof body === 'string' ? body : body(request);
  const head = [
    `HTTP/1.1 ${status} Refused`,
    'Connection: close',
    `Content-Length: ${Buffer.byteLength(text)}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  return `${head.join('\r\n')}\r\n\r\n${text}`;
}

function acceptance(
  { headers = {}, rest = '' }: Extract<FailingManner, { kind: 'accepts' }>,
  request: string,
): string {
  const key = /^sec-websocket-key: *(\S+)/im.exec(request)?.[1] ?? '';
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  const head = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${accept}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  return `${head.join('\r\n')}\r\n\r\n${rest}`;
}
