import type { SessionState } from '@antiphon/core';
import type { SessionStep } from '../session-under-test.ts';
import type { World } from '../world.ts';
import type { Fail, Invariant } from './invariant.ts';

/** What went with a process is in no other. */
function checkForgotten({ state }: SessionStep, fail: Fail): void {
  if (state.playout.parts.length > 0) fail('sound that went with a process is played in the next');
  if (state.keptTurns.length > 0) fail('sound of turns that went with a process is kept in the next');
  if (state.tools.clientCalls.size > 0)
    fail('answers of an application are waited for that another process had asked');
  const { attempts, stalls } = state.dial;
  if (attempts > 1 || stalls > 0) fail(`another process begins with ${attempts} dials and ${stalls} stalls`);
}

/** Tools that ran are run again where they may be, and else answered for. */
function checkTools(world: World, { before, effects }: SessionStep, fail: Fail): void {
  for (const { callId, phase } of [...before.tools.calls.values(), ...before.tools.background.values()]) {
    if (phase.kind !== 'running') continue;
    const mayRun = world.ledger.policyOf(callId)?.idempotent === true;
    const start = effects.find((effect) => effect.type === 'tool.start' && effect.callId === callId);
    if (mayRun !== (start !== undefined))
      fail(`${callId} is ${mayRun ? 'not ' : ''}run again in another process`);
    if (start?.type === 'tool.start' && (start.approved === true) !== (phase.approved === true))
      fail(`${callId} is run again, and that it was agreed to is not told`);
    const isAnswered = effects.some(
      (effect) =>
        effect.type === 'notify' && effect.notice.type === 'tool_settled' && effect.notice.callId === callId,
    );
    if (mayRun === isAnswered) fail(`${callId} is ${mayRun ? '' : 'not '}answered for in another process`);
  }
}

function heardOf({ conversation }: SessionState, itemId: string) {
  const item = conversation.pages.findLast(({ items }) => items.has(itemId))?.items.get(itemId);
  return item?.kind === 'message' ? item.heard : undefined;
}

/** What of the agent's words was not heard is said on. */
function checkRest({ before, state }: SessionStep, fail: Fail): void {
  const ids = before.playout.parts.flatMap(({ origin, itemId }) => (origin === 'server' ? [itemId] : []));
  const heard = [...new Set(ids)].flatMap((id) => heardOf(state, id) ?? []);
  if (heard.every(({ unheard }) => unheard === '')) return;
  const answer = state.owed.find(({ kind }) => kind === 'answer');
  if (answer?.kind !== 'answer') return fail('what was not heard when a process ended is not said on');
  // Whatever else is to be answered is answered with it, from the beginning.
  const hasCut = 'cut' in before.userTurn && before.userTurn.cut !== undefined;
  if (answer.asksAgain === true || hasCut || before.tools.calls.size + before.tools.background.size > 0)
    return;
  const said = heard
    .map(({ text }) => text)
    .join(' ')
    .trim();
  if (said !== '' && answer.continues === undefined) fail(`what is said on does not begin behind "${said}"`);
}

/** Another process goes on where the one before ended. */
const goesOnAsItWas: Invariant = {
  id: 'I29c',
  says: 'another process has nothing of the sound and the patience of the one before, and answers for what ran',
  watch(world, fail) {
    const { sessionMs } = world.stage.settings.limits;
    return {
      steps: ['session.resume'],
      onStep(step) {
        const { event, before, state, effects } = step;
        if (event.type !== 'session.resume' || state.lifecycle.kind === 'closed') return;
        if (before.lifecycle.kind === 'new' || before.lifecycle.kind === 'closed') return;
        checkForgotten(step, fail);
        checkTools(world, step, fail);
        if (state.lifecycle.kind === 'running') checkRest(step, fail);
        const isTimed = effects.some((effect) => effect.type === 'timer.start' && effect.timer === 'limit');
        if (sessionMs !== undefined && !isTimed)
          fail('the time of the session is not limited in another process');
      },
    };
  },
};

/** A session begins once. */
const beginsOnce: Invariant = {
  id: 'N10',
  says: 'ready is told once, and the greeting is owed by it alone',
  watch(_world, fail) {
    let isReady = false;
    return {
      effects: ['ready'],
      onEffect(effect) {
        if (effect.type !== 'notify' || effect.notice.type !== 'ready') return;
        if (isReady) fail('ready is told again');
        isReady = true;
      },
    };
  },
};

export const takenUpInvariants: readonly Invariant[] = [goesOnAsItWas, beginsOnce];
