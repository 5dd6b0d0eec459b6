import type { SessionState } from '@antiphon/core';
import type { SessionStep } from '../session-under-test.ts';
import type { World } from '../world.ts';
import type { Fail, Invariant } from './invariant.ts';
import { isOnCall } from './on-call.ts';
import { isInterruptible, isNamed, isSpeechStart } from './speech.ts';

function isProtected(world: World, itemId: string): boolean {
  const responseId = world.ledger.items.get(itemId)?.responseId;
  return responseId !== undefined && world.ledger.responses.get(responseId)?.protectedSpeech === true;
}

/** Whether an item must be heard, and its server has said so. */
function isToldProtected(world: World, itemId: string): boolean {
  const responseId = world.ledger.items.get(itemId)?.responseId ?? '';
  return isNamed(world, responseId) && isProtected(world, itemId);
}

/** After the flush nothing of what was cut is played. */
const silentAfterFlush: Invariant = {
  id: 'I04',
  says: 'nothing of a response is played after it was cut',
  watch(world, fail) {
    const cut = new Set<string>();
    return {
      events: ['user.interrupt', 'user.speech_started', 'input_audio_buffer.speech_started'],
      onEvent({ event, before }) {
        // Behind protected words nothing is cut.
        if (world.ledger.stale || before.lifecycle.kind === 'closed' || world.ledger.current.held) return;
        const byHand = event.type === 'user.interrupt';
        if (event.type === 'user.speech_started' && before.userTurn.kind === 'speaking') return;
        if (!byHand && !(isSpeechStart(event, world.ledger) && isInterruptible(world))) return;
        for (const response of world.ledger.responses.values()) {
          // The server of a call lets the user cut everything.
          if (!response.protectedSpeech || (isOnCall(world) && !byHand)) {
            cut.add(response.id);
            response.cutAtMs ??= world.stage.queue.nowMs;
          }
        }
      },
      effects: ['sink.flush', 'sink.write'],
      onEffect(effect, { event }) {
        if (effect.type === 'sink.flush') {
          for (const part of world.sink.waiting) {
            const responseId = world.ledger.items.get(part.itemId)?.responseId;
            if (responseId !== undefined) cut.add(responseId);
          }
        }
        if (effect.type !== 'sink.write' || event.type !== 'server.audio') return;
        const cutAtMs = world.ledger.responses.get(event.responseId)?.cutAtMs;
        if (cut.has(event.responseId) || cutAtMs !== undefined)
          fail(`sound of ${event.responseId} is played, which was cut`);
      },
    };
  },
};

/** Speech of the user silences what may be silenced, at once. */
const flushAtOnce: Invariant = {
  id: 'R08b',
  says: 'when the user cuts in, what was not played is dropped in the same step',
  watch(world, fail) {
    let waiting: readonly string[] = [];
    return {
      events: ['user.interrupt', 'user.speech_started', 'input_audio_buffer.speech_started'],
      onEvent({ event }) {
        waiting = [];
        const cuts =
          event.type === 'user.interrupt' || (isSpeechStart(event, world.ledger) && isInterruptible(world));
        // Speech that was on its way when protected words began does not count.
        if (!cuts || world.ledger.stale || world.ledger.current.held) return;
        const isOwn = (itemId: string) => world.ledger.items.get(itemId) === undefined;
        waiting = world.sink.waiting
          .map((part) => part.itemId)
          .filter((itemId) => !isProtected(world, itemId) && !isOwn(itemId));
        if (world.sink.waiting.some((part) => isProtected(world, part.itemId))) waiting = [];
      },
      steps: ['user.interrupt', 'user.speech_started', 'input_audio_buffer.speech_started'],
      onStep({ effects, before }) {
        if (waiting.length === 0 || before.lifecycle.kind === 'closed') return;
        if (before.playout.kind === 'flushing') return;
        if (!effects.some((effect) => effect.type === 'sink.flush'))
          fail(`${waiting.join(', ')} is played on`);
      },
    };
  },
};

/** What is told to the server is what was heard. */
const truncateAsHeard: Invariant = {
  id: 'I05',
  says: 'audio_end_ms is what was heard, in whole milliseconds',
  watch(world, fail) {
    return {
      effects: ['transport.send'],
      onEffect(effect) {
        if (effect.type !== 'transport.send' || effect.event.type !== 'conversation.item.truncate') return;
        const { item_id: itemId, content_index: contentIndex, audio_end_ms: endMs } = effect.event;
        const heardMs = world.sink.partOf(itemId, contentIndex)?.heardMs ?? 0;
        const receivedMs = world.ledger.items.get(itemId)?.receivedMs[contentIndex] ?? 0;
        const figures = `${itemId}/${contentIndex} at ${endMs} ms; heard ${heardMs}, received ${receivedMs}`;
        if (!Number.isInteger(endMs)) fail(`not a whole number: ${figures}`);
        if (endMs <= 0) fail(`I06: nothing was heard: ${figures}`);
        if (endMs > receivedMs + 1e-6) fail(`more than was received: ${figures}`);
        if (endMs > heardMs + 1e-6) fail(`more than was heard: ${figures}`);
        if (Math.min(heardMs, receivedMs) - endMs >= 1.001) fail(`less than was heard: ${figures}`);
      },
    };
  },
};

/** What the sink is given is what arrived, once and in order. */
const playWhatArrives: Invariant = {
  id: 'I18',
  says: 'sound is played once, as it arrives, and only then',
  watch(world, fail) {
    const excused = new Set<string>();
    const excuse = () => {
      for (const response of world.ledger.responses.values())
        if (response.status === 'active') excused.add(response.id);
    };
    let written = 0;
    let cutAtMs = Number.NEGATIVE_INFINITY;
    const { responseMs } = world.stage.settings.timeouts;
    const complete = new Set<string>();
    return {
      events: [
        'response.output_audio.done',
        'user.text',
        'user.interrupt',
        'guard.tripped',
        'agent.handoff',
        'session.close',
        'timer.fired',
        'server.audio',
        'announcement.audio',
      ],
      onEvent({ event }) {
        written = 0;
        if (event.type === 'server.event' && event.event.type === 'response.output_audio.done')
          complete.add(`${event.event.item_id}/${event.event.content_index ?? 0}`);
        if (event.type === 'user.text' || event.type === 'user.interrupt') cutAtMs = world.stage.queue.nowMs;
        if (event.type === 'guard.tripped' || event.type === 'user.text' || event.type === 'agent.handoff')
          excuse();
        if (event.type === 'session.close' || event.type === 'timer.fired') excuse();
      },
      effects: ['limit', 'sink.write'],
      onEffect(effect, { event }) {
        if (effect.type === 'notify' && effect.notice.type === 'limit') excuse();
        if (effect.type !== 'sink.write') return;
        written++;
        const fits =
          (event.type === 'server.audio' &&
            event.itemId === effect.itemId &&
            event.contentIndex === effect.contentIndex) ||
          (event.type === 'announcement.audio' && event.itemId === effect.itemId);
        if (!fits || written > 1) fail(`sink.write of ${effect.itemId} with ${event.type}`);
      },
      steps: ['server.audio'],
      onStep({ event, before }) {
        if (event.type !== 'server.audio' || world.ledger.stale || written > 0) return;
        // Sound that comes behind the end of its part comes twice.
        if (complete.has(`${event.itemId}/${event.contentIndex}`)) return;
        const response = world.ledger.responses.get(event.responseId);
        const over =
          world.user.isTalking || before.lifecycle.kind === 'closed' || before.playout.kind === 'flushing';
        if (response?.status !== 'active' || response.cutAtMs !== undefined || over) return;
        // What is not known to be protected may have been cut.
        if (response.protectedSpeech && !isNamed(world, response.id)) return;
        // A response that was only asked for is cut before it is known.
        if (response.startedAtMs - cutAtMs < responseMs) return;
        if (response.epoch !== world.ledger.current.epoch || excused.has(response.id)) return;
        fail(`sound of ${event.itemId} is dropped and nobody cut it`);
      },
    };
  },
};

/** Protected speech is not cut by speech, and the user's sound is kept back meanwhile. */
const protectedSpeech: Invariant = {
  id: 'R12',
  says: 'protected speech is heard to its end, and the user is listened to afterwards',
  watch(world, fail) {
    return {
      effects: ['sink.flush', 'source.hold', 'source.release'],
      onEffect(effect, { event }) {
        if (effect.type === 'sink.flush' && isSpeechStart(event, world.ledger)) {
          const cut = world.sink.waiting.find((part) => isToldProtected(world, part.itemId));
          if (cut !== undefined) fail(`${cut.itemId} is protected and is cut by speech`);
        }
        if (effect.type === 'source.hold' && world.ledger.current.held) fail('the source is held twice');
        if (effect.type === 'source.release' && !world.ledger.current.held)
          fail('the source is released and was not held');
      },
      onStep({ state }) {
        if (state.lifecycle.kind === 'closed' || world.ledger.current.held) return;
        const open = world.sink.waiting.find((part) => isToldProtected(world, part.itemId));
        if (open !== undefined) fail(`${open.itemId} is protected and the user's sound is not kept back`);
      },
      onQuiet() {
        if (world.ledger.current.held && !world.isOver) fail("the user's sound is kept back for ever");
      },
    };
  },
};

/** Observers are told of the end of each item's sound, with figures that fit what was heard. */
const audioNotices: Invariant = {
  id: 'N02',
  says: 'audio_done tells what was heard, once after each audio_started',
  watch(world, fail) {
    const open = new Map<string, number>();
    const responses = new Map<string, string>();
    return {
      effects: ['audio_done', 'audio_started'],
      onEffect(effect, step) {
        if (effect.type !== 'notify') return;
        const { notice } = effect;
        if (notice.type === 'audio_started') {
          if ((open.get(notice.itemId) ?? 0) > 0 && !hasSeveralParts(world, notice.itemId))
            fail(`${notice.itemId} starts twice`);
          open.set(notice.itemId, (open.get(notice.itemId) ?? 0) + 1);
          responses.set(notice.itemId, notice.responseId);
        }
        if (notice.type === 'audio_done') {
          // On a call what waits behind other words is cut before it begins, and what was missed meanwhile is told later.
          const isUnbegun = isOnCall(world) && notice.heardMs !== undefined && !open.get(notice.itemId);
          if (!isUnbegun) open.set(notice.itemId, (open.get(notice.itemId) ?? 0) - 1);
          // How long the whole is nobody tells of a call.
          if (isOnCall(world)) return;
          checkDone(
            world,
            { ...notice, heardMs: notice.heardMs ?? 0, receivedMs: notice.receivedMs ?? 0 },
            fail,
            step,
          );
        }
      },
      onQuiet() {
        if (world.isOver) return;
        // What its server has cut of a response is told item by item: which were heard before is known by the order of that.
        const mayBeMissed =
          world.stage.profile.levels.reorders !== 'off' ||
          world.network.faults.some(({ kind }) => kind === 'mute');
        for (const [itemId, count] of open) {
          const responseId = world.ledger.items.get(itemId)?.responseId ?? responses.get(itemId) ?? '';
          const isCut = world.ledger.responses.get(responseId)?.cutAtMs !== undefined;
          if (isOnCall(world) && isCut && mayBeMissed) continue;
          if (count !== 0 && !hasSeveralParts(world, itemId))
            fail(`the end of ${itemId} is told ${1 - count} times`);
        }
      },
    };
  },
};

/** The words that were heard fit their share of the sound; the one that was cut counts as unheard. */
function checkShare({ itemId, heardMs, receivedMs, heardText, unheardText }: Heard, fail: Fail): void {
  const text = `${heardText} ${unheardText}`;
  const isCut = heardMs < Math.floor(receivedMs);
  if (!isCut && unheardText === '') return;
  const spoken = (text.length + 1) * (heardMs / receivedMs);
  const cutWord = unheardText.split(' ')[0] ?? '';
  // Pieces of a text may have two spaces between them.
  if (heardText.length > spoken + 2 || (cutWord !== '' && heardText.length + cutWord.length + 2 < spoken))
    fail(`${itemId}: ${heardMs} of ${receivedMs} ms are "${heardText}" and not "${unheardText}"`);
}

/** The record has the text as it is cut, between two words: not a letter is noted as heard that was not, and the next word was not heard whole. */
function checkRecorded(
  { conversation }: SessionState,
  { itemId, heardMs, receivedMs, heardText, unheardText }: Heard,
  fail: Fail,
): void {
  const item = conversation.pages.findLast(({ items }) => items.has(itemId))?.items.get(itemId);
  if (item?.kind !== 'message' || item.parts.length !== 1 || unheardText === '' || receivedMs === 0) return;
  const text = item.text ?? '';
  if (item.heard?.unheard !== unheardText || !text.startsWith(heardText)) return;
  const spoken = Math.floor(text.length * Math.min(1, heardMs / receivedMs));
  const wordEnd = text.indexOf(' ', heardText.length + 1);
  const isBroken = heardText !== '' && text[heardText.length] !== ' ';
  if (isBroken || heardText.length > spoken || (wordEnd >= 0 && wordEnd <= spoken))
    fail(`${itemId}: of "${text}" ${spoken} letters were heard, noted is "${heardText}"`);
}

function hasSeveralParts(world: World, itemId: string): boolean {
  const { receivedMs = [], texts = [] } = world.ledger.items.get(itemId) ?? {};
  return (isOnCall(world) ? texts : receivedMs).length > 1;
}

interface Heard {
  readonly itemId: string;
  readonly heardMs: number;
  readonly receivedMs: number;
  readonly heardText: string;
  readonly unheardText: string;
}

function checkDone(world: World, notice: Heard, fail: Fail, step: SessionStep): void {
  const { itemId, heardMs, receivedMs, heardText, unheardText } = notice;
  if (heardMs > receivedMs + 1) fail(`${itemId}: heard ${heardMs} of ${receivedMs} ms`);
  const item = world.ledger.items.get(itemId);
  if (item === undefined || item.kind !== 'agent' || step.state.lifecycle.kind === 'closed') return;
  const squeeze = (text: string) => text.replaceAll(/\s+/g, '');
  const whole = squeeze(item.text ?? '');
  if (!whole.startsWith(squeeze(heardText)) && !hasSeveralParts(world, itemId))
    fail(`${itemId}: heard "${heardText}", which is no beginning of "${item.text ?? ''}"`);
  if (hasSeveralParts(world, itemId)) return;
  if (heardMs === 0 && heardText !== '') fail(`${itemId}: heard 0 ms and "${heardText}"`);
  if (!whole.startsWith(squeeze(heardText + unheardText)))
    fail(
      `${itemId}: heard "${heardText}" and not "${unheardText}", which is no beginning of "${item.text ?? ''}"`,
    );
  checkShare({ ...notice, heardText: heardText.trim(), unheardText: unheardText.trim() }, fail);
  checkRecorded(step.state, notice, fail);
}

export const playoutInvariants: readonly Invariant[] = [
  silentAfterFlush,
  flushAtOnce,
  truncateAsHeard,
  playWhatArrives,
  protectedSpeech,
  audioNotices,
];
