import type { SessionStep } from '../session-under-test.ts';
import type { World } from '../world.ts';
import type { Fail, Invariant } from './invariant.ts';
import { noticeIn } from './step-reading.ts';

/** A word of the user ends what was counted without one. */
const turnsCountAnew: Invariant = {
  id: 'I27b',
  says: 'with a turn of the user the count of questions, responses and calls since the last one begins anew',
  watch(_world, fail) {
    return {
      steps: ['user_turn'],
      onStep({ state, effects }) {
        if (state.lifecycle.kind !== 'running') return;
        const { responsesWithoutUser, toolCallsThisTurn } = state.usage;
        if (state.silence.idlePrompts > 0) fail('a user who has said something was asked too often before');
        if (responsesWithoutUser > 0 && noticeIn(effects, 'response_started') === undefined)
          fail(`${responsesWithoutUser} responses since a word of the user, who has just said something`);
        const begun = effects.filter(({ type }) => type === 'tool.start' || type === 'tool.check').length;
        if (toolCallsThisTurn > begun) fail(`${toolCallsThisTurn} calls in a turn that has just begun`);
      },
    };
  },
};

/** What is to be said at a limit is asked for, or waits for its turn. */
function checkLastWords(world: World, { state, effects }: SessionStep, fail: Fail): void {
  const { wrapUp } = world.stage.settings.limits;
  if (wrapUp === undefined) return;
  const isOwed = state.owed.some((request) => request.kind === 'say' && request.text === wrapUp);
  const isAsked = effects.some(
    (effect) =>
      effect.type === 'transport.send' &&
      effect.event.type === 'response.create' &&
      effect.event.response?.metadata?.['antiphon.say'] === wrapUp,
  );
  if (!isOwed && !isAsked) fail(`"${wrapUp}" is not said at the limit`);
}

/** The counts that observers hear of near their limits. */
const nearIsTold: Invariant = {
  id: 'I26d',
  says: 'from eight tenths of a limit on it is told to be near; what waits at a limit is dropped, last words are owed; an open turn is not refused its answer',
  watch(world, fail) {
    const { tokens, usd } = world.stage.settings.limits;
    return {
      onStep(step) {
        const { state, effects } = step;
        if (effects.length === 0) return;
        const { usage, lifecycle } = state;
        if (lifecycle.kind === 'running') {
          const isNear = (used: number, limit: number | undefined) =>
            limit !== undefined && used >= 0.8 * limit;
          if (isNear(usage.tokens, tokens) && !usage.warned.includes('tokens'))
            fail('that tokens are running out is not told');
          if (isNear((usage.spent.nanoUsd ?? 0) / 1e9, usd) && !usage.warned.includes('usd'))
            fail('that the money is running out is not told');
        }
        const limit = noticeIn(effects, 'limit');
        if (limit?.reached !== true || lifecycle.kind === 'closed') return;
        checkLastWords(world, step, fail);
        if (state.unsentTexts.length > 0) fail('texts that were typed before a limit are sent after it');
        if (limit.limit === 'responses_without_user' && state.userTurn.kind !== 'silent')
          fail('an answer is refused to a user who is saying something');
      },
    };
  },
};

/** So many turns are kept at once. */
const mostKept = 16;

/** Sound that an open turn may need is kept, and what was said before a question is not. */
function checkForgotten(world: World, { event, before, state, effects }: SessionStep, fail: Fail): void {
  const forgotten = effects.flatMap((effect) => (effect.type === 'source.forget' ? [effect.itemId] : []));
  for (const effect of effects)
    if (effect.type === 'source.mark' && effect.itemId.startsWith('item_lost_'))
      if (!forgotten.includes(effect.itemId)) fail('what was said before a question is kept');
  if (event.type !== 'server.event') return;
  if (event.event.type !== 'conversation.item.input_audio_transcription.completed') return;
  const { keptTurns } = before;
  const agent = world.ledger.agents[world.ledger.current.agent];
  // Of more turns than are kept the oldest are let go.
  if (keptTurns.length >= mostKept) return;
  const isOpen =
    (state.userTurn.kind === 'speaking' && agent?.turnTaking !== 'manual') ||
    (state.userTurn.kind === 'committing' && state.userTurn.commit === 'server');
  const lost = keptTurns.find(({ itemId, ended }) => ended === 'by_server' && forgotten.includes(itemId));
  if (isOpen && lost !== undefined)
    fail(`the sound of ${lost.itemId} is let go, which may hold that of the turn that is open`);
}

/** A commit is of what was sent before it, and is known by its id on both sides. */
const commitsMatchSound: Invariant = {
  id: 'R33e',
  says: 'no turn is committed while its sound is kept back, the end of its sound is marked by what ended it, and it is kept as long as it may hold that of an open turn',
  watch(world, fail) {
    return {
      steps: ['source.forget', 'source.mark'],
      onStep: (step) => checkForgotten(world, step, fail),
      effects: ['source.mark', 'transport.send'],
      onEffect(effect, { event, before, effects }) {
        if (effect.type === 'transport.send') {
          if (effect.event.type !== 'input_audio_buffer.commit') return;
          const { event_id: commit } = effect.event;
          if (world.ledger.current.held) fail('a turn is committed while its sound is kept back');
          if (!effects.some((other) => other.type === 'source.commit' && other.commit === commit))
            fail(`where the sound of ${commit ?? ''} ends is not marked`);
          return;
        }
        if (effect.type !== 'source.mark' || event.type !== 'server.event') return;
        if (event.event.type !== 'input_audio_buffer.committed') return;
        const { userTurn } = before;
        const [oldest] = 'commits' in userTurn ? userTurn.commits : [];
        if (effect.commit !== oldest)
          fail(`${effect.itemId} is marked by ${effect.commit ?? 'no commit'}, not ${oldest ?? 'none'}`);
        const endMs = userTurn.kind === 'committing' ? userTurn.audioEndMs : undefined;
        if (oldest === undefined && effect.audioEndMs !== endMs)
          fail(
            `${effect.itemId} ends at ${effect.audioEndMs ?? 'no time'}, the server said ${endMs ?? 'nothing'}`,
          );
      },
    };
  },
};

export const turnCountInvariants: readonly Invariant[] = [turnsCountAnew, nearIsTold, commitsMatchSound];
