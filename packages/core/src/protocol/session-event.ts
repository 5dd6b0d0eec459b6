import type { JsonObject } from '../json.ts';
import type { ServerEventOf } from './server-events.ts';

type SessionEvent = ServerEventOf<'session.created' | 'session.updated'>;
/** Whether a member has the shape that the type gives it. */
type Check = (value: unknown) => boolean;

/**
 * Reads what a server states of the session by hand, because a caller waits for it while a connection is made. Undefined
 * when the event is of another type, or not of the plainest shape: the schema then says what it is.
 */
export function decodeSessionEvent(raw: JsonObject): SessionEvent | undefined {
  const { type, event_id: id, session } = raw;
  const isPlain =
    (type === 'session.created' || type === 'session.updated') && isText(id) && isSession(session);
  return isPlain ? (raw as unknown as SessionEvent) : undefined;
}

const isText: Check = (value) => value === undefined || typeof value === 'string';
const isTextOrNull: Check = (value) => value === null || isText(value);
const isNumberOrNull: Check = (value) => value === undefined || value === null || typeof value === 'number';
const isTruthOrNull: Check = (value) => value === undefined || value === null || typeof value === 'boolean';
const isNone: Check = (value) => value === undefined || value === null;
const isWord: Check = (value) => typeof value === 'string';

// Written out: a table of checks takes several times as long on the way of a caller.

const isFormat: Check = (value) => {
  if (!isObject(value)) return false;
  const { type, rate } = value;
  const isKnown = type === 'audio/pcm' || type === 'audio/pcmu' || type === 'audio/pcma';
  return isKnown && (rate === undefined || typeof rate === 'number');
};

const isDetection: Check = (value) =>
  isObject(value) &&
  value['type'] === 'server_vad' &&
  isNumberOrNull(value['threshold']) &&
  isNumberOrNull(value['prefix_padding_ms']) &&
  isNumberOrNull(value['silence_duration_ms']) &&
  isNumberOrNull(value['idle_timeout_ms']) &&
  isTruthOrNull(value['create_response']) &&
  isTruthOrNull(value['interrupt_response']);

const isFunction: Check = (value) =>
  isObject(value) &&
  value['type'] === 'function' &&
  isWord(value['name']) &&
  isTextOrNull(value['description']) &&
  (isNone(value['parameters']) || isObject(value['parameters']));

const isTranscription: Check = (value) =>
  isObject(value) &&
  isTextOrNull(value['model']) &&
  isTextOrNull(value['language']) &&
  isTextOrNull(value['prompt']);

const isNoiseReduction: Check = (value) => isObject(value) && isText(value['type']);

const isInput: Check = (value) => {
  if (!isObject(value)) return false;
  const { format, transcription, noise_reduction: reduction, turn_detection: detection } = value;
  return (
    (isNone(format) || isFormat(format)) &&
    (isNone(transcription) || isTranscription(transcription)) &&
    (isNone(reduction) || isNoiseReduction(reduction)) &&
    (isNone(detection) || isDetection(detection))
  );
};

/** By name; or by its id, or by its name and kind. */
const isVoice: Check = (value) =>
  isTextOrNull(value) ||
  (isObject(value) && isText(value['id']) && isText(value['name']) && isText(value['type']));

const isOutput: Check = (value) =>
  isObject(value) &&
  (isNone(value['format']) || isFormat(value['format'])) &&
  isVoice(value['voice']) &&
  isNumberOrNull(value['speed']);

const isAudio: Check = (value) =>
  isObject(value) &&
  (value['input'] === undefined || isInput(value['input'])) &&
  (value['output'] === undefined || isOutput(value['output']));

const isSession: Check = (value) =>
  isObject(value) &&
  (value['type'] === undefined || value['type'] === 'realtime') &&
  isText(value['object']) &&
  isText(value['id']) &&
  isText(value['model']) &&
  (value['output_modalities'] === undefined || isListOf(value['output_modalities'], isWord)) &&
  isTextOrNull(value['instructions']) &&
  (isNone(value['tools']) || isListOf(value['tools'], isFunction)) &&
  isTextOrNull(value['tool_choice']) &&
  (isNumberOrNull(value['max_output_tokens']) || isWord(value['max_output_tokens'])) &&
  isNumberOrNull(value['expires_at']) &&
  (value['audio'] === undefined || isAudio(value['audio']));

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isListOf(value: unknown, check: Check): boolean {
  return Array.isArray(value) && value.every(check);
}
