import { allItems, type SessionState } from '@antiphon/core';
import type { SessionStep } from '../session-under-test.ts';
import type { World } from '../world.ts';
import type { Fail, Invariant } from './invariant.ts';

type Call = SessionState['tools']['calls'] extends ReadonlyMap<string, infer Value> ? Value : never;

/** Whether a tool may be said to have ended with this step. */
function mayEnd({ event, state }: SessionStep, callId: string): boolean {
  if (event.type === 'session.resume' || state.lifecycle.kind === 'closed') return true;
  return event.type === 'tool.settled' && event.callId === callId;
}

function checkPhase(step: SessionStep, call: Call, fail: Fail): void {
  const { state } = step;
  const { callId, phase } = call;
  const now = state.tools.calls.get(callId)?.phase;
  if (phase.kind === 'settled' && now !== undefined)
    if (now.kind !== 'settled' || now.status !== phase.status)
      fail(`${callId} was ${phase.status}, and is ${now.kind === 'settled' ? now.status : now.kind}`);
  const isOver = now === undefined || now.kind !== 'running';
  if (phase.kind === 'running' && isOver && !mayEnd(step, callId))
    fail(`${callId} is answered for while its tool runs`);
}

/** A call that was cut has no output, and is nothing for the agent to talk about. */
function checkOutputs({ before, state }: SessionStep, fail: Fail): void {
  for (const { callId, phase, hosted } of state.tools.calls.values()) {
    if (phase.kind !== 'settled' || hosted !== undefined) continue;
    if (before.tools.calls.get(callId)?.phase.kind === 'settled') continue;
    const hasOutput = allItems(state.conversation).some(
      (item) => item.kind === 'function_call_output' && item.callId === callId,
    );
    if (!hasOutput) fail(`${callId} has no output, and counts as answered`);
  }
}

/** A call goes from one end of its life to the other. */
const callsGoOn: Invariant = {
  id: 'R04e',
  says: 'a tool that runs answers for itself, what has its output stays as it ended, and a call without one is in no batch',
  watch(_world, fail) {
    return {
      reads: ['tools'],
      onStep(step) {
        const { before, state } = step;
        if (before.tools === state.tools || before.tools.calls.size === 0) return;
        for (const call of before.tools.calls.values()) checkPhase(step, call, fail);
        if (step.event.type !== 'session.resume') checkOutputs(step, fail);
      },
    };
  },
};

/** Whoever leaves turns off the light. */
const endStopsTools: Invariant = {
  id: 'I15e',
  says: 'when the session ends, every tool that runs is told to stop, also those in the background',
  watch(_world, fail) {
    return {
      steps: ['closed'],
      onStep({ event, before, effects }) {
        const running = [...before.tools.calls.values(), ...before.tools.background.values()];
        for (const { callId, phase } of running) {
          const isSettled = event.type === 'tool.settled' && event.callId === callId;
          if (phase.kind !== 'running' || isSettled || event.type === 'session.resume') continue;
          if (!effects.some((effect) => effect.type === 'tool.cancel' && effect.callId === callId))
            fail(`${callId} is not told to stop at the end`);
        }
      },
    };
  },
};

/** The response that fails with a step. */
function failedIn({ event, before }: SessionStep, world: World): string | undefined {
  if (event.type !== 'server.event' || event.event.type !== 'response.done' || world.ledger.stale) return;
  const { id, status } = event.event.response;
  const { response } = before;
  const isIts = response.kind === 'active' && response.responseId === id;
  return status === 'failed' && isIts ? id : undefined;
}

/** What a response that failed, or was cut, wanted is not begun. */
const brokenBeginNothing: Invariant = {
  id: 'R04f',
  says: 'calls of a response that fails, or is over, are not begun; those that have begun go on',
  watch(world, fail) {
    return {
      steps: ['server.event', 'timer.fired'],
      onStep(step) {
        const { event, before, state, effects } = step;
        const failed = failedIn(step, world);
        if (failed !== undefined)
          for (const { callId, responseId, phase } of state.tools.calls.values())
            if (responseId === failed && (phase.kind === 'waiting' || phase.kind === 'unconfirmed'))
              fail(`${callId} of ${failed}, which failed, is ${phase.kind} still`);
        if (event.type === 'timer.fired' && before.response.kind === 'cancelling') {
          const { responseId: cut } = before.response;
          for (const effect of effects)
            if (effect.type === 'tool.start' && `call:${effect.callId}` === event.timer)
              if (before.tools.calls.get(effect.callId)?.responseId === cut)
                fail(`${effect.callId} of ${cut}, which was cut, is begun`);
        }
        checkAnnounced(step, world, fail);
      },
    };
  },
};

function checkAnnounced({ event, before, state }: SessionStep, world: World, fail: Fail): void {
  if (event.type !== 'server.event' || world.ledger.stale || before.tools === state.tools) return;
  if (event.event.type !== 'response.output_item.added' && event.event.type !== 'response.output_item.done')
    return;
  const { response_id: responseId, item } = event.event;
  if (item.type !== 'function_call' || before.tools.calls.has(item.call_id)) return;
  const status = world.ledger.responses.get(responseId)?.status;
  if (status !== undefined && status !== 'active' && state.tools.calls.has(item.call_id))
    fail(`${item.call_id} belongs to ${responseId}, which is over`);
}

export const callPhaseInvariants: readonly Invariant[] = [callsGoOn, endStopsTools, brokenBeginNothing];
