import { agentOf } from './agents.ts';
import { repeatCutQuestion } from './consent.ts';
import { isAskingConsent } from './consent-state.ts';
import { textOfParts } from './heard-text.ts';
import { isWrappingUp } from './limits.ts';
import { dropOwedSpeech, oweAnswer, oweSpeechFirst } from './owed.ts';
import { flushPlayout, isPlayingProtected } from './playout.ts';
import type { CutSpeech } from './regions/user-turn.ts';
import { isRemote, silenceRemote } from './remote-call.ts';
import { cancelResponse, isAnswerComing, isProtected } from './response.ts';
import type { SessionState } from './state.ts';
import { alter, notify, type Step, sequence, stay } from './step.ts';
import { interruptCalls } from './tool-calls.ts';

/** Cuts what the agent says and is about to say, unless it must be heard. Results of tools are kept. */
export function interrupt(state: SessionState, by: 'server' | 'client'): Step {
  if (mustBeHeard(state, by)) return stay(state);
  return sequence(
    flushPlayout(alter(state, { announcement: undefined })),
    (next) => cancelResponse(next, by),
    (next) => silenceRemote(next, by),
    dropOwedSpeech,
    (next) => interruptCalls(next),
  );
}

/** The user, who speaks already, cuts what could not be cut before; where they say nothing it goes on. */
export function cutIn(state: SessionState): Step {
  const { userTurn } = state;
  const mayCut = agentOf(state).interruptible && !mustBeHeard(state, 'client');
  if (userTurn.kind !== 'speaking' || !mayCut) return stay(state);
  return interrupt(alter(state, { userTurn: { ...userTurn, cut: cutBy(state) } }), 'client');
}

/** Whether what the agent says is not to be cut. The server of a call does not ask. */
export function mustBeHeard(state: SessionState, by: 'server' | 'client'): boolean {
  const isLeft = isRemote(state) && by === 'server';
  return !isLeft && (isProtected(state) || isPlayingProtected(state));
}

/** What was heard of the agent is known: it is said on when the sound that cut it had no words. */
export function noteCut([state, effects]: Step): Step {
  // By what was told: an item may stand under another id since.
  const told = effects.flatMap((effect) =>
    effect.type === 'notify' && effect.notice.type === 'audio_done' ? [effect.notice] : [],
  );
  const [first] = told;
  const { userTurn } = state;
  if (first === undefined || !('cut' in userTurn) || userTurn.cut?.itemId !== first.itemId)
    return [state, effects];
  const unheard = textOfParts(told.map(({ unheardText }) => unheardText));
  const cut = { ...userTurn.cut, heard: first.heardText.trimEnd(), unheard };
  return [alter(state, { userTurn: { ...userTurn, cut } }), effects];
}

/** What the user's voice is about to cut. */
export function cutBy(state: SessionState): CutSpeech | undefined {
  if (isProtected(state) || isPlayingProtected(state)) return cutOf(state);
  const [first] = state.playout.parts;
  const written = isAnswerComing(state) ? 'in_part' : 'whole';
  if (first === undefined && written === 'whole') return cutOf(state);
  return { itemId: first?.itemId ?? '', heard: '', unheard: '', written };
}

export function cutOf({ userTurn }: SessionState): CutSpeech | undefined {
  return 'cut' in userTurn ? userTurn.cut : undefined;
}

/** What a sound without words, or words that are lost, have cut goes on. */
export function resumeCut(state: SessionState, cut: CutSpeech | undefined): Step {
  if (cut === undefined || isWrappingUp(state)) return stay(state);
  if (isAskingConsent(state)) return repeatCutQuestion(state);
  // An answer that had not begun is still owed.
  if (cut.itemId === '') return oweAnswer(state);
  if (!agentOf(state).resumeFalseInterruption) return stay(state);
  const resumed = notify({ type: 'speech_resumed', itemId: cut.itemId });
  if (cut.written === 'whole') {
    return cut.unheard === ''
      ? stay(state)
      : sequence(resumed(state), (next) => oweSpeechFirst(next, cut.unheard));
  }
  return sequence(resumed(state), (next) => oweAnswer(next, 'now', cut.heard));
}
