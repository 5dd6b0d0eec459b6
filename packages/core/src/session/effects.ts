import type { ClientEvent } from '../protocol/client-events.ts';
import type { SessionNotice } from './notices.ts';

/** Timers of a session, by what they guard. */
export type TimerId = 'connect' | 'response' | 'response.retry' | 'commit' | 'drain' | `call:${string}`;

/** What the session asks for, as plain data: a test compares it, a log replays it, a simulator schedules it. */
export type Effect =
  | { readonly type: 'transport.open'; readonly epoch: number }
  | { readonly type: 'transport.send'; readonly event: ClientEvent }
  | { readonly type: 'transport.close'; readonly code: number; readonly reason: string }
  /** Input audio may flow from now on. */
  | { readonly type: 'source.resume' }
  /** The audio that came with the event goes to the sink. */
  | { readonly type: 'sink.write'; readonly itemId: string; readonly contentIndex: number }
  | { readonly type: 'sink.end_part'; readonly itemId: string; readonly contentIndex: number }
  /** Drop what was not played; answered by `playout.flushed`. */
  | { readonly type: 'sink.flush' }
  /** Run a tool; answered by exactly one `tool.settled`. */
  | {
      readonly type: 'tool.start';
      readonly callId: string;
      readonly name: string;
      readonly argumentsJson: string;
    }
  | { readonly type: 'tool.cancel'; readonly callId: string }
  /** Start or restart a timer; answered by `timer.fired` unless cancelled. */
  | { readonly type: 'timer.start'; readonly timer: TimerId; readonly delayMs: number }
  | { readonly type: 'timer.cancel'; readonly timer: TimerId }
  /** Tell the observers. */
  | { readonly type: 'notify'; readonly notice: SessionNotice };
