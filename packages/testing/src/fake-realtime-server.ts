import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { betaVintageOf, type ClientEvent, type JsonObject } from '@antiphon/core';
import { type WebSocket, WebSocketServer } from 'ws';
import { FakeCalls } from './fake-calls.ts';
import { type FakeDialect, FakePeer, type PeerRequest } from './fake-peer.ts';
import type { Fault, FaultMoment } from './faults.ts';
import { allowedBy } from './recorded/allowed-members.ts';
import { connectionsOf, type RecordedConnection } from './recorded/connections.ts';
import { type PlaybackAnswers, RecordingPlayer, type SkippedStep } from './recorded/playback.ts';
import { type Recording, recordedDialect } from './recorded/recording.ts';

const defaultTimeoutMs = 10_000;
const normalClosure = 1000;

/** What a script does with a connection. A rejection is a failure of the test, thrown by `close`. */
export type PeerScript = (peer: FakePeer) => Promise<void>;

/** An answer to an upgrade that is no connection. */
export interface UpgradeRefusal {
  readonly status: number;
  readonly body?: string;
  readonly retryAfterSeconds?: number;
  /** For so many upgrades; for all unless told. */
  readonly times?: number;
}

/** A fault for connections to come. */
interface PlannedFault {
  readonly fault: Fault;
  readonly moment: FaultMoment | undefined;
  /** The connection it is for, from 0; every one when undefined. */
  readonly connection: number | undefined;
}

/** How a {@link FakeRealtimeServer} behaves. */
export interface FakeRealtimeServerOptions {
  /** For how long a script waits for what it expects of the client; 10,000 unless told. */
  readonly timeoutMs?: number;
  /** For how long a recording waits for what another client than the recorded one may leave out; 250 unless told. */
  readonly graceMs?: number;
  /** By the request unless told: a preview path with an `api-version`, or the beta header, asks for the beta dialect. */
  readonly dialect?: FakeDialect;
  /** Client events that show what the server takes beyond its dialect: their members are not refused. */
  readonly takes?: readonly JsonObject[];
  /** The sound of clients is not kept: for long runs. */
  readonly forgetsAudio?: boolean;
}

/** What came of playing a recording. */
export interface Playback {
  readonly peers: readonly FakePeer[];
  /** What the client sent beyond the recording, audio aside. It was answered as any server does, where that can be. */
  readonly unexpected: readonly ClientEvent[];
  /** What the recorded client sent and this one did not: only what not every client says. */
  readonly skipped: readonly SkippedStep[];
}

/** A Realtime server over real sockets that says what a test tells it to, and refuses what the hosted service refuses. */
export class FakeRealtimeServer {
  /** Its calls whose sound flows elsewhere; a connection with the `call_id` of one joins it. */
  readonly calls = new FakeCalls();
  readonly #http: Server;
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: 32 * 1024 * 1024,
    handleProtocols: (offered) => (offered.has('realtime') ? 'realtime' : false),
  });
  readonly #peers: FakePeer[] = [];
  readonly #scripts: Promise<void>[] = [];
  readonly #options: FakeRealtimeServerOptions;
  readonly #faults: PlannedFault[] = [];
  /** Upgrades that have not been answered. */
  readonly #waiting = new Set<Duplex>();
  readonly #arrivals: ((peer: FakePeer) => void)[] = [];
  #script: PeerScript | undefined;
  #refusal: UpgradeRefusal | undefined;
  #refused = 0;
  #upgradeDelayMs = 0;

  private constructor(options: FakeRealtimeServerOptions) {
    this.#options = options;
    this.#http = createServer((request, response) => {
      if (!this.calls.handle(request, response)) response.writeHead(426).end();
    });
    this.calls.onEnd((callId) => this.#leaveCall(callId));
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

  /** Where the server listens: `ws://127.0.0.1:<port>`. */
  get origin(): string {
    return new URL(this.url).origin;
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

  /** Answers upgrades with this HTTP status, or as told, instead of a connection; undefined accepts them again. */
  rejectUpgrades(refusal: number | UpgradeRefusal | undefined): void {
    this.#refusal = typeof refusal === 'number' ? { status: refusal } : refusal;
    this.#refused = 0;
  }

  /** Answers upgrades only after so long; never with `Infinity`. */
  delayUpgrades(delayMs: number): void {
    this.#upgradeDelayMs = delayMs;
  }

  /** Lets something go wrong with one of the connections to come, counted from 0, or with every one. */
  inject(fault: Fault, moment?: FaultMoment, connection?: number): this {
    this.#faults.push({ fault, moment, connection });
    return this;
  }

  /**
   * Plays a recorded session to the connections that come from now on, one for each stretch up to a recorded close.
   * Settles at its end; rejects, naming the entry of the recording, when the client leaves early, does not send what it
   * should in time, or sends what the recorded server does not take: an unknown member, a null. `answers`: whether the
   * server repeats what this client says of its own (ids, texts, metadata), as unless told, or plays every event as it was.
   */
  async playRecording(
    recording: Recording,
    options: { readonly answers?: PlaybackAnswers } = {},
  ): Promise<Playback> {
    const connections = connectionsOf(recording.steps);
    const { answers = 'own_values' } = options;
    const player = new RecordingPlayer(recording, { graceMs: this.#options.graceMs ?? 250, answers });
    // All are asked for at once: a client may be back the moment its connection is closed.
    const arrivals = connections.map(() => this.nextPeer());
    const peers: FakePeer[] = [];
    try {
      const ends: Promise<unknown>[] = [];
      for (const [index, connection] of connections.entries()) {
        const peer = await this.#arrival(arrivals[index], index);
        peers.push(peer);
        assertDialect(recording, peer);
        await player.play(connection, peer);
        await peer.caughtUp();
        if (connection.close !== undefined)
          ends.push(endAs(peer, connection, index === connections.length - 1));
        if (connection.close?.code !== normalClosure) await ends.at(-1);
      }
      await Promise.all(ends);
    } catch (cause) {
      throw new Error(`recording ${recording.name}: ${messageOf(cause)}`, { cause });
    } finally {
      this.#arrivals.length = 0;
    }
    return { peers, unexpected: peers.flatMap((peer) => peer.leftOver), skipped: player.skipped };
  }

  /** Ends every connection and stops listening. Throws what the first failed script threw. */
  async close(): Promise<void> {
    for (const webSocket of this.#webSockets.clients) {
      webSocket.terminate();
    }
    for (const socket of this.#waiting) {
      socket.destroy();
    }
    const closed = new Promise<void>((resolve) => this.#http.close(() => resolve()));
    this.#http.closeAllConnections();
    await closed;
    await Promise.all(this.#scripts);
  }

  async #arrival(arrival: Promise<FakePeer> | undefined, index: number): Promise<FakePeer> {
    const { timeoutMs = defaultTimeoutMs } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(resolve, timeoutMs, undefined);
    });
    const peer = await Promise.race([arrival, late]);
    clearTimeout(timer);
    if (peer === undefined) throw new Error(`connection ${index + 1} was not made within ${timeoutMs} ms`);
    return peer;
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (!this.#http.listening) {
      socket.destroy();
      return;
    }
    const refusal = this.#isOfEndedCall(request) ? { status: 404, body: noSuchCall } : this.#refusal;
    if (refusal !== undefined && this.#refused < (refusal.times ?? Number.POSITIVE_INFINITY)) {
      this.#refused++;
      socket.end(refusalText(refusal));
      return;
    }
    const accept = (): void => {
      this.#waiting.delete(socket);
      this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => this.#welcome(webSocket, request));
    };
    const delayMs = this.#upgradeDelayMs;
    if (delayMs === 0) {
      accept();
      return;
    }
    this.#waiting.add(socket);
    const timer = Number.isFinite(delayMs) ? setTimeout(accept, delayMs) : undefined;
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      clearTimeout(timer);
      this.#waiting.delete(socket);
    });
  }

  #isOfEndedCall(request: IncomingMessage): boolean {
    return this.calls.stateOf(callIdOf(request)) === 'ended';
  }

  /** Those who have joined a call are sent away in order when it ends. */
  #leaveCall(callId: string): void {
    for (const peer of this.#peers) {
      if (peer.request.query.get('call_id') === callId) {
        peer.close(1000, '');
      }
    }
  }

  #welcome(webSocket: WebSocket, httpRequest: IncomingMessage): void {
    const { pathname, searchParams } = new URL(httpRequest.url ?? '/', 'ws://localhost');
    const request = { path: pathname, query: searchParams, headers: httpRequest.headers };
    const {
      timeoutMs = defaultTimeoutMs,
      dialect = dialectOf(request),
      forgetsAudio = false,
    } = this.#options;
    const socket: Socket = httpRequest.socket;
    const peer = new FakePeer({ webSocket, socket, request, timeoutMs, dialect, forgetsAudio });
    peer.allow(allowedBy(this.#options.takes ?? []));
    for (const { fault, moment, connection } of this.#faults) {
      if (connection === undefined || connection === this.#peers.length) {
        peer.inject(fault, moment);
      }
    }
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

const noSuchCall =
  '{"error":{"type":"invalid_request_error","code":"call_not_found","message":"No such call."}}';

function callIdOf(request: IncomingMessage): string {
  return new URL(request.url ?? '/', 'ws://localhost').searchParams.get('call_id') ?? '';
}

/** The dialect a request asks for. */
function dialectOf({ path, query, headers }: PeerRequest): FakeDialect {
  const version = query.get('api-version');
  if (path.endsWith('/openai/realtime') && version !== null) {
    return { beta: betaVintageOf(version) };
  }
  const protocols = headers['sec-websocket-protocol'] ?? '';
  if (path.endsWith('/voice-live/realtime')) {
    return 'beta';
  }
  return headers['openai-beta'] === 'realtime=v1' || protocols.includes('openai-beta.realtime-v1')
    ? 'beta'
    : 'ga';
}

function refusalText({ status, body = '', retryAfterSeconds }: UpgradeRefusal): string {
  const head = [
    `HTTP/1.1 ${status} Refused`,
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(retryAfterSeconds === undefined ? [] : [`Retry-After: ${retryAfterSeconds}`]),
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

/** A client that speaks the other dialect understands nothing of a recording. */
function assertDialect({ steps }: Recording, { dialect }: FakePeer): void {
  const recorded = recordedDialect(steps);
  const asked = dialect === 'ga' ? 'ga' : 'beta';
  if (asked !== recorded) {
    throw new Error(`it is of the ${recorded} dialect, and the client asked for the ${asked} one`);
  }
}

/** Ends a connection as it was recorded. Where it was closed in order and another follows, it is the client that moves on. */
async function endAs(peer: FakePeer, { close }: RecordedConnection, isLast: boolean): Promise<void> {
  const { code = normalClosure, reason = '' } = close ?? {};
  // Some recorded codes only say that there was no close frame; those cannot be sent.
  if (code === 1005 || code === 1006 || code === 1015) peer.reset();
  else if (code !== normalClosure || isLast) peer.close(code, reason);
  await peer.closed;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
