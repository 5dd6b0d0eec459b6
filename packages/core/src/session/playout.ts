import { recordHeard } from './conversation.ts';
import { send } from './outbox.ts';
import type { PlayoutPart, SessionState } from './state.ts';
import { ask, become, count, notify, type Step, sequence, stay } from './step.ts';

/** Audio of a response that is wanted: it is handed to the sink and entered in the ledger. */
export function receiveAudio(
  state: SessionState,
  audio: { responseId: string; itemId: string; contentIndex: number; byteLength: number },
): Step {
  const { itemId, contentIndex } = audio;
  const { parts } = state.playout;
  const at = findPart(parts, itemId, contentIndex);
  const known = parts[at];
  const part: PlayoutPart = known
    ? { ...known, receivedBytes: known.receivedBytes + audio.byteLength }
    : {
        itemId,
        contentIndex,
        responseId: audio.responseId,
        receivedBytes: audio.byteLength,
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

/** Silences the agent: what was heard is known when the sink answers. */
export function flushPlayout(state: SessionState): Step {
  if (!isPlaying(state) || state.playout.kind === 'flushing') return stay(state);
  return [{ ...state, playout: { ...state.playout, kind: 'flushing' } }, [{ type: 'sink.flush' }]];
}

/** The sink has dropped the rest: tells the server how much of each part was heard. */
export function completeFlush(state: SessionState): Step {
  if (state.playout.kind !== 'flushing') return stay(state);
  const cut = state.playout.parts;
  const silenced = become(state, { playout: { kind: 'playing', parts: [] } });
  return sequence(silenced, ...cut.map((part) => (before: SessionState) => cutPart(before, part)));
}

/**
 * The server keeps of a cut part what was heard: at most what the sink played and what was received, in whole
 * milliseconds; an item of which nothing was heard is deleted, since a truncation at 0 is refused.
 */
function cutPart(state: SessionState, part: PlayoutPart): Step {
  const receivedMs = part.receivedBytes / state.settings.outputBytesPerMs;
  const heardMs = Math.floor(Math.min(part.playedMs, receivedMs));
  const [recorded, heardText] = recordHeard(state, part.itemId, heardMs, receivedMs);
  const done = notify({ type: 'audio_done', itemId: part.itemId, heardMs, receivedMs, heardText });
  if (heardMs >= Math.floor(receivedMs) && part.reception === 'complete') return sequence(recorded, done);
  return sequence(
    recorded,
    heardMs === 0
      ? send({ type: 'conversation.item.delete', item_id: part.itemId })
      : send({
          type: 'conversation.item.truncate',
          item_id: part.itemId,
          content_index: part.contentIndex,
          audio_end_ms: heardMs,
        }),
    done,
  );
}

function endParts(state: SessionState, matches: (part: PlayoutPart) => boolean): Step {
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
      const receivedMs = part.receivedBytes / state.settings.outputBytesPerMs;
      const [recorded, heardText] = recordHeard(before, part.itemId, receivedMs, receivedMs);
      return sequence(
        recorded,
        notify({ type: 'audio_done', itemId: part.itemId, heardMs: receivedMs, receivedMs, heardText }),
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
