import type { JsonObject } from '../json.ts';
import type { ServerEventOf } from './server-events.ts';

type SessionEvent = ServerEventOf<'session.created' | 'session.updated'>;
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

/** An object whose members pass these checks, whatever else it holds. */
function members(checks: Readonly<Record<string, Check>>): Check {
  const entries = Object.entries(checks);
  return (value) =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    entries.every(([name, check]) => check((value as JsonObject)[name]));
}

function noneOr(check: Check): Check {
  return (value) => isNone(value) || check(value);
}

function listOf(check: Check): Check {
  return (value) => Array.isArray(value) && value.every(check);
}

const isFormat: Check = members({
  type: (type) => type === 'audio/pcm' || type === 'audio/pcmu' || type === 'audio/pcma',
  rate: (rate) => rate === undefined || typeof rate === 'number',
});

const isDetection: Check = members({
  type: (type) => type === 'server_vad',
  threshold: isNumberOrNull,
  prefix_padding_ms: isNumberOrNull,
  silence_duration_ms: isNumberOrNull,
  idle_timeout_ms: isNumberOrNull,
  create_response: isTruthOrNull,
  interrupt_response: isTruthOrNull,
});

const isFunction: Check = members({
  type: (type) => type === 'function',
  name: (name) => typeof name === 'string',
  description: isTextOrNull,
  parameters: noneOr(members({})),
});

const isInput: Check = members({
  format: noneOr(isFormat),
  transcription: noneOr(members({ model: isTextOrNull, language: isTextOrNull, prompt: isTextOrNull })),
  noise_reduction: noneOr(members({ type: isText })),
  turn_detection: noneOr(isDetection),
});

const isOutput: Check = members({ format: noneOr(isFormat), voice: isTextOrNull, speed: isNumberOrNull });

const isSession: Check = members({
  type: (type) => type === undefined || type === 'realtime',
  object: isText,
  id: isText,
  model: isText,
  output_modalities: (value) => value === undefined || listOf((one) => typeof one === 'string')(value),
  instructions: isTextOrNull,
  tools: noneOr(listOf(isFunction)),
  tool_choice: isTextOrNull,
  max_output_tokens: (value) => isNumberOrNull(value) || typeof value === 'string',
  expires_at: isNumberOrNull,
  audio: (value) => value === undefined || isAudio(value),
});

const isAudio: Check = members({
  input: (value) => value === undefined || isInput(value),
  output: (value) => value === undefined || isOutput(value),
});
