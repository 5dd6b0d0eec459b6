import type { JsonObject } from '@antiphon/core';
import { isObject, list, text } from './json-members.ts';
import type { RecordingStep } from './recording.ts';

/** A client event of a recording, and the server event that answers it. */
export interface Cue {
  readonly sent: JsonObject;
  /** Position of the client event among the steps. */
  readonly sentAt: number;
  /** Position of the answer among the steps; the number of steps when nothing answers. */
  readonly answerAt: number;
  /**
   * Whether every client says this here: another one may not have to cancel, cut or clear anything (`optional`), and does
   * not make the mistakes of the recorded one (`mistaken` when they are of form, `untimely` when they are of the moment).
   */
  readonly manner: 'required' | 'optional' | 'mistaken' | 'untimely';
}

/** The types of server event that answer a client event. Audio is answered by what is heard in it. */
const answers: Readonly<Record<string, readonly string[]>> = {
  'session.update': ['session.updated'],
  'transcription_session.update': ['transcription_session.updated'],
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

/** What a client does to its own ends: another client at the same point may not. */
const optionalTypes: ReadonlySet<string> = new Set([
  'input_audio_buffer.clear',
  'output_audio_buffer.clear',
  'conversation.item.retrieve',
  'conversation.item.truncate',
  'conversation.item.delete',
  'response.cancel',
]);

/** The member of an event that the `param` of an error begins with. */
const subjects: Readonly<Record<string, string>> = {
  'session.update': 'session',
  'conversation.item.create': 'item',
  'response.create': 'response',
};

/** Errors about the state of the session, and the client event that they answer. */
const stateErrors: Readonly<Record<string, string>> = {
  conversation_already_has_active_response: 'response.create',
  response_cancel_not_active: 'response.cancel',
  input_audio_buffer_commit_empty: 'input_audio_buffer.commit',
  session_expired: '',
};

/**
 * Finds, for every client event among `steps`, the server event that it caused: the first one after it that answers or
 * refuses it and that no earlier event has claimed, else any `error`. A server event may be played once the client has
 * sent what caused it, whenever in between the recorded client happened to send it. Audio in a row is one cue.
 */
export function findCues(steps: readonly RecordingStep[]): readonly Cue[] {
  const claimed = new Set<number>();
  const cues: Cue[] = [];
  let updates = 0;
  for (const [index, step] of steps.entries()) {
    if (step.kind !== 'sent') {
      continue;
    }
    const { raw: sent } = step;
    const type = text(sent['type']);
    const isAudio = type === 'input_audio_buffer.append';
    const find = (matches: (answer: JsonObject) => boolean): number =>
      steps.findIndex(
        (other, at) =>
          at > index && other.kind === 'received' && (isAudio || !claimed.has(at)) && matches(other.raw),
      );
    const direct = find((answer) => isAnswer(sent, answer) || isRefusal(sent, answer));
    const found = direct >= 0 || isAudio ? direct : find(isAnyRefusal);
    const answerAt = found >= 0 ? found : steps.length;
    const last = cues.at(-1);
    if (isAudio && last?.answerAt === answerAt && last.sent['type'] === type) {
      continue;
    }
    if (!isAudio) {
      claimed.add(answerAt);
    }
    if (type.endsWith('session.update')) updates += 1;
    const isUnheard = isAudio && answerAt === steps.length;
    const isLaterUpdate = type.endsWith('session.update') && updates > 1;
    const isOptional = optionalTypes.has(type) || isUnheard || isLaterUpdate;
    const manner = mannerOfError(steps[answerAt]) ?? (isOptional ? 'optional' : 'required');
    if (manner === 'mistaken' && type.endsWith('session.update')) updates -= 1;
    cues.push({ sent, sentAt: index, answerAt, manner });
  }
  return cues;
}

/** What the client did wrong, by the error that answered it; undefined when it did nothing wrong. */
function mannerOfError(answer: RecordingStep | undefined): 'mistaken' | 'untimely' | undefined {
  const error = answer?.kind === 'received' ? answer.raw['error'] : undefined;
  if (!isObject(error) || error['type'] !== 'invalid_request_error') return undefined;
  return text(error['code']) in stateErrors ? 'untimely' : 'mistaken';
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
    return (
      itemKind(sentItem) === itemKind(answerItem) &&
      answerItem['status'] !== 'in_progress' &&
      hasSound(sentItem) === hasSound(answerItem)
    );
  }
  const itemId = sent['item_id'];
  return itemId === undefined || answer['item_id'] === undefined || itemId === answer['item_id'];
}

function isRefusal(sent: JsonObject, answer: JsonObject): boolean {
  const error = answer['error'];
  if (answer['type'] !== 'error' || !isObject(error)) {
    return false;
  }
  const type = text(sent['type']);
  const subject = subjects[type];
  const isOfId = sent['event_id'] !== undefined && sent['event_id'] === error['event_id'];
  const isOfState = stateErrors[text(error['code'])] === type;
  return isOfId || isOfState || (subject !== undefined && text(error['param']).startsWith(subject));
}

/** A refusal that does not say what it refuses. */
function isAnyRefusal(answer: JsonObject): boolean {
  const error = answer['error'];
  return answer['type'] === 'error' && !(isObject(error) && text(error['code']) in stateErrors);
}

export function itemKind(item: JsonObject): string {
  return item['type'] === 'message' ? `${text(item['role'])} message` : text(item['type']);
}

function hasSound(item: JsonObject): boolean {
  return list(item, 'content').some(({ type }) => type === 'input_audio');
}
