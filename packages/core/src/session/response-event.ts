import type { ConversationItem } from '../protocol/items.ts';
import type { RealtimeResponse } from '../protocol/response.ts';
import type { ServerEvent, ServerEventOf } from '../protocol/server-events.ts';
import {
  expectAnswerBehind,
  isUntoldAnswer,
  noteCall,
  noteResponse,
  type ToldRequest,
} from './begun-response.ts';
import { finishText, type TextPart, writeText } from './conversation.ts';
import { completeOutput, endTexts } from './final-texts.ts';
import { announceHosted, completeHosted, noteArguments, noteTold } from './hosted-calls.ts';
import { endPart } from './playout.ts';
import { joinRemotePlayout, queueRemotePlayout } from './remote-call.ts';
import {
  finishResponse,
  isWanted,
  noteMessage,
  noteOutput,
  noteProgress,
  supersedeResponse,
} from './response.ts';
import { spendOnResponse } from './spending.ts';
import type { SessionState } from './state.ts';
import { type Step, sequence, stay } from './step.ts';
import { isBlank } from './token-counts.ts';
import { announceCall, closeBatch, completeArguments, completeCall } from './tool-calls.ts';

/** A response was announced. */
export function beginResponse(state: SessionState, response: RealtimeResponse): Step {
  const responseId = response.id ?? '';
  const told = toldRequest(response);
  const text = told === undefined || told === 'none' ? undefined : told.text;
  return sequence(supersedeResponse(state, responseId, text), text === undefined ? noteTold : stay, (next) =>
    noteResponse(next, responseId, told),
  );
}

/** A response is over. */
export function endResponse(state: SessionState, event: ServerEventOf<'response.done'>): Step {
  const response = withUsage(event);
  const responseId = response.id ?? '';
  const told = toldRequest(response);
  return sequence(
    // Where its beginning was not told, its end may say what it was.
    noteResponse(state, responseId, told, 'its_end'),
    response.status === 'cancelled' && isUntoldAnswer(state, responseId) ? expectAnswerBehind : stay,
    (next) => (isVoid(response) ? stay(next) : endTexts(next, standingItems(response), responseId)),
    (next) => completeItems(next, responseId, standingItems(response)),
    (next) => closeBatch(next, responseId, batchEnd(response)),
    response.status === 'cancelled' ? stay : (next) => queueRemotePlayout(next, responseId),
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

/** An event that names its response. */
export type ResponseEvent = Extract<ServerEvent, { response_id: string }>;

/** What comes of a response between its beginning and its end. */
export function applyResponseEvent(state: SessionState, event: ResponseEvent): Step {
  return sequence(
    supersedeResponse(state, event.response_id),
    (next) => noteResponse(next, event.response_id),
    (next) => noteProgress(next, event.response_id),
    (next) => onOutput(next, event),
  );
}

function onOutput(state: SessionState, event: ResponseEvent): Step {
  switch (event.type) {
    case 'response.output_item.added': {
      const { item, response_id: responseId } = event;
      return sequence(
        noteOutput(state, responseId, item.id ?? ''),
        ...(item.type === 'function_call'
          ? [
              (next: SessionState) => noteCall(next, responseId),
              (next: SessionState) => announceCall(next, item, responseId),
            ]
          : item.type === 'mcp_call'
            ? [
                (next: SessionState) => noteCall(next, responseId),
                (next: SessionState) => announceHosted(next, item, responseId),
              ]
            : item.type === 'message'
              ? [
                  (next: SessionState) => noteMessage(next, responseId, item.id ?? ''),
                  (next: SessionState) => noteTold(next, responseId),
                ]
              : []),
      );
    }
    case 'response.output_item.done':
      return sequence(completeOutput(state, event.item, event.response_id), (next) =>
        completeItems(next, event.response_id, [event.item]),
      );
    case 'response.mcp_call_arguments.done':
      return noteArguments(state, event.item_id, event.arguments);
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

function partOf(event: { readonly item_id: string; readonly content_index?: number | undefined }): TextPart {
  return { itemId: event.item_id, contentIndex: event.content_index ?? 0 };
}

/** The first of `output_item.done` and `response.done` to bring an item in its final form counts. */
function completeItems(state: SessionState, responseId: string, items: readonly ConversationItem[]): Step {
  return sequence(
    state,
    ...items.map(
      (item) => (next: SessionState) =>
        item.type === 'function_call'
          ? completeCall(next, item, responseId)
          : completeHosted(next, item, responseId),
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
