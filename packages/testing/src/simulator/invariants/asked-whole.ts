import type { Invariant } from './invariant.ts';

/** Who agrees has heard what to. */
const questionsAreWhole: Invariant = {
  id: 'C10f',
  says: 'the user is asked for a call with all of its question, also when a connection was lost while it was said; one whose answer was unclear is told so',
  watch(_world, fail) {
    const questions = new Map<string, string>();
    return {
      events: ['tool.checked'],
      onEvent({ event }) {
        if (event.type !== 'tool.checked' || event.check.kind !== 'sound') return;
        const { question } = event.check;
        if (question !== undefined) questions.set(event.callId, question.text);
      },
      effects: ['transport.send'],
      onEffect(effect, { state }) {
        if (effect.type !== 'transport.send' || effect.event.type !== 'response.create') return;
        const { metadata } = effect.event.response ?? {};
        const callId = metadata?.['antiphon.asks_for'];
        const text = metadata?.['antiphon.say'] ?? '';
        const question = callId === undefined ? undefined : questions.get(callId);
        if (question !== undefined && !text.includes(question))
          fail(`the user is asked "${text}", the question is "${question}"`);
        const { consent } = state;
        if (consent.kind === 'none' || consent.callId !== callId || consent.unclear === 0) return;
        if (text === question) fail(`"${text}" is asked again as if nothing had been said`);
      },
    };
  },
};

/** A host that has to be told that somebody agreed is told so with each start. */
const consentIsPassedOn: Invariant = {
  id: 'C10g',
  says: 'a call that somebody has agreed to is started as such, also by another process, and no other call is',
  watch(_world, fail) {
    const agreed = new Set<string>();
    return {
      effects: ['approval_settled', 'tool.start'],
      onEffect(effect) {
        if (effect.type === 'notify' && effect.notice.type === 'approval_settled') {
          if (effect.notice.ending === 'approved') agreed.add(effect.notice.callId);
          else agreed.delete(effect.notice.callId);
        }
        if (effect.type !== 'tool.start') return;
        if ((effect.approved === true) !== agreed.has(effect.callId))
          fail(`${effect.callId} is started as ${effect.approved === true ? '' : 'not '}agreed to`);
      },
    };
  },
};

export const askedWholeInvariants: readonly Invariant[] = [questionsAreWhole, consentIsPassedOn];
