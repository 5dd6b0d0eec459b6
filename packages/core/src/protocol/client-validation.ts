import type { JsonObject } from '../json.ts';
import { decodeBase64 } from './base64.ts';
import { toRealtimeError } from './client-errors.ts';
import { type ClientEvent, ClientEventSchema, maxAudioBase64Length } from './client-events.ts';
import type { RealtimeError } from './server-events.ts';
import { isJsonObject } from './tolerant.ts';

/** A client event, or what the server answers in an `error` event. */
export type ClientEventResult =
  | { readonly ok: true; readonly event: ClientEvent }
  | { readonly ok: false; readonly error: RealtimeError };

/** Reads one text frame of a client as strictly as the hosted service does. Never throws. */
export function decodeClientEvent(text: string): ClientEventResult {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('invalid_json', 'Could not parse the message as JSON.', null);
  }
  return validateClientEvent(value);
}

/** Checks a client event that is already an object. Members that are undefined count as absent. */
export function validateClientEvent(value: unknown): ClientEventResult {
  if (!isJsonObject(value)) {
    return refuse('invalid_type', 'Invalid type for the event: expected an object.', null);
  }
  if (isPlainAppend(value)) {
    return { ok: true, event: value };
  }
  const result = ClientEventSchema.safeParse(value);
  return result.success
    ? { ok: true, event: result.data }
    : { ok: false, error: toRealtimeError(result.error.issues, value) };
}

/** Appends are all but everything a client sends; their check is a look at two members and the sound. */
function isPlainAppend(value: JsonObject): value is { type: 'input_audio_buffer.append'; audio: string } {
  const audio = value['audio'];
  return (
    value['type'] === 'input_audio_buffer.append' &&
    typeof audio === 'string' &&
    audio.length <= maxAudioBase64Length &&
    Object.keys(value).length === 2 &&
    decodeBase64(audio) !== undefined
  );
}

function refuse(code: string, message: string, param: string | null): ClientEventResult {
  return { ok: false, error: { type: 'invalid_request_error', code, message, param, event_id: null } };
}
