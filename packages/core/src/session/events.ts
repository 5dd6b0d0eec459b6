import type { JsonValue } from '../json.ts';
import type { ToolCallCheck, ToolOutcome } from '../ports/tool-host.ts';
import type { ConnectObstacle } from '../ports/transport.ts';
import type { ServerEvent, UnknownServerEvent } from '../protocol/server-events.ts';
import type { TimerId } from './effects.ts';
import type { ClientToolCall, SessionUsage } from './notices.ts';
import type { AgentRevision } from './settings.ts';

/** Answers of a connection carry its epoch; `transition` drops those of one that is neither in use nor being made. */
interface OfConnection {
  readonly epoch: number;
}

/** What the application, a source or a sink tells the session. */
export type ApplicationEvent =
  | { readonly type: 'session.start' }
  /** The state was rebuilt from the log of a process that is gone: what ran in it is lost. */
  | { readonly type: 'session.resume' }
  | { readonly type: 'session.close'; readonly mode: 'drain' | 'cancel'; readonly reason: string }
  /** The conversation shall move to a new connection. */
  | { readonly type: 'session.reseat'; readonly reason: string }
  /** A whole turn of the user, typed. */
  | { readonly type: 'user.text'; readonly text: string }
  /** The user begins to speak, as a local detector or a button says. */
  | { readonly type: 'user.speech_started' }
  /** The sound that began was no turn: too short, or taken back. */
  | { readonly type: 'user.speech_dropped' }
  /** The user's turn is over (manual turn taking). */
  | { readonly type: 'user.commit' }
  /** The agent shall be silent at once. */
  | { readonly type: 'user.interrupt' }
  /** The agent shall say exactly this. */
  | { readonly type: 'agent.say'; readonly text: string; readonly protected?: boolean }
  /** A tool leaves a note for those who run the service. */
  | { readonly type: 'agent.note'; readonly callId: string; readonly text: string }
  /** Another agent takes over. */
  | { readonly type: 'agent.handoff'; readonly agent: string }
  /** What is said is not to be recorded, until it is again; or the user agrees to being recorded. `by`: who says so. */
  | { readonly type: 'recording.pause' | 'recording.resume' | 'recording.allow'; readonly by: string }
  /** The agent file says something else of these agents now. */
  | { readonly type: 'agents.revised'; readonly agents: Readonly<Record<string, AgentRevision>> }
  /** The application agrees to a call that it was asked for, or does not. */
  | {
      readonly type: 'approval.given';
      readonly approvalId: string;
      readonly verdict: 'approved' | 'rejected';
      /** Told to the model. */
      readonly reason?: string;
    }
  /** Values for the instructions' template. */
  | { readonly type: 'variables.set'; readonly values: Readonly<Record<string, string>> };

/** What a connection tells the session. */
export type ConnectionEvent = OfConnection &
  (
    | { readonly type: 'transport.opened' }
    | {
        readonly type: 'transport.closed';
        readonly code: number;
        readonly reason: string;
        readonly cause: string | undefined;
        /** The HTTP status of a refused upgrade. */
        readonly status?: number;
        readonly retryAfterMs?: number;
        /** What kept the connection from being made. */
        readonly obstacle?: ConnectObstacle;
      }
    | { readonly type: 'server.event'; readonly event: ServerEvent | UnknownServerEvent }
    | { readonly type: 'server.invalid'; readonly reason: string }
    /** The connection should be replaced; its server ends it in `leftMs`, where it said when. */
    | { readonly type: 'server.leaving'; readonly leftMs: number | undefined }
    /** The user has cut in, and the model waits for the outputs of these calls no more. */
    | { readonly type: 'server.calls_withdrawn'; readonly callIds: readonly string[] }
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
  /** Speech of the process itself is ready: its bytes travel beside the event, as with `server.audio`. */
  | { readonly type: 'announcement.audio'; readonly itemId: string; readonly byteLength: number }
  | { readonly type: 'announcement.failed'; readonly itemId: string; readonly reason: string }
  /** The arguments of a call were checked. */
  | {
      readonly type: 'tool.checked';
      readonly callId: string;
      readonly check: ToolCallCheck;
      /** Whether anybody can approve calls for the application. */
      readonly approver: 'present' | 'absent';
    }
  | { readonly type: 'tool.settled'; readonly callId: string; readonly outcome: ToolOutcome }
  /** How far a running tool is: for the observers. */
  | { readonly type: 'tool.progress'; readonly callId: string; readonly value: JsonValue }
  /** A call of a running tool is put to the application. */
  | ({ readonly type: 'tool.client_called' } & ClientToolCall)
  /** The application has answered it, or need not any more. */
  | {
      readonly type: 'tool.client_settled';
      readonly callId: string;
      readonly ending: 'answered' | 'cancelled';
    }
  /** What a tool took of other models, such as those of an agent that it asked. */
  | { readonly type: 'tool.spent'; readonly callId: string; readonly usage: SessionUsage }
  /** What a running tool has so far: for the model. */
  | { readonly type: 'tool.report'; readonly callId: string; readonly outputText: string }
  /** A guardrail holds against a text; nothing is reported for texts that pass. */
  | {
      readonly type: 'guard.tripped';
      readonly guard: 'input' | 'output';
      readonly name: string;
      readonly itemId: string;
      /** What the agent says instead. */
      readonly say: string | undefined;
    }
  | { readonly type: 'timer.fired'; readonly timer: TimerId };

/** Everything that can happen to a session. */
export type SessionEvent = ApplicationEvent | ConnectionEvent | OutcomeEvent;
