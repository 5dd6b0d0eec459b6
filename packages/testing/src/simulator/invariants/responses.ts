import type { ClientEvent, SessionEvent, SessionState } from '@antiphon/core';
import type { World } from '../world.ts';
import type { Invariant } from './invariant.ts';
import { isOnCall, isSpared } from './on-call.ts';
import { cutsIn, isSpeechStart } from './speech.ts';

type Create = Extract<ClientEvent, { readonly type: 'response.create' }>;

const isSay = (create: Create): boolean => create.response?.metadata?.['antiphon.say'] !== undefined;

/** Nobody asks for a response while one is known to be active, or while an earlier request may still be answered. */
const oneResponse: Invariant = {
  id: 'I03',
  says: 'at most one response is active or asked for',
  watch(world, fail) {
    const { timeouts } = world.stage.settings;
    return {
      effects: ['transport.send'],
      onEffect(effect) {
        if (effect.type !== 'transport.send' || effect.event.type !== 'response.create') return;
        const view = world.ledger.connections.get(effect.epoch);
        if (view === undefined) return;
        const nowMs = world.stage.queue.nowMs;
        const silentMs = nowMs - view.lastResponseEventAtMs;
        if (view.activeResponse !== undefined && silentMs < timeouts.stallMs - 1) {
          fail(
            `response.create is sent while ${view.activeResponse} is active (last heard of ${silentMs} ms ago)`,
          );
        }
        const open = view.openCreate;
        if (open !== undefined && nowMs - open.atMs < timeouts.responseMs - 1) {
          fail(
            `response.create is sent ${nowMs - open.atMs} ms after ${open.eventId}, which is not answered yet`,
          );
        }
      },
    };
  },
};

/** Events after which an answer may be asked for, besides the calls of a response being settled. */
function isReason(event: SessionEvent, { tools, response, userTurn }: SessionState, world: World): boolean {
  switch (event.type) {
    case 'user.text':
    case 'user.commit':
    case 'user.speech_dropped':
    case 'transport.closed':
    case 'session.resume':
    case 'guard.tripped':
    case 'agent.handoff':
    case 'announcement.failed':
      return true;
    // What comes of a tool in the background is news.
    case 'tool.settled':
    case 'tool.report':
      return tools.background.has(event.callId);
    case 'timer.fired':
      return event.timer.startsWith('response') || event.timer === 'stall' || event.timer === 'commit';
    case 'server.event': {
      const inner = event.event;
      // A late one may have come in the place of another that was asked for meanwhile.
      if (inner.type === 'response.done')
        return inner.response.status === 'failed' || world.network.isLate(inner.response.id);
      // A text that comes in the place of an answer: that is asked for again.
      if (inner.type === 'response.created' && inner.response.metadata?.['antiphon.say'] !== undefined)
        return 'request' in response && response.request?.kind === 'answer';
      // What was no turn has cut an answer before it began: that is still owed.
      if (inner.type === 'input_audio_buffer.cleared') return userTurn.kind !== 'silent';
      return (
        inner.type === 'error' ||
        inner.type === 'input_audio_buffer.committed' ||
        inner.type.startsWith('conversation.item.input_audio_transcription')
      );
    }
    default:
      return false;
  }
}

/**
 * The responses with calls that are over, all of whose calls have been answered, and some of which are to be talked about. One
 * that goes on when its call is joined again, and calls more, is another batch then.
 */
function completeBatches(world: World): readonly string[] {
  const open = new Set<string>();
  const wanted = new Set<string>();
  const sizes = new Map<string, number>();
  for (const call of world.ledger.calls.byId.values()) {
    sizes.set(call.responseId, (sizes.get(call.responseId) ?? 0) + 1);
    const answered = call.outputs.size > 0 || call.settledNotices > 0;
    if (call.responseDoneAtMs === undefined || !answered) open.add(call.responseId);
    const policy = world.ledger.policyOf(call.callId);
    // That a tool has begun in the background is an answer, whatever comes of it.
    const isLate = call.lateness === 'told' && policy?.background !== true;
    if (!isLate && policy?.reply !== 'never') wanted.add(call.responseId);
  }
  const complete = [...wanted].filter((id) => !open.has(id));
  return isOnCall(world) ? complete.map((id) => `${id} with ${sizes.get(id) ?? 0}`) : complete;
}

/** Whether the server answers by itself next. */
function isServersNext({ response }: SessionState): boolean {
  return response.kind === 'awaited' || ('followedBy' in response && response.followedBy === 'server_answer');
}

/** One answer for one reason: calls that were made together are followed up once, when all of them are settled. */
const reasonedAnswers: Invariant = {
  id: 'R04',
  says: 'an answer is asked for once for each reason; calls of one response are followed up together',
  watch(world, fail) {
    const followedUp = new Set<string>();
    let reasons = 0;
    return {
      events: [
        'user.text',
        'user.commit',
        'user.speech_dropped',
        'transport.closed',
        'session.resume',
        'guard.tripped',
        'agent.handoff',
        'announcement.failed',
        'tool.settled',
        'tool.report',
        'timer.fired',
        'response.done',
        'response.created',
        'error',
        'input_audio_buffer.committed',
        'input_audio_buffer.cleared',
        'conversation.item.input_audio_transcription.delta',
        'conversation.item.input_audio_transcription.segment',
        'conversation.item.input_audio_transcription.completed',
        'conversation.item.input_audio_transcription.failed',
      ],
      onEvent({ event, before }) {
        if (!world.ledger.stale && isReason(event, before, world)) reasons++;
      },
      effects: ['agent_changed', 'source.route', 'transport.send'],
      onEffect(effect) {
        if (effect.type === 'source.route') reasons++;
        if (effect.type === 'notify' && effect.notice.type === 'agent_changed') reasons++;
        if (
          effect.type !== 'transport.send' ||
          effect.event.type !== 'response.create' ||
          isSay(effect.event)
        )
          return;
        const due = completeBatches(world).filter((id) => !followedUp.has(id));
        if (reasons === 0 && due.length === 0) fail('response.create is sent and nothing is owed');
        reasons = 0;
        for (const id of due) followedUp.add(id);
      },
      steps: ['input_audio_buffer.committed'],
      onStep({ before, state }) {
        const debt = before.owed.find(({ kind }) => kind === 'answer');
        if (debt === undefined || isServersNext(before) || !isServersNext(state)) return;
        if (state.owed.includes(debt)) fail('an answer that the one of the server pays for is owed besides');
      },
    };
  },
};

/** Tools of a failed response do not run. */
const failedResponsesRunNothing: Invariant = {
  id: 'R11',
  says: 'after a response failed, none of its tools is started for the first time',
  watch(world, fail) {
    return {
      effects: ['tool.start'],
      onEffect(effect) {
        if (effect.type !== 'tool.start') return;
        const call = world.ledger.calls.byId.get(effect.callId);
        // One that ran before that may run again after a crash.
        if (call?.response === 'failed' && call.completeAtMs === undefined && call.starts === 0)
          fail(`${effect.callId} is started though its response failed`);
      },
    };
  },
};

/** Whether this side finds that somebody cuts in; speech that a server hears cuts its response without a word from here. */
function cutsHere(event: SessionEvent, world: World): boolean {
  return event.type !== 'server.event' && cutsIn(event, world);
}

/** Who cuts in on this side cuts the response that is under way: the server, which cannot know, is told. */
const cancelsAreTold: Invariant = {
  id: 'R08',
  says: 'the server is told to cancel what is cut on this side',
  watch(world, fail) {
    return {
      steps: ['user.interrupt', 'guard.tripped', 'user.text', 'user.speech_started'],
      onStep({ event, effects, before }) {
        if (world.ledger.current.wasHeld || before.lifecycle.kind === 'closed' || !cutsHere(event, world))
          return;
        if (isSpared(world, event, before)) return;
        const view = world.ledger.inUse;
        const response = view?.activeResponse;
        if (response !== undefined && world.ledger.responses.get(response)?.protectedSpeech) return;
        if (view === undefined || response === undefined || before.connection.kind !== 'ready') return;
        const known = view.sent.some(
          (sent) => sent.type === 'response.cancel' && sent.response_id === response,
        );
        const wasCut = world.ledger.responses.get(response)?.cutAtMs;
        if (
          !known &&
          (wasCut === undefined || wasCut === world.stage.queue.nowMs) &&
          !effects.some(isCancel)
        ) {
          fail(`${event.type} does not cancel ${response}`);
        }
      },
    };
  },
};

/** The user is not talked over by a response that was asked for meanwhile. */
const waitsForUser: Invariant = {
  id: 'R01',
  says: 'no response is asked for while the user speaks',
  watch(world, fail) {
    let speaking = false;
    return {
      events: [
        'user.speech_started',
        'user.commit',
        'user.speech_dropped',
        'transport.closed',
        'session.resume',
        'timer.fired',
        'server.event',
      ],
      onEvent({ event }) {
        if (world.ledger.stale) return;
        if (isSpeechStart(event, world.ledger)) speaking = true;
        if (event.type === 'user.commit' || event.type === 'user.speech_dropped') speaking = false;
        if (event.type === 'transport.closed' || event.type === 'session.resume') speaking = false;
        if (event.type === 'timer.fired') speaking = false;
        if (event.type !== 'server.event') return;
        const { type } = event.event;
        const ends = type.startsWith('input_audio_buffer.') || type.includes('input_audio_transcription');
        if (type === 'input_audio_buffer.speech_started') return;
        if (ends || type === 'error') speaking = false;
      },
      effects: ['source.route', 'transport.send'],
      onEffect(effect) {
        if (effect.type === 'source.route') speaking = false;
        if (speaking && effect.type === 'transport.send' && effect.event.type === 'response.create')
          fail('response.create is sent while the user speaks');
      },
    };
  },
};

/** A response that goes on, however long, is not taken for dead. */
const stallsAreReal: Invariant = {
  id: 'R34',
  says: 'a connection is given up in the middle of a response only when nothing of it came for a while',
  watch(world, fail) {
    const { stallMs } = world.stage.settings.timeouts;
    let heardAtMs = 0;
    return {
      events: ['server.event', 'server.audio'],
      onEvent({ event, before }) {
        if (world.ledger.stale || !('responseId' in before.response)) return;
        // Sound of another response is no sign of life: on a call that is heard long after its end.
        if (responseOf(event) === before.response.responseId) heardAtMs = world.stage.queue.nowMs;
      },
      effects: ['response_started', 'warning'],
      onEffect(effect, { event }) {
        if (effect.type !== 'notify') return;
        // One that an error named begins before it is announced.
        if (effect.notice.type === 'response_started') heardAtMs = world.stage.queue.nowMs;
        if (event.type !== 'timer.fired' || event.timer !== 'stall') return;
        if (effect.notice.type !== 'warning' || effect.notice.code !== 'provider.stalled') return;
        const silentMs = world.stage.queue.nowMs - heardAtMs;
        if (silentMs < stallMs - 1)
          fail(`a response is given up that was heard ${Math.round(silentMs)} ms ago`);
      },
    };
  },
};

/** Whether a server has written down sound of which it has told nothing before. */
function isUntold(event: SessionEvent, { conversation }: SessionState): boolean {
  if (event.type !== 'server.event') return false;
  const { event: inner } = event;
  if (inner.type !== 'conversation.item.input_audio_transcription.completed') return false;
  const { forgottenIds, pages } = conversation;
  return !forgottenIds.includes(inner.item_id) && !pages.some(({ items }) => items.has(inner.item_id));
}

/** Observers hear of the end of each response once. */
const doneOnce: Invariant = {
  id: 'N03',
  says: 'a turn, the start and the end of a response are told once, and a turn before its words',
  watch(world, fail) {
    const told = new Map<string, 'started' | 'done'>();
    return {
      effects: ['connection_changed', 'response_done', 'response_started', 'transcript', 'user_turn'],
      onEffect(effect, { event, before }) {
        if (effect.type !== 'notify') return;
        const { notice } = effect;
        // What went on in a call meanwhile is taken up again.
        if (notice.type === 'connection_changed' && isOnCall(world))
          for (const [id, what] of told) if (what === 'started') told.delete(id);
        if (notice.type === 'response_started') {
          if (told.has(notice.responseId)) fail(`${notice.responseId} starts twice`);
          told.set(notice.responseId, 'started');
        }
        if (notice.type === 'transcript' && notice.role === 'user' && notice.final) {
          if (isUntold(event, before) && !told.has(notice.itemId))
            fail(`${notice.itemId} is told in words, and not as a turn`);
        }
        if (notice.type === 'user_turn') {
          if (told.has(notice.itemId)) fail(`${notice.itemId} is a turn twice`);
          told.set(notice.itemId, 'done');
        }
        if (notice.type === 'response_done') {
          if (told.get(notice.responseId) === 'done') fail(`${notice.responseId} is done twice`);
          told.set(notice.responseId, 'done');
        }
      },
    };
  },
};

function responseOf(event: SessionEvent): string | undefined {
  if (event.type === 'server.audio') return event.responseId;
  return event.type === 'server.event' && 'response_id' in event.event ? event.event.response_id : undefined;
}

function isCancel(effect: { readonly type: string }): boolean {
  return 'event' in effect && (effect.event as ClientEvent).type === 'response.cancel';
}

export const responseInvariants: readonly Invariant[] = [
  oneResponse,
  reasonedAnswers,
  failedResponsesRunNothing,
  cancelsAreTold,
  waitsForUser,
  stallsAreReal,
  doneOnce,
];
