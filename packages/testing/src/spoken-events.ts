import type { JsonObject } from '@antiphon/core';

/** A spoken answer as events. */
export interface SpokenEventsOptions {
  readonly responseId: string;
  readonly itemId: string;
  readonly previousItemId?: string;
  readonly text: string;
  /** The sound, in base64, one delta for each. */
  readonly audio: readonly string[];
}

/** A call as {@link callEvents} tells it. */
export interface EventCall {
  readonly itemId: string;
  readonly callId: string;
  readonly name: string;
  /** A JSON text. */
  readonly arguments: string;
}

/** All events of a response that speaks, in the order of the hosted service. */
export function spokenEvents(options: SpokenEventsOptions): readonly JsonObject[] {
  const { responseId, itemId, text, audio, previousItemId = null } = options;
  const part = { response_id: responseId, item_id: itemId, output_index: 0, content_index: 0 };
  const output = { response_id: responseId, output_index: 0 };
  const item = { id: itemId, type: 'message', role: 'assistant' };
  const begun = { ...item, status: 'in_progress', content: [] };
  const ended = { ...item, status: 'completed', content: [{ type: 'output_audio', transcript: text }] };
  return [
    responseCreated(responseId),
    { type: 'response.output_item.added', ...output, item: begun },
    { type: 'conversation.item.added', previous_item_id: previousItemId, item: begun },
    { type: 'response.content_part.added', ...part, part: { type: 'audio', transcript: '' } },
    { type: 'response.output_audio_transcript.delta', ...part, delta: text },
    ...audio.map((delta) => ({ type: 'response.output_audio.delta', ...part, delta })),
    { type: 'response.output_audio.done', ...part },
    { type: 'response.output_audio_transcript.done', ...part, transcript: text },
    { type: 'response.content_part.done', ...part, part: { type: 'audio', transcript: text } },
    { type: 'conversation.item.done', previous_item_id: previousItemId, item: ended },
    { type: 'response.output_item.done', ...output, item: ended },
    responseDone(responseId, [ended]),
  ];
}

/** All events of a response that calls tools. */
export function callEvents(responseId: string, calls: readonly EventCall[]): readonly JsonObject[] {
  const items = calls.map(({ itemId, callId, name, arguments: argumentsJson }) => ({
    id: itemId,
    type: 'function_call',
    status: 'completed',
    call_id: callId,
    name,
    arguments: argumentsJson,
  }));
  return [
    responseCreated(responseId),
    ...items.flatMap((item, index) => {
      const output = { response_id: responseId, output_index: index };
      const call = { ...output, item_id: item.id, call_id: item.call_id };
      const begun = { ...item, status: 'in_progress', arguments: '' };
      return [
        { type: 'response.output_item.added', ...output, item: begun },
        { type: 'conversation.item.added', previous_item_id: null, item: begun },
        { type: 'response.function_call_arguments.delta', ...call, delta: item.arguments },
        {
          type: 'response.function_call_arguments.done',
          ...call,
          name: item.name,
          arguments: item.arguments,
        },
        { type: 'conversation.item.done', previous_item_id: null, item },
        { type: 'response.output_item.done', ...output, item },
      ];
    }),
    responseDone(responseId, items),
  ];
}

function responseCreated(id: string): JsonObject {
  return { type: 'response.created', response: { id, status: 'in_progress', output: [] } };
}

function responseDone(id: string, output: readonly JsonObject[]): JsonObject {
  return { type: 'response.done', response: { id, status: 'completed', status_details: null, output } };
}
