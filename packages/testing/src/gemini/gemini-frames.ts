import {
  type GeminiClientMessage,
  GeminiClientMessageSchema,
  type JsonObject,
  type JsonValue,
} from '@antiphon/core';

/** What a client message is about; audio, the beginning and the end of a turn are told apart. */
export type GeminiFrameKind =
  | 'setup'
  | 'clientContent'
  | 'toolResponse'
  | 'audio'
  | 'text'
  | 'activityStart'
  | 'activityEnd'
  | 'audioStreamEnd'
  | 'video';

/** A client message that is as it must be, or what is wrong with it. */
export type GeminiFrameResult =
  | { readonly ok: true; readonly message: GeminiClientMessage }
  | { readonly ok: false; readonly reason: string };

/** Members under these names hold keys that are not the service's. */
const free: ReadonlySet<string> = new Set(['args', 'response', 'properties']);

/** Reads a message of a client as strictly as the service: unknown members and nulls are refused. */
export function readGeminiFrame(text: string): GeminiFrameResult {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, reason: 'Request contains an invalid argument: the message is not JSON.' };
  }
  const result = GeminiClientMessageSchema.safeParse(inCamelCase(value as JsonValue));
  if (result.success) return { ok: true, message: result.data };
  return { ok: false, reason: `Request contains an invalid argument: ${result.error.message.slice(0, 300)}` };
}

/** What a message is about. */
export function frameKindOf(message: GeminiClientMessage): GeminiFrameKind {
  if ('realtimeInput' in message) {
    const [kind] = Object.keys(message.realtimeInput);
    return kind as GeminiFrameKind;
  }
  const [kind] = Object.keys(message);
  return kind as GeminiFrameKind;
}

/** The service takes names in both spellings. */
export function inCamelCase(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(inCamelCase);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value as JsonObject).map(([name, inner]) => {
    const key = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    return [key, free.has(key) ? renamedProperties(key, inner) : inCamelCase(inner)] as const;
  });
  return Object.fromEntries(entries);
}

/** The names of parameters are the caller's own; what is said of them is not. */
function renamedProperties(key: string, value: JsonValue): JsonValue {
  if (key !== 'properties' || typeof value !== 'object' || value === null || Array.isArray(value))
    return value;
  return Object.fromEntries(
    Object.entries(value as JsonObject).map(([name, inner]) => [name, inCamelCase(inner)]),
  );
}
