import type { JsonObject } from '../json.ts';
import {
  isFiniteOrAbsent,
  isListOf,
  isNone,
  isPlainItem,
  isText,
  isTextOrAbsent,
  isTextOrNone,
} from './plain.ts';
import type { ServerEventOf } from './server-events.ts';
import { isJsonObject } from './tolerant.ts';

/** The events that begin and end a turn, of the user or of the agent. */
type TurnEvent = ServerEventOf<
  | 'response.created'
  | 'response.done'
  | 'rate_limits.updated'
  | 'input_audio_buffer.speech_started'
  | 'input_audio_buffer.speech_stopped'
  | 'input_audio_buffer.committed'
>;

/**
 * Reads what a server says of turns by hand: an answer, or the silence of a voice that was cut, waits for it. Undefined when
 * the event is of another type, or not of the plainest shape: the schema then says what it is.
 */
export function decodeTurnEvent(raw: JsonObject): TurnEvent | undefined {
  if (!isTextOrAbsent(raw['event_id'])) return undefined;
  switch (raw['type']) {
    case 'response.created':
    case 'response.done':
      return raw['usage'] === undefined ? decodeResponse(raw) : undefined;
    case 'rate_limits.updated':
      return isListOf(raw['rate_limits'], isRateLimit) ? asTurn(raw) : undefined;
    case 'input_audio_buffer.speech_started':
      return isText(raw['item_id']) && Number.isFinite(raw['audio_start_ms']) ? asTurn(raw) : undefined;
    case 'input_audio_buffer.speech_stopped':
      return isText(raw['item_id']) && Number.isFinite(raw['audio_end_ms']) ? asTurn(raw) : undefined;
    case 'input_audio_buffer.committed':
      return isText(raw['item_id']) && isTextOrNone(raw['previous_item_id']) ? asTurn(raw) : undefined;
    default:
      return undefined;
  }
}

function decodeResponse(raw: JsonObject): TurnEvent | undefined {
  const { response } = raw;
  if (!isJsonObject(response) || !isPlainResponse(response)) return undefined;
  const { status_details: details, output, usage } = response;
  if (details !== undefined && output !== undefined && usage !== undefined) return asTurn(raw);
  const whole = { ...response, status_details: details ?? null, output: output ?? [], usage: usage ?? null };
  return asTurn({ ...raw, response: whole });
}

function isPlainResponse(response: JsonObject): boolean {
  const { output, output_modalities: modalities, max_output_tokens: limit } = response;
  return (
    isText(response['id']) &&
    isTextOrAbsent(response['object']) &&
    isStatus(response['status']) &&
    (isNone(response['status_details']) || isDetails(response['status_details'])) &&
    (output === undefined || isListOf(output, isPlainItem)) &&
    isTextOrNone(response['conversation_id']) &&
    (modalities === undefined || isListOf(modalities, isText)) &&
    (isTextOrNone(limit) || Number.isFinite(limit)) &&
    (isNone(response['usage']) || isUsage(response['usage'])) &&
    (isNone(response['metadata']) || isPairs(response['metadata']))
  );
}

function isStatus(status: unknown): boolean {
  switch (status) {
    case 'in_progress':
    case 'completed':
    case 'cancelled':
    case 'incomplete':
    case 'failed':
      return true;
    default:
      return false;
  }
}

function isDetails(details: unknown): boolean {
  return (
    isJsonObject(details) &&
    isTextOrAbsent(details['type']) &&
    isTextOrNone(details['reason']) &&
    isNone(details['error'])
  );
}

function isUsage(usage: unknown): boolean {
  return (
    isJsonObject(usage) &&
    isCount(usage['total_tokens']) &&
    isCount(usage['input_tokens']) &&
    isCount(usage['output_tokens']) &&
    isInputDetails(usage['input_token_details']) &&
    isOutputDetails(usage['output_token_details'])
  );
}

function isInputDetails(details: unknown): boolean {
  if (isNone(details)) return true;
  if (!isJsonObject(details) || !isCounted(details)) return false;
  const cached = details['cached_tokens_details'];
  return (
    isCountOrAbsent(details['cached_tokens']) &&
    (isNone(cached) || (isJsonObject(cached) && isCounted(cached)))
  );
}

function isOutputDetails(details: unknown): boolean {
  if (isNone(details)) return true;
  if (!isJsonObject(details)) return false;
  const { text_tokens: text, audio_tokens: audio, reasoning_tokens: reasoning } = details;
  return isCountOrAbsent(text) && isCountOrAbsent(audio) && isCountOrAbsent(reasoning);
}

function isCounted(details: JsonObject): boolean {
  const { text_tokens: text, audio_tokens: audio, image_tokens: image } = details;
  return isCountOrAbsent(text) && isCountOrAbsent(audio) && isCountOrAbsent(image);
}

function isCount(value: unknown): boolean {
  return Number.isFinite(value) && Number(value) >= 0;
}

function isCountOrAbsent(value: unknown): boolean {
  return value === undefined || isCount(value);
}

function isRateLimit(limit: unknown): boolean {
  return (
    isJsonObject(limit) &&
    isText(limit['name']) &&
    isFiniteOrAbsent(limit['limit']) &&
    isFiniteOrAbsent(limit['remaining']) &&
    isFiniteOrAbsent(limit['reset_seconds'])
  );
}

function isPairs(pairs: unknown): boolean {
  return isJsonObject(pairs) && Object.values(pairs).every(isText);
}

/** Sound only after the checks above. */
function asTurn(raw: JsonObject): TurnEvent {
  return raw as unknown as TurnEvent;
}
