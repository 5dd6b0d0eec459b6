import { type ClientEvent, type JsonObject, validateClientEvent } from '@antiphon/core';
import { parse } from 'yaml';

/** What happened at one point of a recorded session. */
export type RecordingStep =
  /** The client sent this; `event` is set when it is a valid event of the GA dialect. */
  | { readonly kind: 'sent'; readonly raw: JsonObject; readonly event: ClientEvent | undefined }
  /** The server sent this. It is kept as it came, so that it is played back to the last member. */
  | { readonly kind: 'received'; readonly raw: JsonObject }
  | { readonly kind: 'close'; readonly code: number; readonly reason: string };

/** A recorded session. */
export interface Recording {
  readonly name: string;
  readonly steps: readonly RecordingStep[];
}

/**
 * Reads a recorded session from its YAML: `interactions`, a list of `{ kind: message, direction: sent | received,
 * data }` and `{ kind: close, code, reason }`. Throws an `Error` that names the first entry it cannot read.
 */
export function parseRecording(yamlText: string, name: string): Recording {
  const file: unknown = parse(yamlText);
  const interactions = isObject(file) ? file['interactions'] : undefined;
  if (!Array.isArray(interactions)) {
    throw new Error(`recording ${name}: expected a list 'interactions'`);
  }
  return {
    name,
    steps: interactions.map((entry: unknown, index) => toStep(entry, `recording ${name}, entry ${index}`)),
  };
}

function toStep(entry: unknown, place: string): RecordingStep {
  if (!isObject(entry)) {
    throw new Error(`${place}: expected an object`);
  }
  if (entry['kind'] === 'close') {
    const { code, reason } = entry;
    return {
      kind: 'close',
      code: typeof code === 'number' ? code : 1000,
      reason: typeof reason === 'string' ? reason : '',
    };
  }
  const { direction, data } = entry;
  if (!isObject(data) || (direction !== 'sent' && direction !== 'received')) {
    throw new Error(`${place}: expected a message with 'direction' and 'data', or a close`);
  }
  if (direction === 'received') {
    return { kind: 'received', raw: data };
  }
  const result = validateClientEvent(data);
  return { kind: 'sent', raw: data, event: result.ok ? result.event : undefined };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
