import type { ClientEvent, SessionNotice } from '@antiphon/core';
import type { ModelItem } from '../provider/model-conversation.ts';
import type { Link } from '../world/link.ts';
import type { World } from '../world.ts';
import type { Fail, Invariant } from './invariant.ts';

/** The model knows which agent it is, and the values of its instructions. */
const modelKnowsAgent: Invariant = {
  id: 'I23b',
  says: 'the model has the instructions of the agent in charge, with the values of now',
  watch(world, fail) {
    // Where a connection keeps its settings and no other can be had, it keeps them for good.
    let isStuck = false;
    return {
      effects: ['source.route', 'warning'],
      onEffect(effect) {
        if (effect.type === 'source.route') isStuck = false;
        if (effect.type !== 'notify' || effect.notice.type !== 'warning') return;
        if (effect.notice.code === 'provider.no_successor') isStuck = true;
      },
      onQuiet() {
        const { state } = world.session;
        if (isStuck) return;
        const link = world.network.links.get(world.ledger.current.epoch);
        if (link === undefined || state.lifecycle.kind !== 'running' || link.hearing === 'half_open') return;
        const refused = link.server.refusals.some((refusal) => refusal.event.type === 'session.update');
        if (refused) return;
        const { instructions } = link.server;
        const wanted = world.ledger.instructionsWith(state.variables);
        if (instructions !== wanted)
          fail(`the model is told "${instructions ?? ''}", it should be "${wanted}"`);
      },
    };
  },
};

/** A guardrail silences the agent. */
const guardsSilence: Invariant = {
  id: 'G01',
  says: 'what a guardrail objects to is not said on',
  watch(world, fail) {
    let waiting = false;
    return {
      events: ['guard.tripped'],
      onEvent({ event, before }) {
        waiting = false;
        if (event.type !== 'guard.tripped' || before.lifecycle.kind === 'closed' || world.ledger.current.held)
          return;
        waiting = world.sink.waiting.some((part) => part.itemId === event.itemId);
      },
      steps: ['guard.tripped'],
      onStep({ effects, before }) {
        if (!waiting || before.playout.kind === 'flushing') return;
        if (!effects.some((effect) => effect.type === 'sink.flush'))
          fail('what a guardrail objects to is said on');
      },
    };
  },
};

/** What may not be answered is not, and what may be is. */
const guardsAnswers: Invariant = {
  id: 'G02',
  says: 'a guardrail that holds against what the user said takes back its answer, one against the agent none',
  watch(_world, fail) {
    const isAnswer = ({ kind }: { readonly kind: string }) => kind === 'answer';
    return {
      steps: ['guard.tripped'],
      onStep({ event, before, state }) {
        if (event.type !== 'guard.tripped' || before.lifecycle.kind === 'closed') return;
        // Calls that end by it are answered: that is another answer.
        const stays = state.owed.some((request) => isAnswer(request) && before.owed.includes(request));
        if (event.guard === 'input' && stays) fail('what a guardrail holds against is still to be answered');
        const isAsked = state.response.kind === 'requested' && before.response.kind !== 'requested';
        const isKept = state.owed.some(isAnswer) || isAsked || state.lifecycle.kind !== 'running';
        if (event.guard === 'output' && before.owed.some(isAnswer) && !isKept)
          fail('a guardrail against the agent takes back an answer that is owed');
      },
    };
  },
};

/** The user's sound is kept until it is understood. */
const keptUntilUnderstood: Invariant = {
  id: 'F01',
  says: 'the sound of a turn is kept until the turn is written down or its answer begins',
  watch(world, fail) {
    const open = new Set<string>();
    const committed: string[] = [];
    return {
      events: ['server.event'],
      onEvent({ event }) {
        if (event.type !== 'server.event' || world.ledger.stale) return;
        const inner = event.event;
        if (inner.type === 'input_audio_buffer.committed') {
          open.add(inner.item_id);
          committed.push(inner.item_id);
        }
        if (inner.type.startsWith('response.')) open.clear();
        if (inner.type.startsWith('conversation.item.input_audio_transcription') && 'item_id' in inner)
          open.delete(inner.item_id);
      },
      effects: ['source.forget', 'source.route'],
      onEffect(effect) {
        if (effect.type === 'source.route') open.clear();
        if (effect.type !== 'source.forget') return;
        const gone = committed
          .slice(0, committed.lastIndexOf(effect.itemId) + 1)
          .filter((itemId) => open.has(itemId));
        if (gone.length > 0) fail(`the sound of ${gone.join(', ')} is forgotten`);
      },
    };
  },
};

/** What the user said is not lost with a connection. */
const turnsSurvive: Invariant = {
  id: 'I17b',
  says: 'what the user said is in the conversation, also when a connection broke meanwhile',
  watch(world, fail) {
    const unwritten = { since: 0 };
    return {
      events: ['session.resume'],
      onEvent({ event }) {
        if (event.type === 'session.resume') unwritten.since = world.stage.queue.nowMs;
      },
      onQuiet() {
        checkTurns(world, unwritten.since, fail);
      },
    };
  },
};

/** Connections in a row that are given up because nothing comes of them. */
const givenUpInARow = 2;

/** What the user ended by hand is not given up because a connection fell silent. */
const committedSurvives: Invariant = {
  id: 'I17c',
  says: 'a turn that the user ended by hand is in the conversation',
  watch(world, fail) {
    let excusedAtMs = Number.NEGATIVE_INFINITY;
    return {
      events: ['user.commit', 'timer.fired', 'session.resume'],
      onEvent({ event, before }) {
        const { nowMs } = world.stage.queue;
        const isOver = event.type === 'user.commit' && before.lifecycle.kind !== 'running';
        // Where two connections in a row were given up a third is kept, and what it does not take is told as missing.
        const isKept =
          event.type === 'timer.fired' && event.timer === 'commit' && before.dial.stalls >= givenUpInARow;
        if (event.type === 'session.resume' || isOver || isKept) excusedAtMs = nowMs;
      },
      onQuiet() {
        const { levels } = world.stage.profile;
        const silences = world.network.faults.filter(({ kind }) => kind === 'mute' || kind === 'half_open');
        const last = world.user.committed.at(-1);
        const link = world.network.links.get(world.ledger.current.epoch);
        if (last === undefined || link === undefined || world.isOver || last.atMs <= excusedAtMs) return;
        // What was said before a process ended went with it; what is left of the turn may be too short for one.
        const { process, utterances } = world.source;
        const utterance = utterances[last.utterance - 1];
        if ((utterance?.endMs ?? 0) < process.openMs + shortestTurnMs) return;
        if (utterance !== undefined && world.source.mayBeLost(utterance)) return;
        if (levels.nonsense !== 'off' || silences.length > 1 || levels.handoffs !== 'off') return;
        if (world.session.state.conversation.forgotten > 0) return;
        const token = last.words.split(' ')[0] ?? '';
        const given = link.server.conversation.items.some((item) => item.text.split(' ').includes(token));
        if (!given && !isAnsweredUnwritten(world, last.utterance)) fail(`${token} was committed and is lost`);
      },
    };
  },
};

/** Less sound than this is no turn to a server. */
const shortestTurnMs = 100;

/** How long sound may be on its way, and how long a turn may take to be made an item. */
const underWayMs = 1_500;

/** Whether a turn was made an item that nobody wrote down: a new connection is told that it was unintelligible. */
function isAnsweredUnwritten(world: World, utterance: number): boolean {
  return [...world.network.links.values()].some((link) =>
    link.server.conversation.items.some(
      (item) =>
        item.utterances.includes(utterance) && world.ledger.items.get(item.id)?.transcript !== 'known',
    ),
  );
}

function checkTurns(world: World, sinceMs: number, fail: Fail): void {
  const { levels } = world.stage.profile;
  const link = world.network.links.get(world.ledger.current.epoch);
  const plain = levels.nonsense === 'off' && levels.late_transcripts === 'off' && levels.mute === 'off';
  if (link === undefined || world.isOver || !plain || levels.half_open !== 'off') return;
  if (world.stage.settings.historyItems < 500 || world.ledger.agents['first']?.turnTaking === 'manual')
    return;
  const words = new Set(link.server.conversation.items.flatMap((item) => item.text.split(' ')));
  const firstReadyMs = world.readyAtMs ?? Number.POSITIVE_INFINITY;
  // A process that takes the session up hears the user from its first connection on.
  const heardFromMs = Math.max(firstReadyMs, sinceMs, world.source.process.openMs) + underWayMs;
  for (const utterance of world.source.utterances) {
    const { id, words: said, startMs, endMs } = utterance;
    if (said === '' || endMs === undefined || startMs < heardFromMs) continue;
    if (world.source.mayBeLost(utterance)) continue;
    const token = said.split(' ')[0] ?? '';
    if (isAnsweredUnwritten(world, id)) continue;
    if (!words.has(token))
      fail(`${token}, said from ${Math.round(startMs)} to ${Math.round(endMs)} ms, is lost`);
  }
}

/** Words that must be heard are. */
const protectedIsHeard: Invariant = {
  id: 'R12b',
  says: 'protected words are heard to their end, unless no answer can be had',
  exceptOnCalls: true,
  watch(world, fail) {
    const owed: { readonly text: string; readonly atMs: number }[] = [];
    let excusedAtMs = Number.NEGATIVE_INFINITY;
    const excuse = () => {
      excusedAtMs = world.stage.queue.nowMs;
    };
    return {
      events: ['session.resume', 'agent.say'],
      onEvent({ event, before }) {
        // The sound of a process went with it.
        if (event.type === 'session.resume') excuse();
        if (event.type !== 'agent.say' || event.protected !== true || before.lifecycle.kind !== 'running')
          return;
        owed.push({ text: event.text.trim(), atMs: world.stage.queue.nowMs });
      },
      effects: ['announce', 'limit', 'warning'],
      onEffect(effect) {
        const given = effect.type === 'announce' || (effect.type === 'notify' && isGivingUp(effect.notice));
        if (given) excuse();
      },
      onQuiet() {
        if (world.isOver) return;
        const open = owed.filter(({ atMs }) => atMs > excusedAtMs);
        if (open.length === 0) return;
        const heard = [...world.network.links.values()].flatMap((link) => textsHeard(world, link));
        for (const { text } of open) {
          if (!heard.includes(text)) fail(`"${text}" is protected and never heard to its end`);
        }
      },
    };
  },
};

/** The texts told to be said over a connection of which every sound was heard. */
function textsHeard(world: World, { epoch, server }: Link): readonly string[] {
  // What a server says while it is mute is lost, and nobody knows; nor that it answers something else than it was asked.
  const mute = world.network.faults.find((fault) => fault.epoch === epoch && fault.kind === 'mute');
  const refused = server.refusals.filter(({ atMs }) => mute !== undefined && mute.atMs <= atMs);
  const said = server.responses.flatMap(({ id, say }) => {
    if (say === undefined) return [];
    const items = server.conversation.items.filter((item) => item.responseId === id);
    // What it says is not known to be protected.
    const isUnknown = mute !== undefined || world.network.isUnnamed(id);
    return isUnknown || items.some((item) => isHeardWhole(world, item, say)) ? [say] : [];
  });
  return [...said, ...refused.flatMap(({ event }) => textAsked(event))];
}

/** The text that a client event asks a server to say. */
function textAsked(event: ClientEvent): readonly string[] {
  const text = event.type === 'response.create' ? event.response?.metadata?.['antiphon.say'] : undefined;
  return text === undefined ? [] : [text];
}

function isHeardWhole(world: World, { id, text, parts }: ModelItem, say: string): boolean {
  const isWhole = parts.every(
    ({ madeMs }, index) => (world.sink.partOf(id, index)?.heardMs ?? 0) >= madeMs - 1.5,
  );
  return isWhole && text.includes(say);
}

function isGivingUp(notice: SessionNotice): boolean {
  return notice.type === 'limit' || (notice.type === 'warning' && notice.code.startsWith('response.'));
}

export const agentInvariants: readonly Invariant[] = [
  modelKnowsAgent,
  guardsSilence,
  guardsAnswers,
  keptUntilUnderstood,
  turnsSurvive,
  committedSurvives,
  protectedIsHeard,
];
