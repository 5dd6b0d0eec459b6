import { activityOf, type SessionState } from '@antiphon/core';
import type { Invariant } from './invariant.ts';
import { isOnCall } from './on-call.ts';

/** After the end nothing happens. */
const nothingAfterEnd: Invariant = {
  id: 'I07',
  says: 'after closed there is no effect, no connection, no timer and no running tool',
  watch(world, fail) {
    return {
      onStep({ before, state, effects, event }) {
        if (before.lifecycle.kind === 'closed') {
          if (effects.length > 0) fail(`${event.type} after the end has effects: ${effects[0]?.type ?? ''}`);
          if (state !== before) fail(`${event.type} after the end changes the state`);
          return;
        }
        if (state.lifecycle.kind !== 'closed') return;
        const open = [...world.ledger.connections.values()].find((view) => view.phase !== 'gone');
        if (open !== undefined) fail(`connection ${open.epoch} is left open at the end`);
        const last = effects.at(-1);
        if (last?.type !== 'notify' || last.notice.type !== 'closed')
          fail('closed is not the last thing told');
      },
    };
  },
};

/** It ends once. */
const endsOnce: Invariant = {
  id: 'I12',
  says: 'closed is told exactly once, when the session is closed',
  watch(world, fail) {
    let told = 0;
    return {
      effects: ['closed'],
      onEffect(effect, { state }) {
        if (effect.type !== 'notify' || effect.notice.type !== 'closed') return;
        told++;
        if (told > 1) fail('closed is told twice');
        if (state.lifecycle.kind !== 'closed') fail('closed is told and the session goes on');
      },
      onEnd() {
        if (told !== 1) fail(`closed is told ${told} times`);
        if (world.session.state.lifecycle.kind !== 'closed')
          fail('the session does not end when it is told to');
      },
    };
  },
};

/** It ends for a reason. */
const endsForReason: Invariant = {
  id: 'I12b',
  says: 'a session ends because somebody ends it, a limit does, nobody speaks, or it cannot go on',
  watch(world, fail) {
    let limited = false;
    return {
      effects: ['closed', 'limit'],
      onEffect(effect) {
        if (effect.type !== 'notify') return;
        const { notice } = effect;
        if (notice.type === 'limit' && notice.reached) limited = true;
        if (notice.type !== 'closed') return;
        const { faults } = world.network;
        const isCallOver = world.network.call?.overAtMs !== undefined;
        const refused = [...world.network.links.values()].some((link) =>
          link.server.refusals.some((refusal) => refusal.event.type === 'session.update'),
        );
        if (notice.outcome.status === 'failed') {
          const lost = [...world.network.links.values()].some(
            ({ server }) =>
              server.lostRequests.length > 0 ||
              // What is refused without a word of what it was is not told from what is lost.
              server.refusals.some(({ why, isNamed }) => why === 'fault' && !isNamed) ||
              server.responses.some(({ manner }) => manner.lateMs > 0 || manner.end !== 'told'),
          );
          if (faults.length === 0 && !refused && !lost && !isCallOver)
            fail(`failed without a fault: ${notice.outcome.error.reason}`);
          return;
        }
        const idle = Object.values(world.ledger.agents).some((agent) => agent.idle?.lastly === 'close');
        const ended =
          faults.some((fault) => fault.kind === 'ended' || (isOnCall(world) && fault.kind === 'fatal')) ||
          isCallOver;
        if (world.operator.closing === undefined && !limited && !idle && !ended)
          fail(`completed without a reason: ${notice.outcome.reason}`);
      },
    };
  },
};

/** Whoever ends the session is told why it ended. */
const reasonIsTold: Invariant = {
  id: 'I12d',
  says: 'a session that somebody ends says why, in their words, and one that fails fails',
  watch(_world, fail) {
    let wanted: string | undefined;
    let isLimited = false;
    return {
      events: ['session.close'],
      onEvent({ event, before }) {
        if (event.type !== 'session.close') return;
        const isFirst = before.lifecycle.kind === 'running' || before.lifecycle.kind === 'new';
        if (isFirst || event.mode === 'cancel') wanted = event.reason;
      },
      effects: ['closed', 'limit'],
      onEffect(effect, { event, before }) {
        if (effect.type === 'notify' && effect.notice.type === 'limit') isLimited = true;
        if (effect.type !== 'notify' || effect.notice.type !== 'closed') return;
        const { outcome } = effect.notice;
        if (outcome.status === 'failed') return;
        const isEnded = event.type === 'session.close' && event.mode === 'cancel';
        if (isEnded && outcome.reason !== wanted)
          fail(`the session ends because "${outcome.reason}", asked to because "${wanted ?? ''}"`);
        if (isEnded || isLimited || before.lifecycle.kind !== 'draining') return;
        const isTimeout = event.type === 'timer.fired' && event.timer === 'drain';
        if (!isTimeout && outcome.reason !== before.lifecycle.reason)
          fail(
            `the session ends because "${outcome.reason}", wound down because "${before.lifecycle.reason}"`,
          );
      },
      steps: ['session.close', 'limit'],
      onStep({ event, before, state }) {
        // The end itself may be what reaches a limit, which has words of its own.
        const isLimit = isLimited;
        isLimited = false;
        if (state.lifecycle.kind !== 'draining' || before.lifecycle.kind !== 'running') return;
        if (!isLimit && event.type === 'session.close' && state.lifecycle.reason !== event.reason)
          fail(
            `the session winds down because "${state.lifecycle.reason}", asked to because "${event.reason}"`,
          );
      },
    };
  },
};

/** What an input of an older connection says is not heard. */
const staleIsIgnored: Invariant = {
  id: 'I13',
  says: 'what comes of a connection that is no more changes nothing',
  watch(world, fail) {
    return {
      onStep({ event, before, state, effects }) {
        if (!world.ledger.stale) return;
        if (state !== before || effects.length > 0) fail(`${event.type} of an old connection has an effect`);
      },
    };
  },
};

/** Where it is noted that a connection is alive, and what came over it. */
const counting: ReadonlySet<keyof SessionState> = new Set(['counters', 'connection', 'successor']);

/** Junk is counted and nothing else. */
const junkIsCounted: Invariant = {
  id: 'I09',
  says: 'malformed and unknown messages are counted and change nothing else',
  watch(world, fail) {
    return {
      steps: ['server.invalid', 'unknown'],
      onStep({ event, before, state, effects }) {
        const junk =
          event.type === 'server.invalid' ||
          (event.type === 'server.event' && event.event.type === 'unknown');
        if (!junk || world.ledger.stale || state.lifecycle.kind === 'closed') return;
        if (effects.some((effect) => effect.type !== 'notify')) fail(`${event.type} has effects`);
        const counter = event.type === 'server.invalid' ? 'invalidMessages' : 'unknownEvents';
        if (state.counters[counter] !== before.counters[counter] + 1) fail(`${event.type} is not counted`);
        for (const key of Object.keys(state) as (keyof SessionState)[]) {
          if (!counting.has(key) && state[key] !== before[key]) fail(`${event.type} changes ${key}`);
        }
      },
    };
  },
};

type Check = (name: string, cap: number, size: number) => void;

/** How long the lists of each part of the state may be. */
const bounds = {
  owed({ owed }: SessionState, check: Check): void {
    check('owed', 64, owed.length);
  },
  finishedResponses({ finishedResponses }: SessionState, check: Check): void {
    check('finishedResponses', 64, finishedResponses.length);
  },
  playout({ playout }: SessionState, check: Check): void {
    check('playout.parts', 128, playout.parts.length);
  },
  tools({ tools }: SessionState, check: Check): void {
    check('tools.calls', 64, tools.calls.size);
    check('tools.doneResponses', 32, tools.doneResponses.length);
    check('tools.background', 64, tools.background.size);
    check('tools.clientCalls', 128, tools.clientCalls.size);
    check('tools.answered', 256, tools.answered.length);
  },
  usage({ usage }: SessionState, check: Check): void {
    check('usage.spent.answered', 32, usage.spent.answered.length);
    check('usage.spent.transcribed', 32, usage.spent.transcribed.length);
    check('usage.warned', 8, usage.warned.length);
  },
  conversation({ conversation, settings }: SessionState, check: Check): void {
    check('conversation.size', settings.historyItems, conversation.size);
    check('conversation.writing', settings.historyItems + 16, conversation.writing.size);
    check('conversation.forgottenIds', 128, conversation.forgottenIds.length);
    check('conversation.names', 128, conversation.names.size);
    check('conversation.places', 32, conversation.places.size);
  },
  pending({ pending }: SessionState, check: Check): void {
    check('pending', 1_024, pending.size);
  },
  unsentTexts({ unsentTexts }: SessionState, check: Check): void {
    check('unsentTexts', 64, unsentTexts.length);
  },
  keptTurns({ keptTurns }: SessionState, check: Check): void {
    check('keptTurns', 16, keptTurns.length);
  },
  replaying({ replaying }: SessionState, check: Check): void {
    check('replaying', 32, replaying.length);
  },
  confirmedTurns({ confirmedTurns }: SessionState, check: Check): void {
    check('confirmedTurns', 32, confirmedTurns.length);
  },
};
const boundedParts = Object.keys(bounds) as (keyof typeof bounds)[];

/** Everything is bounded. */
const bounded: Invariant = {
  id: 'I08',
  says: 'every list of the state has a bound',
  watch(_world, fail) {
    const check: Check = (name, cap, size) => {
      if (size > cap) fail(`${name} holds ${size}, at most ${cap} may be kept`);
    };
    return {
      reads: boundedParts,
      onStep({ state, before }) {
        for (const part of boundedParts) if (state[part] !== before[part]) bounds[part](state, check);
      },
    };
  },
};

/** What the agent is doing is derived, told when it changes, and true. */
const activityIsTrue: Invariant = {
  id: 'R20',
  says: 'the activity that was told last is the one of the state, and sound is speech',
  watch(world, fail) {
    let told = 'listening';
    return {
      effects: ['activity'],
      onEffect(effect) {
        if (effect.type === 'notify' && effect.notice.type === 'activity') told = effect.notice.activity;
      },
      steps: ['activity', 'sink.write', 'tool.start'],
      reads: ['lifecycle', 'playout', 'tools', 'response', 'owed', 'unsentTexts', 'userTurn'],
      onStep({ state }) {
        if (state.lifecycle.kind === 'closed') return;
        const activity = activityOf(state);
        if (activity !== told) fail(`the agent is ${activity}; told was ${told}`);
        if (world.sink.remainingMs > 1 && activity !== 'speaking')
          fail(`sound is heard while the agent is ${activity}`);
        const isInForeground = ({ callId }: { readonly callId: string }) =>
          !state.tools.background.has(callId);
        if (
          world.tools.running.some((run) => !run.cancelled && isInForeground(run)) &&
          activity === 'listening'
        )
          fail('a tool runs while the agent is listening');
      },
    };
  },
};

export const lifecycleInvariants: readonly Invariant[] = [
  nothingAfterEnd,
  endsOnce,
  endsForReason,
  reasonIsTold,
  staleIsIgnored,
  junkIsCounted,
  bounded,
  activityIsTrue,
];
