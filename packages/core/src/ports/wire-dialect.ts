import type { ClientEvent } from '../protocol/client-events.ts';
import type { InboundMessage, TransportClose } from './transport.ts';

/** What follows from one thing that happened on a connection. */
export interface WireStep {
  /** Text frames for the server, in order. */
  readonly frames?: readonly string[];
  /** What the session is told, in order: what the server said, or what it would have said in the GA dialect. */
  readonly messages?: readonly InboundMessage[];
}

/**
 * How one server speaks: turns client events of the GA dialect into its frames, and its frames into events of the GA
 * dialect. One object per connection, because some dialects need a memory. Never throws: what cannot be read is an
 * `invalid` message, and what the server has no word for gives no frame.
 */
export interface WireDialect {
  /** The connection is open: frames that must come before everything else. */
  open(): WireStep;
  send(event: ClientEvent): WireStep;
  /** `audio` is in the session's input format and may be used again after the call. */
  sendAudio(audio: Uint8Array): WireStep;
  /** `frame`: what came in a text frame, or as UTF-8 in a binary one. */
  receive(frame: string): WireStep;
  /** How the end of the connection is to be understood, where the server's codes do not say it by themselves. */
  closed?(close: TransportClose): TransportClose;
}
