import type { ServerEvent, ServerEventOf, UnknownServerEvent } from '../protocol/server-events.ts';
import { agentOf, changedSession } from './agents.ts';
import { loseWords } from './consent-state.ts';
import { finishText, followServer, forgetItem, recordItem, textsOf, writeText } from './conversation.ts';
import { findItem, isForgotten } from './conversation-pages.ts';
import { configure, meetServer, rejoin, standBy } from './dialing.ts';
import { triage, triageError } from './error-triage.ts';
import { completeItem } from './final-texts.ts';
import { announceHosted, completeHosted, endHostedCall, startHosted } from './hosted-calls.ts';
import { noteListing } from './hosted-listings.ts';
import { understandTurn } from './kept-turns.ts';
import { adoptName } from './named-items.ts';
import { pendingEvent, sendOver, settlePending } from './outbox.ts';
import { isHeardPart } from './playout.ts';
import { noteUnanswered, refuseRequest } from './refused-request.ts';
import { describeRefusal, isAboutSettings } from './refused-settings.ts';
import {
  clearRemotePlayout,
  endRemotePlayout,
  isRemote,
  startRemotePlayout,
  truncateRemote,
} from './remote-call.ts';
import { askBehindItem, dropAnnounced } from './remote-outage.ts';
import { noteProgress } from './response.ts';
import { applyResponseEvent, beginResponse, endResponse } from './response-event.ts';
import { spendOnTranscription } from './spending.ts';
import type { SessionState } from './state.ts';
import { alter, ask, count, notify, remember, type Step, sequence, stay } from './step.ts';
import { refuseSuccessor } from './succession.ts';
import { completeCall } from './tool-calls.ts';
import { confirmTurn, forgetTurn, refuseCommit, startSpeech, stopSpeech } from './user-turn.ts';

/** Errors that are remembered, so that one that is told twice is one. */
const errorLimit = 8;

/** What an event of the connection in use does to the session. Unknown events are counted and change nothing. */
export function applyServerEvent(state: SessionState, event: ServerEvent | UnknownServerEvent): Step {
  if (event.type === 'unknown') return count('unknownEvents')(state);
  const { epoch } = state.connection;
  if (event.type === 'error') {
    if (isRepeated(state, event.event_id)) return stay(state);
    return sequence(onError(noteError(state, event.event_id), event.error), (next) =>
      settlePending(next, event, epoch),
    );
  }
  if (event.type === 'response.created') {
    // By the request that it answers it is known what the server has seen.
    return sequence(onEvent(state, event), (next) => settlePending(next, event, epoch));
  }
  const isAdded = event.type === 'conversation.item.added' || event.type === 'conversation.item.created';
  const settled = settlePending(isAdded ? adoptName(state, event.item, epoch) : state, event, epoch);
  const isAnswer = settled[0].pending.size < state.pending.size;
  if (isAdded)
    return sequence(
      settled,
      (next) => addItem(next, event, isAnswer),
      isAnswer ? (next) => askBehindItem(next, state) : stay,
    );
  // What we cleared ourselves was no turn any more; the user may have begun another meanwhile.
  const isOurClear = event.type === 'input_audio_buffer.cleared' && isAnswer;
  if (isOurClear) return settled;
  const isTaken = event.type === 'conversation.item.deleted' && !isAnswer;
  if (isTaken) return sequence(settled, (next) => takeOut(next, event.item_id));
  return sequence(settled, (next) => onEvent(next, event));
}

/** Somebody else has taken an item out. What stands in the place of one that we took out stays, and so does that of which no word was heard: we did that. */
function takeOut(state: SessionState, itemId: string): Step {
  const known = findItem(state.conversation, itemId);
  if (known?.id !== itemId) return stay(state);
  const isUnheard = known.kind === 'message' && known.heard?.text === '';
  return isUnheard ? stay(state) : forgetItem(state, itemId);
}

function isRepeated({ connection }: SessionState, eventId: string | undefined): boolean {
  return eventId !== undefined && connection.kind === 'ready' && connection.errors.includes(eventId);
}

function noteError(state: SessionState, eventId: string | undefined): SessionState {
  const { connection } = state;
  if (eventId === undefined || connection.kind !== 'ready') return state;
  return alter(state, {
    connection: { ...connection, errors: remember(connection.errors, eventId, errorLimit) },
  });
}

/** The connection being made is open. The server of a call does not introduce itself to those who join it. */
export function openSuccessor(state: SessionState): Step {
  const { callId } = state.settings;
  return sequence(
    configure(state),
    callId === undefined ? stay : (next) => meetServer(next, callId, undefined),
    callId === undefined ? stay : rejoin,
  );
}

/** What an event of the connection being made does: it has to introduce itself and to agree; it may tell of servers of tools, and nothing else. */
export function applySuccessorEvent(state: SessionState, event: ServerEvent | UnknownServerEvent): Step {
  const { successor } = state;
  if (event.type === 'unknown') return count('unknownEvents')(state);
  if (!('epoch' in successor)) return stay(state);
  switch (event.type) {
    case 'session.created':
      return sequence(configure(state), (next) => introduce(next, event.session));
    case 'session.updated':
      return sequence(
        settlePending(state, event, successor.epoch),
        // A server that agrees need not introduce itself any more.
        (next) => introduce(next, event.session),
        standBy,
      );
    case 'error':
      return sequence(onSuccessorError(state, successor.epoch, event.error), (next) =>
        settlePending(next, event, successor.epoch),
      );
    default:
      return noteListing(state, event);
  }
}

function introduce(state: SessionState, session: ServerEventOf<'session.created'>['session']): Step {
  return meetServer(state, session.id ?? '', 'model' in session ? session.model : undefined);
}

function onSuccessorError(state: SessionState, successorEpoch: number, error: WireError): Step {
  if (!answersUpdate(state, error)) return noteComplaint(state, successorEpoch, error);
  if (isRemote(state) && error.code === 'cannot_update_voice') {
    // The call has spoken before it was joined: it keeps its voice.
    return sendOver(state, successorEpoch, [{ type: 'session.update', session: changedSession(state) }]);
  }
  const { verdict, failure } = triage(error.code, error.type);
  const isSettings = verdict !== 'fatal' && verdict !== 'retryable';
  const provider = state.settings.providers[state.dial.provider]?.name;
  return refuseSuccessor(state, {
    code: isSettings ? 'provider.session_refused' : failure,
    reason: isSettings ? describeRefusal(state, error) : describe(error),
    ...(provider !== undefined && { provider }),
  });
}

/** Whether an error of a server that was sent nothing but `session.update` is about it: what comes before the introduction has to say so. */
function answersUpdate(state: SessionState, error: WireError): boolean {
  if (state.successor.kind !== 'introducing') return state.successor.kind === 'configuring';
  return pendingEvent(state, error.event_id)?.type === 'session.update' || isAboutSettings(error);
}

type AddedEvent = ServerEventOf<'conversation.item.added' | 'conversation.item.created'>;

function addItem(state: SessionState, event: AddedEvent, isOursNow: boolean): Step {
  const { item, previous_item_id } = event;
  const id = item.id ?? '';
  const goesBetween = isOursNow && isHeardPart(id);
  return sequence(
    recordItem(state, item, previous_item_id),
    (next) => (item.type === 'mcp_call' ? announceHosted(next, item) : stay(next)),
    (next) => noteListing(next, event),
    (next) => followServer(next, id, previous_item_id, goesBetween),
    (next) => noteUnanswered(next, id, previous_item_id),
    tellTexts(state, item),
  );
}

/** Tells the texts of an item that were not known `before` it was told, also where the history has no room for it. */
function tellTexts(before: SessionState, item: AddedEvent['item']): (state: SessionState) => Step {
  const id = item.id ?? '';
  if (isForgotten(before.conversation, id)) return stay;
  const known = findItem(before.conversation, id) && textsOf(before, id);
  return (state) => completeItem(state, item, known);
}

function onEvent(state: SessionState, event: Exclude<ServerEvent, { type: 'error' }>): Step {
  switch (event.type) {
    case 'conversation.item.done':
      // The predecessor in this event is not reliable; the item has its place already.
      return sequence(recordItem(state, event.item, undefined), tellTexts(state, event.item), (next) =>
        completeHosted(next, event.item),
      );
    case 'conversation.item.retrieved':
      if (event.item.type === 'mcp_call')
        return completeHosted(state, event.item, responseOfCall(state, event.item.id));
      return isRemote(state) && event.item.type === 'function_call' && event.item.status !== 'in_progress'
        ? completeCall(state, event.item, responseOfCall(state, event.item.call_id))
        : stay(state);
    case 'conversation.item.truncated': {
      const { item_id: itemId, content_index: contentIndex, audio_end_ms: heardMs } = event;
      return truncateRemote(state, { itemId, contentIndex, heardMs });
    }
    case 'conversation.item.input_audio_transcription.delta':
      return writeText(state, 'user', { itemId: event.item_id, contentIndex: 0 }, event.delta ?? '');
    case 'conversation.item.input_audio_transcription.completed':
      return sequence(
        confirmUntold(state, event.item_id),
        (next) => finishText(next, 'user', { itemId: event.item_id, contentIndex: 0 }, event.transcript),
        (next) => understandTurn(next, event.item_id),
        (next) => spendOnTranscription(next, event.item_id, event.usage),
      );
    case 'conversation.item.input_audio_transcription.failed':
      return sequence(
        loseWords(state, event.item_id),
        notify({
          type: 'transcript_failed',
          itemId: event.item_id,
          message: event.error.message ?? 'the transcription failed',
        }),
      );
    case 'response.mcp_call.in_progress':
      return startHosted(state, event.item_id);
    case 'response.mcp_call.completed':
      return endHostedCall(state, event.item_id, 'completed');
    case 'response.mcp_call.failed':
      return endHostedCall(state, event.item_id, 'failed');
    case 'mcp_list_tools.completed':
    case 'mcp_list_tools.failed':
      return noteListing(state, event);
    case 'input_audio_buffer.speech_started':
      return startSpeech(state, event.item_id, event.audio_start_ms);
    case 'input_audio_buffer.speech_stopped':
      return stopSpeech(state, event.item_id, event.audio_end_ms);
    case 'input_audio_buffer.committed':
      return confirmTurn(state, event.item_id, event.previous_item_id);
    case 'input_audio_buffer.dtmf_event_received':
      return notify({ type: 'key_pressed', key: event.event })(state);
    case 'input_audio_buffer.cleared':
      // Where turns are found on this side, the buffer is cleared by us alone.
      return agentOf(state).turnTaking === 'manual' ? stay(state) : forgetTurn(state);
    case 'session.updated':
      // A call that was joined again has agreed.
      return isRemote(state) ? ask({ type: 'timer.cancel', timer: 'connect' })(state) : stay(state);
    case 'response.created':
      return beginResponse(state, event.response);
    case 'response.done':
      return endResponse(state, event);
    case 'output_audio_buffer.started':
      // It may be over already, and wait behind the sound of another.
      return sequence(noteProgress(state, event.response_id), (next) =>
        startRemotePlayout(next, event.response_id),
      );
    case 'output_audio_buffer.stopped':
      return sequence(noteProgress(state, event.response_id), (next) =>
        endRemotePlayout(next, event.response_id),
      );
    case 'output_audio_buffer.cleared':
      return sequence(noteProgress(state, event.response_id), (next) =>
        clearRemotePlayout(next, event.response_id),
      );
    default:
      return 'response_id' in event ? applyResponseEvent(state, event) : stay(state);
  }
}

/** Words of a turn whose commit was not told: the server has it, so it is one. */
function confirmUntold(state: SessionState, itemId: string): Step {
  const { forgottenIds } = state.conversation;
  const isKnown = findItem(state.conversation, itemId) !== undefined || forgottenIds.includes(itemId);
  return isKnown ? stay(state) : confirmTurn(state, itemId, undefined);
}

/** The response that announced a call. */
function responseOfCall(state: SessionState, callId: string | undefined): string {
  return state.tools.calls.get(callId ?? '')?.responseId ?? '';
}

interface WireError {
  readonly type?: string | null | undefined;
  readonly code?: string | null | undefined;
  readonly message: string;
  readonly param?: string | null | undefined;
  readonly event_id?: string | null | undefined;
}

/** The close that follows is explained by it. */
function noteComplaint(state: SessionState, epoch: number, error: WireError): Step {
  const { code, type } = error;
  const complaint = { epoch, code: code ?? undefined, type: type ?? undefined, text: describe(error) };
  return warn(error)(alter(state, { dial: { ...state.dial, complaint } }));
}

function onError(state: SessionState, error: WireError): Step {
  const pending = pendingEvent(state, error.event_id);
  const about = pending?.type;
  const verdict = triageError(error.code, error.type);
  switch (verdict) {
    case 'benign':
      if (about === 'conversation.item.retrieve') return dropAnnounced(state, pending?.itemId);
      return error.code === 'input_audio_buffer_commit_empty'
        ? refuseCommit(state, error.event_id)
        : stay(state);
    case 'fatal':
      return noteComplaint(state, state.connection.epoch, error);
    case 'retryable':
      return refuseRequest(state, error);
    case 'refused':
    case 'unknown': {
      if (about === 'conversation.item.truncate' || about === 'conversation.item.delete') return stay(state);
      if (about === 'conversation.item.retrieve') return dropAnnounced(state, pending?.itemId);
      const counted = verdict === 'unknown' ? count('unknownErrors') : stay;
      if (about === 'session.update' || (about === undefined && isAboutSettings(error))) {
        const message = describeRefusal(state, error);
        return sequence(
          counted(state),
          notify({ type: 'warning', code: 'provider.session_refused', message }),
        );
      }
      return sequence(counted(state), warn(error), (next) => refuseRequest(next, error));
    }
  }
}

function warn(error: WireError): (state: SessionState) => Step {
  return notify({ type: 'warning', code: error.code ?? 'provider.error', message: describe(error) });
}

/** The server's words, with what they are about. */
function describe(error: WireError): string {
  const code = error.code ? `${error.code}: ` : '';
  const place = error.param ? ` (${error.param})` : '';
  return `${code}${error.message}${place}`;
}
