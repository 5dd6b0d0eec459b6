import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import {
  type BetaVintage,
  type ClientEvent,
  type ClientEventOf,
  type ClientEventResult,
  decodeBetaClientEvent,
  decodeClientEvent,
  type JsonObject,
  type RealtimeError,
  type ServerEvent,
  toBetaServerEvents,
} from '@antiphon/core';
import type { RawData, WebSocket } from 'ws';
import { FaultLine } from './fault-line.ts';
import type { Fault, FaultMoment } from './faults.ts';
import { halfOfTextFrame, splitWrites } from './raw-writes.ts';
import { realClock } from './real-clock.ts';
import { type AllowedMembers, withOmitted, withoutAllowed } from './recorded/allowed-members.ts';

/** How a client asked for its connection. */
export interface PeerRequest {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
}

/** How a connection ended. */
export interface PeerClose {
  readonly code: number;
  readonly reason: string;
}

/** What a server and its client speak; the beta dialect as a server of a certain age understands it. */
export type FakeDialect = 'ga' | 'beta' | { readonly beta: BetaVintage };

/** A frame that the client sent. */
export interface ReceivedFrame {
  /** Milliseconds since the connection was made. */
  readonly atMs: number;
  readonly bytes: number;
  /** What it says, in the GA dialect; undefined when it was refused. */
  readonly event: ClientEvent | undefined;
}

/** What a {@link FakePeer} is made of. */
export interface FakePeerOptions {
  readonly webSocket: WebSocket;
  readonly socket: Socket;
  readonly request: PeerRequest;
  /** For how long `expect` waits. */
  readonly timeoutMs: number;
  /** `ga` unless told. */
  readonly dialect?: FakeDialect;
  /** Audio is told to listeners and to whoever expects it already, and not kept: for long runs. */
  readonly forgetsAudio?: boolean;
}

/** Someone who waits for a client event. */
interface Waiter {
  readonly wants: string;
  readonly matches: (event: ClientEvent) => boolean;
  readonly resolve: (event: ClientEvent) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The server's end of one connection. What the client sends is kept until it is expected; what no server would accept
 * is answered with the `error` event of the hosted service and kept apart.
 */
export class FakePeer {
  readonly request: PeerRequest;
  /** Settles when the connection has ended. */
  readonly closed: Promise<PeerClose>;
  readonly #options: FakePeerOptions;
  readonly #received: ClientEvent[] = [];
  readonly #refused: RealtimeError[] = [];
  /** Received and not yet expected. */
  readonly #pending: ClientEvent[] = [];
  readonly #waiters = new Set<Waiter>();
  readonly #frames: ReceivedFrame[] = [];
  readonly #listeners = new Set<(event: ClientEvent) => void>();
  readonly #refusalListeners = new Set<(error: RealtimeError) => void>();
  readonly #line: FaultLine;
  readonly #startMs = realClock.nowMs();
  #state: 'open' | 'stalled' | 'closed' = 'open';
  #eventCount = 0;
  #allowed: AllowedMembers = new Map();

  constructor(options: FakePeerOptions) {
    this.#options = options;
    this.request = options.request;
    const { webSocket, socket } = options;
    this.#line = new FaultLine(
      {
        write: (frame) => this.#write(frame),
        writeHalf: (frame) => void (this.#state === 'open' && socket.write(halfOfTextFrame(frame))),
        reset: () => this.reset(),
        close: (code, reason) => this.close(code, reason),
        stall: (deaf) => this.stall({ answersPings: !deaf }),
        split: (bytes) => splitWrites(socket, bytes),
      },
      realClock,
    );
    webSocket.on('message', (data, isBinary) => this.#take(data, isBinary));
    webSocket.on('error', () => webSocket.terminate());
    this.closed = new Promise((resolve) => {
      webSocket.on('close', (code, reason) => {
        this.#state = 'closed';
        this.#line.end();
        this.#failWaiters();
        resolve({ code, reason: reason.toString() });
      });
    });
  }

  /** What is spoken on this connection. */
  get dialect(): FakeDialect {
    return this.#options.dialect ?? 'ga';
  }

  /** Whether the connection has not ended. */
  get isOpen(): boolean {
    return this.#state !== 'closed';
  }

  /** Everything valid the client sent, in order. */
  get received(): readonly ClientEvent[] {
    return this.#received;
  }

  /** What was answered to everything else the client sent. */
  get refused(): readonly RealtimeError[] {
    return this.#refused;
  }

  /** What was received and never expected, audio aside. */
  get leftOver(): readonly ClientEvent[] {
    return this.#pending.filter((event) => event.type !== 'input_audio_buffer.append');
  }

  /** Every frame the client sent, audio included, with its time. */
  get frames(): readonly ReceivedFrame[] {
    return this.#frames;
  }

  /**
   * Sends one event, in the dialect of the connection; `event_id` is filled in unless given. Nothing is sent once the
   * connection has ended.
   */
  send(event: ServerEvent | JsonObject): void {
    const whole = { event_id: this.#nextEventId(), ...event } as JsonObject;
    const spoken = this.#betaVintage === undefined ? [whole] : toBetaServerEvents(whole);
    for (const said of spoken) {
      this.#line.send(JSON.stringify(said), whole);
    }
  }

  /** Sends a frame as it is, well-formed or not, past all faults. */
  sendRaw(frame: string | Uint8Array): void {
    this.#write(frame);
  }

  /** Lets something go wrong, at once or at a moment. */
  inject(fault: Fault, moment?: FaultMoment): this {
    this.#line.add(fault, moment);
    return this;
  }

  /** Calls `listener` with every valid event, as it comes; returns a function that ends this. */
  onEvent(listener: (event: ClientEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Calls `listener` with every error that is answered to what no server would accept; returns a function that ends this. */
  onRefused(listener: (error: RealtimeError) => void): () => void {
    this.#refusalListeners.add(listener);
    return () => void this.#refusalListeners.delete(listener);
  }

  /** From now on the server takes these members too, which its dialect does not have. */
  allow(members: AllowedMembers): void {
    this.#allowed = members;
  }

  /** Waits for the next event of a type that was not expected before; others stay for later. */
  async expect<Type extends ClientEvent['type']>(type: Type): Promise<ClientEventOf<Type>> {
    const event = await this.expectMatch(type, (candidate) => candidate.type === type);
    return event as ClientEventOf<Type>;
  }

  /** Takes all audio that was not taken before; waits for some when there is none. */
  async expectAudio(): Promise<readonly ClientEventOf<'input_audio_buffer.append'>[]> {
    const first = await this.expect('input_audio_buffer.append');
    return [first, ...this.takeAudio()];
  }

  /** Takes all audio that was not taken before. */
  takeAudio(): readonly ClientEventOf<'input_audio_buffer.append'>[] {
    const audio = this.#pending.filter((event) => event.type === 'input_audio_buffer.append');
    this.#pending.splice(0, this.#pending.length, ...this.leftOver);
    return audio;
  }

  /** Waits for the next event that `matches`. Rejects at the timeout or the close, and says what was wanted. */
  expectMatch(
    wants: string,
    matches: (event: ClientEvent) => boolean,
    timeoutMs: number = this.#options.timeoutMs,
  ): Promise<ClientEvent> {
    const event = this.take(matches);
    return event === undefined ? this.#wait(wants, matches, timeoutMs) : Promise.resolve(event);
  }

  /** The first event received and not yet expected that `matches`, if there is one. */
  take(matches: (event: ClientEvent) => boolean): ClientEvent | undefined {
    const index = this.#pending.findIndex(matches);
    return index >= 0 ? this.#pending.splice(index, 1)[0] : undefined;
  }

  /** Settles when the client has read everything it was sent, or is gone, or does not answer in time. */
  async caughtUp(): Promise<void> {
    const { webSocket, timeoutMs } = this.#options;
    if (this.#state !== 'open') return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      const done = (): void => {
        clearTimeout(timer);
        resolve();
      };
      webSocket.once('pong', done);
      webSocket.once('close', done);
      webSocket.ping();
    });
  }

  /** Ends the connection with a close code. */
  close(code = 1000, reason = ''): void {
    this.#options.webSocket.close(code, reason);
  }

  /** Breaks the connection without a close: the client sees code 1006. */
  reset(): void {
    this.#state = 'closed';
    this.#options.socket.resetAndDestroy();
  }

  /** Goes silent and keeps the connection. Reads nothing and answers nothing, not even pings unless told. */
  stall({ answersPings = false }: { readonly answersPings?: boolean } = {}): void {
    if (this.#state !== 'open') {
      return;
    }
    this.#state = 'stalled';
    if (!answersPings) {
      this.#options.socket.pause();
    }
  }

  #take(data: RawData, isBinary: boolean): void {
    if (this.#state === 'stalled') {
      return;
    }
    if (isBinary) {
      this.#note(textOf(data).length, undefined);
      this.#refuse({
        type: 'invalid_request_error',
        code: 'invalid_event',
        message: 'Expected a text WebSocket message; binary frames are not supported.',
        param: null,
        event_id: null,
      });
      return;
    }
    const text = textOf(data);
    const result = this.#decode(text);
    if (!result.ok) {
      this.#note(text.length, undefined);
      this.#refuse(result.error);
      return;
    }
    const { event } = result;
    const isForgotten = this.#options.forgetsAudio === true && event.type === 'input_audio_buffer.append';
    if (!isForgotten) {
      this.#note(text.length, event);
      this.#received.push(event);
    }
    if (!this.#line.receive(event as JsonObject)) {
      return;
    }
    for (const listener of this.#listeners) {
      listener(event);
    }
    for (const waiter of this.#waiters) {
      if (waiter.matches(event)) {
        this.#waiters.delete(waiter);
        waiter.resolve(event);
        return;
      }
    }
    if (!isForgotten) {
      this.#pending.push(event);
    }
  }

  get #betaVintage(): BetaVintage | undefined {
    const { dialect = 'ga' } = this.#options;
    return dialect === 'ga' ? undefined : dialect === 'beta' ? '2025-04' : dialect.beta;
  }

  #decode(text: string): ClientEventResult {
    const vintage = this.#betaVintage;
    const decode = (frame: string): ClientEventResult =>
      vintage === undefined ? decodeClientEvent(frame) : decodeBetaClientEvent(frame, vintage);
    let result = decode(text);
    if (this.#allowed.size === 0) return result;
    for (let frame = text; !result.ok && result.error.code !== 'invalid_json'; result = decode(frame)) {
      const event = JSON.parse(frame) as JsonObject;
      const { param } = result.error;
      const rest = withoutAllowed(event, param, this.#allowed) ?? withOmitted(event, param, this.#allowed);
      if (rest === undefined) return result;
      frame = JSON.stringify(rest);
    }
    return result;
  }

  #note(bytes: number, event: ClientEvent | undefined): void {
    this.#frames.push({ atMs: realClock.nowMs() - this.#startMs, bytes, event });
  }

  #write(frame: string | Uint8Array): void {
    if (this.#state === 'open') {
      this.#options.webSocket.send(frame);
    }
  }

  #refuse(error: RealtimeError): void {
    this.#refused.push(error);
    this.send({ type: 'error', error });
    for (const listener of this.#refusalListeners) {
      listener(error);
    }
  }

  #wait(wants: string, matches: (event: ClientEvent) => boolean, timeoutMs: number): Promise<ClientEvent> {
    if (this.#state === 'closed') {
      return Promise.reject(this.#failure(wants, 'the connection has ended'));
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        reject(this.#failure(wants, `nothing came within ${timeoutMs} ms`));
      }, timeoutMs);
      const waiter: Waiter = {
        wants,
        matches,
        resolve(event) {
          clearTimeout(timer);
          resolve(event);
        },
        reject(error) {
          clearTimeout(timer);
          reject(error);
        },
      };
      this.#waiters.add(waiter);
    });
  }

  #failWaiters(): void {
    for (const waiter of this.#waiters) {
      waiter.reject(this.#failure(waiter.wants, 'the connection ended'));
    }
    this.#waiters.clear();
  }

  #failure(wants: string, cause: string): Error {
    const leftOver = this.leftOver.map((event) => event.type).join(', ') || 'nothing';
    const refused = this.#refused.map((error) => error.message).join(' ');
    return new Error(
      `fake server: expected ${wants}, but ${cause}; left over: ${leftOver}${refused && `; refused: ${refused}`}`,
    );
  }

  #nextEventId(): string {
    this.#eventCount++;
    return `event_${this.#eventCount}`;
  }
}

function textOf(data: RawData): string {
  const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Uint8Array);
  return bytes.toString('utf8');
}
