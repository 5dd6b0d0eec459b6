import type { Effect, SessionNotice, SessionState } from '@antiphon/core';
import type { SessionStep } from '../session-under-test.ts';
import type { Fail, Invariant } from './invariant.ts';
import { isWarned } from './step-reading.ts';

type Notice<Type extends SessionNotice['type']> = Extract<SessionNotice, { readonly type: Type }>;

/** The event of the connection in use, or of the one being made, that a step answers. */
function saidIn({ event }: SessionStep) {
  return event.type === 'server.event' ? event.event : undefined;
}

/** Why a connection is gone and another is made is told with it. */
const connectionsAreExplained: Invariant = {
  id: 'N11',
  says: 'observers are told why a connection is gone and another provider tried, and which session of which model follows',
  watch(world, fail) {
    const names = new Map<number, string>();
    return {
      events: ['session.created', 'session.updated'],
      onEvent({ event }) {
        if (event.type !== 'server.event' || !('session' in event.event)) return;
        const { id } = event.event.session;
        if (typeof id === 'string' && !names.has(event.epoch)) names.set(event.epoch, id);
      },
      effects: ['connected', 'connection_changed', 'connection_lost', 'provider_changed'],
      onEffect(effect, step) {
        if (effect.type !== 'notify') return;
        const { notice } = effect;
        const isUnexplained =
          (notice.type === 'connection_lost' || notice.type === 'provider_changed') && notice.reason === '';
        if (isUnexplained) fail(`${notice.type} is told without a reason`);
        if (notice.type === 'connected') checkModel(notice, step, fail);
        // A call is one session, whoever joins it.
        if (notice.type !== 'connection_changed' || world.network.call !== undefined) return;
        const known = names.get(step.state.connection.epoch);
        if (known !== undefined && notice.providerSessionId !== known)
          fail(`session ${notice.providerSessionId} is told to follow, it is ${known}`);
      },
    };
  },
};

function checkModel({ model }: Notice<'connected'>, step: SessionStep, fail: Fail): void {
  const said = saidIn(step);
  if (said === undefined || !('session' in said) || !('model' in said.session)) return;
  if (model !== said.session.model) fail(`the model is told as ${model ?? 'unknown'}`);
}

/** Who waits for another connection is told that there will be none. */
const keptIsTold: Invariant = {
  id: 'N11b',
  says: 'that no other connection can be had, and the one that stands is kept, is told',
  watch(_world, fail) {
    return {
      reads: ['successor'],
      onStep({ before, state, effects }) {
        if (before.successor.kind === 'none' || state.successor.kind !== 'none') return;
        if (before.connection.kind !== 'ready' || state.connection.kind !== 'ready') return;
        if (state.lifecycle.kind === 'closed' || state.connection.epoch !== before.connection.epoch) return;
        if (!isWarned(effects, 'provider.no_successor'))
          fail(`connection ${state.connection.epoch} is kept, and nobody is told`);
      },
    };
  },
};

/** What a silence interrupts is told as it was. */
const silenceIsTold: Invariant = {
  id: 'N12',
  says: 'a silence is told with what the agent was doing, and how often the user was asked since they spoke',
  watch(_world, fail) {
    let activity = 'listening';
    let asked = 0;
    return {
      effects: ['activity', 'dead_air', 'idle', 'user_turn'],
      onEffect(effect) {
        if (effect.type !== 'notify') return;
        const { notice } = effect;
        if (notice.type === 'activity') activity = notice.activity;
        if (notice.type === 'user_turn') asked = 0;
        if (notice.type === 'dead_air' && notice.activity !== activity)
          fail(`dead air is told while ${notice.activity}, the agent is ${activity}`);
        if (notice.type !== 'idle') return;
        asked += 1;
        if (notice.time !== asked)
          fail(`the user is told to be silent for time ${notice.time}, it is ${asked}`);
      },
    };
  },
};

/** What the server says of a response is told as it says it. */
const responsesAreToldWhole: Invariant = {
  id: 'N13',
  says: 'the end of a response is told with its usage and with what went wrong, its first output with its item',
  watch(_world, fail) {
    return {
      effects: ['response_done', 'response_output', 'transcript_failed'],
      onEffect(effect, step) {
        if (effect.type !== 'notify') return;
        const { notice } = effect;
        const said = saidIn(step);
        if (said === undefined || said.type === 'unknown') return;
        if (notice.type === 'response_done' && said.type === 'response.done') checkDone(notice, said, fail);
        const isFirst = notice.type === 'response_output' && said.type === 'response.output_item.added';
        if (isFirst && notice.itemId !== said.item.id)
          fail(`${notice.itemId} is told as output, it is ${said.item.id ?? ''}`);
        const isLost =
          notice.type === 'transcript_failed' &&
          said.type === 'conversation.item.input_audio_transcription.failed';
        const why = isLost ? said.error.message : undefined;
        if (isLost && why && notice.message !== why)
          fail(`a transcription failed by "${notice.message}", not "${why}"`);
      },
    };
  },
};

type Done = Extract<NonNullable<ReturnType<typeof saidIn>>, { readonly type: 'response.done' }>;

function checkDone(notice: Notice<'response_done'>, { response }: Done, fail: Fail): void {
  if (response.id !== notice.responseId) return;
  const { usage, status_details: details } = response;
  if (usage && notice.usage === undefined) fail(`what ${notice.responseId} took is not told with its end`);
  const code = details?.error?.code;
  if (code && notice.detail?.includes(code) !== true)
    fail(`${notice.responseId} failed by ${code}, told is "${notice.detail ?? ''}"`);
}

function startOf(effects: readonly Effect[], callId: string) {
  return effects.find((effect) => effect.type === 'tool.start' && effect.callId === callId);
}

/** What a tool does is told as it does it. */
const toolsAreToldWhole: Invariant = {
  id: 'N14',
  says: 'a call is told with the arguments it runs with and by its name, a question about it with its words, and a no and a guardrail as they are',
  watch(_world, fail) {
    return {
      effects: [
        'approval_requested',
        'approval_settled',
        'guard_tripped',
        'note',
        'tool_progress',
        'tool_settled',
        'tool_started',
      ],
      onEffect(effect, step) {
        if (effect.type !== 'notify') return;
        const { notice } = effect;
        const { event, before, state, effects } = step;
        if (notice.type === 'tool_started') {
          const start = startOf(effects, notice.callId);
          if (start?.type === 'tool.start' && start.argumentsJson !== notice.argumentsJson)
            fail(`${notice.callId} is told to run with ${notice.argumentsJson}`);
        }
        if (notice.type === 'tool_progress' && event.type === 'tool.progress') {
          if (notice.value !== event.value)
            fail(`the progress of ${notice.callId} is not what its tool says`);
          if (notice.name !== nameOf(before, notice.callId))
            fail(`the progress of ${notice.callId} is told as that of "${notice.name}"`);
        }
        const isNoteOfOther =
          notice.type === 'note' &&
          event.type === 'agent.note' &&
          (notice.callId !== event.callId || notice.text !== event.text);
        if (isNoteOfOther) fail(`"${notice.text}" is not the note that was made`);
        const isSettled = notice.type === 'tool_settled';
        if (isSettled && (notice.background === true) !== before.tools.background.has(notice.callId))
          fail(`whether ${notice.callId} ran in the background is not told`);
        const isRejected = notice.type === 'approval_settled' && event.type === 'approval.given';
        if (isRejected && notice.ending === 'rejected' && notice.reason !== event.reason)
          fail(`why ${notice.callId} is rejected is not told`);
        const isOther =
          notice.type === 'guard_tripped' &&
          event.type === 'guard.tripped' &&
          (notice.name !== event.name || notice.itemId !== event.itemId || notice.guard !== event.guard);
        if (isOther) fail(`"${notice.name}" is not the guardrail that holds`);
        if (notice.type === 'approval_requested') checkQuestion(notice, state, fail);
      },
    };
  },
};

function nameOf({ tools }: SessionState, callId: string): string | undefined {
  return (tools.background.get(callId) ?? tools.calls.get(callId))?.name;
}

function checkQuestion(
  { callId, question }: Notice<'approval_requested'>,
  { tools }: SessionState,
  fail: Fail,
): void {
  const phase = tools.calls.get(callId)?.phase;
  if (phase?.kind !== 'unconfirmed' || phase.awaits.kind !== 'user') return;
  const { text } = phase.awaits.question;
  if (question !== text) fail(`the user is asked "${text}" for ${callId}, told is "${question ?? ''}"`);
}

/** What goes wrong beside the conversation is told. */
const troublesAreTold: Invariant = {
  id: 'N15',
  says: 'a message that is not understood, and a text that could not be said, are told',
  watch(world, fail) {
    return {
      steps: ['server.invalid', 'announcement.failed'],
      onStep({ event, before, effects }) {
        if (before.lifecycle.kind === 'closed' || world.ledger.stale) return;
        const code = event.type === 'announcement.failed' ? event.type : 'provider.invalid_message';
        if (!isWarned(effects, code)) fail(`${event.type} is not told`);
      },
    };
  },
};

export const toldInvariants: readonly Invariant[] = [
  connectionsAreExplained,
  keptIsTold,
  silenceIsTold,
  responsesAreToldWhole,
  toolsAreToldWhole,
  troublesAreTold,
];
