import type {
  AudioSink,
  AudioSource,
  CallControl,
  PriorItem,
  SessionLog,
  SessionNotice,
  ToolHost,
} from '@antiphon/core';
import type { ApproveCall, AskClient } from '@antiphon/tools';
import type { CallEnd } from '../sideband/remote-call.ts';

/** What a session is resumed with. */
export interface ResumeSessionOptions {
  /** Where the user's voice comes from; without it the user types. */
  readonly source?: AudioSource;
  /** Where the agent's voice goes; without it nothing is played and everything counts as heard. */
  readonly sink?: AudioSink;
  /**
   * What tools are given of whoever is on the line, such as a tenant or a key: slots like `{{caller.tenant}}`, and
   * `ctx.session.caller` in code. The model is not told of it, and it is not written down.
   */
  readonly caller?: Readonly<Record<string, string>>;
  /**
   * Agrees to the calls of tools with `confirm: app`, each with the exact arguments. `events`: the application answers what
   * `approval_requested` tells it, by `session.approve` and `session.reject`; without either, and without an observer of
   * that notice, none of them runs.
   */
  readonly approve?: ApproveCall | 'events';
  /**
   * Answers the calls of `client` tools: what it returns is the output, and what it throws is answered as when a tool
   * throws. `events`: the application answers what `client_tool_called` tells it, by `session.answerCall`; without either,
   * and without an observer of that notice, such a call is answered at once with `tool.no_client`.
   */
  readonly clientTools?: AskClient | 'events';
  /**
   * Steers the telephone call that the session is part of, for tools that transfer it or press keys. That of a call which
   * the provider carries is there without.
   */
  readonly callControl?: CallControl;
  /** Runs the tools instead of the agents' own lists; the application closes it. */
  readonly toolHost?: ToolHost;
  /** Ends the session when aborted, as `close({ mode: 'cancel' })` does. */
  readonly signal?: AbortSignal;
  /**
   * Told of every notice from the first on, with its monotonic time in milliseconds: what happens while the session
   * starts, and at once after that, comes before anybody can observe the session.
   */
  readonly onNotice?: (notice: SessionNotice, atMs: number) => void;
  /** What becomes of the call of the session when the session ends: `hang_up` unless told. */
  readonly atEnd?: CallEnd;
}

/** What a session is started with. */
export interface StartSessionOptions extends ResumeSessionOptions {
  /** The agent; `default_agent` of the file when absent. */
  readonly agent?: string;
  /** The provider, instead of the agent's own. */
  readonly provider?: string;
  /** Values for the `{{name}}` slots of the instructions, before those of the file. */
  readonly variables?: Readonly<Record<string, string>>;
  /**
   * The call to join, `rtc_…`: its sound flows between the user and the provider, by WebRTC or SIP, and this process runs
   * the agent and its tools. There is no `source` and no `sink` then.
   */
  readonly callId?: string;
  /** The conversation that this one goes on with, in its order; the model is given it before anything else. */
  readonly history?: readonly PriorItem[];
  /** Where each step is written down, beside the store of the runtime; closed with the session. */
  readonly log?: SessionLog;
}
