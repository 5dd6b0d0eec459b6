import type { Effect } from '@antiphon/core';
import type { World } from '../world.ts';
import type { Invariant } from './invariant.ts';

/** How long what is said may be on its way to the session, and what is played on its way to its books. */
export const onTheWayMs = 2_500;

/** How long a voice is under way to the session: what begins at the very end of a question is told after it. */
const underWayMs = 1_200;

/** How often the question about one call may be put. */
const mostAsked = 6;

function confirmOf(world: World, { agent, name }: { readonly agent: string; readonly name: string }) {
  return world.ledger.agents[agent]?.tools.find((tool) => tool.name === name)?.confirm;
}

/** A call runs after a yes of its own: of the operator to its question, or of the user after hearing theirs. */
const wantsOwnYes: Invariant = {
  id: 'C01',
  says: 'a call that has to be agreed to is started after a yes to itself, and one yes starts one call',
  watch(world, fail) {
    const askedBy = new Map<string, { readonly callId: string }>();
    const approved = new Set<string>();
    const heardYes = new Map<string, number>();
    const usedWords = new Set<string>();
    // Where turns are ended by hand it may not be told when one began.
    const isByHand = world.ledger.agents['first']?.turnTaking === 'manual';
    const spokenEarlyMs = isByHand ? onTheWayMs : underWayMs;
    let changedAtMs = 0;
    // A connection that fell mute tells of nothing: the next one hears it, and cannot know how long ago it was said.
    const earlyMsOf = (startMs: number) => (startMs < changedAtMs ? onTheWayMs : spokenEarlyMs);
    /** What the user said with a yes in it, and when they began to. */
    const yesses = () => [
      ...world.user.typed.map(({ text, atMs }) => ({ text, atMs, earlyMs: 0 })),
      ...world.source.utterances.map(({ words, startMs }) => ({
        text: words,
        atMs: startMs,
        earlyMs: earlyMsOf(startMs),
      })),
    ];
    const takeYes = (sinceMs: number): boolean => {
      const said = yesses().find(
        ({ text, atMs, earlyMs }) =>
          text.split(' ').includes('yes') && atMs >= sinceMs - earlyMs && !usedWords.has(text),
      );
      if (said !== undefined) usedWords.add(said.text);
      return said !== undefined;
    };
    return {
      events: ['approval.given'],
      onEvent({ event, before }) {
        if (event.type !== 'approval.given' || event.verdict !== 'approved') return;
        const asked = askedBy.get(event.approvalId);
        if (asked !== undefined && before.lifecycle.kind !== 'closed') approved.add(asked.callId);
      },
      effects: ['approval_requested', 'approval_settled', 'connection_changed', 'tool.start'],
      onEffect(effect, { event }) {
        if (effect.type === 'notify' && effect.notice.type === 'connection_changed')
          changedAtMs = world.stage.queue.nowMs;
        if (effect.type === 'notify' && effect.notice.type === 'approval_requested') {
          const { approvalId, callId, by } = effect.notice;
          if (by === 'app') askedBy.set(approvalId, { callId });
          else heardYes.set(callId, world.sink.silentSinceMs);
        }
        if (effect.type === 'notify' && effect.notice.type === 'approval_settled')
          askedBy.delete(effect.notice.approvalId);
        if (effect.type !== 'tool.start') return;
        const confirm = confirmOf(world, effect);
        if (confirm === undefined || event.type === 'session.resume') return;
        if (effect.approved !== true) fail(`${effect.callId} is started and nobody agreed to it`);
        if (confirm.by === 'app' && !approved.delete(effect.callId))
          fail(`${effect.callId} is started and the operator did not approve it`);
        const sinceMs = heardYes.get(effect.callId);
        if (confirm.by === 'spoken' && (sinceMs === undefined || !takeYes(sinceMs)))
          fail(`${effect.callId} is started and the user did not say yes to it`);
      },
    };
  },
};

/** What was checked and asked for is what runs. */
const argumentsAreFrozen: Invariant = {
  id: 'C02',
  says: 'a call is checked once, and runs with the arguments that it was asked for with',
  watch(world, fail) {
    const checked = new Map<string, string>();
    return {
      effects: ['approval_requested', 'tool.check', 'tool.start'],
      onEffect(effect: Effect) {
        if (effect.type === 'tool.check') {
          if (checked.has(effect.callId)) fail(`${effect.callId} is checked twice`);
          checked.set(effect.callId, effect.argumentsJson);
        }
        if (effect.type === 'notify' && effect.notice.type === 'approval_requested') {
          const { callId, arguments: values } = effect.notice;
          if (JSON.stringify(values) !== checked.get(callId))
            fail(
              `${callId} is asked for with ${JSON.stringify(values)}, checked was ${checked.get(callId) ?? 'nothing'}`,
            );
        }
        if (effect.type !== 'tool.start' || confirmOf(world, effect) === undefined) return;
        if (checked.get(effect.callId) !== effect.argumentsJson)
          fail(`${effect.callId} runs with ${effect.argumentsJson}, not with what was checked`);
      },
    };
  },
};

/** Every question has one end. */
const questionsEnd: Invariant = {
  id: 'C03',
  says: 'each question about a call ends once, and only an approved call runs',
  watch(world, fail) {
    const endings = new Map<string, string | undefined>();
    const refused = new Set<string>();
    return {
      effects: ['approval_requested', 'approval_settled', 'tool.start'],
      onEffect(effect) {
        if (effect.type === 'tool.start' && refused.has(effect.callId))
          fail(`${effect.callId} is started though it was not agreed to`);
        if (effect.type !== 'notify') return;
        const { notice } = effect;
        if (notice.type === 'approval_requested') {
          if (endings.get(notice.approvalId) !== undefined)
            fail(`${notice.approvalId} is asked again after its end`);
          endings.set(notice.approvalId, undefined);
        }
        if (notice.type !== 'approval_settled') return;
        if (endings.get(notice.approvalId) !== undefined) fail(`${notice.approvalId} ends twice`);
        endings.set(notice.approvalId, notice.ending);
        if (notice.ending !== 'approved') refused.add(notice.callId);
      },
      onEnd() {
        for (const [approvalId, ending] of endings)
          if (ending === undefined && world.isOver) fail(`${approvalId} has no end`);
      },
    };
  },
};

/** Nobody is asked for ever. */
const asksComeToAnEnd: Invariant = {
  id: 'C05',
  says: 'the user is asked for one call a few times at most',
  watch(_world, fail) {
    const asked = new Map<string, number>();
    return {
      effects: ['approval_requested'],
      onEffect(effect) {
        if (effect.type !== 'notify' || effect.notice.type !== 'approval_requested') return;
        const { callId } = effect.notice;
        const times = (asked.get(callId) ?? 0) + 1;
        asked.set(callId, times);
        if (times > mostAsked) fail(`the user is asked for ${callId} for time ${times}`);
      },
    };
  },
};

/** While the user is asked, the model is not. */
const modelWaits: Invariant = {
  id: 'C04',
  says: 'while the answer of the user about a call is waited for, the model is asked for none',
  watch(_world, fail) {
    let open: string | undefined;
    return {
      effects: ['approval_requested', 'approval_settled', 'transport.send'],
      onEffect(effect) {
        if (effect.type === 'notify' && effect.notice.type === 'approval_settled') open = undefined;
        if (effect.type === 'notify' && effect.notice.type === 'approval_requested') {
          if (effect.notice.by === 'spoken') open = effect.notice.callId;
        }
        if (open === undefined || effect.type !== 'transport.send') return;
        if (effect.event.type !== 'response.create') return;
        if (effect.event.response?.metadata?.['antiphon.say'] === undefined)
          fail(`an answer is asked for while the user is asked for ${open}`);
      },
    };
  },
};

export const consentInvariants: readonly Invariant[] = [
  wantsOwnYes,
  argumentsAreFrozen,
  questionsEnd,
  asksComeToAnEnd,
  modelWaits,
];
