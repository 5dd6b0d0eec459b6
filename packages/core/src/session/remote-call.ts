import { noteSpokenOver } from './consent-state.ts';
import { recordHeard, textsOf } from './conversation.ts';
import { findItem } from './conversation-pages.ts';
import { send } from './outbox.ts';
import type { PlayoutPart } from './regions/playout.ts';
import type { SessionState } from './state.ts';
import { alter, ask, become, notify, type Step, sequence, stay } from './step.ts';

/** How long a character sounds, roughly: nobody tells how long an item is whose sound does not come by here. */
const msPerCharacter = 65;
const queueLimit = 8;
/** How much slower than that an agent may speak, and what is left to a server besides: then the end of its sound was not told. */
const slowestShare = 2;
const lateMs = 10_000;
/** How long words may sound that nobody has told. */
const untoldMs = 60_000;

/** Whether the sound flows between the user and the server, past this process. */
export function isRemote({ settings }: SessionState): boolean {
  return settings.callId !== undefined;
}

/** The server's own buffer began to be heard: the sound of a response is on its way to the user's ear. */
export function startRemotePlayout(state: SessionState, responseId: string): Step {
  if (!isRemote(state) || state.playout.parts.some((part) => part.responseId === responseId))
    return stay(state);
  const items = itemsOf(state, responseId);
  return sequence(
    settleCut(state),
    // One is heard behind the other: the end of the one before was not told.
    (next) => retire(next, (part) => part.responseId !== responseId),
    (next) => dropQueued(next, responseId),
    // Servers that announce the sound before its item: the part has no item until one is named.
    ...(items.length > 0 ? items : ['']).map((itemId) => addPart(responseId, itemId)),
  );
}

/** The response is over, and its sound waits behind that of another. */
export function queueRemotePlayout(state: SessionState, responseId: string): Step {
  const itemIds = itemsOf(state, responseId).filter((itemId) => !isHeardOf(state, itemId));
  const isHeard = state.playout.parts.some((part) => part.responseId === responseId);
  const isCut = state.playout.cut?.responseId === responseId;
  if (!isRemote(state) || isHeard || isCut || itemIds.length === 0) return stay(state);
  const queued = [...(state.playout.queued ?? []), { responseId, itemIds }].slice(-queueLimit);
  return become(state, { playout: { ...state.playout, queued } });
}

/** Whether it is known how much of an item was heard. */
function isHeardOf({ conversation }: SessionState, itemId: string): boolean {
  const item = findItem(conversation, itemId);
  return item?.kind === 'message' && item.heard !== undefined;
}

function itemsOf({ response, playout }: SessionState, responseId: string): readonly string[] {
  if ('responseId' in response && response.responseId === responseId) return response.items;
  return playout.queued?.find((speech) => speech.responseId === responseId)?.itemIds ?? [];
}

function dropQueued(state: SessionState, responseId: string): Step {
  const { queued, ...playout } = state.playout;
  if (queued === undefined) return stay(state);
  const others = queued.filter((speech) => speech.responseId !== responseId);
  return become(state, { playout: others.length === 0 ? playout : { ...playout, queued: others } });
}

/** An item of a response that is being heard. */
export function joinRemotePlayout(state: SessionState, responseId: string, itemId: string): Step {
  const { parts } = state.playout;
  const playing = parts.filter((part) => part.responseId === responseId);
  if (!isRemote(state) || playing.length === 0 || playing.some((part) => part.itemId === itemId))
    return stay(state);
  const named = parts.filter((part) => part.responseId !== responseId || part.itemId !== '');
  return sequence(
    become(state, { playout: { ...state.playout, parts: named } }),
    addPart(responseId, itemId),
  );
}

/** All of a response was heard. */
export function endRemotePlayout(state: SessionState, responseId: string): Step {
  return retire(state, (part) => part.responseId === responseId);
}

/** Sound that goes on when its response is over is not waited for without end. */
export function watchRemotePlayout(state: SessionState): Step {
  const { watched: before, ...playout } = state.playout;
  const watched = soundingAfter(state);
  if (watched === before) return stay(state);
  if (watched === undefined)
    return ask({ type: 'timer.cancel', timer: 'playout' })(alter(state, { playout }));
  const letters = playout.parts.reduce((sum, { itemId }) => sum + textsOf(state, itemId).join('').length, 0);
  const isTold = letters > 0 || playout.parts.length === 0;
  const delayMs = lateMs + (isTold ? letters * msPerCharacter * slowestShare : untoldMs);
  return sequence(
    become(state, { playout: { ...playout, watched } }),
    ask({ type: 'timer.start', timer: 'playout', delayMs }),
  );
}

/** The response that is heard and is over, or was cut and whose server is still to say what was heard of it. */
function soundingAfter(state: SessionState): string | undefined {
  const { response, playout } = state;
  if (!isRemote(state)) return undefined;
  if (playout.parts.length === 0 && playout.cut?.itemIds.length) return playout.cut.responseId;
  const sounding = playout.parts.at(-1)?.responseId;
  return 'responseId' in response && response.responseId === sounding ? undefined : sounding;
}

/** The `playout` timer fired: the end of what was heard was not told. */
export function endWatchedPlayout(state: SessionState): Step {
  const { watched, ...playout } = state.playout;
  if (watched === undefined) return stay(state);
  return sequence(settleCut(alter(state, { playout })), (next) => endRemotePlayout(next, watched));
}

/** Of what its server has thrown away it has said what was not heard whole: the rest was. */
function settleCut(state: SessionState): Step {
  const itemIds = state.playout.cut?.itemIds ?? [];
  return sequence(
    forgetCut(state, itemIds),
    ...itemIds.map((itemId) => (next: SessionState) => noteHeard(next, itemId)),
  );
}

/** The connection to the call is gone: what is on its way is taken to be heard, since nobody will tell. */
export function forgetRemotePlayout(state: SessionState): Step {
  const queued = state.playout.queued ?? [];
  return sequence(
    settleCut(state),
    ...queued.map(
      ({ responseId }) =>
        (next: SessionState) =>
          startRemotePlayout(next, responseId),
    ),
    (next) => retire(next, () => true),
  );
}

/**
 * The server's buffer was emptied: the agent is silent. How much was heard is told by the truncation of the item, which may
 * come later: until then a question that is put was not heard whole.
 */
export function clearRemotePlayout(state: SessionState, responseId: string): Step {
  const cut = state.playout.parts.filter((part) => part.responseId === responseId);
  if (!isRemote(state) || cut.length === 0) return stay(state);
  const itemIds = cut.map((part) => part.itemId).filter((itemId) => itemId !== '');
  return sequence(
    noteSpokenOver(state),
    // What waited behind it will not be heard either.
    (next) => {
      const { queued: _, ...playout } = next.playout;
      return become(next, { playout: { ...playout, cut: { responseId, itemIds } } });
    },
    (next) => dropParts(next, (part) => part.responseId === responseId),
  );
}

/**
 * The server has cut an item by itself: it knows how much was heard. Of its text the share is estimated. What comes before it in
 * its response was heard whole, and is not spoken of.
 */
export function truncateRemote(
  state: SessionState,
  { itemId, contentIndex, heardMs }: { itemId: string; contentIndex: number; heardMs: number },
): Step {
  if (!isRemote(state)) return stay(state);
  const texts = textsOf(state, itemId);
  const share = Math.min(1, heardMs / Math.max(1, (texts[contentIndex] ?? '').length * msPerCharacter));
  const shares = new Map(texts.slice(0, contentIndex).map((_, at) => [at, shareOf(state, itemId, at) ?? 1]));
  if (shareOf(state, itemId, contentIndex) === share) return stay(state);
  const whole = itemsBefore(state, itemId);
  const [recorded, heard] = recordHeard(state, itemId, shares.set(contentIndex, share));
  return sequence(
    recorded,
    (next) => dropParts(next, (part) => part.itemId === itemId || whole.includes(part.itemId)),
    (next) => forgetCut(next, [...whole, itemId]),
    ...whole.map((before) => (next: SessionState) => noteHeard(next, before)),
    notify({
      type: 'audio_done',
      itemId,
      heardMs,
      receivedMs: undefined,
      heardText: heard.text,
      unheardText: heard.unheard,
    }),
  );
}

/** How much was heard of a part of an item, as far as it is known. */
function shareOf({ conversation }: SessionState, itemId: string, contentIndex: number): number | undefined {
  const item = findItem(conversation, itemId);
  return item?.kind === 'message' ? item.heard?.shares[contentIndex] : undefined;
}

/** The items of a response that were heard, or were to be, before one of its items. */
function itemsBefore({ playout: { parts, cut } }: SessionState, itemId: string): readonly string[] {
  const heard = parts.map((part) => part.itemId).filter((id) => id !== '');
  const order = heard.includes(itemId) ? heard : (cut?.itemIds ?? []);
  return order.slice(0, Math.max(0, order.indexOf(itemId)));
}

function forgetCut(state: SessionState, itemIds: readonly string[]): Step {
  const { cut } = state.playout;
  if (cut === undefined || itemIds.length === 0) return stay(state);
  const left = cut.itemIds.filter((itemId) => !itemIds.includes(itemId));
  return become(state, { playout: { ...state.playout, cut: { ...cut, itemIds: left } } });
}

/** The agent is to be silent at once, by our will: the server is told to drop what it has not played. */
export function silenceRemote(state: SessionState, by: 'server' | 'client'): Step {
  const isHeard = isRemote(state) && state.playout.parts.length > 0;
  return isHeard && by === 'client' ? send({ type: 'output_audio_buffer.clear' })(state) : stay(state);
}

function addPart(responseId: string, itemId: string): (state: SessionState) => Step {
  return (state) => {
    const part: PlayoutPart = {
      itemId,
      contentIndex: 0,
      responseId,
      origin: 'server',
      epoch: state.connection.epoch,
      speech: 'interruptible',
      receivedBytes: 0,
      playedMs: 0,
      reception: 'receiving',
    };
    return sequence(
      become(state, { playout: { ...state.playout, parts: [...state.playout.parts, part] } }),
      itemId === '' ? stay : notify({ type: 'audio_started', responseId, itemId }),
    );
  };
}

function retire(state: SessionState, matches: (part: PlayoutPart) => boolean): Step {
  if (!isRemote(state)) return stay(state);
  const heard = state.playout.parts.filter((part) => matches(part) && part.itemId !== '');
  return sequence(
    dropParts(state, matches),
    ...heard.map((part) => (next: SessionState) => noteHeard(next, part.itemId)),
  );
}

function noteHeard(state: SessionState, itemId: string): Step {
  const shares = new Map(textsOf(state, itemId).map((_, contentIndex) => [contentIndex, 1]));
  const [recorded, heard] = recordHeard(state, itemId, shares);
  const { text: heardText } = heard;
  return sequence(
    recorded,
    notify({
      type: 'audio_done',
      itemId,
      heardMs: undefined,
      receivedMs: undefined,
      heardText,
      unheardText: '',
    }),
  );
}

function dropParts(state: SessionState, matches: (part: PlayoutPart) => boolean): Step {
  const parts = state.playout.parts.filter((part) => !matches(part));
  if (parts.length === state.playout.parts.length) return stay(state);
  return become(state, { playout: { ...state.playout, parts } });
}
