import type { SessionEvent, SessionState } from '@antiphon/core';
import type { World } from '../world.ts';
import type { Fail, Invariant } from './invariant.ts';
import { isSpeechStart } from './speech.ts';

/** A question about a call on its way to the user, and what they have said since it began. */
interface Question {
  said: 'asked_for' | 'begun' | 'over';
  /** Whether somebody spoke over it, or cut it. */
  disturbed: boolean;
  readonly turns: string[];
}

/** A turn whose words are known: the beginning of it may be told after that. */
function overBy(event: SessionEvent): string | undefined {
  if (event.type !== 'server.event') return undefined;
  const { event: inner } = event;
  const isOver =
    inner.type === 'input_audio_buffer.committed' ||
    inner.type === 'conversation.item.input_audio_transcription.completed';
  return isOver ? inner.item_id : undefined;
}

/** Whether somebody speaks, types or silences the agent with this event. */
function disturbs(event: SessionEvent, before: SessionState, world: World): boolean {
  switch (event.type) {
    case 'user.text':
      return event.text.trim() !== '';
    case 'user.commit':
      return before.userTurn.kind === 'silent';
    case 'user.interrupt':
    case 'guard.tripped':
      // Nothing is cut while something is said that must be heard.
      return !world.ledger.current.held;
    default:
      return isSpeechStart(event, world.ledger);
  }
}

/** A yes is one to a question that was heard, said in words that are known, by somebody who has finished. */
const yesIsWhole: Invariant = {
  id: 'C06',
  says: 'a spoken yes counts when nobody spoke over the question, all words since are known, and the user is silent',
  watch(world, fail) {
    let question: Question | undefined;
    const over = new Set<string>();
    return {
      events: [
        'user.text',
        'user.commit',
        'user.interrupt',
        'guard.tripped',
        'user.speech_started',
        'input_audio_buffer.speech_started',
        'input_audio_buffer.committed',
        'conversation.item.input_audio_transcription.completed',
      ],
      onEvent({ event, before }) {
        if (world.ledger.stale || question === undefined) return;
        if (question.said === 'begun' && disturbs(event, before, world) && !isToldLate(event, over))
          question.disturbed = true;
        const itemId = overBy(event);
        if (itemId !== undefined) over.add(itemId);
      },
      effects: [
        'approval_requested',
        'approval_settled',
        'audio_done',
        'response_started',
        'transport.send',
        'user_turn',
      ],
      onEffect(effect, { event, state }) {
        if (effect.type === 'transport.send') {
          if (effect.event.type !== 'response.create') return;
          const isQuestion = effect.event.response?.metadata?.['antiphon.asks_for'] !== undefined;
          if (isQuestion) question = { said: 'asked_for', disturbed: false, turns: [] };
          return;
        }
        if (effect.type !== 'notify' || question === undefined) return;
        const { notice } = effect;
        if (notice.type === 'response_started' && question.said === 'asked_for') {
          question.said = 'begun';
          // Who has finished and whose turn is not confirmed yet speaks over nothing.
          question.disturbed = state.userTurn.kind !== 'silent' && state.userTurn.kind !== 'committing';
        }
        // Who cuts in when all of it was heard has heard it.
        const isCutLate = notice.type === 'audio_done' && notice.unheardText.trim() === '';
        if (isCutLate && event.type === 'playout.flushed') question.disturbed = false;
        if (notice.type === 'user_turn' && question.said !== 'asked_for') question.turns.push(notice.itemId);
        if (notice.type === 'approval_requested' && notice.by === 'spoken') question.said = 'over';
        if (notice.type !== 'approval_settled' || notice.by !== 'spoken') return;
        if (notice.ending === 'approved') checkYes(world, question, state, fail);
        question = undefined;
      },
    };
  },
};

function isToldLate(event: SessionEvent, over: ReadonlySet<string>): boolean {
  return (
    event.type === 'server.event' &&
    event.event.type === 'input_audio_buffer.speech_started' &&
    over.has(event.event.item_id)
  );
}

function checkYes(world: World, { disturbed, turns }: Question, state: SessionState, fail: Fail): void {
  if (disturbed) fail('a call is agreed to by a yes to a question that was spoken over');
  if (state.userTurn.kind !== 'silent') fail(`a call is agreed to while the user is ${state.userTurn.kind}`);
  if (state.conversation.forgotten > 0) return;
  for (const itemId of turns) {
    const transcript = world.ledger.items.get(itemId)?.transcript;
    if (!itemId.startsWith('item_user_') && transcript !== 'known')
      fail(
        `a call is agreed to, and the words of ${itemId} are ${transcript === 'failed' ? 'lost' : 'not known'}`,
      );
  }
}

/** Who was asked about another number has not agreed to this one. */
const yesIsToThatQuestion: Invariant = {
  id: 'C06b',
  says: 'a spoken yes counts when the question was read to the user without a number that it does not have',
  watch(world, fail) {
    return {
      effects: ['approval_settled'],
      onEffect(effect) {
        if (effect.type !== 'notify' || effect.notice.type !== 'approval_settled') return;
        const { by, ending, callId } = effect.notice;
        if (by !== 'spoken' || ending !== 'approved') return;
        const questions = world.network.questionsAbout(callId);
        if (questions.every(({ question }) => question?.isMisread === true))
          fail(`${callId} is agreed to, and the user was asked for something else`);
      },
    };
  },
};

export const spokenYesInvariants: readonly Invariant[] = [yesIsWhole, yesIsToThatQuestion];
