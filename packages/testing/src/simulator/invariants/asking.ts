import type { Effect, SessionEvent, SessionNotice, SessionState } from '@antiphon/core';
import type { Fail, Invariant, Watch } from './invariant.ts';

type Settled = Extract<SessionNotice, { readonly type: 'approval_settled' }>;

/** How often the user is asked for one call. */
const mostAsked = 3;

/** How a question may end with an event; undefined where that is not for these rules to say. */
function endingBy(event: SessionEvent, { approvalId, callId }: Settled): Settled['ending'] | undefined {
  if (event.type === 'approval.given' && event.approvalId === approvalId) return event.verdict;
  if (event.type !== 'timer.fired') return undefined;
  return event.timer === `approval:${callId}` || event.timer === 'consent' ? 'expired' : undefined;
}

/** A question ends as what ended it says, and is put to those who can answer. */
const endingsFit: Invariant = {
  id: 'C07',
  says: 'a question ends as what ends it says; nobody is asked who is not there, or whom the server answers by itself',
  watch(world, fail) {
    const asked = new Map<string, number>();
    let settledBy: SessionEvent | undefined;
    return {
      effects: ['approval_requested', 'approval_settled'],
      onEffect(effect, { event, state }) {
        if (effect.type !== 'notify') return;
        const { notice } = effect;
        if (notice.type === 'approval_settled') {
          // What ends one question may be what leaves another without anybody to ask.
          const wanted = settledBy === event ? undefined : endingBy(event, notice);
          settledBy = event;
          if (wanted !== undefined && notice.ending !== wanted)
            fail(`${notice.approvalId} is told as ${notice.ending}, it is ${wanted}`);
          const agent = world.ledger.calls.byId.get(notice.callId)?.agent;
          if (notice.by === 'spoken' && notice.ending === 'approved' && agent !== state.agent)
            fail(`a yes to ${state.agent} is one to ${notice.callId} of ${agent ?? 'nobody'}`);
        }
        if (notice.type !== 'approval_requested') return;
        if (event.type === 'tool.checked' && event.approver === 'absent' && notice.by === 'app')
          fail(`the application is asked for ${notice.callId} and is not there`);
        if (notice.by !== 'spoken') return;
        if (world.ledger.agents[notice.agent]?.turnTaking === 'server_answers')
          fail(`the user is asked for ${notice.callId}, and the server answers what they say`);
        const times = (asked.get(notice.callId) ?? 0) + 1;
        asked.set(notice.callId, times);
        if (times > mostAsked) fail(`the user is asked for ${notice.callId} for time ${times}`);
      },
    };
  },
};

function asksFor(effect: Effect): string | undefined {
  if (effect.type !== 'transport.send' || effect.event.type !== 'response.create') return undefined;
  return effect.event.response?.metadata?.['antiphon.asks_for'];
}

/** Whether a question about a call is owed, on its way, or not wanted any more. */
export function isPutAgain({ owed, tools, response }: SessionState, callId: string): boolean {
  if (tools.calls.get(callId)?.phase.kind !== 'unconfirmed') return true;
  if (owed.some((request) => request.kind === 'say' && request.asksFor === callId)) return true;
  const isOut =
    response.kind === 'requested' && response.fate === 'wanted' && response.request.kind === 'say';
  return isOut && response.request.asksFor === callId;
}

/** A question is put as long as it wants an answer, and no longer. */
const questionsFollow: Invariant = {
  id: 'C08',
  says: 'nobody is asked for a call that is settled; a question that is lost with its answer is put again',
  watch(_world, fail) {
    const settled = new Set<string>();
    return {
      effects: ['approval_settled', 'transport.send'],
      onEffect(effect) {
        if (effect.type === 'notify' && effect.notice.type === 'approval_settled')
          settled.add(effect.notice.callId);
        const callId = asksFor(effect);
        if (callId !== undefined && settled.has(callId))
          fail(`the user is asked for ${callId}, which is settled`);
      },
      steps: ['connection_lost'],
      onStep({ before, state, effects }) {
        const { consent } = before;
        if (consent.kind !== 'asking' && consent.kind !== 'listening') return;
        if (state.lifecycle.kind !== 'running') return;
        const isLost = effects.some(
          (effect) => effect.type === 'notify' && effect.notice.type === 'connection_lost',
        );
        if (!isLost || before.userTurn.kind === 'silent' || before.userTurn.kind === 'heard_again') return;
        if (state.userTurn.kind !== 'heard_again') return;
        if (!isPutAgain(state, consent.callId))
          fail(
            `what the user said is heard again, and the question about ${consent.callId} is not put again`,
          );
      },
    };
  },
};

/** The words of the user's turns since a question was begun. */
class Answers {
  readonly turns: string[] = [];
  readonly texts = new Map<string, string>();

  see(notice: SessionNotice): void {
    if (notice.type === 'user_turn') this.turns.push(notice.itemId);
    if (notice.type === 'transcript' && notice.role === 'user' && notice.final)
      this.texts.set(notice.itemId, notice.text);
  }

  /** All that was said; undefined as long as some of it is not known. */
  get words(): readonly string[] | undefined {
    const words: string[] = [];
    for (const itemId of this.turns) {
      const text = this.texts.get(itemId);
      if (text === undefined) return undefined;
      words.push(...text.split(' '));
    }
    return words;
  }
}

/** Nobody is kept waiting for a question by what was to be said before. */
const questionsComeFirst: Invariant = {
  id: 'C08b',
  says: 'a question about a call is put before every text that was owed when it came up',
  watch(_world, fail) {
    return {
      reads: ['consent'],
      onStep({ before, state }) {
        const { consent, owed } = state;
        if (consent.kind !== 'due') return;
        if (before.consent.kind === 'due' && before.consent.asked === consent.asked) return;
        const at = owed.findIndex((request) => request.kind === 'say' && request.asksFor === consent.callId);
        const first = owed.slice(0, Math.max(0, at)).find((request) => before.owed.includes(request));
        if (first?.kind === 'say')
          fail(`"${first.text}" is said before the question about ${consent.callId}`);
      },
    };
  },
};

/** What a question about a call, its answer and its end consist of. */
const consentTalk = [
  'approval_requested',
  'approval_settled',
  'response_started',
  'transcript',
  'transport.send',
  'user_turn',
] as const satisfies Watch['effects'];

/** A no is one, and all words count. */
const allWordsCount: Invariant = {
  id: 'C09',
  says: 'a no that is known is taken at once, and a yes with a no, a doubt or a condition beside it is none',
  watch(_world, fail) {
    let open: { readonly callId: string; said: 'asked_for' | 'begun' | 'over'; answers: Answers } | undefined;
    return {
      effects: consentTalk,
      onEffect(effect, { state }) {
        const callId = asksFor(effect);
        // One that has failed and is still heard is answered from its beginning, though it is said anew.
        const isHeard = state.consent.kind === 'asking' && callId === open?.callId;
        if (callId !== undefined && !isHeard) open = { callId, said: 'asked_for', answers: new Answers() };
        if (effect.type !== 'notify' || open === undefined) return;
        const { notice } = effect;
        // The question itself begins; what is said from then on answers it, whatever else is said before it is over.
        if (notice.type === 'response_started' && open.said === 'asked_for')
          open = { ...open, said: 'begun', answers: new Answers() };
        open.answers.see(notice);
        if (notice.type === 'approval_requested' && notice.by === 'spoken') open.said = 'over';
        if (notice.type !== 'approval_settled' || notice.callId !== open.callId) return;
        if (notice.ending === 'approved') checkApproved(open.answers, state, fail);
        open = undefined;
      },
      steps: consentTalk,
      reads: ['owed', 'tools', 'response', 'lifecycle', 'userTurn'],
      onStep({ state }) {
        if (open === undefined || open.said !== 'over' || state.lifecycle.kind !== 'running') return;
        const { words } = open.answers;
        const isPlainNo =
          words?.includes('no') === true && !['yes', 'hm', 'but'].some((w) => words.includes(w));
        // Where the question was cut before it was heard, the user is asked anew.
        const isOpen = !isPutAgain(state, open.callId);
        if (isPlainNo && isOpen && state.userTurn.kind === 'silent' && open.answers.turns.length === 1)
          fail(`a no to ${open.callId} is not taken`);
      },
    };
  },
};

function checkApproved({ words }: Answers, { conversation }: SessionState, fail: Fail): void {
  if (words === undefined || conversation.forgotten > 0) return;
  if (!words.includes('yes')) fail(`"${words.join(' ')}" is taken for a yes`);
  const doubt = ['no', 'hm', 'but'].find((word) => words.includes(word));
  if (doubt !== undefined) fail(`"${words.join(' ')}" is taken for a yes`);
}

export const askingInvariants: readonly Invariant[] = [
  endingsFit,
  questionsFollow,
  questionsComeFirst,
  allWordsCount,
];
