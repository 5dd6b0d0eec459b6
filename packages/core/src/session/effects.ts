import type { ClientEvent } from '../protocol/client-events.ts';
import type { SessionNotice } from './notices.ts';

/** Timers of a session, by what they guard. */
export type TimerId =
  | 'connect'
  | 'backoff'
  | 'outage'
  | 'healthy'
  | 'response'
  | 'response.retry'
  | 'stall'
  | 'commit'
  | 'idle'
  | 'dead_air'
  | 'limit'
  | 'meter'
  /** On a call: the end of what is heard, which its server may not tell. */
  | 'playout'
  | 'drain'
  /** The user's answer to a question of consent. */
  | 'consent'
  /** Of the connection of an epoch: its server ends it soon. */
  | `rollover:${number}`
  | `rollover.force:${number}`
  | `call:${string}`
  | `filler:${string}`
  | `stale:${string}`
  /** The application's answer about a call. */
  | `approval:${string}`;

/** What is known of the end of a turn: the commit of ours that ended it, or where the server found it. */
export interface EndOfTurn {
  readonly commit?: string;
  /** By what the server has counted over its connection. */
  readonly audioEndMs?: number;
}

/** What the session asks for, as plain data: a test compares it, a log replays it, a simulator schedules it. */
export type Effect =
  /** Dial; everything of the connection carries `epoch`. */
  | {
      readonly type: 'transport.open';
      readonly epoch: number;
      readonly provider: string;
      readonly agent: string;
    }
  | { readonly type: 'transport.send'; readonly epoch: number; readonly event: ClientEvent }
  | {
      readonly type: 'transport.close';
      readonly epoch: number;
      readonly code: number;
      readonly reason: string;
    }
  /**
   * Input audio flows to this connection from now on. First goes what was kept: `open_turn` = everything since the last
   * `source.forget`, within the bound; `tail` = what was given since the last `source.mark`, and what no connection was given.
   */
  | { readonly type: 'source.route'; readonly epoch: number; readonly replay: 'open_turn' | 'tail' }
  /** There is no connection: input audio is kept, within the bound, until it is routed again. */
  | { readonly type: 'source.detach' }
  /** Input audio is kept back, within the bound, because the agent's speech is protected; `source.release` ends that. */
  | { readonly type: 'source.hold' }
  | { readonly type: 'source.release' }
  /** The audio given so far is what this commit of ours ends, and those before it. */
  | { readonly type: 'source.commit'; readonly commit: string }
  /**
   * The audio that this commit ended, that the server found to end after so much of what its connection was given, or else that
   * was given so far, belongs to this turn of the user and those before it.
   */
  | ({ readonly type: 'source.mark'; readonly itemId: string } & EndOfTurn)
  /** The audio up to the mark of this turn is understood: it is not sent again. */
  | { readonly type: 'source.forget'; readonly itemId: string }
  /** The audio that came with the event goes to the sink. */
  | { readonly type: 'sink.write'; readonly itemId: string; readonly contentIndex: number }
  | { readonly type: 'sink.end_part'; readonly itemId: string; readonly contentIndex: number }
  /** Drop what was not played; answered by `playout.flushed`. */
  | { readonly type: 'sink.flush' }
  /** The process itself speaks; answered by one `announcement.audio` or `announcement.failed`. */
  | { readonly type: 'announce'; readonly itemId: string; readonly text: string }
  /** Check the arguments of a call that has to be agreed to; answered by one `tool.checked`. */
  | {
      readonly type: 'tool.check';
      readonly callId: string;
      readonly name: string;
      readonly argumentsJson: string;
      readonly agent: string;
      /** The label of the server that the provider would call. */
      readonly server?: string;
    }
  /** Run a tool; answered by exactly one `tool.settled`. */
  | {
      readonly type: 'tool.start';
      readonly callId: string;
      readonly name: string;
      readonly argumentsJson: string;
      readonly agent: string;
      /** Whoever has to agree to the call has done so. */
      readonly approved?: true;
    }
  | { readonly type: 'tool.cancel'; readonly callId: string }
  /** Hold a text against the guardrails; answered by `guard.tripped` or not at all. */
  | {
      readonly type: 'guard.check';
      readonly guard: 'input' | 'output';
      readonly itemId: string;
      readonly text: string;
      readonly final: boolean;
    }
  /** Start or restart a timer; answered by `timer.fired` unless cancelled. */
  | { readonly type: 'timer.start'; readonly timer: TimerId; readonly delayMs: number }
  | { readonly type: 'timer.cancel'; readonly timer: TimerId }
  /** Tell the observers. */
  | { readonly type: 'notify'; readonly notice: SessionNotice };
