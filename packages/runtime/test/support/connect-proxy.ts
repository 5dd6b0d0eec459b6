import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** A request for a way to another address. */
export interface ProxyRequest {
  readonly target: string;
  readonly authorization: string | undefined;
}

/** A proxy over real sockets that makes ways to other addresses, and none when it is told what to answer instead. */
export class ConnectProxy {
  readonly requests: ProxyRequest[] = [];
  /** What is written instead of making the way; nothing and an end where it is empty. */
  answer: string | undefined;
  readonly #server: Server = createServer((_request, response) => response.writeHead(405).end());
  readonly #sockets = new Set<Socket>();

  private constructor() {
    this.#server.on('connection', (socket: Socket) => this.#keep(socket));
    this.#server.on('connect', (request: IncomingMessage, socket: Socket) => this.#serve(request, socket));
  }

  static async start(): Promise<ConnectProxy> {
    const proxy = new ConnectProxy();
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #serve({ url: target = '', headers }: IncomingMessage, socket: Socket): void {
    this.requests.push({ target, authorization: headers['proxy-authorization'] });
    if (this.answer !== undefined) return void socket.end(this.answer);
    const [host = '', port = ''] = target.split(':');
    const far = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      far.pipe(socket).pipe(far);
    });
    this.#keep(far);
    far.on('error', () => socket.destroy());
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
  }
}
