import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import type { GeminiClientMessage, JsonObject } from '@antiphon/core';
import type { RawData, WebSocket } from 'ws';
import { frameKindOf, type GeminiFrameKind, readGeminiFrame } from './gemini-frames.ts';

/** What a {@link GeminiPeer} is made of. */
export interface GeminiPeerOptions {
  readonly webSocket: WebSocket;
  readonly socket: Socket;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** For how long `expect` waits. */
  readonly timeoutMs: number;
  /** Whether messages go out as binary frames, as those of the service do. */
  readonly frames: 'binary' | 'text';
  /** Calls whose outputs are to come, by id (empty where there is none): another connection may go on with them. */
  readonly calls: Map<string, string>;
}

interface Waiter {
  readonly kind: GeminiFrameKind;
  readonly resolve: (message: GeminiClientMessage) => void;
  readonly reject: (error: Error) => void;
}

type MessageOf<Kind extends GeminiFrameKind> = Kind extends 'setup' | 'clientContent' | 'toolResponse'
  ? Extract<GeminiClientMessage, Record<Kind, unknown>>
  : Extract<GeminiClientMessage, { realtimeInput: unknown }>;

const invalidPayload = 1007;

/**
 * The server's end of a connection to Gemini Live. What the service would not take ends the connection with 1007, as it
 * does there; what a client may send and did not have to is kept until it is expected.
 */
export class GeminiPeer {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Settles when the connection has ended. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  readonly #options: GeminiPeerOptions;
  readonly #received: GeminiClientMessage[] = [];
  readonly #pending: GeminiClientMessage[] = [];
  readonly #waiters = new Set<Waiter>();
  readonly #listeners = new Set<(message: GeminiClientMessage) => void>();
  #activity: 'none' | 'open' = 'none';
  #refusal: string | undefined;

  constructor(options: GeminiPeerOptions) {
    this.#options = options;
    this.path = options.path;
    this.query = options.query;
    this.headers = options.headers;
    const { webSocket } = options;
    webSocket.on('message', (data) => this.#take(data));
    webSocket.on('error', () => webSocket.terminate());
    this.closed = new Promise((resolve) => {
      webSocket.on('close', (code, reason) => {
        const words = this.#refusal === undefined ? '' : `; ${this.#refusal}`;
        for (const { kind, reject } of this.#waiters) {
          reject(new Error(`the connection ended with ${code} while ${kind} was expected${words}`));
        }
        this.#waiters.clear();
        resolve({ code, reason: reason.toString() });
      });
    });
  }

  /** Everything valid that came, in order. */
  get received(): readonly GeminiClientMessage[] {
    return this.#received;
  }

  /** Why the connection was ended, when the client has sent what it must not. */
  get refusal(): string | undefined {
    return this.#refusal;
  }

  /** What came and was not expected, audio aside. */
  get leftOver(): readonly GeminiClientMessage[] {
    return this.#pending.filter((message) => frameKindOf(message) !== 'audio');
  }

  /** The sound that came so far: PCM of 16 bits at 16 kHz. */
  get audio(): Uint8Array {
    const pieces = this.#received.flatMap((message) =>
      'realtimeInput' in message && 'audio' in message.realtimeInput
        ? [Buffer.from(message.realtimeInput.audio.data, 'base64')]
        : [],
    );
    return new Uint8Array(Buffer.concat(pieces));
  }

  /** What kinds of messages came, in order; a run of audio is one. */
  get story(): readonly GeminiFrameKind[] {
    const kinds = this.#received.map(frameKindOf);
    return kinds.filter((kind, at) => kind !== 'audio' || kinds[at - 1] !== 'audio');
  }

  send(message: JsonObject): void {
    const { webSocket, frames } = this.#options;
    const call = message['toolCall'] as { functionCalls?: { id?: string; name: string }[] } | undefined;
    for (const { id = '', name } of call?.functionCalls ?? []) this.#options.calls.set(id, name);
    const text = JSON.stringify(message);
    if (webSocket.readyState === webSocket.OPEN)
      webSocket.send(frames === 'binary' ? Buffer.from(text) : text);
  }

  /** Calls `listener` with every valid message, as it comes. Returns what ends that. */
  onMessage(listener: (message: GeminiClientMessage) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** The next message of a kind that was not expected before; others stay for later. */
  async expect<Kind extends GeminiFrameKind>(kind: Kind): Promise<MessageOf<Kind>> {
    const at = this.#pending.findIndex((message) => frameKindOf(message) === kind);
    const [message] = at >= 0 ? this.#pending.splice(at, 1) : [];
    return (message ?? (await this.#wait(kind))) as MessageOf<Kind>;
  }

  /** Waits for the settings and agrees to them. */
  async agree(): Promise<GeminiClientMessage> {
    const setup = await this.expect('setup');
    this.send({ setupComplete: {} });
    return setup;
  }

  /** Waits until the client has read what was sent, and forgets the sound that came before. */
  async endSound(): Promise<void> {
    const { webSocket } = this.#options;
    if (webSocket.readyState !== webSocket.OPEN) return;
    await new Promise<void>((resolve) => {
      webSocket.once('pong', () => resolve());
      webSocket.once('close', () => resolve());
      webSocket.ping();
    });
    const rest = this.#pending.filter((message) => frameKindOf(message) !== 'audio');
    this.#pending.splice(0, this.#pending.length, ...rest);
  }

  close(code = 1000, reason = ''): void {
    this.#options.webSocket.close(code, reason);
  }

  /** Breaks the connection without a close. */
  reset(): void {
    this.#options.socket.resetAndDestroy();
  }

  #take(data: RawData): void {
    const result = readGeminiFrame((data as Buffer).toString('utf8'));
    const fault = result.ok ? this.#faultOf(result.message) : result.reason;
    if (fault !== undefined || !result.ok) {
      this.#refusal ??= fault ?? '';
      this.close(invalidPayload, (fault ?? '').slice(0, 120));
      return;
    }
    const { message } = result;
    this.#received.push(message);
    for (const listener of this.#listeners) listener(message);
    const kind = frameKindOf(message);
    for (const waiter of this.#waiters) {
      if (waiter.kind === kind) {
        this.#waiters.delete(waiter);
        waiter.resolve(message);
        return;
      }
    }
    this.#pending.push(message);
  }

  /** What is well-formed and still wrong at this point of the conversation. */
  #faultOf(message: GeminiClientMessage): string | undefined {
    const [first] = this.#received;
    if (first === undefined) return 'setup' in message ? undefined : 'setup must be the first message';
    if ('setup' in message) return 'setup must be the first message and only the first';
    if ('toolResponse' in message) return this.#faultOfOutputs(message.toolResponse.functionResponses);
    if ('clientContent' in message) return this.#faultOfTurns(first, message.clientContent);
    if (!('realtimeInput' in message)) return undefined;
    const input = message.realtimeInput;
    if ('audio' in input && input.audio.mimeType !== 'audio/pcm;rate=16000') {
      return `unexpected sound: ${input.audio.mimeType}`;
    }
    return this.#faultOfActivity(first, input);
  }

  #faultOfOutputs(outputs: readonly { readonly id?: string | undefined; readonly name: string }[]) {
    for (const { id = '', name } of outputs) {
      if (this.#options.calls.get(id) !== name) return `there is no call ${id} of ${name}`;
      this.#options.calls.delete(id);
    }
    return undefined;
  }

  #faultOfTurns(first: GeminiClientMessage, content: { readonly turns?: unknown }): string | undefined {
    const setup = 'setup' in first ? first.setup : undefined;
    const isNew = /gemini-[3-9]/.test(setup?.model ?? '');
    if (!isNew) return undefined;
    const isSeed =
      setup?.historyConfig?.initialHistoryInClientContent === true && this.#received.length === 1;
    return isSeed ? undefined : `turns may only be given before anything else: ${JSON.stringify(content)}`;
  }

  #faultOfActivity(first: GeminiClientMessage, input: object): string | undefined {
    const setup = 'setup' in first ? first.setup : undefined;
    const isManual = setup?.realtimeInputConfig?.automaticActivityDetection?.disabled === true;
    if ('activityStart' in input || 'activityEnd' in input) {
      if (!isManual) return 'the beginning and the end of a turn are found by the server';
      const next = 'activityStart' in input ? 'open' : 'none';
      if (next === this.#activity) return `a turn that is ${next === 'open' ? 'open' : 'over'} already`;
      this.#activity = next;
    }
    return undefined;
  }

  #wait(kind: GeminiFrameKind): Promise<GeminiClientMessage> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        const words = this.#refusal === undefined ? '' : `; ${this.#refusal}`;
        reject(
          new Error(
            `no ${kind} within ${this.#options.timeoutMs} ms; there was ${this.story.join(', ')}${words}`,
          ),
        );
      }, this.#options.timeoutMs);
      const waiter: Waiter = {
        kind,
        resolve: (message) => {
          clearTimeout(timer);
          resolve(message);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      this.#waiters.add(waiter);
    });
  }
}
