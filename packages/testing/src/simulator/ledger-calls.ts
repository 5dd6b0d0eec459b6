import type { ConversationItem, Effect, ServerEvent, SessionEvent, SessionNotice } from '@antiphon/core';
import type { SessionStep } from './session-under-test.ts';

/** A function call as the session can know it. */
export interface CallView {
  readonly callId: string;
  readonly itemId: string;
  readonly responseId: string;
  readonly name: string;
  /** The agent whose settings its server was known to have when its response began. */
  agent: string;
  /** What the model gave, once it is whole. */
  argumentsJson: string | undefined;
  /** When its item was declared complete, or cut. */
  completeAtMs: number | undefined;
  cutAtMs: number | undefined;
  argumentsAtMs: number | undefined;
  /** When its item was waited for no longer. */
  waitedUntilMs: number | undefined;
  /** When the session asked what to make of it: it is taken as it was given by then. */
  checkedAtMs: number | undefined;
  startedAtMs: number | undefined;
  starts: number;
  startNotices: number;
  settledNotices: number;
  /** Whether its result was told as one that came late. */
  lateness: 'none' | 'told';
  /** How its response ended. */
  response: 'active' | 'completed' | 'cancelled' | 'incomplete' | 'failed';
  responseDoneAtMs: number | undefined;
  /** What was sent for it, by connection. */
  readonly outputs: Map<number, string[]>;
}

/** The calls of a session. */
export class CallLedger {
  readonly byId = new Map<string, CallView>();
  /** Calls that were made, and answered, before the session. */
  readonly prior = new Set<string>();
  /** Runs of tools for calls that no response made. */
  readonly strayStarts: string[] = [];
  /** Outputs for calls that no response made. */
  readonly strayOutputs: string[] = [];

  item(wire: ConversationItem, responseId: string, { agent, atMs }: { agent: string; atMs: number }): void {
    if (wire.type !== 'function_call') return;
    const known = this.byId.get(wire.call_id);
    const call = known ?? newCall(wire, responseId, agent);
    if (known === undefined) this.byId.set(wire.call_id, call);
    if (wire.status === 'completed') {
      // An id that is given twice is of the item that is complete.
      const isTaken =
        (call.completeAtMs ?? call.waitedUntilMs ?? call.checkedAtMs ?? call.startedAtMs) !== undefined;
      if (!isTaken && call.itemId !== wire.id) {
        const { id: itemId, name, arguments: argumentsJson } = wire;
        Object.assign(call, { itemId, name, responseId, agent, argumentsJson });
      }
      call.completeAtMs ??= atMs;
      if (call.itemId === wire.id) call.argumentsJson ??= wire.arguments;
    }
    if (wire.status === 'incomplete') call.cutAtMs ??= atMs;
  }

  arguments(
    event: Extract<ServerEvent, { type: 'response.function_call_arguments.done' }>,
    atMs: number,
  ): void {
    const call = this.byId.get(event.call_id);
    if (call === undefined) return;
    call.argumentsAtMs ??= atMs;
    if (call.itemId === event.item_id) call.argumentsJson ??= event.arguments;
  }

  /** What was given of it is taken for all of it. */
  timeOver(callId: string, atMs: number): void {
    const call = this.byId.get(callId);
    if (call?.argumentsJson !== undefined) call.waitedUntilMs ??= atMs;
  }

  responseDone(responseId: string, status: CallView['response'] | 'in_progress', atMs: number): void {
    for (const call of this.byId.values()) {
      if (call.responseId !== responseId || call.response !== 'active') continue;
      call.response = status === 'in_progress' ? 'completed' : status;
      call.responseDoneAtMs ??= atMs;
    }
  }

  /** A response is over, and how is not known. */
  responseOver(responseId: string, atMs: number): void {
    for (const call of this.byId.values()) if (call.responseId === responseId) call.responseDoneAtMs ??= atMs;
  }

  /** A call is of the agent that the session takes it for, where it may be of that one. */
  reassign({ before, state }: SessionStep, mayBeOf: (name: string, agent: string) => boolean): void {
    for (const { callId, agent } of [...before.tools.calls.values(), ...state.tools.calls.values()]) {
      const call = this.byId.get(callId);
      if (call !== undefined && call.agent !== agent && mayBeOf(call.name, agent)) call.agent = agent;
    }
  }

  check({ callId }: Extract<Effect, { type: 'tool.check' }>, atMs: number): void {
    const call = this.byId.get(callId);
    if (call !== undefined) call.checkedAtMs ??= atMs;
  }

  start({ callId }: Extract<Effect, { type: 'tool.start' }>, atMs: number): void {
    const call = this.byId.get(callId);
    if (call === undefined) return void this.strayStarts.push(callId);
    call.starts++;
    call.startedAtMs ??= atMs;
  }

  output(epoch: number, callId: string, text: string, _atMs: number): void {
    const call = this.byId.get(callId);
    if (call === undefined) return void this.strayOutputs.push(callId);
    const sent = call.outputs.get(epoch);
    if (sent === undefined) call.outputs.set(epoch, [text]);
    else sent.push(text);
  }

  notice(notice: SessionNotice, _event: SessionEvent): void {
    if (notice.type !== 'tool_started' && notice.type !== 'tool_settled') return;
    const call = this.byId.get(notice.callId);
    if (call === undefined) return;
    if (notice.type === 'tool_started') call.startNotices++;
    else call.settledNotices++;
    if (notice.type === 'tool_settled' && notice.stale === true) call.lateness = 'told';
  }
}

function newCall(
  wire: Extract<ConversationItem, { type: 'function_call' }>,
  responseId: string,
  agent: string,
): CallView {
  return {
    callId: wire.call_id,
    itemId: wire.id,
    responseId,
    name: wire.name,
    agent,
    completeAtMs: undefined,
    cutAtMs: undefined,
    argumentsJson: undefined,
    argumentsAtMs: undefined,
    waitedUntilMs: undefined,
    checkedAtMs: undefined,
    startedAtMs: undefined,
    starts: 0,
    startNotices: 0,
    settledNotices: 0,
    lateness: 'none',
    response: 'active',
    responseDoneAtMs: undefined,
    outputs: new Map(),
  };
}
