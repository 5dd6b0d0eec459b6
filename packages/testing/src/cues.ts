import type { JsonObject, JsonValue } from '@antiphon/core';
import type { RecordingStep } from './recording.ts';

/** A client event of a recording, and the server event that answers it. */
export interface Cue {
  readonly sent: JsonObject;
  /** Position of the answer among the steps; the number of steps when nothing answers. */
  readonly answerAt: number;
}

/** The types of server event that answer a client event. Audio is answered by what is heard in it. */
const answers: Readonly<Record<string, readonly string[]>> = {
  'session.update': ['session.updated'],
  'input_audio_buffer.append': [
    'input_audio_buffer.speech_started',
    'input_audio_buffer.committed',
    'input_audio_buffer.timeout_triggered',
  ],
  'input_audio_buffer.commit': ['input_audio_buffer.committed'],
  'input_audio_buffer.clear': ['input_audio_buffer.cleared'],
  'output_audio_buffer.clear': ['output_audio_buffer.cleared'],
  'conversation.item.create': ['conversation.item.added', 'conversation.item.created'],
  'conversation.item.retrieve': ['conversation.item.retrieved'],
  'conversation.item.truncate': ['conversation.item.truncated'],
  'conversation.item.delete': ['conversation.item.deleted'],
  'response.create': ['response.created'],
  'response.cancel': ['response.done'],
};

/** The member of an event that the `param` of an error begins with. */
const subjects: Readonly<Record<string, string>> = {
  'session.update': 'session',
  'conversation.item.create': 'item',
  'response.create': 'response',
};

/**
 * Finds, for every client event among `steps`, the server event that it caused: the first one after it that answers or
 * refuses it and that no earlier event has claimed, else any `error`. A server event may be played once the client has
 * sent what caused it, whenever in between the recorded client happened to send it. Audio in a row is one cue.
 */
export function findCues(steps: readonly RecordingStep[]): readonly Cue[] {
  const claimed = new Set<number>();
  const cues: Cue[] = [];
  for (const [index, step] of steps.entries()) {
    if (step.kind !== 'sent') {
      continue;
    }
    const isAudio = step.raw['type'] === 'input_audio_buffer.append';
    const find = (matches: (answer: JsonObject) => boolean): number =>
      steps.findIndex(
        (other, at) =>
          at > index && other.kind === 'received' && (isAudio || !claimed.has(at)) && matches(other.raw),
      );
    const direct = find((answer) => isAnswer(step.raw, answer) || isRefusal(step.raw, answer));
    const found = direct >= 0 || isAudio ? direct : find((answer) => answer['type'] === 'error');
    const answerAt = found >= 0 ? found : steps.length;
    const last = cues.at(-1);
    if (isAudio && last?.answerAt === answerAt && last.sent['type'] === step.raw['type']) {
      continue;
    }
    if (!isAudio) {
      claimed.add(answerAt);
    }
    cues.push({ sent: step.raw, answerAt });
  }
  return cues;
}

/** What must agree between the recorded client event and the one that takes its place. */
export function kindOf(event: JsonObject): string {
  const item = event['item'];
  return isObject(item) ? `${text(event['type'])} of ${itemKind(item)}` : text(event['type']);
}

function isAnswer(sent: JsonObject, answer: JsonObject): boolean {
  if (!answers[text(sent['type'])]?.includes(text(answer['type']))) {
    return false;
  }
  const [sentItem, answerItem] = [sent['item'], answer['item']];
  if (isObject(sentItem) && isObject(answerItem)) {
    return itemKind(sentItem) === itemKind(answerItem) && answerItem['status'] !== 'in_progress';
  }
  const itemId = sent['item_id'];
  return itemId === undefined || answer['item_id'] === undefined || itemId === answer['item_id'];
}

function isRefusal(sent: JsonObject, answer: JsonObject): boolean {
  const error = answer['error'];
  if (answer['type'] !== 'error' || !isObject(error)) {
    return false;
  }
  const subject = subjects[text(sent['type'])];
  const isOfId = sent['event_id'] !== undefined && sent['event_id'] === error['event_id'];
  return isOfId || (subject !== undefined && text(error['param']).startsWith(subject));
}

function itemKind(item: JsonObject): string {
  return item['type'] === 'message' ? `${text(item['role'])} message` : text(item['type']);
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
