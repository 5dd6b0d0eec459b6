import type { Effect, SessionEvent, SessionNotice, SessionState } from '@antiphon/core';
import type { World } from '../world.ts';
import { isPutAgain } from './asking.ts';
import type { Fail, Invariant } from './invariant.ts';
import { cutsIn, cuttingEvents, isInterruptible, isSpeechStart } from './speech.ts';

type Done = Extract<SessionNotice, { readonly type: 'audio_done' }>;

/** What the user's voice has cut. */
interface Cut {
  readonly items: Done[];
  /** Whether more of it was to come: its response was not over. */
  readonly isWritten: boolean;
}

const squeeze = (text: string): string => text.replaceAll(/\s+/g, '');

function noticesOf(effects: readonly Effect[]): readonly SessionNotice[] {
  return effects.flatMap((effect) => (effect.type === 'notify' ? [effect.notice] : []));
}

/** Whether a response is under way or certain to come. */
function isComing({ response }: SessionState): boolean {
  if (response.kind === 'awaited' || response.kind === 'requested') return response.fate === 'wanted';
  return response.kind === 'active' || response.kind === 'retrying';
}

/** Events with which it is known that there were no words. */
function isNothing(event: SessionEvent): boolean {
  if (event.type === 'user.speech_dropped') return true;
  if (event.type === 'timer.fired') return event.timer === 'commit';
  return (
    event.type === 'server.event' &&
    (event.event.type === 'input_audio_buffer.cleared' || event.event.type === 'error')
  );
}

/** A sound without words has cut the agent: what was not heard is said on, and nothing else. */
const cutGoesOn: Invariant = {
  id: 'N09b',
  says: 'what a sound without words has cut goes on with what was not heard of it, where the agent is to do so',
  watch(world, fail) {
    let cut: Cut | undefined;
    let flushed: Cut | undefined;
    return {
      events: ['session.resume', ...cuttingEvents],
      onEvent({ event, before }) {
        if (world.ledger.stale) return;
        if (event.type === 'session.resume') cut = undefined;
        if (!cutsIn(event, world)) return;
        const isVoice = isSpeechStart(event, world.ledger) && isInterruptible(world);
        // An answer that had not begun is owed anew, and nothing is said on.
        if (!isVoice || isComing(before)) cut = undefined;
      },
      effects: ['audio_done', 'sink.flush', 'speech_resumed', 'user_turn'],
      onEffect(effect, { event, before }) {
        if (effect.type === 'sink.flush') {
          cut = undefined;
          flushed = isSpeechStart(event, world.ledger)
            ? { items: [], isWritten: !isComing(before) }
            : undefined;
        }
        if (effect.type !== 'notify') return;
        if (effect.notice.type === 'user_turn') cut = undefined;
        if (effect.notice.type === 'speech_resumed' && !resumesSpeech(world))
          fail(`${effect.notice.itemId} is said on, and the agent is not to go on with what was cut`);
        if (effect.notice.type === 'audio_done' && event.type === 'playout.flushed')
          flushed?.items.push(effect.notice);
      },
      steps: [
        'playout.flushed',
        'speech_resumed',
        'user.speech_dropped',
        'timer.fired',
        'input_audio_buffer.cleared',
        'error',
      ],
      onStep({ event, before, state, effects }) {
        if (event.type === 'playout.flushed') {
          cut = flushed;
          flushed = undefined;
        }
        if (before.userTurn.kind === 'silent' || state.lifecycle.kind !== 'running') return;
        const resumed = noticesOf(effects).find(({ type }) => type === 'speech_resumed');
        if (resumed?.type === 'speech_resumed') {
          if (cut !== undefined) checkGoesOn(cut, resumed.itemId, { state, effects }, fail);
          cut = undefined;
        } else if (isNothing(event) && state.userTurn.kind === 'silent') {
          if (cut !== undefined) checkMayEnd(world, cut, { before, state }, fail);
          cut = undefined;
        }
      },
    };
  },
};

/** The text that is said next: asked for in this step, or first of what is owed. */
function nextText(state: SessionState, effects: readonly Effect[]): string {
  for (const effect of effects) {
    if (effect.type !== 'transport.send' || effect.event.type !== 'response.create') continue;
    return effect.event.response?.metadata?.['antiphon.say'] ?? '';
  }
  const owed = state.owed.find(({ kind }) => kind === 'say');
  return owed?.kind === 'say' ? owed.text : '';
}

/** What the answer that is owed, or asked for in this step, goes on behind. */
function nextStart(state: SessionState, effects: readonly Effect[]): string {
  const owed = state.owed.find(({ kind }) => kind === 'answer');
  if (owed?.kind === 'answer') return owed.continues ?? '';
  for (const effect of effects) {
    if (effect.type !== 'transport.send' || effect.event.type !== 'response.create') continue;
    const said = /cut off after: (".*?[^\\]")\./.exec(effect.event.response?.instructions ?? '')?.[1];
    if (said !== undefined) return JSON.parse(said) as string;
  }
  return '';
}

function resumesSpeech({ ledger }: World): boolean {
  return ledger.agents[ledger.current.agent]?.resumeFalseInterruption === true;
}

function checkGoesOn(
  { items, isWritten }: Cut,
  itemId: string,
  { state, effects }: { readonly state: SessionState; readonly effects: readonly Effect[] },
  fail: Fail,
): void {
  const [first] = items;
  if (first === undefined) return;
  if (first.itemId !== itemId) fail(`${itemId} is told to go on, and ${first.itemId} was cut`);
  const unheard = items.map(({ unheardText }) => unheardText).join(' ');
  if (isWritten) {
    const said = nextText(state, effects);
    if (squeeze(said) !== squeeze(unheard)) fail(`"${said}" is said on, not heard was "${unheard}"`);
    return;
  }
  const start = nextStart(state, effects);
  if (squeeze(start) !== squeeze(first.heardText))
    fail(`an answer is to go on behind "${start}", heard was "${first.heardText}"`);
}

interface Change {
  readonly before: SessionState;
  readonly state: SessionState;
}

function checkMayEnd(world: World, { items, isWritten }: Cut, { before, state }: Change, fail: Fail): void {
  const { consent } = before;
  if (consent.kind === 'asking' && consent.turns.length === 0 && !isPutAgain(state, consent.callId))
    fail(`the question about ${consent.callId} was cut by a sound without words and is not put again`);
  // Words that are lost with a connection are asked for.
  if (before.userTurn.kind === 'heard_again') return;
  const isMeant = resumesSpeech(world);
  const isLeft = !isWritten || items.some(({ unheardText }) => unheardText !== '');
  // A question is put again, or was put often enough.
  if (!isMeant || !isLeft || items.length === 0 || consent.kind !== 'none' || state.consent.kind !== 'none')
    return;
  fail(`${items[0]?.itemId ?? ''} was cut by a sound without words and does not go on`);
}

export const resumedInvariants: readonly Invariant[] = [cutGoesOn];
