import type { Effect, ServerEvent, SessionNotice } from '@antiphon/core';
import type { SessionStep } from '../session-under-test.ts';
import type { World } from '../world.ts';
import type { Fail, Invariant } from './invariant.ts';
import { isNamed } from './speech.ts';

type NoticeOf<Type extends SessionNotice['type']> = Extract<SessionNotice, { readonly type: Type }>;

function noticesOf<Type extends SessionNotice['type']>(
  effects: readonly Effect[],
  type: Type,
): readonly NoticeOf<Type>[] {
  const found: NoticeOf<Type>[] = [];
  for (const effect of effects)
    if (effect.type === 'notify' && effect.notice.type === type) found.push(effect.notice as NoticeOf<Type>);
  return found;
}

/** What the connection in use said in this step. */
function saidInUse({ event, before }: SessionStep, world: World): ServerEvent | undefined {
  if (event.type !== 'server.event' || event.event.type === 'unknown' || world.ledger.stale) return undefined;
  const { connection, lifecycle } = before;
  const isInUse = connection.kind === 'ready' && connection.epoch === event.epoch;
  return isInUse && lifecycle.kind !== 'closed' ? event.event : undefined;
}

interface Words {
  readonly role: 'user' | 'agent';
  readonly itemId: string;
  readonly text: string;
  readonly final: boolean;
}

/** The words that an event brings and that observers are to be told. */
function wordsOf(event: ServerEvent, world: World, epoch: number): Words | undefined {
  switch (event.type) {
    case 'response.output_text.delta':
    case 'response.output_audio_transcript.delta': {
      const isActive = world.ledger.connections.get(epoch)?.activeResponse === event.response_id;
      const response = world.ledger.responses.get(event.response_id);
      const isCut = response?.cutAtMs !== undefined;
      // What is not known to be protected may have been cut.
      const isGuessed = response?.protectedSpeech === true && !isNamed(world, event.response_id);
      if (!isActive || isCut || isGuessed || event.delta === '') return undefined;
      return { role: 'agent', itemId: event.item_id, text: event.delta, final: false };
    }
    case 'response.output_text.done':
      return { role: 'agent', itemId: event.item_id, text: event.text, final: true };
    case 'response.output_audio_transcript.done':
      return { role: 'agent', itemId: event.item_id, text: event.transcript, final: true };
    case 'conversation.item.input_audio_transcription.delta':
      return event.delta
        ? { role: 'user', itemId: event.item_id, text: event.delta, final: false }
        : undefined;
    case 'conversation.item.input_audio_transcription.completed':
      return { role: 'user', itemId: event.item_id, text: event.transcript, final: true };
    default:
      return undefined;
  }
}

/** What is said is told, word for word. */
const wordsAreTold: Invariant = {
  id: 'N04',
  says: 'what the user and the agent say is told as it is written down, and held against the guardrails once it is whole',
  watch(world, fail) {
    return {
      steps: [
        'user.text',
        'response.output_text.delta',
        'response.output_audio_transcript.delta',
        'response.output_text.done',
        'response.output_audio_transcript.done',
        'conversation.item.input_audio_transcription.delta',
        'conversation.item.input_audio_transcription.completed',
      ],
      onStep(step) {
        const { event, effects, before } = step;
        if (event.type === 'user.text' && before.connection.kind === 'ready') {
          if (before.lifecycle.kind !== 'closed') checkTyped(world, event.text, effects, fail);
          return;
        }
        const said = saidInUse(step, world);
        const words = said && wordsOf(said, world, before.connection.epoch);
        if (words !== undefined) checkWords(world, words, effects, fail);
      },
    };
  },
};

function checkWords(world: World, words: Words, effects: readonly Effect[], fail: Fail): void {
  const { role, itemId, text, final } = words;
  const isTold = noticesOf(effects, 'transcript').some(
    (told) => told.role === role && told.itemId === itemId && told.text === text && told.final === final,
  );
  if (!isTold) fail(`"${text}" of ${itemId} is not told`);
  if (final) checkGuard(world, words, effects, fail);
  else if (role === 'agent') checkGuardOnTheWay(world, words, effects, fail);
}

/** A long text is held against the guardrails each time that so much has come. */
const guardStep = 80;

function checkGuardOnTheWay(
  world: World,
  { itemId, text }: Words,
  effects: readonly Effect[],
  fail: Fail,
): void {
  const view = world.ledger.items.get(itemId);
  const isGuarded = world.ledger.agents[world.ledger.current.agent]?.guards.output === true;
  if (!isGuarded || view?.text === undefined || view.texts.length !== 1) return;
  const before = view.text.length - text.length;
  const isDue = Math.floor(before / guardStep) !== Math.floor(view.text.length / guardStep);
  const isChecked = effects.some(
    (effect) => effect.type === 'guard.check' && effect.itemId === itemId && !effect.final,
  );
  if (!isDue && isChecked)
    fail(`${itemId} has ${view.text.length} characters and is held against the guardrails again`);
  if (isDue && !isChecked)
    fail(`${itemId} has ${view.text.length} characters and is not held against the guardrails`);
}

function checkGuard(
  world: World,
  { role, itemId, text }: Words,
  effects: readonly Effect[],
  fail: Fail,
): void {
  const guard = role === 'user' ? 'input' : 'output';
  const isGuarded = world.ledger.agents[world.ledger.current.agent]?.guards[guard] === true;
  const checks = effects.filter((effect) => effect.type === 'guard.check' && effect.final);
  const isChecked = checks.some(
    (check) =>
      check.type === 'guard.check' && check.guard === guard && check.itemId === itemId && check.text === text,
  );
  if (isGuarded && text !== '' && !isChecked) fail(`"${text}" is not held against the ${guard} guardrails`);
  if (!isGuarded && checks.length > 0) fail(`"${text}" is held against guardrails that there are not`);
}

function checkTyped(world: World, text: string, effects: readonly Effect[], fail: Fail): void {
  if (text.trim() === '') return;
  const itemId = effects.flatMap((effect) => {
    if (effect.type !== 'transport.send' || effect.event.type !== 'conversation.item.create') return [];
    const { item } = effect.event;
    const isIt =
      item.type === 'message' && item.role === 'user' && JSON.stringify(item.content).includes(text);
    return isIt ? [item.id ?? ''] : [];
  })[0];
  if (itemId === undefined) return fail(`"${text}" was typed and is not sent`);
  if (!noticesOf(effects, 'user_turn').some((told) => told.itemId === itemId))
    fail(`"${text}" was typed and is not told as a turn`);
  checkWords(world, { role: 'user', itemId, text, final: true }, effects, fail);
}

/** Whether the user is saying it, or has said it: then its beginning was told. */
function isKnownTurn({ before: { userTurn, confirmedTurns } }: SessionStep, itemId: string): boolean {
  const isOpen = userTurn.kind === 'speaking' && userTurn.itemId === itemId;
  return isOpen || confirmedTurns.includes(itemId);
}

/** Observers hear of the user's voice. */
const speechIsTold: Invariant = {
  id: 'N05',
  says: 'each beginning, end and turn of the user that a server tells of is told once, with its figures',
  watch(world, fail) {
    const begun = new Set<string>();
    const over = new Set<string>();
    return {
      steps: [
        'input_audio_buffer.speech_started',
        'input_audio_buffer.speech_stopped',
        'input_audio_buffer.committed',
        'conversation.item.input_audio_transcription.completed',
        'conversation.item.input_audio_transcription.failed',
        'response.done',
      ],
      onStep(step) {
        const said = saidInUse(step, world);
        if (said === undefined) return;
        const { effects } = step;
        switch (said.type) {
          case 'input_audio_buffer.speech_started': {
            const [told] = noticesOf(effects, 'speech_started');
            if (told !== undefined && isKnownTurn(step, said.item_id))
              fail(`the beginning of ${said.item_id} is told again`);
            if (begun.has(said.item_id) || over.has(said.item_id)) return;
            begun.add(said.item_id);
            if (told?.itemId !== said.item_id || told.audioStartMs !== said.audio_start_ms)
              fail(`the beginning of ${said.item_id} is not told`);
            return;
          }
          case 'input_audio_buffer.speech_stopped': {
            const [told] = noticesOf(effects, 'speech_stopped');
            if (told !== undefined && step.before.confirmedTurns.includes(said.item_id))
              fail(`the end of ${said.item_id} is told behind its turn`);
            if (over.has(said.item_id)) return;
            if (told?.itemId !== said.item_id || told.audioEndMs !== said.audio_end_ms)
              fail(`the end of ${said.item_id} is not told`);
            return;
          }
          case 'input_audio_buffer.committed':
            if (over.has(said.item_id)) return;
            over.add(said.item_id);
            if (!noticesOf(effects, 'user_turn').some(({ itemId }) => itemId === said.item_id))
              fail(`${said.item_id} is committed and not told as a turn`);
            return;
          case 'conversation.item.input_audio_transcription.completed':
            over.add(said.item_id);
            return;
          case 'conversation.item.input_audio_transcription.failed':
            if (noticesOf(effects, 'transcript_failed')[0]?.itemId !== said.item_id)
              fail(`that ${said.item_id} was not understood is not told`);
            return;
          case 'response.done': {
            const [told] = noticesOf(effects, 'response_done');
            const { id, status } = said.response;
            if (told !== undefined && (told.responseId !== id || told.status !== status))
              fail(`${id} is ${status}, told is ${told.status}`);
            return;
          }
          default:
            return;
        }
      },
    };
  },
};

/** Observers hear of the connections. */
const connectionsAreTold: Invariant = {
  id: 'N06',
  says: 'the loss of a connection, its successor and a change of provider are told, with what it was given',
  watch(world, fail) {
    let provider: string | undefined;
    let told: string | undefined;
    return {
      effects: ['provider_changed', 'transport.open'],
      onEffect(effect) {
        if (effect.type === 'notify' && effect.notice.type === 'provider_changed')
          told = effect.notice.provider;
        if (effect.type !== 'transport.open') return;
        if (provider !== undefined && effect.provider !== provider && told !== effect.provider)
          fail(`${effect.provider} is dialled, which is not told`);
        provider = effect.provider;
      },
      steps: ['transport.closed', 'source.route'],
      onStep(step) {
        const { event, before, state, effects } = step;
        if (state.lifecycle.kind === 'closed') return;
        const isLost =
          event.type === 'transport.closed' &&
          event.code !== 1000 &&
          before.connection.kind === 'ready' &&
          before.connection.epoch === event.epoch;
        if (isLost && noticesOf(effects, 'connection_lost').length !== 1)
          fail('the loss of a connection is not told');
        for (const effect of effects)
          if (effect.type === 'source.route') checkTakeOver(world, effect.epoch, effects, fail);
      },
    };
  },
};

function checkTakeOver(world: World, epoch: number, effects: readonly Effect[], fail: Fail): void {
  const [changed] = noticesOf(effects, 'connection_changed');
  const isFirst = noticesOf(effects, 'ready').length > 0;
  if (isFirst === (changed !== undefined)) return fail(`that connection ${epoch} is in use is not told`);
  if (changed === undefined) return;
  const view = world.ledger.connections.get(epoch);
  const routed = effects.findIndex((effect) => effect.type === 'source.route');
  const given = effects
    .slice(0, routed)
    .filter(
      (effect) =>
        effect.type === 'transport.send' &&
        effect.epoch === epoch &&
        effect.event.type === 'conversation.item.create',
    );
  if (changed.provider !== view?.provider)
    fail(`connection ${epoch} is of ${view?.provider ?? ''}, told is ${changed.provider}`);
  if (changed.items !== given.length)
    fail(`connection ${epoch} is given ${given.length} items, told are ${changed.items}`);
}

/** Who takes up a conversation says nothing new. */
const givenIsNotTold: Invariant = {
  id: 'N04b',
  says: 'what a connection was given of the conversation is not told as something that is said now',
  watch(world, fail) {
    return {
      steps: ['conversation.item.added', 'conversation.item.created', 'conversation.item.done'],
      onStep(step) {
        if (saidInUse(step, world) === undefined) return;
        for (const { text, itemId } of noticesOf(step.effects, 'transcript'))
          if (isGiven(world, step.before.connection.epoch, text))
            fail(`"${text}" of ${itemId} was given to the connection, and is told as new`);
      },
    };
  },
};

/** Somebody else may write to a conversation. */
const othersAreTold: Invariant = {
  id: 'N04c',
  says: 'what somebody else writes to the conversation is told as it comes, and once',
  watch(world, fail) {
    const told = new Set<string>();
    return {
      steps: ['conversation.item.added', 'conversation.item.created', 'conversation.item.done'],
      onStep(step) {
        const { before, effects } = step;
        const said = saidInUse(step, world);
        if (said === undefined || !('item' in said)) return;
        const id = said.item.id ?? '';
        const text = world.network.links.get(before.connection.epoch)?.server.textsOfOthers.get(id);
        if (text === undefined) return;
        const count = noticesOf(effects, 'transcript').filter(
          (notice) => notice.role === 'user' && notice.itemId === id && notice.text === text,
        ).length;
        if (count !== (told.has(id) ? 0 : 1)) fail(`"${text}" of ${id} is told ${count} times`);
        told.add(id);
      },
    };
  },
};

function isGiven({ ledger }: World, epoch: number, text: string): boolean {
  const given = ledger.connections.get(epoch)?.sent ?? [];
  return given.some(
    (sent) =>
      sent.type === 'conversation.item.create' &&
      sent.item.type === 'message' &&
      sent.item.content.some((part) => 'text' in part && part.text === text),
  );
}

export const noticeInvariants: readonly Invariant[] = [
  wordsAreTold,
  speechIsTold,
  connectionsAreTold,
  givenIsNotTold,
  othersAreTold,
];
