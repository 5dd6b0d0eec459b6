import type { JsonObject, JsonValue } from '@antiphon/core';
import type { Recording, RecordingStep } from '@antiphon/testing';
import { changedMembers } from './changed-members.ts';

type Received = Extract<RecordingStep, { kind: 'received' }>;

const textPiece =
  /^response\.(output_text|text|output_audio_transcript|audio_transcript|function_call_arguments)\.delta$/;

const soundPiece = /^response\.(output_audio|audio)\.delta$/;

const pieces = /^response\.(output_audio|audio|output_audio_transcript|audio_transcript)\.(delta|done)$/;

function asText(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** The name of one of the {@link variations}. */
export type Variation = keyof typeof variations;

/** What another server, or the same one on another day, may say differently without meaning anything else. */
export const variations = {
  'characters one by one': splitTexts((text) => [...text]),
  'empty pieces between': splitTexts((text) => ['', text, '']),
  'texts in one piece': joinTexts,
  'no pieces of texts': withoutPieces,
  'sound in odd bytes': splitSound(1_001),
  'sound in single samples': splitSound(2, 400),
  'sound in one piece': splitSound(Number.POSITIVE_INFINITY),
  'no content parts': without(/^response\.content_part\./),
  'no output items announced': withoutAnnouncements,
  'items told once': without(/^conversation\.item\.done$/),
  'no rate limits': without(/^rate_limits\.updated$/),
  'members in reverse': everyEvent(reversed),
  'members nobody knows': everyEvent(withStrangers),
  'events nobody knows': strangersBetween,
  'values that nobody expects': everyEvent(withStrangeValues),
  'no members that are null': everyEvent(withoutNulls),
  'no event ids': everyEvent(({ event_id: _id, ...event }) => event),
  'words of the user last': userWordsLast,
  'words before sound': wordsBeforeSound,
  'sound before words': soundBeforeWords,
  'end of an item before its texts': itemEndFirst,
  'empty output in the end': withoutOutput,
  'names of the other dialect': otherNames,
  'kinds of content of the other dialect': everyEvent(withOtherContents),
} satisfies Record<string, (recording: Recording) => Recording>;

function everyEvent(change: (event: JsonObject) => JsonObject) {
  return flat(({ raw }) => [change(raw)]);
}

function flat(
  change: (step: Received, at: number, steps: readonly RecordingStep[]) => readonly JsonObject[],
) {
  return (recording: Recording): Recording => ({
    ...recording,
    steps: recording.steps.flatMap((step, at, steps): readonly RecordingStep[] =>
      step.kind === 'received' ? change(step, at, steps).map((raw) => ({ kind: 'received', raw })) : [step],
    ),
  });
}

function without(type: RegExp) {
  return flat(({ raw }) => (type.test(asText(raw['type'])) ? [] : [raw]));
}

/** The pieces of an item tell of it, too. */
function withoutAnnouncements(recording: Recording): Recording {
  return flat((step, at, steps) => {
    const { id } = (step.raw['item'] ?? {}) as { readonly id?: string };
    const hasPieces = steps.some(
      (other, index) =>
        index > at && other.kind === 'received' && is(other, /\.delta$/) && other.raw['item_id'] === id,
    );
    return is(step, /^response\.output_item\.added$/) && hasPieces ? [] : [step.raw];
  })(recording);
}

function is(step: RecordingStep, type: RegExp): boolean {
  return step.kind === 'received' && type.test(asText(step.raw['type']));
}

function splitTexts(split: (text: string) => readonly string[]) {
  return flat((step) => {
    if (!is(step, textPiece)) return [step.raw];
    const pieces = split(asText(step.raw['delta']));
    return pieces.map((delta) => ({ ...step.raw, delta }));
  });
}

function placeOf({ raw }: Received): string {
  return JSON.stringify([raw['type'], raw['response_id'], raw['item_id'], raw['content_index']]);
}

function joined(type: RegExp, join: (pieces: readonly string[]) => readonly string[]) {
  return (recording: Recording): Recording =>
    flat((step, at, steps) => {
      if (!is(step, type)) return [step.raw];
      const same = (other: RecordingStep): other is Received =>
        other.kind === 'received' && is(other, type) && placeOf(other) === placeOf(step);
      if (steps.findIndex(same) !== at) return [];
      const pieces = steps.filter(same).map(({ raw }) => asText(raw['delta']));
      return join(pieces).map((delta) => ({ ...step.raw, delta }));
    })(recording);
}

function joinTexts(recording: Recording): Recording {
  return joined(textPiece, (pieces) => [pieces.join('')])(recording);
}

function splitSound(bytes: number, most = Number.POSITIVE_INFINITY) {
  return joined(soundPiece, (pieces) => {
    const whole = Buffer.concat(pieces.map((piece) => Buffer.from(piece, 'base64')));
    const size = Math.min(whole.length, Math.max(bytes, Math.ceil(whole.length / most / 2) * 2));
    return Array.from({ length: Math.ceil(whole.length / size) || 1 }, (_, at) =>
      whole.subarray(at * size, (at + 1) * size).toString('base64'),
    );
  });
}

function withoutPieces(recording: Recording): Recording {
  return flat((step, at, steps) => {
    if (!is(step, textPiece)) return [step.raw];
    const end = asText(step.raw['type']).replace('.delta', '.done');
    const isEnded = steps.some(
      (other, index) =>
        index > at &&
        other.kind === 'received' &&
        other.raw['type'] === end &&
        other.raw['item_id'] === step.raw['item_id'] &&
        (other.raw['text'] ?? other.raw['transcript']) !== '',
    );
    return isEnded ? [] : [step.raw];
  })(recording);
}

function reversed(event: JsonObject): JsonObject {
  return changedMembers(event, (members) => members.toReversed());
}

function withStrangers(event: JsonObject): JsonObject {
  return changedMembers(event, (members) => [
    ['x_before', { delta: 'no', type: 'no' }],
    ...members,
    ['x_after', ['no', null, 1]],
  ]);
}

/** What no client needs, in shapes that no client expects. */
function withStrangeValues(event: JsonObject): JsonObject {
  const { response, item } = event as { readonly response?: JsonObject; readonly item?: JsonObject };
  const changed = {
    ...(response !== undefined && {
      response: {
        ...response,
        metadata: { ...(response['metadata'] as JsonObject | null), x: { y: 1 } },
        max_output_tokens: [],
      },
    }),
    ...(item !== undefined && { item: { ...item, object: 7 } }),
  };
  return { ...event, ...changed, event_id: 7, obfuscation: ['x'] };
}

function strangersBetween(recording: Recording): Recording {
  return flat(({ raw }) => [
    raw,
    {
      type: 'response.something.delta',
      event_id: 'event_x',
      delta: 'AAAA',
      item_id: raw['item_id'] ?? 'item_x',
    },
    {
      type: 'rate_limits.updated',
      event_id: 'event_y',
      rate_limits: [{ name: 'tokens', limit: 1, remaining: 1, reset_seconds: 0.5 }],
    },
  ])(recording);
}

/** Null says something of the place of an item, and of a response that is in no conversation. */
function withoutNulls(event: JsonObject): JsonObject {
  return changedMembers(event, (members) =>
    members.filter(([name, value]) => value !== null || /^(previous_item|conversation)_id$/.test(name)),
  );
}

/** Moves what `isMoved` says behind the end of the connection it came over. */
function userWordsLast(recording: Recording): Recording {
  const moves = /^conversation\.item\.input_audio_transcription\./;
  const steps: RecordingStep[] = [];
  let held: RecordingStep[] = [];
  for (const step of recording.steps) {
    if (is(step, moves)) held.push(step);
    else if (step.kind === 'close') {
      steps.push(...held, step);
      held = [];
    } else steps.push(step);
  }
  return { ...recording, steps: [...steps, ...held] };
}

/** Within runs of pieces, those that `isFirst` says come first. */
function inRuns(inRun: RegExp, isFirst: RegExp) {
  return (recording: Recording): Recording => {
    const steps: RecordingStep[] = [];
    let run: RecordingStep[] = [];
    const end = (): void => {
      steps.push(...run.filter((step) => is(step, isFirst)), ...run.filter((step) => !is(step, isFirst)));
      run = [];
    };
    for (const step of recording.steps) {
      if (is(step, inRun)) run.push(step);
      else {
        end();
        steps.push(step);
      }
    }
    end();
    return { ...recording, steps };
  };
}

function wordsBeforeSound(recording: Recording): Recording {
  return inRuns(pieces, /transcript/)(recording);
}

function soundBeforeWords(recording: Recording): Recording {
  return inRuns(pieces, /audio\./)(recording);
}

function itemEndFirst(recording: Recording): Recording {
  return inRuns(
    /^response\.(.*\.done|output_item\.done)$|^conversation\.item\.done$/,
    /output_item\.done$/,
  )({ ...recording });
}

/** Items that were told to be done before; over later connections the server would have to know them by it. */
function withoutOutput(recording: Recording): Recording {
  if (recording.steps.some(({ kind }) => kind === 'close')) return recording;
  const done = new Set(
    recording.steps.flatMap((step) =>
      step.kind === 'received' && is(step, /^response\.output_item\.done$/)
        ? [(step.raw['item'] as JsonObject)['id']]
        : [],
    ),
  );
  return everyEvent((event) => {
    const { output = [], ...response } = (event['response'] ?? {}) as {
      readonly output?: readonly JsonObject[];
    };
    const isKnown = event['type'] === 'response.done' && output.every(({ id }) => done.has(id));
    return isKnown ? { ...event, response: { ...response, output: [] } } : event;
  })(recording);
}

/** Of two events one: by its name alone the dialect is not known. */
function otherNames(recording: Recording): Recording {
  return flat(({ raw }, at) => [at % 2 === 0 ? raw : otherName(raw)])(recording);
}

function otherName(event: JsonObject): JsonObject {
  const type = asText(event['type']);
  const other =
    type.startsWith('response.output_') && !type.startsWith('response.output_item')
      ? type.replace('response.output_', 'response.')
      : type.replace(/^response\.(text|audio|audio_transcript)\./, 'response.output_$1.');
  return { ...event, type: other };
}

const otherContent: Readonly<Record<string, string>> = {
  text: 'output_text',
  audio: 'output_audio',
  output_text: 'text',
  output_audio: 'audio',
};

function withOtherContents(event: JsonObject): JsonObject {
  const isAnswer = /^response\.(output_item|content_part)\.|^response\.done$/.test(asText(event['type']));
  if (!isAnswer) return event;
  return changedMembers(event, (members) =>
    members.map(([name, value]) => [name, name === 'type' ? (otherContent[asText(value)] ?? value) : value]),
  );
}
