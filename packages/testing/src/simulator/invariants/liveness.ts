import { allItems, type Effect } from '@antiphon/core';
import type { ModelItem } from '../provider/model-conversation.ts';
import type { ModelResponse } from '../provider/model-response.ts';
import type { World } from '../world.ts';
import { onTheWayMs } from './consents.ts';
import type { Invariant } from './invariant.ts';
import { isOnCall } from './on-call.ts';
import { isSpeechStart } from './speech.ts';

/** Whether some of what the server of a connection said was never heard. */
function wasMute(world: World, epoch: number): boolean {
  return world.network.faults.some((fault) => fault.epoch === epoch && fault.kind === 'mute');
}

/** What the model believes it said is what was heard. */
const believesWhatWasHeard: Invariant = {
  id: 'R09',
  says: 'the model keeps of its speech what was heard, and no more',
  exceptOnCalls: true,
  watch(world, fail) {
    return {
      onQuiet() {
        const view = world.ledger.inUse;
        const link = view && world.network.links.get(view.epoch);
        if (link === undefined || world.ledger.current.closed || link.hearing !== 'sound') return;
        if (wasMute(world, link.epoch)) return;
        for (const item of link.server.conversation.items) {
          if (item.kind !== 'agent') continue;
          for (const [index, part] of item.parts.entries()) {
            const heardMs = world.sink.partOf(item.id, index)?.heardMs ?? 0;
            // A part cannot be deleted, and not be truncated at 0.
            const stands =
              index > 0 && heardMs < 1 && item.parts[0] !== undefined && item.parts[0].keptMs > 0;
            if (part.keptMs > heardMs + 1.5 && !stands)
              fail(
                `${item.id}/${index}: the model keeps ${part.keptMs} of ${part.madeMs} ms, heard were ${heardMs}`,
              );
            if (part.keptMs < Math.min(heardMs, part.madeMs) - 1.5)
              fail(`${item.id}/${index}: the model keeps ${part.keptMs} ms, heard were ${heardMs}`);
          }
        }
      },
    };
  },
};

/** Whether words of it were told, and its end was not: on a call it is spoken to its end, and nobody knows that it failed. */
function wasSpokenUnwatched({ network, ledger }: World, { id }: ModelResponse): boolean {
  if (network.call === undefined || ledger.responses.get(id)?.status !== 'active') return false;
  return network.call.server.conversation.items.some(
    (item) => item.responseId === id && ledger.items.get(item.id)?.text !== undefined,
  );
}

/** Whether an answer was had, or cut by the user. */
function isAnswer(world: World, response: ModelResponse): boolean {
  if (response.say !== undefined) return false;
  if (response.status === 'completed' || response.status === 'incomplete') return true;
  if (wasSpokenUnwatched(world, response)) return true;
  return world.ledger.responses.get(response.id)?.cutAtMs !== undefined || response.status === 'cancelled';
}

/**
 * The responses to some item, as far as a session can tell: where the network told of an item before a response that had
 * begun without it, nothing shows that the response did not see it.
 */
function answersTo(world: World, matches: (item: ModelItem) => boolean): readonly ModelResponse[] {
  return [...world.network.links.values()].flatMap(({ server, misorders }) =>
    server.responses.filter(
      ({ id, seen }) =>
        seen.some(matches) ||
        misorders.some(({ responseId, itemId }) => {
          const item = responseId === id ? server.conversation.find(itemId) : undefined;
          return item !== undefined && matches(item);
        }),
    ),
  );
}

/** Whether a server that fell mute went on: what it refused or answered meanwhile is not known. */
function missedSomething(world: World): boolean {
  return world.network.faults.some(
    ({ epoch, kind }) => kind === 'mute' && world.network.links.get(epoch)?.hearing === 'sound',
  );
}

/** Whether an agent goes on where a sound without words cut it; else the user has taken their question back. */
function resumesCuts(world: World): boolean {
  return world.ledger.agents[world.ledger.current.agent]?.resumeFalseInterruption === true;
}

/** When the user was asked for calls: what they said then settled a question, and is nothing for the model to answer. */
class QuestionTimes {
  readonly #times: { readonly fromMs: number; readonly toMs: number }[] = [];
  #askedAtMs: number | undefined;

  see(effect: Effect, nowMs: number): void {
    if (effect.type === 'transport.send' && effect.event.type === 'response.create') {
      if (effect.event.response?.metadata?.['antiphon.asks_for'] !== undefined) this.#askedAtMs ??= nowMs;
    }
    const isEnd = effect.type === 'notify' && effect.notice.type === 'approval_settled';
    if (!isEnd || effect.notice.by !== 'spoken' || this.#askedAtMs === undefined) return;
    this.#times.push({ fromMs: this.#askedAtMs - onTheWayMs, toMs: nowMs });
    this.#askedAtMs = undefined;
  }

  /** Whether what was said at this time was said to a question. */
  takes(atMs: number): boolean {
    return this.#times.some(({ fromMs, toMs }) => atMs >= fromMs && atMs <= toMs);
  }
}

/** Whether the last request was lost while an earlier one was answered late: nothing shows which of the two that answer is for. */
function isTakenForLost({ ledger, network }: World, sinceMs: number): boolean {
  const server = network.links.get(ledger.current.epoch)?.server;
  const last = ledger.inUse?.sent.findLast(({ type }) => type === 'response.create');
  if (server === undefined || !server.lostRequests.includes(last?.event_id ?? '')) return false;
  return server.responses.some(
    ({ id, manner }) => manner.lateMs > 0 && (ledger.responses.get(id)?.startedAtMs ?? 0) > sinceMs,
  );
}

/** Whether a text has left the history, which is bounded: an answer that broke off before is given anew without it. */
function hasLeftHistory({ session }: World, text: string): boolean {
  const { conversation } = session.state;
  const isKept = allItems(conversation).some((item) => item.kind === 'message' && item.text === text);
  return conversation.forgotten > 0 && !isKept;
}

/** What the user said last is answered. */
const turnsAreAnswered: Invariant = {
  id: 'I15',
  says: 'the last turn of the user is answered, unless the session ended or the user took it back',
  watch(world, fail) {
    let excusedAtMs = Number.NEGATIVE_INFINITY;
    const questions = new QuestionTimes();
    const isExcused = (atMs: number) =>
      atMs <= excusedAtMs || questions.takes(atMs) || isTakenForLost(world, atMs);
    return {
      events: [
        'user.interrupt',
        'guard.tripped',
        'user.speech_started',
        'input_audio_buffer.speech_started',
        'session.close',
      ],
      onEvent({ event }) {
        if (event.type === 'user.interrupt' || event.type === 'guard.tripped')
          excusedAtMs = Math.max(excusedAtMs, world.stage.queue.nowMs);
        if (isSpeechStart(event, world.ledger) && !resumesCuts(world))
          excusedAtMs = Math.max(excusedAtMs, world.stage.queue.nowMs);
        if (event.type === 'session.close') excusedAtMs = Number.POSITIVE_INFINITY;
      },
      effects: ['announce', 'approval_settled', 'closed', 'limit', 'transport.send', 'warning'],
      onEffect(effect) {
        questions.see(effect, world.stage.queue.nowMs);
        if (effect.type === 'announce') excusedAtMs = Math.max(excusedAtMs, world.stage.queue.nowMs);
        if (effect.type !== 'notify') return;
        if (effect.notice.type === 'limit' || effect.notice.type === 'closed')
          excusedAtMs = Number.POSITIVE_INFINITY;
        if (effect.notice.type === 'warning' && effect.notice.code.startsWith('response.'))
          excusedAtMs = Math.max(excusedAtMs, world.stage.queue.nowMs);
      },
      onQuiet() {
        if (world.isOver || missedSomething(world)) return;
        const typed = world.user.typed.at(-1);
        if (typed !== undefined && !isExcused(typed.atMs) && !hasLeftHistory(world, typed.text))
          checkAnswered(world, typed.text.split(' ')[0] ?? '', fail);
        const link = world.network.links.get(world.ledger.current.epoch);
        const spoken = link?.server.conversation.items.findLast(
          (item) => item.kind === 'user' && item.utterances.length > 0 && world.ledger.items.has(item.id),
        );
        if (spoken === undefined || spoken.text === '') return;
        const lastEndMs = Math.max(
          ...spoken.utterances.map((id) => world.source.utterances[id - 1]?.endMs ?? 0),
        );
        if (!isExcused(lastEndMs)) checkAnswered(world, spoken.text.split(' ')[0] ?? '', fail);
      },
    };
  },
};

/** What tools gave is talked about, where their policy says so. */
const resultsAreFollowedUp: Invariant = {
  id: 'I15b',
  says: 'the last results of tools are followed by an answer',
  watch(world, fail) {
    let excusedAtMs = Number.NEGATIVE_INFINITY;
    let last: { readonly callId: string; readonly atMs: number } | undefined;
    const excuse = (untilMs: number) => {
      excusedAtMs = Math.max(excusedAtMs, untilMs);
    };
    return {
      events: ['user.interrupt', 'guard.tripped', 'session.close'],
      onEvent({ event }) {
        const nowMs = world.stage.queue.nowMs;
        if (event.type === 'user.interrupt' || event.type === 'guard.tripped') excuse(nowMs);
        if (event.type === 'session.close') excuse(Number.POSITIVE_INFINITY);
      },
      effects: ['announce', 'limit', 'tool_settled', 'warning'],
      onEffect(effect) {
        const nowMs = world.stage.queue.nowMs;
        if (effect.type === 'announce') excuse(nowMs);
        if (effect.type === 'notify' && effect.notice.type === 'limit') excuse(Number.POSITIVE_INFINITY);
        if (
          effect.type === 'notify' &&
          effect.notice.type === 'warning' &&
          effect.notice.code.startsWith('response.')
        )
          excuse(nowMs);
        if (effect.type !== 'notify' || effect.notice.type !== 'tool_settled') return;
        const { callId, name, outcome } = effect.notice;
        const agent = world.ledger.agents[world.ledger.calls.byId.get(callId)?.agent ?? ''];
        const reply = agent?.tools.find((tool) => tool.name === name)?.reply;
        const isNews = outcome.status !== 'cancelled' && effect.notice.stale !== true;
        if (reply === 'now' && isNews) last = { callId, atMs: nowMs };
      },
      onQuiet() {
        if (world.isOver || last === undefined || last.atMs <= excusedAtMs) return;
        const { callId, atMs } = last;
        // Where answers are late or lost, or wait for what the user is asked, much else is said meanwhile: the next connection
        // is given the newest of it.
        const isLong = world.session.state.conversation.forgotten > 0;
        const { slow_answers: slow, dropped_creates: dropped, consents } = world.stage.profile.levels;
        if (isLong && [slow, dropped, consents].some((level) => level !== 'off')) return;
        const answers = answersTo(world, (item) => item.kind === 'output' && item.callId === callId);
        const cut = [...world.ledger.responses.values()].some((response) => (response.cutAtMs ?? 0) >= atMs);
        if (!cut && !answers.some((response) => isAnswer(world, response)))
          fail(`the result of ${callId} is never talked about`);
      },
    };
  },
};

function checkAnswered(world: World, token: string, fail: (message: string) => void): void {
  const holds = (text: string) => text.split(' ').includes(token);
  const answers = answersTo(world, (item) => holds(item.text));
  if (!answers.some((response) => isAnswer(world, response))) fail(`${token} of the user is never answered`);
}

/** How much of which utterances an item holds; one that was given as text holds all it names. */
function soundOf(world: World, item: ModelItem): readonly (readonly [utterance: number, ms: number])[] {
  const known = [...world.network.links.values()].flatMap((link) => link.server.conversation.items);
  const isHeard = ({ utterances }: ModelItem) => utterances.length > 0;
  // A server that names it itself has it under another id, and in the same words.
  const heard =
    known.find((one) => one.id === item.id && isHeard(one)) ??
    known.find((one) => one.text !== '' && one.text === item.text && isHeard(one));
  if (heard !== undefined) return [...heard.heardMs];
  return world.source.utterances
    .filter(({ words }) => words !== '' && item.text.includes(words))
    .map(({ id, startMs, endMs }) => [id, (endMs ?? startMs) - startMs]);
}

/** What the user said is in the conversation, and once. */
const turnsAreKept: Invariant = {
  id: 'I17',
  says: 'a turn of the user is in the conversation once, also after a change of connections',
  watch(world, fail) {
    return {
      onQuiet() {
        const link = world.network.links.get(world.ledger.current.epoch);
        if (
          link === undefined ||
          world.ledger.current.closed ||
          world.stage.profile.levels.nonsense !== 'off'
        )
          return;
        const heardMs = new Map<number, number>();
        for (const item of link.server.conversation.items) {
          if (item.kind !== 'user') continue;
          for (const [utterance, ms] of soundOf(world, item))
            heardMs.set(utterance, (heardMs.get(utterance) ?? 0) + ms);
        }
        for (const { id, words, startMs, endMs } of world.source.utterances) {
          const lengthMs = (endMs ?? startMs) - startMs;
          if (mayBeUntold(world, endMs ?? startMs)) continue;
          if (words !== '' && (heardMs.get(id) ?? 0) > 1.4 * lengthMs + 100)
            fail(`${words} is in the conversation more than once`);
        }
      },
    };
  },
};

/** Whether a server that fell mute kept for itself that it had made an item of a turn: its commit is taken for another. */
function mayBeUntold(world: World, endMs: number): boolean {
  const isManual = Object.values(world.ledger.agents).some(({ turnTaking }) => turnTaking === 'manual');
  return isManual && world.network.faults.some(({ kind, atMs }) => kind === 'mute' && atMs <= endMs);
}

/** Our record has the order of the server's. */
const orderIsKept: Invariant = {
  id: 'I16',
  says: 'the history has the order of the conversation, and nothing twice',
  watch(world, fail) {
    return {
      onQuiet() {
        const { state } = world.session;
        const order = state.conversation.pages.flatMap((page) => page.order);
        if (new Set(order).size !== order.length) fail('an item is twice in the history');
        if (
          state.conversation.pages.some(
            (page) => page.order.length === 0 || page.items.size !== page.order.length,
          )
        )
          fail('a page of the history is empty, or has items in no order');
        if (order.length !== state.conversation.size)
          fail(`the history counts ${state.conversation.size} items and has ${order.length}`);
        const link = world.network.links.get(world.ledger.current.epoch);
        if (link === undefined || state.lifecycle.kind === 'closed' || wasMute(world, link.epoch)) return;
        const places = new Map(order.map((id, index) => [id, index]));
        // What stands behind an item of a call that was missed stands where it was told.
        if (isOnCall(world) && world.ledger.connections.size > 1) return;
        let last = -1;
        for (const item of link.server.conversation.items) {
          const at = places.get(item.id);
          if (at === undefined) continue;
          if (at < last) return fail(`${item.id} is not in its place in the history`);
          last = at;
        }
      },
    };
  },
};

export const livenessInvariants: readonly Invariant[] = [
  believesWhatWasHeard,
  turnsAreAnswered,
  resultsAreFollowedUp,
  turnsAreKept,
  orderIsKept,
];
