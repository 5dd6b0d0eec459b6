import type { ConversationItem } from '../protocol/items.ts';
import type { RealtimeResponse } from '../protocol/response.ts';
import type { ServerEvent, ServerEventOf, UnknownServerEvent } from '../protocol/server-events.ts';
import { agentOf, changedSession } from './agents.ts';
import { confirmEnded, noteResponse, type ToldRequest } from './begun-response.ts';
import { loseWords } from './consent-state.ts';
import { finishText, followServer, recordItem, type TextPart, writeText } from './conversation.ts';
import { findItem } from './conversation-pages.ts';
import { configure, meetServer, standBy } from './dialing.ts';
import { triage, triageError } from './error-triage.ts';
import { completeOutput, completeTexts, endTexts } from './final-texts.ts';
import { understandTurn } from './kept-turns.ts';
import { adoptName } from './named-items.ts';
import { pendingEvent, sendOver, settlePending } from './outbox.ts';
import { endPart, isHeardPart } from './playout.ts';
import { refuseRequest } from './refused-request.ts';
import { describeRefusal, isAboutSettings } from './refused-settings.ts';
import {
  clearRemotePlayout,
  endRemotePlayout,
  isRemote,
  joinRemotePlayout,
  startRemotePlayout,
  truncateRemote,
} from './remote-call.ts';
import { dropAnnounced } from './remote-outage.ts';
import {
  finishResponse,
  isWanted,
  noteMessage,
  noteOutput,
  noteProgress,
  supersedeResponse,
} from './response.ts';
import { spendOnResponse, spendOnTranscription } from './spending.ts';
import type { SessionState } from './state.ts';
import { alter, count, notify, remember, type Step, sequence, stay } from './step.ts';
import { refuseSuccessor } from './succession.ts';
import { isBlank } from './token-counts.ts';
import { announceCall, closeBatch, completeArguments, completeCall } from './tool-calls.ts';
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
  if (isAdded) return sequence(settled, (next) => addItem(next, event, isAnswer));
  // What we cleared ourselves was no turn any more; the user may have begun another meanwhile.
  const isOurClear = event.type === 'input_audio_buffer.cleared' && isAnswer;
  return isOurClear ? settled : sequence(settled, (next) => onEvent(next, event));
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
  );
}

/** What an event of the connection being made does: it has to introduce itself and to agree, nothing else. */
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
      return onSuccessorError(state, successor.epoch, event.error);
    default:
      return stay(state);
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

function addItem(state: SessionState, { item, previous_item_id }: AddedEvent, isOursNow: boolean): Step {
  const id = item.id ?? '';
  const goesBetween = isOursNow && isHeardPart(id);
  return sequence(recordItem(state, item, previous_item_id), (next) =>
    followServer(next, id, previous_item_id, goesBetween),
  );
}

function onEvent(state: SessionState, event: Exclude<ServerEvent, { type: 'error' }>): Step {
  switch (event.type) {
    case 'conversation.item.done':
      // The predecessor in this event is not reliable; the item has its place already.
      return sequence(completeTexts(state, event.item), (next) => recordItem(next, event.item, undefined));
    case 'conversation.item.retrieved':
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
    case 'response.created':
      return beginResponse(state, event.response);
    case 'response.done':
      return endResponse(state, withUsage(event));
    case 'output_audio_buffer.stopped':
      return endRemotePlayout(state, event.response_id);
    case 'output_audio_buffer.cleared':
      return clearRemotePlayout(state, event.response_id);
    default:
      return 'response_id' in event ? onResponseEvent(state, event) : stay(state);
  }
}

function beginResponse(state: SessionState, response: RealtimeResponse): Step {
  const responseId = response.id ?? '';
  const told = toldRequest(response);
  const text = told === undefined || told === 'none' ? undefined : told.text;
  return sequence(supersedeResponse(state, responseId, text), (next) => noteResponse(next, responseId, told));
}

function endResponse(state: SessionState, response: RealtimeResponse): Step {
  const responseId = response.id ?? '';
  const told = toldRequest(response);
  return sequence(
    // Where its beginning was not told, its end may say what it was.
    noteResponse(state, responseId, told === 'none' ? told : undefined),
    (next) => confirmEnded(next, responseId, told),
    (next) => (isVoid(response) ? stay(next) : endTexts(next, standingItems(response), responseId)),
    (next) => completeItems(next, responseId, standingItems(response)),
    (next) => closeBatch(next, responseId, batchEnd(response)),
    (next) => spendOnResponse(next, responseId, response.usage),
    (next) => finishResponse(next, response),
  );
}

function batchEnd({ status }: RealtimeResponse): 'completed' | 'failed' | 'over' {
  return status === 'completed' || status === 'failed' ? status : 'over';
}

/** Some servers tell the usage beside the response. */
function withUsage({ response, usage }: ServerEventOf<'response.done'>): RealtimeResponse {
  const isTold = response.usage && !isBlank(response.usage);
  return isTold || !usage ? response : { ...response, usage };
}

type ResponseEvent = Extract<ServerEvent, { response_id: string }>;

function onResponseEvent(state: SessionState, event: ResponseEvent): Step {
  return sequence(
    supersedeResponse(state, event.response_id),
    (next) => noteResponse(next, event.response_id),
    (next) => noteProgress(next, event.response_id),
    (next) => onOutput(next, event),
  );
}

function onOutput(state: SessionState, event: ResponseEvent): Step {
  switch (event.type) {
    case 'response.output_item.added':
      return sequence(noteOutput(state, event.response_id, event.item.id ?? ''), (next) =>
        event.item.type === 'function_call'
          ? announceCall(next, event.item, event.response_id)
          : noteMessage(next, event.response_id, event.item.id ?? ''),
      );
    case 'response.output_item.done':
      return sequence(completeOutput(state, event.item, event.response_id), (next) =>
        completeItems(next, event.response_id, [event.item]),
      );
    case 'response.function_call_arguments.done':
      return completeArguments(state, event.call_id, event.arguments);
    case 'response.output_text.delta':
    case 'response.output_audio_transcript.delta':
      return sequence(
        noteMessage(state, event.response_id, event.item_id),
        (next) => joinRemotePlayout(next, event.response_id, event.item_id),
        (next) =>
          isWanted(next, event.response_id)
            ? writeText(next, 'agent', partOf(event), event.delta)
            : stay(next),
      );
    case 'response.output_text.done':
      return finishText(state, 'agent', partOf(event), event.text);
    case 'response.output_audio_transcript.done':
      return finishText(state, 'agent', partOf(event), event.transcript);
    case 'output_audio_buffer.started':
      return startRemotePlayout(state, event.response_id);
    case 'response.output_audio.done':
      return endPart(state, event.item_id, event.content_index ?? 0);
    default:
      return stay(state);
  }
}

/** What a response says of itself; undefined when its server does not speak of such things. */
function toldRequest({ metadata }: RealtimeResponse): ToldRequest | undefined {
  if (metadata === undefined) return undefined;
  const text = metadata?.['antiphon.say'];
  if (typeof text !== 'string') return 'none';
  const asksFor = metadata?.['antiphon.asks_for'];
  return {
    kind: 'say',
    text,
    attempt: 0,
    ...(metadata?.['antiphon.protected'] === 'yes' && { protected: true }),
    ...(typeof asksFor === 'string' && { asksFor }),
  };
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

function partOf(event: { readonly item_id: string; readonly content_index?: number | undefined }): TextPart {
  return { itemId: event.item_id, contentIndex: event.content_index ?? 0 };
}

/** The first of `output_item.done` and `response.done` to bring an item in its final form counts. */
function completeItems(state: SessionState, responseId: string, items: readonly ConversationItem[]): Step {
  return sequence(
    state,
    ...items.map(
      (item) => (next: SessionState) =>
        item.type === 'function_call' ? completeCall(next, item, responseId) : stay(next),
    ),
  );
}

/** Items of a response that was cut or failed stand only where they were declared done one by one. */
function standingItems(response: RealtimeResponse): readonly ConversationItem[] {
  return isVoid(response) ? [] : (response.output ?? []);
}

function isVoid({ status }: RealtimeResponse): boolean {
  return status === 'cancelled' || status === 'failed';
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
