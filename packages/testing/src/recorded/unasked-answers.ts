import type { ClientEvent, JsonObject } from '@antiphon/core';
import { asJson } from './json-members.ts';

/** What a server knows when a client says something that the recorded one did not. */
export interface ServerStanding {
  /** The session as it was stated last, in the dialect of the recording. */
  readonly session: JsonObject;
  readonly response: 'active' | 'none';
  /** How many responses were refused before. */
  readonly refusals: number;
}

/**
 * What every server answers to a client event that a recording has not: events of the GA dialect. A response that nobody
 * gave fails. Nothing for audio.
 */
export function answerUnasked(event: ClientEvent, standing: ServerStanding): readonly JsonObject[] {
  switch (event.type) {
    case 'session.update':
      return [{ type: 'session.updated', session: { ...standing.session, ...asJson(event.session) } }];
    case 'conversation.item.create': {
      const item = { status: 'completed', ...asJson(event.item) };
      const place = { previous_item_id: event.previous_item_id ?? null, item };
      return [
        { type: 'conversation.item.added', ...place },
        { type: 'conversation.item.done', ...place },
      ];
    }
    case 'conversation.item.truncate': {
      const { item_id, content_index, audio_end_ms } = event;
      return [{ type: 'conversation.item.truncated', item_id, content_index, audio_end_ms }];
    }
    case 'conversation.item.delete':
      return [{ type: 'conversation.item.deleted', item_id: event.item_id }];
    case 'input_audio_buffer.clear':
      return [{ type: 'input_audio_buffer.cleared' }];
    case 'response.create':
      return standing.response === 'active'
        ? []
        : failedResponse(standing.refusals, event.response?.metadata);
    case 'response.cancel':
      return standing.response === 'active' ? [] : [notActive(event.event_id)];
    default:
      return [];
  }
}

function notActive(eventId: string | undefined): JsonObject {
  return {
    type: 'error',
    error: {
      type: 'invalid_request_error',
      code: 'response_cancel_not_active',
      message: 'Cancellation failed: no active response found',
      param: null,
      event_id: eventId ?? null,
    },
  };
}

function failedResponse(
  count: number,
  metadata: Readonly<Record<string, string>> | null | undefined,
): readonly JsonObject[] {
  const response = {
    object: 'realtime.response',
    id: `resp_not_recorded_${count}`,
    output: [],
    usage: null,
    metadata: metadata ?? null,
  };
  const error = {
    type: 'server_error',
    code: 'not_recorded',
    message: 'The recording has no such response.',
  };
  return [
    { type: 'response.created', response: { ...response, status: 'in_progress', status_details: null } },
    {
      type: 'response.done',
      response: { ...response, status: 'failed', status_details: { type: 'failed', error } },
    },
  ];
}
