import type { ToolOutcome } from '../ports/tool-host.ts';
import type { ServerEvent, UnknownServerEvent } from '../protocol/server-events.ts';
import type { TimerId } from './effects.ts';

/** Answers of a connection carry its epoch; `transition` drops those of an older one. */
interface OfConnection {
  readonly epoch: number;
}

/** What the application, a source or a sink tells the session. */
export type ApplicationEvent =
  | { readonly type: 'session.start' }
  | { readonly type: 'session.close'; readonly mode: 'drain' | 'cancel'; readonly reason: string }
  /** A whole turn of the user, typed. */
  | { readonly type: 'user.text'; readonly text: string }
  /** The user's turn is over (manual turn taking). */
  | { readonly type: 'user.commit' }
  /** The agent shall be silent at once. */
  | { readonly type: 'user.interrupt' }
  /** The agent shall say exactly this. */
  | { readonly type: 'agent.say'; readonly text: string };

/** What the connection tells the session. */
export type ConnectionEvent = OfConnection &
  (
    | { readonly type: 'transport.opened' }
    | {
        readonly type: 'transport.closed';
        readonly code: number;
        readonly reason: string;
        readonly cause: string | undefined;
      }
    | { readonly type: 'server.event'; readonly event: ServerEvent | UnknownServerEvent }
    | { readonly type: 'server.invalid'; readonly reason: string }
    /** Audio arrived: its bytes travel beside the event and reach the sink only when `sink.write` is among the effects. */
    | {
        readonly type: 'server.audio';
        readonly responseId: string;
        readonly itemId: string;
        readonly contentIndex: number;
        readonly byteLength: number;
      }
  );

/** What an effect led to. */
export type OutcomeEvent =
  /** The sink played this much of a content part. */
  | {
      readonly type: 'playout.progress';
      readonly itemId: string;
      readonly contentIndex: number;
      readonly playedMs: number;
    }
  /** The sink has dropped what it had not played; all its progress was reported before. */
  | { readonly type: 'playout.flushed' }
  | { readonly type: 'tool.settled'; readonly callId: string; readonly outcome: ToolOutcome }
  | { readonly type: 'timer.fired'; readonly timer: TimerId };

/** Everything that can happen to a session. */
export type SessionEvent = ApplicationEvent | ConnectionEvent | OutcomeEvent;
