import type { SessionState } from '@antiphon/core';
import type { SessionStep } from '../session-under-test.ts';
import type { World } from '../world.ts';
import type { Fail, Invariant } from './invariant.ts';
import { noticeIn } from './step-reading.ts';

const squeeze = (text: string): string => text.replaceAll(/\s+/g, '');

/** The words of a response whose sound is on its way, as its server wrote them. */
function saidOf(world: World, { playout }: SessionState, responseId: string): string {
  const parts = playout.parts.filter((part) => part.responseId === responseId);
  const ids = [...new Set(parts.map(({ itemId }) => itemId))];
  return ids.map((id) => world.ledger.items.get(id)?.text ?? '').join(' ');
}

function checkAnswer(said: string, { state }: SessionStep, fail: Fail): void {
  const answer = state.owed.find(({ kind }) => kind === 'answer');
  if (answer?.kind !== 'answer') return fail('an answer that broke off is not owed');
  if (answer.asksAgain === true) return;
  if (squeeze(answer.continues ?? '') !== squeeze(said))
    fail(`an answer is to go on behind "${answer.continues ?? ''}", said was "${said}"`);
}

/** An answer that breaks off with its connection goes on, and does not begin anew. */
const brokenGoesOn: Invariant = {
  id: 'I15d',
  says: 'an answer, or a text, that breaks off with its connection is owed from where it broke off, a question as a whole',
  exceptOnCalls: true,
  watch(world, fail) {
    return {
      steps: ['connection_lost'],
      onStep(step) {
        const { before, state, effects } = step;
        const { response } = before;
        if (
          response.kind !== 'active' ||
          state.connection.kind !== 'offline' ||
          state.lifecycle.kind !== 'running'
        )
          return;
        if (before.connection.kind !== 'ready' || noticeIn(effects, 'connection_lost') === undefined) return;
        if (noticeIn(effects, 'warning')?.code === 'response.missing' || response.followedBy !== 'nothing')
          return;
        // What its calls have brought, or such as waited for its sound, is answered together with the rest of it.
        const isBrought = [...before.tools.calls.values()].some(
          ({ callId, phase, responseId }) =>
            phase.kind !== 'announced' &&
            (responseId === response.responseId || !state.tools.calls.has(callId)),
        );
        if (isBrought) return;
        // What has left the bounded history while it was still to be heard cannot be gone on behind.
        if (before.playout.parts.some(({ itemId }) => before.conversation.forgottenIds.includes(itemId)))
          return;
        const said = saidOf(world, before, response.responseId).trim();
        const { request } = response;
        if (said === '') return;
        if (request === undefined || request.kind === 'answer') return checkAnswer(said, step, fail);
        if (request.protected === true) return;
        const isBegun = squeeze(request.text).startsWith(squeeze(said));
        const rest = isBegun ? squeeze(request.text).slice(squeeze(said).length) : '';
        const isQuestion = request.asksFor !== undefined;
        const left = isQuestion ? squeeze(request.text) : rest;
        const owed = state.owed.filter(
          (other) =>
            other.kind === 'say' && other.asksFor === request.asksFor && squeeze(other.text) === left,
        );
        if (isQuestion && owed.length > 1) fail(`"${request.text}" broke off, and is owed twice`);
        // Nobody is asked any more for a call that was settled while its question was still being put.
        const isOpen = state.tools.calls.get(request.asksFor ?? '')?.phase.kind === 'unconfirmed';
        if (isQuestion && !isOpen && owed.length > 0)
          fail(`"${request.text}" broke off, and is owed though its call is settled`);
        if (isQuestion && isOpen && rest !== '' && owed.length === 0)
          fail(`"${request.text}" broke off, and is not owed as a whole`);
        if (isQuestion) return;
        if (rest !== '' && owed.length === 0)
          fail(`the rest of "${request.text}" is not owed, said was "${said}"`);
        const isAnew = state.owed.filter((other) => other.kind === 'say' && other.text === request.text);
        const wasOwed = before.owed.filter((other) => other.kind === 'say' && other.text === request.text);
        if (isBegun && isAnew.length > wasOwed.length) fail(`"${request.text}" is owed from its beginning`);
      },
    };
  },
};

/** What a batch of calls is followed by. */
function replyOf(world: World, callId: string, { before, effects }: SessionStep): string {
  const policy = world.ledger.policyOf(callId);
  if (policy?.background === true) return policy.reply === 'never' ? 'never' : 'now';
  const phase = before.tools.calls.get(callId)?.phase;
  const wasStale = phase?.kind === 'settled' && phase.stale === true;
  const isStale = effects.some(
    (effect) =>
      effect.type === 'notify' &&
      effect.notice.type === 'tool_settled' &&
      effect.notice.callId === callId &&
      effect.notice.stale === true,
  );
  return wasStale || isStale ? 'never' : (policy?.reply ?? 'now');
}

/** Results are spoken about as their tools say. */
const repliesFit: Invariant = {
  id: 'R04d',
  says: 'when the last tool of a response ends, an answer is owed now, when it is silent or not at all, as the tools say',
  watch(world, fail) {
    return {
      steps: ['tool.settled'],
      onStep(step) {
        const { event, before, state, effects } = step;
        if (
          event.type !== 'tool.settled' ||
          state.lifecycle.kind !== 'running' ||
          before.lifecycle.kind !== 'running'
        )
          return;
        if (before.owed.length > 0 || noticeIn(effects, 'limit') !== undefined) return;
        const over = [...before.tools.calls.keys()].filter((callId) => !state.tools.calls.has(callId));
        if (over.length === 0 || before.tools.background.has(event.callId)) return;
        const replies = over.map((callId) => replyOf(world, callId, step));
        const owed = state.owed.find(({ kind }) => kind === 'answer');
        const asked =
          state.response.kind === 'requested' && before.response.kind === 'none'
            ? state.response.request
            : undefined;
        const answer = owed ?? (asked?.kind === 'answer' ? asked : undefined);
        const when = answer?.kind === 'answer' ? answer.when : 'not';
        const due = replies.includes('now') ? 'now' : replies.includes('when_idle') ? 'idle' : 'not';
        if (when !== due) fail(`an answer to ${over.join(', ')} is owed ${when}, it should be ${due}`);
      },
    };
  },
};

/** Sound of a part that is over is late, whoever repeats it. */
const answersAreTheirOwn: Invariant = {
  id: 'C07b',
  says: 'an answer of the application settles the call that it was asked for by this very id',
  watch(_world, fail) {
    return {
      effects: ['approval_settled'],
      onEffect(effect, { event, before }) {
        if (event.type !== 'approval.given' || effect.type !== 'notify') return;
        const { notice } = effect;
        if (notice.type !== 'approval_settled' || notice.by !== 'app' || before.lifecycle.kind !== 'running')
          return;
        const isVerdict = notice.ending === 'approved' || notice.ending === 'rejected';
        if (isVerdict && notice.approvalId !== event.approvalId)
          fail(`${notice.approvalId} is ${notice.ending} by an answer to ${event.approvalId}`);
      },
    };
  },
};

/** What an agent is already in charge of is handed to nobody. */
const handsToOthers: Invariant = {
  id: 'I23e',
  says: 'the conversation is handed to another agent than the one in charge, and that is told with the change',
  watch(_world, fail) {
    return {
      steps: ['agent_changed'],
      reads: ['agent'],
      onStep({ before, state, effects }) {
        const changed = noticeIn(effects, 'agent_changed');
        if ((changed !== undefined) !== (before.agent !== state.agent))
          fail('a change of agents is not told as it is');
        if (changed !== undefined && (changed.agent !== state.agent || changed.from !== before.agent))
          fail(`${changed.agent} is told to take over from ${changed.from}`);
      },
    };
  },
};

export const goesOnInvariants: readonly Invariant[] = [
  brokenGoesOn,
  repliesFit,
  answersAreTheirOwn,
  handsToOthers,
];
