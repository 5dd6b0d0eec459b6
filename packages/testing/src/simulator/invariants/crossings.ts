import type { Effect, SessionEvent, SessionState } from '@antiphon/core';
import type { SessionStep } from '../session-under-test.ts';
import type { World } from '../world.ts';
import type { Fail, Invariant } from './invariant.ts';

type Request = SessionState['owed'][number];

/** A response whose server says which text of ours it is, or that it is none. */
interface Told {
  readonly id: string;
  readonly text: string | undefined;
}

/** What the connection in use says of a response with this event, where it speaks of such things. */
function toldBy({ event, before }: SessionStep, world: World): Told | undefined {
  if (event.type !== 'server.event' || event.event.type !== 'response.created' || world.ledger.stale)
    return undefined;
  const isInUse = before.connection.kind === 'ready' && before.connection.epoch === event.epoch;
  const { id, metadata } = event.event.response;
  if (!isInUse || id === undefined || metadata === undefined) return undefined;
  const isOver = before.finishedResponses.includes(id);
  const isKnown =
    'responseId' in before.response && before.response.responseId === id && before.response.proof === 'told';
  return isOver || isKnown ? undefined : { id, text: metadata?.['antiphon.say'] };
}

/** The text of ours that a response was taken for whose end said that it is none: until then, or because nothing else was told of it. */
function mistakenUntilOver({ event, before }: SessionStep): string | undefined {
  const { connection, finishedResponses, response } = before;
  if (event.type !== 'server.event' || event.event.type !== 'response.done') return undefined;
  const { id, metadata } = event.event.response;
  const isNone = metadata !== undefined && metadata?.['antiphon.say'] === undefined;
  if (!isNone || !('request' in response) || response.request?.kind !== 'say') return undefined;
  if (response.kind === 'active')
    return response.responseId === id && response.proof !== 'told' ? response.request.text : undefined;
  const isTelling = connection.kind === 'ready' && connection.requests === 'told';
  const isFirstWord = response.kind === 'requested' && !finishedResponses.includes(id ?? '');
  return isFirstWord && !isTelling ? response.request.text : undefined;
}

/**
 * What was waited for when a response was told of, and whether it was to be cut. The one before it may have been taken for
 * the text that it says.
 */
function waitedFor(
  { response }: SessionState,
  { id, text }: Told,
): { request: Request; isCut: boolean } | undefined {
  if (!('request' in response) || response.request === undefined) return undefined;
  const isMistaken =
    'proof' in response &&
    response.proof === 'assumed' &&
    response.request.kind === 'say' &&
    response.request.text === text;
  if ('responseId' in response && response.responseId !== id && !isMistaken) return undefined;
  const isCut = response.kind === 'cancelling' || ('fate' in response && response.fate === 'cut');
  return { request: response.request, isCut };
}

function isSame(request: Request | undefined, other: Request): boolean {
  if (request === undefined) return false;
  return request.kind === 'say'
    ? other.kind === 'say' && other.text === request.text
    : other.kind === 'answer';
}

const countOf = (owed: readonly Request[], request: Request): number =>
  owed.filter((other) => isSame(other, request)).length;

const nameOf = (request: Request): string => (request.kind === 'say' ? `"${request.text}"` : 'an answer');

/** A response is what its server says it is. */
const lateIsNoOther: Invariant = {
  id: 'R36',
  says: 'a response is taken for what its server says it is: a late one for no other, and what it stands in the place of is owed',
  watch(world, fail) {
    // The text that each connection's last response of none was taken for, before its server had told of any.
    const taken = new Map<number, string>();
    return {
      steps: ['response.created', 'response.done'],
      onStep(step) {
        const { event, before, state } = step;
        const told = toldBy(step, world);
        const mistaken = mistakenUntilOver(step);
        if (mistaken !== undefined && 'epoch' in event) taken.set(event.epoch, mistaken);
        if (told === undefined || state.lifecycle.kind !== 'running') return;
        const { response } = state;
        if (!('responseId' in response) || response.responseId !== told.id) return;
        const waited = waitedFor(before, told);
        if (told.text === undefined) checkNone(step, told.id, fail);
        else {
          const isTaken = taken.get(state.connection.epoch) === told.text;
          checkText(step, { id: told.id, text: told.text, isTaken }, waited?.request, fail);
        }
        if (told.text === undefined && response.request?.kind === 'say')
          taken.set(state.connection.epoch, response.request.text);
        if (waited !== undefined && !isSame(response.request, waited.request))
          checkDisplaced(step, waited, told.id, fail);
      },
    };
  },
};

function checkNone({ before, state }: SessionStep, id: string, fail: Fail): void {
  const { response } = state;
  const isTelling = before.connection.kind === 'ready' && before.connection.requests === 'told';
  if (isTelling && response.kind === 'active' && response.request?.kind === 'say')
    fail(`${id} says no text and is taken for ${nameOf(response.request)}`);
}

function checkText(
  { before, state }: SessionStep,
  { id, text, isTaken }: { readonly id: string; readonly text: string; readonly isTaken: boolean },
  waited: Request | undefined,
  fail: Fail,
): void {
  const { response, owed } = state;
  const said: Request = { kind: 'say', text, attempt: 0 };
  if (!('request' in response) || !isSame(response.request, said))
    fail(`${id} says "${text}" and is taken for another`);
  const isWaited = waited !== undefined && isSame(waited, said);
  const isBegun = before.playout.parts.some((part) => part.responseId === id);
  const debts = countOf(before.owed, said);
  if (!isWaited && !isTaken && debts === 0 && response.kind === 'active' && !isBegun)
    fail(`${id} says "${text}", and nobody waits for it`);
  // What is cut as it begins is not said.
  const isKept = isWaited || response.kind === 'cancelling';
  const left = isKept ? debts : Math.max(0, debts - 1);
  if (countOf(owed, said) !== left)
    fail(`"${text}" is owed ${countOf(owed, said)} times besides, not ${left}`);
}

function checkDisplaced(
  { before, state }: SessionStep,
  { request, isCut }: { readonly request: Request; readonly isCut: boolean },
  id: string,
  fail: Fail,
): void {
  const debts = countOf(state.owed, request);
  if (isCut && debts > countOf(before.owed, request)) fail(`${nameOf(request)} was cut and is owed anew`);
  const { response } = state;
  const follows = 'followedBy' in response && response.followedBy === 'server_answer';
  const isKept = debts > 0 || (request.kind === 'answer' && follows);
  if (!isCut && !isKept) fail(`${id} comes in the place of ${nameOf(request)}, which is not owed`);
}

/** The text that the end of the response under way says it was, which nothing has said before. */
function saidAtEnd({ event, before: { response, connection } }: SessionStep): string | undefined {
  if (event.type !== 'server.event' || event.event.type !== 'response.done') return undefined;
  const { id, metadata } = event.event.response;
  if (response.kind !== 'active' || response.responseId !== id || response.proof === 'told') return undefined;
  return connection.epoch === event.epoch ? metadata?.['antiphon.say'] : undefined;
}

/** How often something is asked for or owed. */
const wantedIn = ({ owed, response }: SessionState, request: Request): number =>
  countOf(owed, request) + (response.kind === 'requested' && isSame(response.request, request) ? 1 : 0);

/** Where nothing else says which text a response is, its end does. */
const endIsHeeded: Invariant = {
  id: 'R36b',
  says: 'where only the end of a response says which text it was, that is not owed any more, and the one it was taken for is',
  watch(_world, fail) {
    return {
      steps: ['response.done'],
      onStep(step) {
        const { event, before, state } = step;
        const text = saidAtEnd(step);
        if (text === undefined || state.lifecycle.kind !== 'running' || !('request' in before.response))
          return;
        const { request } = before.response;
        if (request?.kind !== 'say' || request.text === text) return;
        if (wantedIn(state, request) === 0)
          fail(`it was "${text}" that was said, and ${nameOf(request)} is not owed`);
        const said: Request = { kind: 'say', text, attempt: 0 };
        const debts = countOf(before.owed, said);
        const isWhole =
          event.type === 'server.event' &&
          event.event.type === 'response.done' &&
          event.event.response.status === 'completed';
        if (isWhole && wantedIn(state, said) > Math.max(0, debts - 1))
          fail(`"${text}" was said, and is owed`);
      },
    };
  },
};

/** How long an item may be on its way to the server, and the word of one from there. */
const onTheWayMs = 800;

/** Notices of what wants an answer, or of what is left of one. */
const matters: ReadonlySet<string> = new Set([
  'user_turn',
  'tool_settled',
  'speech_resumed',
  'agent_changed',
  'connection_lost',
  'connection_changed',
  'ready',
  'warning',
  'guard_tripped',
  'approval_settled',
]);

function isMatter(effect: Effect): boolean {
  if (effect.type === 'notify') return matters.has(effect.notice.type);
  if (effect.type !== 'transport.send') return false;
  const { type } = effect.event;
  return type === 'input_audio_buffer.commit' || type === 'conversation.item.create';
}

/** Whether with this event something is to be answered that no notice tells of: a cut that had no words, or a failure. */
function bringsMatter(event: SessionEvent, world: World): boolean {
  if (event.type === 'user.speech_dropped' || event.type === 'session.resume') return true;
  if (event.type !== 'server.event') return false;
  switch (event.event.type) {
    case 'input_audio_buffer.cleared':
      return true;
    case 'error':
      return event.event.error.code === 'input_audio_buffer_commit_empty';
    case 'response.done':
      return (
        event.event.response.status !== 'completed' &&
        world.network.sayOf(event.event.response.id ?? '') === undefined
      );
    default:
      return false;
  }
}

/** Whether an item was sent over the connection in use that its server has not told of. */
function hasUntoldItems({ ledger }: World): boolean {
  const sent = ledger.inUse?.sent ?? [];
  return sent.some(
    (event) => event.type === 'conversation.item.create' && !ledger.items.has(event.item.id ?? ''),
  );
}

/** What is answered is answered. */
const oneAnswer: Invariant = {
  id: 'R37',
  says: 'an answer is asked for only where something has come up since the last one that was given to its end began',
  watch(world, fail) {
    let matterAtMs = 0;
    let paid = { id: '', untilMs: Number.NEGATIVE_INFINITY };
    const unawaited = new Set<string>();
    return {
      events: [
        'response.created',
        'user.speech_dropped',
        'session.resume',
        'input_audio_buffer.cleared',
        'error',
        'response.done',
      ],
      onEvent({ event, before }) {
        if (world.ledger.stale) return;
        if (bringsMatter(event, world)) matterAtMs = world.stage.queue.nowMs;
        if (event.type !== 'server.event') return;
        if (event.event.type === 'response.created' && before.response.kind === 'none')
          unawaited.add(event.event.response.id ?? '');
        if (event.event.type !== 'response.done') return;
        const id = event.event.response.id ?? '';
        const given = world.network.responseOf(id);
        const isCut =
          before.response.kind === 'cancelling' || world.ledger.responses.get(id)?.cutAtMs !== undefined;
        // What a server begins by itself may answer all that is owed, and nobody can know.
        if (given?.cause !== 'client' || given.say !== undefined || given.status !== 'completed' || isCut)
          return;
        paid = { id, untilMs: given.acceptedAtMs - onTheWayMs };
      },
      effects: ['notify', 'transport.send'],
      onEffect(effect) {
        if (isMatter(effect)) matterAtMs = world.stage.queue.nowMs;
        if (effect.type !== 'transport.send' || effect.event.type !== 'response.create') return;
        if (effect.event.response?.metadata?.['antiphon.say'] !== undefined) return;
        // What came late, and was not waited for, need not have seen an item of ours of which its server told nothing.
        if (unawaited.has(paid.id) && hasUntoldItems(world)) return;
        if (matterAtMs <= paid.untilMs)
          fail(`an answer is asked for, and all there is was answered by ${paid.id}`);
      },
    };
  },
};

export const crossingInvariants: readonly Invariant[] = [lateIsNoOther, endIsHeeded, oneAnswer];
