import type { ClientEvent, SessionEvent, SessionState } from '@antiphon/core';
import { fatalFailure } from '../provider/response-plan.ts';
import type { SessionStep } from '../session-under-test.ts';
import type { Invariant } from './invariant.ts';
import { isSpared } from './on-call.ts';
import { cutsIn, cuttingEvents } from './speech.ts';
import { isWarned } from './step-reading.ts';

/** Whether a response has failed by what no other try can mend. */
function isForGood(event: SessionEvent): boolean {
  if (event.type !== 'server.event' || event.event.type !== 'response.done') return false;
  return event.event.response.status_details?.error?.code === fatalFailure;
}

/** The first delay before a failed response is asked for again; each further one is twice as long. */
const firstDelayMs = 500;

type Request = SessionState['owed'][number];

/** The request under way; where none is, the one that an error shows to have had no answer. */
function requestOf({ response, connection }: SessionState, event: SessionEvent): Request | undefined {
  const error = event.type === 'server.event' && event.event.type === 'error' ? event.event.error : undefined;
  const doubts = error !== undefined && connection.kind === 'ready' ? connection.doubtful : [];
  const doubtful = doubts.find(({ eventId }) => eventId === error?.event_id)?.request;
  return response.kind === 'none' ? doubtful : 'request' in response ? response.request : undefined;
}

const attemptOf = (state: SessionState, event: SessionEvent): number => requestOf(state, event)?.attempt ?? 0;

/** How often what is tried again was tried before: a response may say at its end that it was to answer something else. */
function triesBefore({ event, before, state }: SessionStep): number {
  const [was, is] = [requestOf(before, event), requestOf(state, event)];
  const isOther =
    was?.kind !== is?.kind || (was?.kind === 'say' && is?.kind === 'say' && was.text !== is.text);
  return isOther ? 0 : (was?.attempt ?? 0);
}

/** A failed response is asked for as often as the settings say. */
const retriesAreSpent: Invariant = {
  id: 'R11c',
  says: 'a failed response is asked for again as often as the settings say, each time after twice as long',
  watch(world, fail) {
    const { responseRetries } = world.stage.settings;
    return {
      effects: ['timer.start', 'warning'],
      onEffect(effect, step) {
        const { event, before, state } = step;
        if (effect.type === 'notify') {
          const { notice } = effect;
          if (
            notice.type === 'warning' &&
            notice.code === 'response.failed' &&
            !isForGood(event) &&
            attemptOf(before, event) < responseRetries
          )
            fail(`an answer is given up after ${attemptOf(before, event)} of ${responseRetries} retries`);
          return;
        }
        if (effect.type !== 'timer.start' || effect.timer !== 'response.retry') return;
        if (isForGood(event)) fail(`an answer that failed with ${fatalFailure} is asked for again`);
        const attempt = attemptOf(state, event);
        if (attempt > responseRetries) fail(`retry ${attempt} of ${responseRetries}`);
        if (attempt !== triesBefore(step) + 1) fail(`retry ${attempt} follows on ${triesBefore(step)}`);
        const dueMs = firstDelayMs * 2 ** (attempt - 1);
        if (effect.delayMs !== dueMs)
          fail(`retry ${attempt} comes after ${effect.delayMs} ms, not ${dueMs} ms`);
      },
    };
  },
};

/** Whether a response that is expected is to be cut when it comes; undefined where none is expected. */
function fateOf({ response }: SessionState): 'wanted' | 'cut' | undefined {
  return response.kind === 'awaited' || response.kind === 'requested' ? response.fate : undefined;
}

/** What is cut before it begins is cut when it begins. */
const cutBeforeItBegins: Invariant = {
  id: 'R08c',
  says: 'an answer that is cut before it begins is cancelled when it begins',
  watch(world, fail) {
    return {
      steps: [...cuttingEvents],
      reads: ['response'],
      onStep({ event, before, state, effects }) {
        if (before.lifecycle.kind === 'closed' || state.lifecycle.kind === 'closed' || world.ledger.stale)
          return;
        const fate = fateOf(before);
        if (fate === undefined) return;
        const isSame = 'request' in before.response && before.response.request === askedIn(state);
        const isExpected = fateOf(state) === 'wanted' && (before.response.kind === 'awaited' || isSame);
        if (
          fate === 'wanted' &&
          isExpected &&
          !world.ledger.current.wasHeld &&
          !world.ledger.current.held &&
          !isSpared(world, event, before) &&
          !isToldAgain(event, before) &&
          cutsIn(event, world)
        )
          fail(`${event.type} does not cut the answer that is to come`);
        // One that an error names is not the one that was expected.
        const isNamed = event.type === 'server.event' && event.event.type === 'error';
        if (fate !== 'cut' || isNamed || !('responseId' in state.response)) return;
        const { responseId } = state.response;
        if (isOther(event, before)) return;
        if (
          !effects.some((effect) => 'event' in effect && isCancelOf(effect.event as ClientEvent, responseId))
        )
          fail(`${responseId} was cut before it began and is not cancelled`);
      },
    };
  },
};

/** Whether the beginning of the turn that is open is told once more: it has cut what it cuts. */
function isToldAgain(event: SessionEvent, { userTurn }: SessionState): boolean {
  if (event.type !== 'server.event' || event.event.type !== 'input_audio_buffer.speech_started') return false;
  return userTurn.kind === 'speaking' && userTurn.itemId === event.event.item_id;
}

/** Whether a response says of itself that it is another than the one that was cut: a text, and not that one. */
function isOther(event: SessionEvent, { response }: SessionState): boolean {
  if (event.type !== 'server.event' || event.event.type !== 'response.created') return false;
  const text = event.event.response.metadata?.['antiphon.say'];
  const cut = 'request' in response ? response.request : undefined;
  return text !== undefined && !(cut?.kind === 'say' && cut.text === text);
}

function askedIn({ response }: SessionState) {
  return 'request' in response ? response.request : undefined;
}

function isCancelOf(event: ClientEvent, responseId: string): boolean {
  return event.type === 'response.cancel' && event.response_id === responseId;
}

/** Texts come in the order they were told. */
const saysKeepOrder: Invariant = {
  id: 'R28c',
  says: 'texts that the agent is told to say are asked for in the order they were told',
  watch(world, fail) {
    const queue: string[] = [];
    const cut = () => {
      for (const text of [...queue])
        if (!world.ledger.isProtected(text)) queue.splice(queue.indexOf(text), 1);
    };
    return {
      events: ['agent.say', ...cuttingEvents],
      onEvent({ event, before }) {
        if (world.ledger.stale) return;
        if (cutsIn(event, world)) cut();
        const isTold = event.type === 'agent.say' && before.lifecycle.kind === 'running';
        const text = isTold ? event.text.trim() : '';
        if (text !== '' && !queue.includes(text)) queue.push(text);
      },
      effects: ['limit', 'source.release', 'transport.send', 'user_turn', 'warning'],
      onEffect(effect) {
        if (effect.type === 'source.release') cut();
        if (effect.type === 'notify') {
          const { notice } = effect;
          const isGivenUp = notice.type === 'warning' && notice.code.startsWith('response.');
          if (isGivenUp || notice.type === 'limit') queue.length = 0;
          if (notice.type === 'user_turn' && notice.itemId.startsWith('item_user_')) cut();
        }
        if (effect.type !== 'transport.send' || effect.event.type !== 'response.create') return;
        const text = effect.event.response?.metadata?.['antiphon.say'];
        const at = text === undefined ? -1 : queue.indexOf(text);
        if (at > 0) fail(`"${text ?? ''}" is asked for before "${queue[0] ?? ''}", which was told earlier`);
        if (at >= 0) queue.splice(at, 1);
      },
    };
  },
};

/** Whether all that came of a response is calls that were cut, and that the server had not taken back before. */
function isNothingButCut(event: SessionEvent, { response, tools }: SessionState): boolean {
  if (event.type !== 'server.event' || event.event.type !== 'response.done') return false;
  const { id, status, output } = event.event.response;
  if (response.kind !== 'active' || response.responseId !== id || status !== 'incomplete') return false;
  if (response.items.length > 0 || output === undefined || output.length === 0) return false;
  // What was taken back has its output: whether the agent speaks about that is up to its tool.
  const calls = [...tools.calls.values()].filter(({ responseId }) => responseId === id);
  if (calls.some(({ phase }) => phase.kind === 'settled')) return false;
  return output.every((item) => item.type === 'function_call' && item.status === 'incomplete');
}

/** Who waits for an answer gets one. */
const cutCallsAreNoAnswer: Invariant = {
  id: 'R11f',
  says: 'an answer of which nothing came but a call that was cut is asked for again, or given up',
  watch(_world, fail) {
    return {
      steps: ['response.done'],
      onStep({ event, before, state, effects }) {
        if (!isNothingButCut(event, before) || state.lifecycle.kind === 'closed') return;
        const isFollowed = 'followedBy' in before.response && before.response.followedBy !== 'nothing';
        if (isFollowed || state.response.kind === 'retrying' || isWarned(effects, 'response.failed')) return;
        fail('nothing came of an answer but a call that was cut, and it is not asked for again');
      },
    };
  },
};

/** A text that has failed is said all the same. */
const failedTextsStay: Invariant = {
  id: 'R28f',
  says: 'a text that is to be asked for again is not lost by an answer that the server gives meanwhile',
  watch(_world, fail) {
    return {
      reads: ['response'],
      onStep({ before, state }) {
        if (before.response.kind !== 'retrying' || state.response.kind !== 'awaited') return;
        const { request } = before.response;
        if (request.kind !== 'say' || state.lifecycle.kind !== 'running') return;
        if (!state.owed.some((owed) => owed.kind === 'say' && owed.text === request.text))
          fail(`"${request.text}" was to be asked for again, and is not owed any more`);
      },
    };
  },
};

/** A connection that lasts is sound. */
const soundIsForgiven: Invariant = {
  id: 'I11b',
  says: 'the dials before a connection that has lasted do not count any more, and only then',
  watch(_world, fail) {
    return {
      steps: ['timer.fired'],
      reads: ['dial'],
      onStep({ event, before, state, effects }) {
        if (state.lifecycle.kind === 'closed') return;
        const isHealthy = event.type === 'timer.fired' && event.timer === 'healthy';
        if (isHealthy && state.dial.attempts > 0) fail(`${state.dial.attempts} dials count still`);
        // Another reason to dial, another provider, or another process.
        const isAnew =
          event.type === 'session.resume' || effects.some(({ type }) => type === 'transport.open');
        if (!isHealthy && !isAnew && state.dial.attempts < before.dial.attempts)
          fail(`${before.dial.attempts} dials are forgiven by ${event.type}`);
      },
    };
  },
};

export const retryInvariants: readonly Invariant[] = [
  retriesAreSpent,
  cutBeforeItBegins,
  saysKeepOrder,
  cutCallsAreNoAnswer,
  failedTextsStay,
  soundIsForgiven,
];
