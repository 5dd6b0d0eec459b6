import type { ConversationItem } from '../protocol/items.ts';
import type { RealtimeResponse } from '../protocol/response.ts';
import type { ServerEvent, UnknownServerEvent } from '../protocol/server-events.ts';
import { beginConversation, configureSession, refuseSession } from './connection.ts';
import { finishText, recordItem, writeText } from './conversation.ts';
import { triageError } from './error-triage.ts';
import { pendingEvent, settlePending } from './outbox.ts';
import { endPart } from './playout.ts';
import { finishResponse, isWanted, noteOutput, noteResponse, refuseRequest } from './response.ts';
import type { SessionState } from './state.ts';
import { count, notify, type Step, sequence, stay } from './step.ts';
import { announceCall, closeBatch, completeArguments, completeCall } from './tool-calls.ts';
import { confirmTurn, forgetTurn, startSpeech, stopSpeech } from './user-turn.ts';

/** What an event of the server does to the session. Unknown events are counted and change nothing. */
export function applyServerEvent(state: SessionState, event: ServerEvent | UnknownServerEvent): Step {
  if (event.type === 'unknown') return count('unknownEvents')(state);
  if (event.type === 'error')
    return sequence(onError(state, event.error), (next) => settlePending(next, event));
  return sequence(settlePending(state, event), (next) => onEvent(next, event));
}

function onEvent(state: SessionState, event: Exclude<ServerEvent, { type: 'error' }>): Step {
  switch (event.type) {
    case 'session.created':
      return configureSession(
        state,
        event.session.id ?? '',
        'model' in event.session ? event.session.model : undefined,
      );
    case 'session.updated':
      return beginConversation(state);
    case 'conversation.item.added':
    case 'conversation.item.created':
      return recordItem(state, event.item, event.previous_item_id);
    case 'conversation.item.done':
      // The predecessor in this event is not reliable; the item has its place already.
      return recordItem(state, event.item, undefined);
    case 'conversation.item.input_audio_transcription.delta':
      return writeText(state, 'user', event.item_id, event.delta ?? '');
    case 'conversation.item.input_audio_transcription.completed':
      return finishText(state, 'user', event.item_id, event.transcript);
    case 'conversation.item.input_audio_transcription.failed':
      return notify({
        type: 'transcript_failed',
        itemId: event.item_id,
        message: event.error.message ?? 'the transcription failed',
      })(state);
    case 'input_audio_buffer.speech_started':
      return startSpeech(state, event.item_id, event.audio_start_ms);
    case 'input_audio_buffer.speech_stopped':
      return stopSpeech(state, event.item_id, event.audio_end_ms);
    case 'input_audio_buffer.committed':
      return confirmTurn(state, event.item_id, event.previous_item_id);
    case 'input_audio_buffer.cleared':
      return forgetTurn(state);
    case 'response.created':
      return noteResponse(state, event.response.id ?? '');
    case 'response.done':
      return sequence(
        noteResponse(state, event.response.id ?? ''),
        (next) => completeItems(next, event.response.id ?? '', standingItems(event.response)),
        (next) => closeBatch(next, event.response.id ?? ''),
        (next) => finishResponse(next, event.response),
      );
    default:
      return 'response_id' in event ? onResponseEvent(state, event) : stay(state);
  }
}

type ResponseEvent = Extract<ServerEvent, { response_id: string }>;

function onResponseEvent(state: SessionState, event: ResponseEvent): Step {
  return sequence(noteResponse(state, event.response_id), (next) => onOutput(next, event));
}

function onOutput(state: SessionState, event: ResponseEvent): Step {
  switch (event.type) {
    case 'response.output_item.added':
      return sequence(noteOutput(state, event.response_id, event.item.id ?? ''), (next) =>
        event.item.type === 'function_call' ? announceCall(next, event.item, event.response_id) : stay(next),
      );
    case 'response.output_item.done':
      return completeItems(state, event.response_id, [event.item]);
    case 'response.function_call_arguments.done':
      return completeArguments(state, event.call_id, event.arguments);
    case 'response.output_text.delta':
    case 'response.output_audio_transcript.delta':
      return isWanted(state, event.response_id)
        ? writeText(state, 'agent', event.item_id, event.delta)
        : stay(state);
    case 'response.output_text.done':
      return finishText(state, 'agent', event.item_id, event.text);
    case 'response.output_audio_transcript.done':
      return finishText(state, 'agent', event.item_id, event.transcript);
    case 'response.output_audio.done':
      return endPart(state, event.item_id, event.content_index ?? 0);
    default:
      return stay(state);
  }
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
  return response.status === 'cancelled' || response.status === 'failed' ? [] : (response.output ?? []);
}

interface WireError {
  readonly type?: string | null | undefined;
  readonly code?: string | null | undefined;
  readonly message: string;
  readonly param?: string | null | undefined;
  readonly event_id?: string | null | undefined;
}

function onError(state: SessionState, error: WireError): Step {
  if (state.connection.kind === 'configuring') return refuseSession(state, describe(error));
  const about = pendingEvent(state, error.event_id)?.type;
  switch (triageError(error.code, error.type)) {
    case 'benign':
      return error.code === 'input_audio_buffer_commit_empty' ? forgetTurn(state) : stay(state);
    case 'fatal':
      return sequence({ ...state, fatalError: describe(error) }, warn(error));
    case 'retryable':
      return refuseRequest(state, error);
    case 'unknown':
      if (about === 'conversation.item.truncate' || about === 'conversation.item.delete') return stay(state);
      return sequence(count('unknownErrors')(state), warn(error), (next) => refuseRequest(next, error));
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
