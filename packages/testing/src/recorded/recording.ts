import {
  type ClientEvent,
  type JsonObject,
  validateBetaClientEvent,
  validateClientEvent,
} from '@antiphon/core';
import { parse } from 'yaml';
import { isObject, text } from './json-members.ts';

/** What happened at one point of a recorded session. */
export type RecordingStep =
  /** The client sent this; `event` is set when it is a valid event of the dialect, in the words of the GA one. */
  | { readonly kind: 'sent'; readonly raw: JsonObject; readonly event: ClientEvent | undefined }
  /** The server sent this. It is kept as it came, so that it is played back to the last member. */
  | { readonly kind: 'received'; readonly raw: JsonObject }
  | { readonly kind: 'close'; readonly code: number; readonly reason: string };

/** A recorded session. */
export interface Recording {
  readonly name: string;
  readonly steps: readonly RecordingStep[];
  /** The conversation in words, where the file says what it comes to. */
  readonly conversation?: readonly string[];
}

/**
 * Reads a recorded session from its YAML: `interactions`, a list of `{ kind: message, direction: sent | received,
 * data }` and `{ kind: close, code, reason }`, and perhaps `conversation`, a list of texts. Throws an `Error` that names the first entry it cannot read.
 */
export function parseRecording(yamlText: string, name: string): Recording {
  const file: unknown = parse(yamlText);
  const { interactions, conversation } = isObject(file) ? file : {};
  if (!Array.isArray(interactions)) {
    throw new Error(`recording ${name}: expected a list 'interactions'`);
  }
  const steps = interactions.map((entry: unknown, index) =>
    toStep(entry, `recording ${name}, entry ${index}`),
  );
  const isBeta = recordedDialect(steps) === 'beta';
  return {
    name,
    steps: steps.map((step) => withEvent(step, isBeta)),
    ...(Array.isArray(conversation) && { conversation: conversation.map(text) }),
  };
}

/** Names of server events that only one of the dialects has. */
const betaNames =
  /^(response\.(text|audio|audio_transcript)\.|conversation\.item\.created$|transcription_session\.)/;
const gaNames = /^(response\.output_(text|audio|audio_transcript)\.|conversation\.item\.added$)/;

/**
 * The dialect of a recorded session: by the names of its server events, because some servers mix the session objects of
 * both; by the session object where nothing else was said.
 */
export function recordedDialect(steps: readonly RecordingStep[]): 'ga' | 'beta' {
  const types = steps.flatMap((step) => (step.kind === 'received' ? [text(step.raw['type'])] : []));
  const isBeta = types.some((type) => betaNames.test(type));
  const isGa = types.some((type) => gaNames.test(type));
  if (isBeta !== isGa) return isBeta ? 'beta' : 'ga';
  const sessions = steps
    .flatMap((step) => (step.kind === 'close' ? [] : [step.raw['session']]))
    .filter(isObject);
  return sessions.some((session) => 'type' in session) || !sessions.some((session) => 'modalities' in session)
    ? 'ga'
    : 'beta';
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
  return direction === 'received'
    ? { kind: 'received', raw: data }
    : { kind: 'sent', raw: data, event: undefined };
}

function withEvent(step: RecordingStep, isBeta: boolean): RecordingStep {
  if (step.kind !== 'sent') return step;
  const result = isBeta ? validateBetaClientEvent(step.raw) : validateClientEvent(step.raw);
  return { ...step, event: result.ok ? result.event : undefined };
}
