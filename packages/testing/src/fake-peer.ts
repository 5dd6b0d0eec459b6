import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import {
  type ClientEvent,
  type ClientEventOf,
  decodeClientEvent,
  encodeServerEvent,
  type RealtimeError,
  type ServerEvent,
} from '@antiphon/core';
import type { RawData, WebSocket } from 'ws';

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

/** What a {@link FakePeer} is made of. */
export interface FakePeerOptions {
  readonly webSocket: WebSocket;
  readonly socket: Socket;
  readonly request: PeerRequest;
  /** For how long `expect` waits. */
  readonly timeoutMs: number;
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
  #state: 'open' | 'stalled' | 'closed' = 'open';
  #eventCount = 0;

  constructor(options: FakePeerOptions) {
    this.#options = options;
    this.request = options.request;
    const { webSocket } = options;
    webSocket.on('message', (data, isBinary) => this.#take(data, isBinary));
    webSocket.on('error', () => webSocket.terminate());
    this.closed = new Promise((resolve) => {
      webSocket.on('close', (code, reason) => {
        this.#state = 'closed';
        this.#failWaiters();
        resolve({ code, reason: reason.toString() });
      });
    });
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

  /** Sends one event; `event_id` is filled in unless given. Nothing is sent once the connection has ended. */
  send(event: ServerEvent): void {
    this.sendRaw(encodeServerEvent({ event_id: this.#nextEventId(), ...event }));
  }

  /** Sends a frame as it is, well-formed or not. */
  sendRaw(frame: string | Uint8Array): void {
    if (this.#state === 'open') {
      this.#options.webSocket.send(frame);
    }
  }

  /** Waits for the next event of a type that was not expected before; others stay for later. */
  async expect<Type extends ClientEvent['type']>(type: Type): Promise<ClientEventOf<Type>> {
    const event = await this.expectMatch(type, (candidate) => candidate.type === type);
    return event as ClientEventOf<Type>;
  }

  /** Takes all audio that was not taken before; waits for some when there is none. */
  async expectAudio(): Promise<readonly ClientEventOf<'input_audio_buffer.append'>[]> {
    const first = await this.expect('input_audio_buffer.append');
    const more = this.#pending.filter((event) => event.type === 'input_audio_buffer.append');
    this.#pending.splice(0, this.#pending.length, ...this.leftOver);
    return [first, ...more];
  }

  /** Waits for the next event that `matches`. Rejects at the timeout or the close, and says what was wanted. */
  expectMatch(wants: string, matches: (event: ClientEvent) => boolean): Promise<ClientEvent> {
    const index = this.#pending.findIndex(matches);
    const [event] = index >= 0 ? this.#pending.splice(index, 1) : [];
    return event === undefined ? this.#wait(wants, matches) : Promise.resolve(event);
  }

  /** Ends the connection with a close code. */
  close(code = 1000, reason = ''): void {
    this.#options.webSocket.close(code, reason);
  }

  /** Breaks the connection without a close: the client sees code 1006. */
  reset(): void {
    this.#options.socket.resetAndDestroy();
  }

  /** Goes silent: reads nothing, answers nothing, not even pings, and keeps the connection. */
  stall(): void {
    this.#state = 'stalled';
    this.#options.socket.pause();
  }

  #take(data: RawData, isBinary: boolean): void {
    if (isBinary) {
      this.#refuse({
        type: 'invalid_request_error',
        code: 'invalid_event',
        message: 'Expected a text WebSocket message; binary frames are not supported.',
        param: null,
        event_id: null,
      });
      return;
    }
    const result = decodeClientEvent(textOf(data));
    if (!result.ok) {
      this.#refuse(result.error);
      return;
    }
    const { event } = result;
    this.#received.push(event);
    for (const waiter of this.#waiters) {
      if (waiter.matches(event)) {
        this.#waiters.delete(waiter);
        waiter.resolve(event);
        return;
      }
    }
    this.#pending.push(event);
  }

  #refuse(error: RealtimeError): void {
    this.#refused.push(error);
    this.send({ type: 'error', error });
  }

  #wait(wants: string, matches: (event: ClientEvent) => boolean): Promise<ClientEvent> {
    if (this.#state === 'closed') {
      return Promise.reject(this.#failure(wants, 'the connection has ended'));
    }
    return new Promise((resolve, reject) => {
      const { timeoutMs } = this.#options;
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
