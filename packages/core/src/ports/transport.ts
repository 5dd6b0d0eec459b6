import type { ClientEvent } from '../protocol/client-events.ts';
import type { ServerEvent, UnknownServerEvent } from '../protocol/server-events.ts';
import type { SettingPath } from '../protocol/setting-paths.ts';
import type { RemoteCalls } from './remote-calls.ts';
import type { ToolSpec } from './tool-host.ts';

/** A stretch of the agent's voice as it arrived. */
export interface InboundAudio {
  readonly kind: 'audio';
  readonly responseId: string;
  readonly itemId: string;
  readonly outputIndex: number;
  readonly contentIndex: number;
  /** Bytes in the session's output format; may end in the middle of a sample. */
  readonly audio: Uint8Array;
}

/** What a transport hands over: decoded events of the GA dialect, audio apart. */
export type InboundMessage =
  | InboundAudio
  /** `leftOut`: what of it could not be read, as `reason` tells it of a whole one. */
  | { readonly kind: 'event'; readonly event: ServerEvent | UnknownServerEvent; readonly leftOut?: string }
  | { readonly kind: 'invalid'; readonly reason: string }
  /**
   * The conversation should move to another connection: the server ends this one in `leftMs` milliseconds, or it cannot
   * take what it was told (undefined).
   */
  | { readonly kind: 'leaving'; readonly leftMs: number | undefined }
  /** The user has cut in, and the model waits for the outputs of these calls no more. */
  | { readonly kind: 'calls_withdrawn'; readonly callIds: readonly string[] };

/**
 * What kept a connection from being made: its encryption, a server that does not answer, a token that could not be had,
 * a server that is none of this protocol, or the proxy that it goes by.
 */
export type ConnectObstacle = 'tls' | 'time' | 'token' | 'protocol' | 'proxy';

/** Why a connection ended. */
export interface TransportClose {
  /** The WebSocket close code; 1006 when the connection broke or never came up. */
  readonly code: number;
  /** The reason of the close, or the type and code of the error in a refused upgrade: `TYPE.CODE`. */
  readonly reason: string;
  /** Set when the connection could not be made or broke: what is known of the cause. */
  readonly error?: Error;
  /** The HTTP status of a refused upgrade; that of the proxy where it is the obstacle. */
  readonly status?: number;
  /** How long the server asks to be left alone. */
  readonly retryAfterMs?: number;
  /** What kept the connection from being made, where it is one of these. */
  readonly obstacle?: ConnectObstacle;
}

/**
 * What a transport tells its owner. Calls come in order and never from within `connect`, `send` or `close`.
 * `onClose` comes exactly once and is the last.
 */
export interface TransportHandlers {
  onOpen(): void;
  onMessage(message: InboundMessage): void;
  onClose(close: TransportClose): void;
}

/** One connection to a model. Sending after the close is a no-op. */
export interface Transport {
  send(event: ClientEvent): void;
  /** Appends audio, in the session's input format, to the input buffer. `audio` may be used again after the call. */
  sendAudio(audio: Uint8Array): void;
  close(code: number, reason: string): void;
  /** Bytes accepted by `send` and `sendAudio` that have not left yet. */
  readonly bufferedBytes: number;
  /** Settles when the server has been asked for the connection, where the transport knows: then nothing is left but to wait. */
  readonly asked?: Promise<void> | undefined;
}

/** What a provider may use to make a connection. */
export interface ConnectRequest {
  readonly sessionId: string;
  /** The agent the conversation is with now; others of the session may take over on the same connection. */
  readonly agentName: string;
  /**
   * The tools of all agents of the session, those of `agentName` first, with what the wire does not carry (intents,
   * effects); for engines that run in-process. No name comes twice.
   */
  readonly tools: readonly ToolSpec[];
  /** `goes_on`: a conversation that has begun will be given to the connection. A new one begins on it unless told. */
  readonly conversation?: 'goes_on';
  /**
   * The call to join, whose sound flows between the user and the server; only asked of a provider with `calls`. What is
   * said and done in it comes as events, without sound.
   */
  readonly callId?: string;
}

/** What a session has to know of a provider before it connects. */
export interface ProviderTraits {
  /** After how many milliseconds its server ends a session; never when absent. */
  readonly sessionLimitMs?: number;
  /** Settings that it does not take, by their place in the session object: they are left out. */
  readonly rejectsSettings?: readonly SettingPath[];
  /** `fixed`: a connection keeps the settings it was made with, and other settings come with another connection. */
  readonly settings?: 'fixed';
}

/** Whether the user of a session has a voice in it; what is not told is `speaks`. */
export type UserWay = 'speaks' | 'types';

/** A source of connections to a model. Failure to connect is an `onClose`, never a throw. */
export interface Provider {
  readonly name: string;
  readonly traits?: ProviderTraits;
  connect(request: ConnectRequest, handlers: TransportHandlers): Transport;
  /** Where the provider has calls whose sound does not come by here. */
  readonly calls?: RemoteCalls;
  /**
   * Loads ahead what the first connection would wait for, but nothing that hears where the user types. Rejects with an
   * `AntiphonError` when that cannot be had.
   */
  warmUp?(user?: UserWay): Promise<void>;
  /** Frees what the provider holds for all its connections. Idempotent. */
  close(): Promise<void>;
}
