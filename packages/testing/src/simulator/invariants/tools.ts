import type { Effect } from '@antiphon/core';
import type { World } from '../world.ts';
import type { Invariant } from './invariant.ts';
import { isSpared } from './on-call.ts';
import { cutsIn } from './speech.ts';
import { staleNote } from './stale-results.ts';

function outputOf(
  effect: Effect,
): { readonly callId: string; readonly text: string; readonly epoch: number } | undefined {
  if (effect.type !== 'transport.send' || effect.event.type !== 'conversation.item.create') return undefined;
  const { item } = effect.event;
  if (item.type !== 'function_call_output') return undefined;
  return { callId: item.call_id, text: item.output, epoch: effect.epoch };
}

/** Every call ends in one output, the same wherever it is sent. */
const oneOutput: Invariant = {
  id: 'I01',
  says: 'a call has exactly one output',
  watch(world, fail) {
    return {
      effects: ['transport.send'],
      onEffect(effect) {
        const output = outputOf(effect);
        if (output === undefined || world.ledger.calls.prior.has(output.callId)) return;
        const call = world.ledger.calls.byId.get(output.callId);
        if (call === undefined) return fail(`an output is sent for ${output.callId}, which nobody called`);
        if (call.outputs.has(output.epoch))
          fail(`${output.callId} is answered twice on connection ${output.epoch}`);
        const [earlier] = [...call.outputs.values()].flat();
        if (earlier !== undefined && earlier !== output.text)
          fail(`${output.callId} is answered with ${output.text}, earlier with ${earlier}`);
      },
      onQuiet() {
        for (const call of world.ledger.calls.byId.values()) {
          if (call.settledNotices > 1)
            fail(`${call.callId} is reported settled ${call.settledNotices} times`);
          if (call.responseDoneAtMs !== undefined && call.settledNotices === 0 && call.outputs.size === 0)
            fail(`${call.callId} has neither an output nor a report`);
        }
      },
    };
  },
};

/** A tool runs once for a call, whatever is repeated or lost; after a crash only where that is allowed. */
const runOnce: Invariant = {
  id: 'I02',
  says: 'a tool is started at most once for a call',
  watch(world, fail) {
    const startedIn = new Map<string, number>();
    return {
      effects: ['tool.start'],
      onEffect(effect) {
        if (effect.type !== 'tool.start') return;
        const { generation } = world.stage.process;
        const earlier = startedIn.get(effect.callId);
        startedIn.set(effect.callId, generation);
        if (earlier === undefined) return;
        const policy = world.ledger.agents[effect.agent]?.tools.find((tool) => tool.name === effect.name);
        if (earlier === generation || policy?.idempotent !== true) fail(`${effect.callId} is started twice`);
      },
    };
  },
};

/** A call runs when its item is complete, or when a server that never says so has had its time. */
const runComplete: Invariant = {
  id: 'R04b',
  says: 'a call runs only when it is complete, with the arguments the model gave',
  watch(world, fail) {
    return {
      effects: ['tool.start'],
      onEffect(effect) {
        if (effect.type !== 'tool.start') return;
        const call = world.ledger.calls.byId.get(effect.callId);
        if (call === undefined) return fail(`${effect.callId} is started, which nobody called`);
        const waitedMs = world.stage.queue.nowMs - (call.argumentsAtMs ?? Number.POSITIVE_INFINITY);
        const undeclared =
          waitedMs >= world.stage.settings.timeouts.callItemMs - 1 && call.cutAtMs === undefined;
        if (call.completeAtMs === undefined && !undeclared)
          fail(`${effect.callId} is started before it is complete`);
        if (call.name !== effect.name)
          fail(`${effect.callId} is a call of ${call.name}, not of ${effect.name}`);
        if (call.argumentsJson !== effect.argumentsJson)
          fail(
            `${effect.callId} is started with ${effect.argumentsJson}, given was ${call.argumentsJson ?? ''}`,
          );
      },
    };
  },
};

/** A call that is complete runs, or is refused with a reason. */
const completeCallsRun: Invariant = {
  id: 'R04c',
  says: 'a complete call is started in the step that brings it, or when the speech before it was heard',
  watch(world, fail) {
    let fresh: string | undefined;
    return {
      events: ['response.output_item.done'],
      onEvent({ event, before }) {
        fresh = undefined;
        if (event.type !== 'server.event' || event.event.type !== 'response.output_item.done') return;
        const { item, response_id: responseId } = event.event;
        if (world.ledger.stale || before.lifecycle.kind === 'closed' || item.type !== 'function_call') return;
        const call = world.ledger.calls.byId.get(item.call_id);
        const isActive = world.ledger.inUse?.activeResponse === responseId;
        const isNew = call?.itemId === item.id && call.startNotices + call.settledNotices === 0;
        if (isActive && isNew && item.status === 'completed') fresh = item.call_id;
      },
      steps: ['response.output_item.done'],
      reads: ['tools', 'playout', 'lifecycle'],
      onStep({ state }) {
        if (state.lifecycle.kind === 'closed') return;
        for (const { callId, phase } of state.tools.calls.values()) {
          // One that has to be agreed to is looked at first.
          if (phase.kind === 'unconfirmed' && callId === fresh) fresh = undefined;
          if (phase.kind !== 'waiting') continue;
          if (callId === fresh) fresh = undefined;
          if (state.playout.parts.length === 0)
            fail(`${callId} waits for the end of speech, and nothing is said`);
        }
        const call = fresh === undefined ? undefined : world.ledger.calls.byId.get(fresh);
        if (call !== undefined && call.startNotices + call.settledNotices === 0)
          fail(`${call.callId} is complete and neither started nor answered`);
        fresh = undefined;
      },
      effects: ['tool_settled'],
      onEffect(effect) {
        if (effect.type !== 'notify' || effect.notice.type !== 'tool_settled') return;
        const { callId, outcome } = effect.notice;
        if (callId === fresh && outcome.status === 'cancelled') fail(`${callId} is complete and cancelled`);
      },
    };
  },
};

/** The tools of a response are those of the agent it began with; handing over is no tool. */
const ownTools: Invariant = {
  id: 'I23',
  says: 'a call is run for the agent whose response made it, and a handoff by none',
  watch(world, fail) {
    return {
      effects: ['tool.start'],
      onEffect(effect) {
        if (effect.type !== 'tool.start') return;
        const call = world.ledger.calls.byId.get(effect.callId);
        if (call !== undefined && call.agent !== effect.agent && !world.ledger.isUnclear)
          fail(`${effect.callId} of ${call.agent} is run for ${effect.agent}`);
        if (world.ledger.agents[effect.agent]?.handoffs[effect.name] !== undefined)
          fail(`${effect.callId} hands over and is run as a tool`);
      },
    };
  },
};

/** A call that hands over does so, and that is its whole work. */
const handoffsHandOver: Invariant = {
  id: 'I23c',
  says: 'a handoff puts the other agent in charge, whoever asks for it',
  watch(world, fail) {
    let target: string | undefined;
    const { agents } = world.stage.settings;
    return {
      events: ['agent.handoff'],
      onEvent({ event, before }) {
        target = undefined;
        const isOpen = before.lifecycle.kind !== 'closed';
        if (event.type === 'agent.handoff' && isOpen && event.agent in agents) target = event.agent;
      },
      effects: ['tool_started'],
      onEffect(effect) {
        if (effect.type !== 'notify' || effect.notice.type !== 'tool_started') return;
        const { callId, name } = effect.notice;
        const agent = world.ledger.calls.byId.get(callId)?.agent ?? '';
        target = agents[agent]?.handoffs[name] ?? target;
      },
      steps: ['agent.handoff', 'tool_started'],
      onStep({ state }) {
        if (
          target !== undefined &&
          state.lifecycle.kind !== 'closed' &&
          world.ledger.current.agent !== target
        )
          fail(`${target} is to take over, in charge is ${world.ledger.current.agent}`);
        target = undefined;
      },
    };
  },
};

/** A result that is there goes into the conversation at once, whatever else is going on. */
const resultsAreCommitted: Invariant = {
  id: 'R05',
  says: 'a finished result is sent in the step that brings it',
  watch(world, fail) {
    return {
      steps: ['tool.settled'],
      onStep({ event, effects, before }) {
        if (event.type !== 'tool.settled' || before.lifecycle.kind === 'closed') return;
        const call = world.ledger.calls.byId.get(event.callId);
        const view = world.ledger.inUse;
        if (call === undefined || call.starts === 0 || view === undefined) return;
        if (call.outputs.has(view.epoch)) {
          const sent = effects.map(outputOf).find((output) => output?.callId === event.callId);
          const isLate = sent?.text === event.outcome.outputText + staleNote;
          if (
            sent !== undefined &&
            sent.text !== event.outcome.outputText &&
            !isLate &&
            call.outputs.size === 1
          )
            fail(`the output of ${event.callId} is ${sent.text}, its result ${event.outcome.outputText}`);
          return;
        }
        if (call.outputs.size === 0 && runOf(world, event.callId) === 1)
          fail(`the result of ${event.callId} is not sent`);
      },
    };
  },
};

function runOf(world: World, callId: string): number {
  return world.tools.runs.filter((run) => run.callId === callId).length;
}

/** What observers are told of tools adds up. */
const toolNotices: Invariant = {
  id: 'N01',
  says: 'each tool_started is followed by exactly one tool_settled',
  watch(world, fail) {
    return {
      onEnd() {
        for (const call of world.ledger.calls.byId.values()) {
          if (call.startNotices > 0 && call.settledNotices !== 1)
            fail(`${call.callId}: ${call.startNotices} tool_started, ${call.settledNotices} tool_settled`);
        }
      },
    };
  },
};

/** A text of the user is sent, now or when the connection that it waited for is there: it cuts in. */
function isTypedTurn(effect: Effect): boolean {
  return (
    effect.type === 'notify' &&
    effect.notice.type === 'user_turn' &&
    effect.notice.itemId.startsWith('item_user_')
  );
}

function isSpokenYes(effect: Effect, callId: string): boolean {
  if (effect.type !== 'notify' || effect.notice.type !== 'approval_settled') return false;
  const { notice } = effect;
  return notice.callId === callId && notice.by === 'spoken' && notice.ending === 'approved';
}

/** A tool that is to end with an interruption is told so; one that is to go on is not. */
const interruptedTools: Invariant = {
  id: 'F16',
  says: 'an interruption ends the tools that it shall end, and no other',
  watch(world, fail) {
    return {
      effects: ['tool.cancel'],
      onEffect(effect, { event, state }) {
        if (effect.type !== 'tool.cancel') return;
        const run = world.tools.runs.findLast((one) => one.callId === effect.callId);
        if (run === undefined) return fail(`${effect.callId} is cancelled and was never started`);
        const call = world.ledger.calls.byId.get(effect.callId);
        const policy = world.ledger.agents[call?.agent ?? '']?.tools.find((tool) => tool.name === run.name);
        const bySpeech = isSpeech(event);
        if (bySpeech && state.lifecycle.kind === 'running' && policy?.onInterrupt === 'keep')
          fail(`${effect.callId} is cancelled by an interruption that it shall survive`);
      },
      steps: [
        'user.interrupt',
        'guard.tripped',
        'user.speech_started',
        'input_audio_buffer.speech_started',
        'user_turn',
      ],
      onStep({ event, effects, before }) {
        const isOver = before.lifecycle.kind === 'closed' || world.ledger.stale;
        const cuts = event.type === 'user.text' ? false : cutsIn(event, world);
        if (isSpared(world, event, before)) return;
        if (isOver || world.ledger.current.wasHeld || !(cuts || effects.some(isTypedTurn))) return;
        for (const run of world.tools.running) {
          const call = world.ledger.calls.byId.get(run.callId);
          const policy = world.ledger.agents[call?.agent ?? '']?.tools.find((tool) => tool.name === run.name);
          // A yes that is typed starts what it agrees to.
          const isNew = effects.some((effect) => isSpokenYes(effect, run.callId));
          if (policy?.onInterrupt !== 'cancel' || run.cancelled || isNew) continue;
          if (!effects.some((effect) => effect.type === 'tool.cancel' && effect.callId === run.callId))
            fail(`${run.callId} goes on though the user interrupted`);
        }
      },
    };
  },
};

/** Calls that the server takes back end as with an interruption. */
const withdrawnTools: Invariant = {
  id: 'F16b',
  says: 'tools whose calls the server withdraws end where an interruption would end them, and no other does',
  watch(world, fail) {
    return {
      steps: ['server.calls_withdrawn'],
      onStep({ event, before, effects }) {
        if (event.type !== 'server.calls_withdrawn' || world.ledger.stale) return;
        if (before.lifecycle.kind === 'closed' || before.connection.epoch !== event.epoch) return;
        const ended = effects.flatMap((effect) => (effect.type === 'tool.cancel' ? [effect.callId] : []));
        for (const callId of ended)
          if (!event.callIds.includes(callId)) fail(`${callId} is not withdrawn, and is cancelled`);
        for (const { callId, cancelled } of world.tools.running) {
          if (cancelled || !event.callIds.includes(callId) || ended.includes(callId)) continue;
          if (world.ledger.policyOf(callId)?.onInterrupt === 'cancel')
            fail(`${callId} is withdrawn, and goes on`);
        }
      },
    };
  },
};

/** A tool that is to wait for the end of the speech does. */
const waitsForPlayback: Invariant = {
  id: 'R11b',
  says: 'a tool that starts after playback starts in silence',
  watch(world, fail) {
    return {
      effects: ['tool.start'],
      onEffect(effect, { event }) {
        if (effect.type !== 'tool.start' || event.type === 'session.resume') return;
        const policy = world.ledger.agents[effect.agent]?.tools.find((tool) => tool.name === effect.name);
        if (policy?.start === 'after_playback' && world.sink.waiting.length > 0)
          fail(`${effect.callId} is started while ${world.sink.waiting[0]?.itemId ?? ''} is heard`);
      },
    };
  },
};

function isSpeech(event: { readonly type: string }): boolean {
  if (event.type === 'user.speech_started' || event.type === 'user.interrupt') return true;
  if (event.type === 'guard.tripped') return true;
  return 'event' in event && (event.event as { type: string }).type === 'input_audio_buffer.speech_started';
}

export const toolInvariants: readonly Invariant[] = [
  oneOutput,
  runOnce,
  runComplete,
  completeCallsRun,
  ownTools,
  handoffsHandOver,
  resultsAreCommitted,
  toolNotices,
  interruptedTools,
  withdrawnTools,
  waitsForPlayback,
];
