import {
  type AgentActivity,
  AntiphonError,
  activityOf,
  allItems,
  type ErrorCode,
  type HistoryItem,
  type Inspection,
  isSettled,
  type JsonObject,
  type RecordingState,
  type SessionNotice,
  type SessionOutcome,
  type SessionRunner,
  type SessionUsage,
  type ToolHost,
  type ToolOutcome,
  usageOf,
} from '@antiphon/core';
import type { CallEnd, RemoteCall } from '../sideband/remote-call.ts';
import type { ApprovalDesk } from './approval-desk.ts';
import type { ClientDesk, ClientToolAnswer } from './client-desk.ts';

/** What observers of a session are told, by type. */
export type SessionNoticeOf<Type extends SessionNotice['type']> = Extract<SessionNotice, { type: Type }>;

/** What a session is called. */
export interface SessionIdentity {
  readonly id: string;
  readonly agentName: string;
  readonly providerName: string;
}

/** The call that a session has joined, and what becomes of it afterwards. */
export interface JoinedCall {
  readonly call: RemoteCall;
  readonly atEnd: CallEnd;
}

/** What a session is made of. */
export interface SessionMachinery {
  readonly runner: SessionRunner;
  readonly tools: ToolHost;
  readonly desk: ApprovalDesk;
  readonly clients: ClientDesk;
}

/** A conversation under way. Made by `Antiphon.startSession`. */
export class Session {
  readonly id: string;
  readonly agentName: string;
  readonly providerName: string;
  /** How the session ended; settles when everything it held is freed. Never rejects. */
  readonly closed: Promise<SessionOutcome>;
  /** The call of a session whose sound flows between the user and the provider. */
  readonly call: RemoteCall | undefined;
  #atEnd: CallEnd;
  readonly #runner: SessionRunner;
  readonly #tools: ToolHost;
  readonly #desk: ApprovalDesk;
  readonly #clients: ClientDesk;
  #ownCalls = 0;

  constructor(
    identity: SessionIdentity,
    { runner, tools, desk, clients }: SessionMachinery,
    joined?: JoinedCall,
  ) {
    this.id = identity.id;
    this.agentName = identity.agentName;
    this.providerName = identity.providerName;
    this.call = joined?.call;
    this.#atEnd = joined?.atEnd ?? 'leave';
    this.closed = runner.closed.then((outcome) => this.#endCall(outcome));
    this.#runner = runner;
    this.#tools = tools;
    this.#desk = desk;
    this.#clients = clients;
  }

  /** What the agent is doing. */
  get activity(): AgentActivity {
    return activityOf(this.#runner.state);
  }

  /** The agent in charge: the one the session began with, until another takes over. */
  get agent(): string {
    return this.#runner.state.agent;
  }

  /** What the session took of its models so far, and what that costs. */
  get usage(): SessionUsage {
    return usageOf(this.#runner.state);
  }

  /** The conversation so far, as far as it is kept in memory. */
  get history(): readonly HistoryItem[] {
    return allItems(this.#runner.state.conversation);
  }

  /** Whether nothing is owed: the last answer, its tools and its sound are complete. */
  get settled(): boolean {
    return isSettled(this.#runner.state);
  }

  /** Tools that go on in the background: their results are still to come. */
  get backgroundCalls(): number {
    return this.#runner.state.tools.background.size;
  }

  /**
   * Tells `listener` of every notice of one type, with the monotonic time in milliseconds. Returns what ends that. Whoever
   * observes `approval_requested` is somebody who approves calls of tools with `confirm: app`; whoever observes
   * `client_tool_called` is somebody who answers calls of `client` tools.
   *
   * @example
   * const stop = session.observe('transcript', ({ role, text, final }) => final && console.log(role, text));
   */
  observe<Type extends SessionNotice['type']>(
    type: Type,
    listener: (notice: SessionNoticeOf<Type>, atMs: number) => void,
  ): () => void {
    const stop = this.#runner.observe((notice, atMs) => {
      if (isOfType(notice, type)) listener(notice, atMs);
    });
    const desk = this.#deskOf(type);
    if (desk === undefined) return stop;
    const leave = desk.watchers.watch();
    return () => {
      leave();
      stop();
    };
  }

  /** Tells `listener` of every notice. Returns what ends that. It does not count as somebody who approves or answers calls. */
  observeAll(listener: (notice: SessionNotice, atMs: number) => void): () => void {
    return this.#runner.observe(listener);
  }

  /** Shows `listener` every step: event, state and effects. Returns what ends that. */
  inspect(listener: (inspection: Inspection) => void): () => void {
    return this.#runner.inspect(listener);
  }

  /** A whole turn of the user, typed. @throws AntiphonError `session.closed` */
  sendText(text: string): void {
    this.#assertOpen('sendText');
    this.#runner.dispatch({ type: 'user.text', text });
  }

  /**
   * The agent says exactly this, when it is free to. `protected`: to its end, whatever the user does; what the user says
   * meanwhile is heard afterwards.
   *
   * @throws AntiphonError `session.closed`
   */
  say(text: string, options: { readonly protected?: boolean } = {}): void {
    this.#assertOpen('say');
    this.#runner.dispatch({
      type: 'agent.say',
      text,
      ...(options.protected === true && { protected: true }),
    });
  }

  /** The user begins to speak, where a button says so. @throws AntiphonError `session.closed` */
  startTurn(): void {
    this.#assertOpen('startTurn');
    this.#runner.dispatch({ type: 'user.speech_started' });
  }

  /** Takes back the turn that was begun: nothing of it is answered. @throws AntiphonError `session.closed` */
  dropTurn(): void {
    this.#assertOpen('dropTurn');
    this.#runner.dispatch({ type: 'user.speech_dropped' });
  }

  /** Another agent of the file takes over. @throws AntiphonError `session.closed`, `session.unknown_agent` */
  handOver(agent: string): void {
    this.#assertOpen('handOver');
    const { agents } = this.#runner.state.settings;
    if (!Object.hasOwn(agents, agent)) {
      const available = Object.keys(agents).join(', ');
      throw new AntiphonError('session.unknown_agent', { name: agent, available });
    }
    this.#runner.dispatch({ type: 'agent.handoff', agent });
  }

  /** Sets values for the `{{name}}` slots of the instructions; the model is told. @throws AntiphonError `session.closed` */
  setVariables(values: Readonly<Record<string, string>>): void {
    this.#assertOpen('setVariables');
    this.#runner.dispatch({ type: 'variables.set', values });
  }

  /** What whoever records the session is to hold to, as `recording` notices tell. */
  get recording(): RecordingState {
    return this.#runner.state.recording;
  }

  /**
   * What is said from here on is not to be recorded, as for the number of a card. Observers of `recording` are told.
   *
   * @param by who says so.
   * @throws AntiphonError `session.closed`
   */
  pauseRecording(by = 'application'): void {
    this.#assertOpen('pauseRecording');
    this.#runner.dispatch({ type: 'recording.pause', by });
  }

  /** What is said is to be recorded again. @throws AntiphonError `session.closed` */
  resumeRecording(by = 'application'): void {
    this.#assertOpen('resumeRecording');
    this.#runner.dispatch({ type: 'recording.resume', by });
  }

  /** The user agrees to being recorded, says `by`. @throws AntiphonError `session.closed` */
  allowRecording(by: string): void {
    this.#assertOpen('allowRecording');
    this.#runner.dispatch({ type: 'recording.allow', by });
  }

  /** Moves the conversation to a new connection at the next quiet moment. @throws AntiphonError `session.closed` */
  reseat(reason = 'the application asked for it'): void {
    this.#assertOpen('reseat');
    this.#runner.dispatch({ type: 'session.reseat', reason });
  }

  /** Ends the user's spoken turn, where the application does that. @throws AntiphonError `session.closed` */
  commit(): void {
    this.#assertOpen('commit');
    this.#runner.dispatch({ type: 'user.commit' });
  }

  /** Silences the agent. @throws AntiphonError `session.closed` */
  interrupt(): void {
    this.#assertOpen('interrupt');
    this.#runner.dispatch({ type: 'user.interrupt' });
  }

  /**
   * Agrees to a call that `approval_requested` told of: it runs, with the arguments told and no others, once.
   *
   * @returns whether that was still waited for. @throws AntiphonError `session.closed`
   */
  approve(approvalId: string): boolean {
    this.#assertOpen('approve');
    return this.#desk.answer(approvalId, 'approved');
  }

  /**
   * Does not agree to a call that `approval_requested` told of; the model is told the reason, of at most 300 characters.
   *
   * @returns whether that was still waited for. @throws AntiphonError `session.closed`
   */
  reject(approvalId: string, reason?: string): boolean {
    this.#assertOpen('reject');
    return this.#desk.answer(approvalId, 'rejected', reason);
  }

  /**
   * Answers a call that `client_tool_called` told of: with its result, JSON, or with why there is none, in words for the
   * model. The first answer counts.
   *
   * @returns whether that was still waited for. @throws AntiphonError `session.closed`
   * @example
   * session.observe('client_tool_called', ({ callId }) => session.answerCall(callId, { result: { battery: 80 } }));
   */
  answerCall(callId: string, answer: ClientToolAnswer): boolean {
    this.#assertOpen('answerCall');
    return this.#clients.answer(callId, answer);
  }

  /** Calls a tool of the agent beside the model, which is not told. @throws AntiphonError `session.closed` */
  callTool(
    name: string,
    input: JsonObject,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<ToolOutcome> {
    this.#assertOpen('callTool');
    this.#ownCalls += 1;
    const callId = `app_${this.#ownCalls}`;
    const call = {
      callId,
      name,
      argumentsJson: JSON.stringify(input),
      sessionId: this.id,
      agentName: this.agent,
    };
    return this.#tools.call(call, signal);
  }

  /**
   * Ends the session: `drain` lets what is under way end first, `cancel` does not. Idempotent; settles with {@link closed}.
   * `call`: whether its call is hung up or left to go on, other than the session was started with.
   */
  async close(
    options: { readonly mode?: 'drain' | 'cancel'; readonly reason?: string; readonly call?: CallEnd } = {},
  ): Promise<SessionOutcome> {
    const { mode = 'drain', reason = 'closed by the application', call = this.#atEnd } = options;
    this.#atEnd = call;
    this.#runner.dispatch({ type: 'session.close', mode, reason });
    return this.closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close({ mode: 'cancel' });
  }

  /** Who is told that somebody observes what wants an answer. */
  #deskOf(type: SessionNotice['type']): ApprovalDesk | ClientDesk | undefined {
    if (type === 'approval_requested') return this.#desk;
    return type === 'client_tool_called' ? this.#clients : undefined;
  }

  /** A session that never joined its call leaves it to others. */
  async #endCall(outcome: SessionOutcome): Promise<SessionOutcome> {
    const hasJoined = this.#runner.state.connection.epoch > 0;
    if (hasJoined && this.#atEnd === 'hang_up') await this.call?.end();
    return outcome;
  }

  #assertOpen(action: string): void {
    if (this.#runner.state.lifecycle.kind === 'closed') throw new AntiphonError('session.closed', { action });
  }
}

/** The error of a session that failed; undefined for one that did not. */
export function sessionError(
  outcome: SessionOutcome,
  providerName: string,
): AntiphonError<ErrorCode> | undefined {
  if (outcome.status === 'completed') return undefined;
  const { code, reason, provider } = outcome.error;
  return new AntiphonError(code, { name: provider ?? providerName, reason });
}

function isOfType<Type extends SessionNotice['type']>(
  notice: SessionNotice,
  type: Type,
): notice is SessionNoticeOf<Type> {
  return notice.type === type;
}
