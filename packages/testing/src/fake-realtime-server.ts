import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ClientEvent } from '@antiphon/core';
import { type WebSocket, WebSocketServer } from 'ws';
import { FakePeer } from './fake-peer.ts';
import { playSteps } from './playback.ts';
import type { Recording, RecordingStep } from './recording.ts';

/** What a script does with a connection. A rejection is a failure of the test, thrown by `close`. */
export type PeerScript = (peer: FakePeer) => Promise<void>;

/** How a {@link FakeRealtimeServer} behaves. */
export interface FakeRealtimeServerOptions {
  /** For how long a script waits for what it expects of the client; 10,000 unless told. */
  readonly timeoutMs?: number;
}

/** What came of playing a recording. */
export interface Playback {
  readonly peers: readonly FakePeer[];
  /** What the client sent beyond the recording, audio aside. */
  readonly unexpected: readonly ClientEvent[];
}

/** A Realtime server over real sockets that says what a test tells it to, and refuses what the hosted service refuses. */
export class FakeRealtimeServer {
  readonly #http: Server;
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: 32 * 1024 * 1024,
    handleProtocols: (offered) => (offered.has('realtime') ? 'realtime' : false),
  });
  readonly #peers: FakePeer[] = [];
  readonly #scripts: Promise<void>[] = [];
  readonly #timeoutMs: number;
  readonly #arrivals: ((peer: FakePeer) => void)[] = [];
  #script: PeerScript | undefined;
  #rejectStatus: number | undefined;

  private constructor(options: FakeRealtimeServerOptions) {
    this.#timeoutMs = options.timeoutMs ?? 10_000;
    this.#http = createServer((_request, response) => response.writeHead(426).end());
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  /** Listens on a free port of the loopback interface. */
  static async start(options: FakeRealtimeServerOptions = {}): Promise<FakeRealtimeServer> {
    const server = new FakeRealtimeServer(options);
    await new Promise<void>((resolve, reject) => {
      server.#http.once('error', reject);
      server.#http.listen(0, '127.0.0.1', resolve);
    });
    return server;
  }

  /** Where clients connect, without a query: `ws://127.0.0.1:<port>/v1/realtime`. */
  get url(): string {
    const { port } = this.#http.address() as AddressInfo;
    return `ws://127.0.0.1:${port}/v1/realtime`;
  }

  /** Every connection so far. */
  get peers(): readonly FakePeer[] {
    return this.#peers;
  }

  /** Sets what is done with each connection from now on. */
  onConnection(script: PeerScript): void {
    this.#script = script;
  }

  /** The next connection to come. */
  nextPeer(): Promise<FakePeer> {
    return new Promise((resolve) => this.#arrivals.push(resolve));
  }

  /** Answers upgrades with this HTTP status instead of a connection; undefined accepts them again. */
  rejectUpgrades(status: number | undefined): void {
    this.#rejectStatus = status;
  }

  /**
   * Plays a recorded session to the connections that come from now on, one for each stretch up to a recorded close.
   * Settles at its end; rejects, naming what is missing, when the client leaves early or does not send what it should.
   */
  async playRecording(recording: Recording): Promise<Playback> {
    const connections = connectionsOf(recording);
    // All are asked for at once: a client may be back the moment its connection is closed.
    const arrivals = connections.map(() => this.nextPeer());
    const peers: FakePeer[] = [];
    for (const [index, arrival] of arrivals.entries()) {
      const peer = await arrival;
      peers.push(peer);
      await playConnection(connections[index], peer).catch((cause: unknown) => {
        throw new Error(`recording ${recording.name}: ${messageOf(cause)}`, { cause });
      });
    }
    return { peers, unexpected: peers.flatMap((peer) => peer.leftOver) };
  }

  /** Ends every connection and stops listening. Throws what the first failed script threw. */
  async close(): Promise<void> {
    for (const webSocket of this.#webSockets.clients) {
      webSocket.terminate();
    }
    await new Promise<void>((resolve) => this.#http.close(() => resolve()));
    await Promise.all(this.#scripts);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.#rejectStatus !== undefined) {
      socket.end(`HTTP/1.1 ${this.#rejectStatus} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => this.#welcome(webSocket, request));
  }

  #welcome(webSocket: WebSocket, request: IncomingMessage): void {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'ws://localhost');
    const peer = new FakePeer({
      webSocket,
      socket: request.socket satisfies Socket,
      request: { path: pathname, query: searchParams, headers: request.headers },
      timeoutMs: this.#timeoutMs,
    });
    this.#peers.push(peer);
    this.#arrivals.shift()?.(peer);
    if (this.#script !== undefined) {
      const running = this.#script(peer);
      // Reported by `close`; until then a rejection is not one that nobody handles.
      running.catch(() => {});
      this.#scripts.push(running);
    }
  }
}

/** What was recorded of one connection. */
interface RecordedConnection {
  readonly steps: readonly RecordingStep[];
  readonly close: Extract<RecordingStep, { kind: 'close' }> | undefined;
}

function connectionsOf({ steps }: Recording): readonly RecordedConnection[] {
  const at = steps.findIndex((step) => step.kind === 'close');
  const close = steps[at];
  if (close?.kind !== 'close') {
    return steps.length === 0 ? [] : [{ steps, close: undefined }];
  }
  const rest = connectionsOf({ name: '', steps: steps.slice(at + 1) });
  return [{ steps: steps.slice(0, at), close }, ...rest];
}

async function playConnection(connection: RecordedConnection | undefined, peer: FakePeer): Promise<void> {
  await playSteps(connection?.steps ?? [], peer);
  if (connection?.close !== undefined) {
    endAs(peer, connection.close);
    await peer.closed;
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** Some recorded codes only say that there was no close frame; those cannot be sent. */
function endAs(peer: FakePeer, { code, reason }: { readonly code: number; readonly reason: string }): void {
  if (code === 1005 || code === 1006 || code === 1015) {
    peer.reset();
  } else {
    peer.close(code, reason);
  }
}
