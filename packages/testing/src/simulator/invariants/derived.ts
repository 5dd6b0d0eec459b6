import type { Effect, SessionState } from '@antiphon/core';
import type { SessionStep } from '../session-under-test.ts';
import type { World } from '../world.ts';
import type { Fail, Invariant } from './invariant.ts';
import { isOnCall } from './on-call.ts';
import { noticeIn } from './step-reading.ts';

/** Whether nothing is owed, open, or heard. */
function isAtRest({ userTurn, response, owed, unsentTexts, tools, playout }: SessionState): boolean {
  const open = owed.length + unsentTexts.length + tools.calls.size + playout.parts.length;
  return userTurn.kind === 'silent' && response.kind === 'none' && open === 0;
}

/** The instructions of the answers that are asked for. */
function askedFor(effects: readonly Effect[]): readonly string[] {
  return effects.flatMap((effect) => {
    if (effect.type !== 'transport.send' || effect.event.type !== 'response.create') return [];
    return [effect.event.response?.instructions ?? ''];
  });
}

/** Whoever waits for the end of all that is under way hears of it. */
const restIsTold: Invariant = {
  id: 'N08',
  says: 'that nothing is owed any more is told when it begins to be so, and only then',
  watch(_world, fail) {
    return {
      steps: ['settled'],
      reads: ['userTurn', 'response', 'owed', 'unsentTexts', 'tools', 'playout'],
      onStep({ before, state, effects }) {
        if (before === state || state.lifecycle.kind === 'closed') return;
        const isTold = noticeIn(effects, 'settled') !== undefined;
        const begins = isAtRest(state) && !isAtRest(before);
        if (isTold !== begins) fail(isTold ? 'settled is told and it is not' : 'settled is not told');
      },
    };
  },
};

/** What is told to go on does. */
const resumedGoesOn: Invariant = {
  id: 'N09',
  says: 'speech that is told to go on is asked for, or owed',
  watch(_world, fail) {
    return {
      steps: ['speech_resumed'],
      onStep({ state, effects }) {
        if (state.lifecycle.kind === 'closed' || noticeIn(effects, 'speech_resumed') === undefined) return;
        // What would go on may be one answer too many: then there are last words, or none.
        if (noticeIn(effects, 'limit')?.reached === true) return;
        if (askedFor(effects).length === 0 && state.owed.length === 0)
          fail('speech is told to go on and does not');
      },
    };
  },
};

/** Whether the user is to be asked for what was lost. */
function owesQuestion({ owed }: SessionState): boolean {
  return owed.some((request) => request.kind === 'answer' && request.asksAgain === true);
}

/** Words that are lost with a connection are asked for. */
const lostIsAskedAgain: Invariant = {
  id: 'I17e',
  says: 'the user is asked to say again what was lost with the connection, and only that',
  watch(_world, fail) {
    const asksAgain = (texts: readonly string[]) => texts.some((text) => text.includes('say it again'));
    return {
      steps: ['session.resume', 'timer.fired'],
      onStep({ event, before, state, effects }) {
        if (event.type === 'session.resume' && owesQuestion(before) && !owesQuestion(state))
          fail('the user was to be asked again, and another process does not');
        if (event.type !== 'timer.fired' || event.timer !== 'commit' || state.lifecycle.kind !== 'running')
          return;
        const wasAwaited = before.userTurn.kind === 'heard_again';
        const isOwed = owesQuestion(state);
        const wasOwed = owesQuestion(before);
        const isAsked = asksAgain(askedFor(effects));
        if (wasAwaited && !isOwed && !isAsked)
          fail('a turn was lost with the connection and the user is not asked for it');
        if (!wasAwaited && (isOwed || isAsked) && !wasOwed)
          fail('the user is asked again for what was not lost');
      },
    };
  },
};

/** A session that winds down in order waits for what it has begun. */
const drainWaits: Invariant = {
  id: 'B05',
  says: 'a session that ends in order waits for the tools that run, until its time is over',
  watch(_world, fail) {
    return {
      reads: ['lifecycle'],
      onStep({ event, before, state, effects }) {
        if (before.lifecycle.kind === 'closed' || state.lifecycle.kind !== 'closed') return;
        const isDraining = before.lifecycle.kind === 'draining';
        const isWrappedUp = before.lifecycle.kind === 'draining' && before.lifecycle.manner === 'wrap_up';
        const isTold = event.type === 'session.close' && (event.mode === 'cancel' || isDraining);
        const isLate = event.type === 'timer.fired' && event.timer === 'drain';
        if (isWrappedUp || isTold || isLate || state.lifecycle.outcome.status !== 'completed') return;
        for (const effect of effects)
          if (effect.type === 'tool.cancel') fail(`the session ends in order while ${effect.callId} runs`);
      },
    };
  },
};

/** What was heard stays in the conversation. */
const heardIsKept: Invariant = {
  id: 'I06b',
  says: 'an item of which something was heard is not deleted, one of which nothing was is; one that was given as text is replaced by what was heard',
  watch(world, fail) {
    return {
      steps: ['transport.send'],
      reads: ['response', 'playout'],
      onStep(step) {
        const { effects } = step;
        if (!isOnCall(world)) checkUnheard(world, step, fail);
        for (const effect of effects) {
          if (effect.type !== 'transport.send' || effect.event.type !== 'conversation.item.delete') continue;
          const { item_id: itemId } = effect.event;
          const view = world.ledger.items.get(itemId);
          const heardMs = [...(view?.receivedMs.keys() ?? [])].reduce(
            (sum, index) => sum + (world.sink.partOf(itemId, index)?.heardMs ?? 0),
            0,
          );
          if (heardMs < 1) continue;
          if (view?.epoch === effect.epoch) fail(`${itemId} is deleted, and ${heardMs} ms of it were heard`);
          const heardText = heardTextOf(effects, itemId);
          if (heardText !== '' && !isGiven(effects, heardText))
            fail(`${itemId} is deleted, and "${heardText}" of it is not given to the model`);
        }
      },
    };
  },
};

/** What was noted in this step as heard by nobody is not left to the model. */
function checkUnheard(world: World, { before, state, effects }: SessionStep, fail: Fail): void {
  const { connection } = state;
  if (before.connection.kind !== 'ready' || connection.kind !== 'ready') return;
  if (connection.epoch !== before.connection.epoch || state.lifecycle.kind === 'closed') return;
  if (before.conversation === state.conversation) return;
  for (const { items } of state.conversation.pages)
    for (const [id, item] of items) {
      if (item.kind !== 'message' || item.heard === undefined || item.heard.shares.length === 0) continue;
      if (world.ledger.items.get(id)?.epoch !== connection.epoch || !item.heard.shares.every((s) => s === 0))
        continue;
      const known = before.conversation.pages.findLast((page) => page.items.has(id))?.items.get(id);
      if (known?.kind !== 'message' || known.heard !== undefined) continue;
      const isDeleted = effects.some(
        (effect) =>
          effect.type === 'transport.send' &&
          effect.event.type === 'conversation.item.delete' &&
          effect.event.item_id === id,
      );
      if (!isDeleted) fail(`nobody has heard ${id}, and it is not deleted`);
    }
}

function heardTextOf(effects: readonly Effect[], itemId: string): string {
  for (const effect of effects) {
    if (effect.type !== 'notify' || effect.notice.type !== 'audio_done') continue;
    if (effect.notice.itemId === itemId) return effect.notice.heardText;
  }
  return '';
}

function isGiven(effects: readonly Effect[], text: string): boolean {
  return effects.some((effect) => {
    if (effect.type !== 'transport.send' || effect.event.type !== 'conversation.item.create') return false;
    const { item } = effect.event;
    return (
      item.type === 'message' &&
      item.content.some((part) => 'text' in part && part.text.trim() === text.trim())
    );
  });
}

/** A call that is forced is forced once a turn. */
const forcedOnce: Invariant = {
  id: 'R35',
  says: 'where the model has to call a tool, it may answer once it has',
  watch(world, fail) {
    let calls = 0;
    return {
      effects: ['tool.check', 'tool.start', 'transport.send', 'user_turn'],
      onEffect(effect, { event, state }) {
        if (effect.type === 'notify' && effect.notice.type === 'user_turn') calls = 0;
        if (event.type !== 'session.resume' && (effect.type === 'tool.start' || effect.type === 'tool.check'))
          calls++;
        if (effect.type !== 'transport.send' || effect.event.type !== 'response.create') return;
        const { tool_choice: choice, metadata } = effect.event.response ?? {};
        if (metadata?.['antiphon.say'] !== undefined) return;
        const isForced = world.ledger.agents[world.ledger.current.agent]?.session.tool_choice === 'required';
        // What is asked for while a turn is on its way answers that one.
        const isAnew = state.userTurn.kind === 'committing';
        if (isForced && isAnew && choice === 'auto') fail('a turn may be answered without a call');
        if (isForced && !isAnew && calls > 0 && choice !== 'auto')
          fail('an answer after a forced call has to call again');
        if (!isForced && choice !== undefined)
          fail(`an answer is asked for with tool choice ${JSON.stringify(choice)}`);
      },
    };
  },
};

/** That there were words is kept, also where the process went that was to give them to a server again. */
const turnsAreRestored: Invariant = {
  id: 'I29b',
  says: 'turns that were on their way to be heard again when a process ended are in the history of the next',
  watch(_world, fail) {
    return {
      steps: ['session.resume'],
      onStep({ event, before, state }) {
        if (event.type !== 'session.resume' || before.lifecycle.kind !== 'running') return;
        const { pages, forgottenIds } = state.conversation;
        for (const { id } of before.replaying) {
          const isKnown = forgottenIds.includes(id) || pages.some(({ items }) => items.has(id));
          if (!isKnown) fail(`${id} was to be heard again and is in no history`);
        }
      },
    };
  },
};

export const derivedInvariants: readonly Invariant[] = [
  restIsTold,
  resumedGoesOn,
  lostIsAskedAgain,
  turnsAreRestored,
  drainWaits,
  heardIsKept,
  forcedOnce,
];
