import type { JsonObject } from '@antiphon/core';

/** Which events are meant: those of a type, or those that a function picks. Events are in the GA dialect. */
export type EventMatch = string | ((event: JsonObject) => boolean);

/** When a fault sets in; with neither, at once. */
export type FaultMoment =
  /** After so many frames to the client. */
  | { readonly afterFrames: number }
  /** After so many bytes of the agent's sound. */
  | { readonly afterAudioBytes: number }
  /** With an event to the client; faults that change a frame change this one. */
  | { readonly onSent: EventMatch }
  /** With an event of the client. */
  | { readonly onReceived: EventMatch }
  /** So long after the connection was made. */
  | { readonly atMs: number };

/** What goes wrong with a connection. */
export type Fault =
  /** The connection breaks; `midFrame` sends half of the frame at hand before, where there is one. */
  | { readonly kind: 'reset'; readonly midFrame?: boolean }
  /** The connection stays, and nothing comes any more. Without `answersPings` nothing is read either. */
  | { readonly kind: 'stall'; readonly answersPings?: boolean }
  | { readonly kind: 'close'; readonly code: number; readonly reason?: string }
  /** The next frames, one unless told, come twice. */
  | { readonly kind: 'duplicate'; readonly frames?: number }
  /** The next frame comes after the one that follows it. */
  | { readonly kind: 'reorder'; readonly frames?: number }
  /** The next frames of a kind are lost; all kinds unless told. */
  | { readonly kind: 'lose'; readonly frames?: number; readonly of?: EventMatch }
  /** The next events of the client of a kind are taken and never answered. */
  | { readonly kind: 'ignore'; readonly events?: number; readonly of: EventMatch }
  /** A frame that is not JSON comes in between. */
  | { readonly kind: 'malformed'; readonly frame?: string }
  /** An event that nobody knows comes in between. */
  | { readonly kind: 'unknown_event'; readonly event?: JsonObject }
  /** Frames take their time. */
  | { readonly kind: 'slow'; readonly bytesPerSecond?: number; readonly latencyMs?: number }
  /** What is written leaves in pieces of so many bytes. */
  | { readonly kind: 'split'; readonly bytes: number };

export function matches(match: EventMatch, event: JsonObject): boolean {
  return typeof match === 'string' ? event['type'] === match : match(event);
}
