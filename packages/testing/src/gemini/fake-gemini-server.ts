import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Recording } from '../recorded/recording.ts';
import { GeminiPeer } from './gemini-peer.ts';
import { playGeminiSteps } from './gemini-playback.ts';

const normalClosure = 1000;

/** How a {@link FakeGeminiServer} behaves. */
export interface FakeGeminiServerOptions {
  /** The key that is accepted; every one unless told. */
  readonly apiKey?: string;
  /** For how long `expect` waits; 10,000 unless told. */
  readonly timeoutMs?: number;
  /** How messages go out; in binary frames unless told, as those of the service do. */
  readonly frames?: 'binary' | 'text';
}

/** A server of Gemini Live over real sockets, as strict as the service, that says what a test tells it to. */
export class FakeGeminiServer {
  readonly #http: Server;
  readonly #webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  readonly #options: FakeGeminiServerOptions;
  readonly #peers: GeminiPeer[] = [];
  readonly #arrivals: ((peer: GeminiPeer) => void)[] = [];
  readonly #calls = new Map<string, string>();
  #taken = 0;

  private constructor(options: FakeGeminiServerOptions) {
    this.#options = options;
    this.#http = createServer((_request, response) => response.writeHead(426).end());
    this.#http.on('upgrade', (request, socket, head) =>
      this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => this.#welcome(webSocket, request)),
    );
  }

  /** Listens on a free port of the loopback interface. */
  static async start(options: FakeGeminiServerOptions = {}): Promise<FakeGeminiServer> {
    const server = new FakeGeminiServer(options);
    await new Promise<void>((resolve, reject) => {
      server.#http.once('error', reject);
      server.#http.listen(0, '127.0.0.1', resolve);
    });
    return server;
  }

  /** Where the server listens: `ws://127.0.0.1:<port>`. */
  get url(): string {
    const { port } = this.#http.address() as AddressInfo;
    return `ws://127.0.0.1:${port}`;
  }

  /** Every connection so far. */
  get peers(): readonly GeminiPeer[] {
    return this.#peers;
  }

  /** The next connection that was not asked for yet. */
  nextPeer(): Promise<GeminiPeer> {
    const peer = this.#peers[this.#taken];
    if (peer !== undefined) {
      this.#taken += 1;
      return Promise.resolve(peer);
    }
    return new Promise((resolve) => this.#arrivals.push(resolve));
  }

  /** Plays a recorded session, one connection for each stretch up to a recorded close. */
  async playRecording(recording: Recording): Promise<readonly GeminiPeer[]> {
    const peers: GeminiPeer[] = [];
    let steps: Recording['steps'] = recording.steps;
    while (steps.length > 0) {
      const end = steps.findIndex((step) => step.kind === 'close');
      const peer = await this.nextPeer();
      peers.push(peer);
      await playGeminiSteps(end < 0 ? steps : steps.slice(0, end), peer);
      const close = steps[end];
      if (close?.kind !== 'close') break;
      if (close.code === 1005 || close.code === 1006) peer.reset();
      else if (close.code !== normalClosure) peer.close(close.code, close.reason);
      // A client that leaves has made its next connection before.
      if (close.code !== normalClosure) await peer.closed;
      steps = steps.slice(end + 1);
    }
    return peers;
  }

  /** Ends every connection and stops listening. */
  async close(): Promise<void> {
    for (const webSocket of this.#webSockets.clients) webSocket.terminate();
    const closed = new Promise<void>((resolve) => this.#http.close(() => resolve()));
    this.#http.closeAllConnections();
    await closed;
  }

  #welcome(webSocket: WebSocket, request: IncomingMessage): void {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'ws://localhost');
    const { apiKey, timeoutMs = 10_000, frames = 'binary' } = this.#options;
    const isKnown = apiKey === undefined || searchParams.get('key') === apiKey;
    if (!isKnown) {
      webSocket.on('error', () => webSocket.terminate());
      webSocket.close(1007, 'API key not valid. Please pass a valid API key.');
      return;
    }
    const peer = new GeminiPeer({
      webSocket,
      socket: request.socket,
      path: pathname,
      query: searchParams,
      headers: request.headers,
      timeoutMs,
      frames,
      calls: this.#calls,
    });
    this.#peers.push(peer);
    const arrival = this.#arrivals.shift();
    if (arrival === undefined) return;
    this.#taken += 1;
    arrival(peer);
  }
}
