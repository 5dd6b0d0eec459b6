import type { JsonObject } from '@antiphon/core';
import type { Recording, RecordingStep } from '@antiphon/testing';
import { changedMembers } from './changed-members.ts';

/** What a function is called with stays as it is. */
const called = ['args'];

/** What Gemini Live may say differently without meaning anything else. */
export const geminiVariations = {
  'words in characters': eachMessage(wordsInCharacters),
  'sound in odd bytes': eachMessage(soundInOddBytes),
  'one member a message': eachMessage(membersApart),
  'members in reverse': eachMessage((message) => [
    changedMembers(message, (members) => members.toReversed(), called),
  ]),
  'members nobody knows': eachMessage((message) => [
    changedMembers(message, (members) => [['xBefore', { text: 'no' }], ...members, ['xAfter', [1]]], called),
  ]),
  'messages nobody knows': eachMessage((message) => [
    message,
    { xMessage: { text: 'no' } },
    { sessionResumptionUpdate: { resumable: false } },
  ]),
} satisfies Record<string, (recording: Recording) => Recording>;

interface Content {
  readonly inputTranscription?: { readonly text?: string };
  readonly outputTranscription?: { readonly text?: string };
  readonly modelTurn?: {
    readonly parts?: readonly {
      readonly inlineData?: { readonly mimeType: string; readonly data: string };
    }[];
  };
}

function eachMessage(change: (message: JsonObject) => readonly JsonObject[]) {
  return (recording: Recording): Recording => ({
    ...recording,
    steps: recording.steps.flatMap((step): readonly RecordingStep[] =>
      step.kind === 'received' ? change(step.raw).map((raw) => ({ kind: 'received', raw })) : [step],
    ),
  });
}

/** The content of a message that says nothing else, and whose content is one member. */
function onlyContent(message: JsonObject): Content | undefined {
  const content = message['serverContent'];
  const isOnly = Object.keys(message).length === 1 && Object.keys(content ?? {}).length === 1;
  return isOnly ? (content as Content) : undefined;
}

function wordsInCharacters(message: JsonObject): readonly JsonObject[] {
  const content = onlyContent(message);
  for (const name of ['inputTranscription', 'outputTranscription'] as const) {
    const text = content?.[name]?.text ?? '';
    if (text !== '') return [...text].map((letter) => ({ serverContent: { [name]: { text: letter } } }));
  }
  return [message];
}

function soundInOddBytes(message: JsonObject): readonly JsonObject[] {
  const parts = onlyContent(message)?.modelTurn?.parts ?? [];
  const [sound] = parts.map(({ inlineData }) => inlineData);
  if (parts.length !== 1 || sound === undefined) return [message];
  const bytes = Buffer.from(sound.data, 'base64');
  return Array.from({ length: Math.ceil(bytes.length / 7) }, (_, at) => {
    const data = bytes.subarray(at * 7, at * 7 + 7).toString('base64');
    return { serverContent: { modelTurn: { parts: [{ inlineData: { ...sound, data } }] } } };
  });
}

function membersApart({ serverContent, ...rest }: JsonObject): readonly JsonObject[] {
  const members = Object.entries((serverContent ?? {}) as JsonObject);
  if (members.length === 0) return [{ ...rest, ...(serverContent !== undefined && { serverContent }) }];
  return members.map(([name, value], at) => ({
    ...(at === members.length - 1 && rest),
    serverContent: { [name]: value },
  }));
}
