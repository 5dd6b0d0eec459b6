import { agentOf } from './agents.ts';
import { recordHeard, textsOf } from './conversation.ts';
import { currentId, findItem, replacedItem } from './conversation-pages.ts';
import { type OutgoingEvent, send } from './outbox.ts';
import type { PlayoutPart } from './regions/playout.ts';
import { isRemote } from './remote-call.ts';
import { seedItems } from './seed.ts';
import type { SessionState } from './state.ts';
import { alter, ask, become, count, notify, type Step, sequence, stay } from './step.ts';

/** Audio that is wanted: it is handed to the sink and entered in the ledger. */
export function receiveAudio(
  state: SessionState,
  audio: Pick<PlayoutPart, 'responseId' | 'itemId' | 'contentIndex' | 'origin' | 'speech'> & {
    readonly epoch: number;
    readonly byteLength: number;
  },
): Step {
  const { itemId, contentIndex, byteLength } = audio;
  const { parts } = state.playout;
  const at = findPart(parts, itemId, contentIndex);
  const known = parts[at];
  if (known?.reception === 'complete') return dropAudio(state);
  const part: PlayoutPart = known
    ? { ...known, receivedBytes: known.receivedBytes + byteLength }
    : {
        itemId,
        contentIndex,
        responseId: audio.responseId,
        origin: audio.origin,
        epoch: audio.epoch,
        speech: audio.speech,
        receivedBytes: byteLength,
        playedMs: 0,
        reception: 'receiving',
      };
  const started = notify({ type: 'audio_started', responseId: audio.responseId, itemId });
  return sequence(
    become(state, { playout: { ...state.playout, parts: known ? parts.with(at, part) : [...parts, part] } }),
    known ? stay : started,
    ask({ type: 'sink.write', itemId, contentIndex }),
  );
}

/** Audio of a response that was cut or is over, or that comes while the sink is being flushed. */
export function dropAudio(state: SessionState): Step {
  return count('lateAudio')(state);
}

/** No more audio comes for a part. */
export function endPart(state: SessionState, itemId: string, contentIndex: number): Step {
  return endParts(state, (part) => part.itemId === itemId && part.contentIndex === contentIndex);
}

/** No more audio comes for a response. */
export function endPartsOf(state: SessionState, responseId: string): Step {
  return endParts(state, (part) => part.responseId === responseId);
}

/** The sink has played more of a part. */
export function progressPlayout(
  state: SessionState,
  progress: { itemId: string; contentIndex: number; playedMs: number },
): Step {
  const { parts } = state.playout;
  const at = findPart(parts, progress.itemId, progress.contentIndex);
  const part = parts[at];
  if (part === undefined) return stay(state);
  const playedMs = Math.max(part.playedMs, progress.playedMs);
  return sequence(
    become(state, { playout: { ...state.playout, parts: parts.with(at, { ...part, playedMs }) } }),
    state.playout.kind === 'playing' ? retirePlayed : stay,
  );
}

/** Whether there is sound the user has not heard. */
export function isPlaying(state: SessionState): boolean {
  return state.playout.parts.length > 0;
}

/** Whether speech that must not be cut is on its way to the user's ear. */
export function isPlayingProtected(state: SessionState): boolean {
  return state.playout.parts.some((part) => part.speech === 'protected');
}

/** Silences the agent: what was heard is known when the sink answers. */
export function flushPlayout(state: SessionState): Step {
  if (!isPlaying(state) || state.playout.kind === 'flushing' || isRemote(state)) return stay(state);
  return [alter(state, { playout: { ...state.playout, kind: 'flushing' } }), [{ type: 'sink.flush' }]];
}

/** The sink has dropped the rest: tells the server how much of each item was heard. */
export function completeFlush(state: SessionState): Step {
  if (state.playout.kind !== 'flushing') return stay(state);
  return cutParts(state);
}

/** Everything un-played is gone: each item is entered with what was heard of it. */
export function cutParts(state: SessionState): Step {
  const cut = state.playout.parts;
  const silenced = become(state, { playout: { kind: 'playing', parts: [] } });
  const itemIds = [...new Set(cut.map((part) => part.itemId))];
  return sequence(
    silenced,
    ...itemIds.map(
      (itemId) => (before: SessionState) =>
        cutItem(
          before,
          itemId,
          cut.filter((part) => part.itemId === itemId),
        ),
    ),
  );
}

/**
 * The server keeps of a cut item what was heard: of each part at most what the sink played and what was received, in
 * whole milliseconds. An item of which nothing was heard is deleted, since a truncation at 0 is refused; for the same
 * reason a part of which nothing was heard is left alone where an earlier part of the item was heard.
 */
function cutItem(state: SessionState, itemId: string, parts: readonly PlayoutPart[]): Step {
  const cuts = parts.map((part) => cutOf(state, part));
  const heardMs = cuts.reduce((sum, cut) => sum + cut.heardMs, 0);
  const receivedMs = cuts.reduce((sum, cut) => sum + cut.receivedMs, 0);
  const hadHeard = wasHeard(state, itemId);
  const shares = new Map(cuts.map((cut) => [cut.part.contentIndex, shareOf(cut)]));
  const [recorded, heard] = recordHeard(state, itemId, shares);
  const isWhole = cuts.every((cut) => cut.isWhole);
  return sequence(
    recorded,
    parts.some((part) => part.origin === 'own') || isWhole
      ? stay
      : (next) => tellCut(next, itemId, { cuts, isUnheard: heardMs === 0 && !hadHeard, heard: heard.text }),
    notify({
      type: 'audio_done',
      itemId,
      heardMs,
      receivedMs,
      heardText: heard.text,
      unheardText: heard.unheard,
    }),
  );
}

/** What was heard of a part that is cut. */
interface PartCut {
  readonly part: PlayoutPart;
  readonly heardMs: number;
  readonly receivedMs: number;
  readonly isWhole: boolean;
}

function shareOf({ isWhole, heardMs, receivedMs }: PartCut): number {
  if (isWhole) return 1;
  return receivedMs > 0 ? heardMs / receivedMs : 0;
}

function cutOf(state: SessionState, part: PlayoutPart): PartCut {
  const receivedMs = receivedMsOf(state, part);
  const heardMs = Math.floor(Math.min(part.playedMs, receivedMs));
  return {
    part,
    receivedMs,
    heardMs,
    isWhole: (heardMs >= Math.floor(receivedMs) && part.reception === 'complete') || isPlayed(state, part),
  };
}

/** Whether an item of ours is what was heard of another, in the place of that one and not at the end. */
export function isHeardPart(itemId: string): boolean {
  return itemId.startsWith('item_heard_');
}

/** A connection that was given the item as text cannot cut its sound: it is given the heard text in its place. */
function tellCut(
  state: SessionState,
  itemId: string,
  cut: { readonly cuts: readonly PartCut[]; readonly isUnheard: boolean; readonly heard: string },
): Step {
  const id = currentId(state.conversation, itemId);
  const isSeeded = cut.cuts.some(({ part }) => part.epoch !== state.connection.epoch);
  // What had left the history was not given to another connection.
  if (isSeeded && findItem(state.conversation, id) === undefined) return stay(state);
  if (cut.isUnheard) return send(deletion(id))(state);
  if (!isSeeded) return sequence(state, ...cut.cuts.flatMap(truncation).map((order) => send(order)));
  return cut.heard === '' ? send(deletion(id))(state) : replaceSeeded(state, id, cut.heard);
}

function replaceSeeded(state: SessionState, itemId: string, text: string): Step {
  if (state.connection.kind !== 'ready') return stay(state);
  const given = seedItems(state).map((item) => item.id);
  const previous = given[given.indexOf(itemId) - 1] ?? 'root';
  const id = `item_heard_${state.nextId}`;
  const conversation = replacedItem(state.conversation, itemId, id);
  return sequence(
    send(deletion(itemId))(alter(state, { nextId: state.nextId + 1, conversation })),
    send({
      type: 'conversation.item.create',
      previous_item_id: previous,
      item: { id, type: 'message', role: 'assistant', content: [{ type: 'output_text', text }] },
    }),
  );
}

/** Messages of a response that was cut of which no sound was ever played: nobody heard them. */
export function dropUnheard(state: SessionState, itemIds: readonly string[]): Step {
  // The server of a call knows what was heard, and cuts by itself.
  if (isRemote(state)) return stay(state);
  const unplayed = itemIds.filter((itemId) => !state.playout.parts.some((part) => part.itemId === itemId));
  return sequence(state, ...unplayed.map((itemId) => (next: SessionState) => dropItem(next, itemId)));
}

function dropItem(state: SessionState, itemId: string): Step {
  const known = findItem(state.conversation, itemId);
  const isWritten = agentOf(state).session.output_modalities?.includes('text') === true;
  if (known?.kind !== 'message' || known.heard !== undefined || isWritten) return stay(state);
  const texts = textsOf(state, itemId);
  const [recorded] = recordHeard(state, itemId, new Map(texts.map((_, at) => [at, 0])));
  return sequence(recorded, send(deletion(itemId)));
}

/** Whether anything was heard of a message of the agent whose playing is over. */
export function wasHeard({ conversation }: SessionState, itemId: string): boolean {
  const known = findItem(conversation, itemId);
  return known?.kind === 'message' && (known.heard?.shares.some((share) => (share ?? 0) > 0) ?? false);
}

function deletion(itemId: string): OutgoingEvent {
  return { type: 'conversation.item.delete', item_id: itemId };
}

function truncation({ part, heardMs, isWhole }: PartCut): readonly OutgoingEvent[] {
  if (isWhole || heardMs === 0) return [];
  return [
    {
      type: 'conversation.item.truncate',
      item_id: part.itemId,
      content_index: part.contentIndex,
      audio_end_ms: heardMs,
    },
  ];
}

function receivedMsOf(state: SessionState, part: PlayoutPart): number {
  return part.receivedBytes / state.settings.outputBytesPerMs;
}

function endParts(state: SessionState, matches: (part: PlayoutPart) => boolean): Step {
  if (isRemote(state)) return stay(state);
  const ended = state.playout.parts.filter((part) => part.reception === 'receiving' && matches(part));
  if (ended.length === 0) return stay(state);
  const parts = state.playout.parts.map((part) =>
    ended.includes(part) ? { ...part, reception: 'complete' as const } : part,
  );
  return sequence(
    become(state, { playout: { ...state.playout, parts } }),
    ask(
      ...ended.map(({ itemId, contentIndex }) => ({ type: 'sink.end_part' as const, itemId, contentIndex })),
    ),
    state.playout.kind === 'playing' ? retirePlayed : stay,
  );
}

/** Takes the parts that are complete and played out of the ledger. */
function retirePlayed(state: SessionState): Step {
  const played = state.playout.parts.filter((part) => isPlayed(state, part));
  if (played.length === 0) return stay(state);
  const parts = state.playout.parts.filter((part) => !played.includes(part));
  return sequence(
    become(state, { playout: { ...state.playout, parts } }),
    ...played.map((part) => (before: SessionState) => {
      const receivedMs = receivedMsOf(before, part);
      const [recorded, heard] = recordHeard(before, part.itemId, new Map([[part.contentIndex, 1]]));
      return sequence(
        recorded,
        notify({
          type: 'audio_done',
          itemId: part.itemId,
          heardMs: receivedMs,
          receivedMs,
          heardText: heard.text,
          unheardText: '',
        }),
      );
    }),
  );
}

/** Sinks count whole samples: half a millisecond short is played. */
function isPlayed(state: SessionState, part: PlayoutPart): boolean {
  return (
    part.reception === 'complete' &&
    part.playedMs + 0.5 >= part.receivedBytes / state.settings.outputBytesPerMs
  );
}

function findPart(parts: readonly PlayoutPart[], itemId: string, contentIndex: number): number {
  return parts.findIndex((part) => part.itemId === itemId && part.contentIndex === contentIndex);
}
