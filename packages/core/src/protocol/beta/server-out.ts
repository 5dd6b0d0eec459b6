import type { JsonObject } from '../../json.ts';
import { toBetaItem, toBetaPart } from './items.ts';
import { compact, eachObject, mapObject, objectAt, textAt } from './members.ts';
import { toBetaName } from './names.ts';
import { toBetaParam } from './params.ts';
import { toBetaResponseSettings, toBetaSession } from './session.ts';

/** Events that no beta client knows. */
const gaOnly: ReadonlySet<string> = new Set([
  'conversation.item.done',
  'conversation.item.input_audio_transcription.segment',
  'input_audio_buffer.timeout_triggered',
  'input_audio_buffer.dtmf_event_received',
]);

/** What a server tells a beta client for an event of the GA dialect: one event, or none. */
export function toBetaServerEvents(event: JsonObject): readonly JsonObject[] {
  const type = textAt(event, 'type') ?? '';
  if (gaOnly.has(type)) {
    return [];
  }
  switch (type) {
    case 'session.created':
    case 'session.updated': {
      const session = objectAt(event, 'session') ?? {};
      const prefix = session['type'] === 'transcription' ? 'transcription_' : '';
      return [{ ...event, type: `${prefix}${type}`, session: toBetaSession(session) }];
    }
    case 'conversation.item.added':
      return [withItem({ ...event, type: 'conversation.item.created' })];
    case 'conversation.item.created':
    case 'conversation.item.retrieved':
    case 'response.output_item.added':
    case 'response.output_item.done':
      return [withItem(event)];
    case 'response.content_part.added':
    case 'response.content_part.done':
      return [compact({ ...event, part: mapObject(event['part'], toBetaPart) })];
    case 'response.created':
    case 'response.done':
      return [compact({ ...event, response: mapObject(event['response'], toBetaResponse) })];
    case 'error':
      return [compact({ ...event, error: mapObject(event['error'], toBetaError) })];
    default:
      return [{ ...event, type: toBetaName(type) }];
  }
}

function withItem(event: JsonObject): JsonObject {
  return compact({ ...event, item: mapObject(event['item'], toBetaItem) });
}

function toBetaResponse(response: JsonObject): JsonObject {
  return compact({
    ...toBetaResponseSettings(response),
    output: eachObject(response['output'], toBetaItem),
  });
}

function toBetaError(error: JsonObject): JsonObject {
  const param = textAt(error, 'param');
  return param === undefined ? error : { ...error, param: toBetaParam(param) };
}
