import type { JsonObject } from '@antiphon/core';
import { withoutBeside } from './beside.ts';
import { isObject, list, member, text } from './json-members.ts';
import { KnownItems } from './known-items.ts';
import { type RecordedConversation, recordedConversation } from './recorded-conversation.ts';
import { type Recording, type RecordingStep, recordedDialect } from './recording.ts';

/** Something that the user did, and when. */
export type RecordedAction = {
  /** Responses that had ended before it. */
  readonly afterResponses: number;
  /** Whether a response was under way then: the user cut in. */
  readonly moment: 'quiet' | 'cutting_in';
} & (
  | { readonly kind: 'text'; readonly text: string }
  /** The user speaks. `ends`: who ends the turn. */
  | { readonly kind: 'audio'; readonly ends: 'server' | 'client' }
  | { readonly kind: 'cancel' }
  /** The client moved to another connection. */
  | { readonly kind: 'reconnect' }
);

/** A function of a recorded session. */
export interface RecordedTool {
  readonly name: string;
  readonly description: string;
  readonly parameters: JsonObject;
}

/** All that is needed to hold a recorded conversation again, and to judge what came of it. */
export interface RecordedSession {
  readonly dialect: 'ga' | 'beta';
  /** By what the server says of itself; `openai` when it says nothing. */
  readonly service: 'openai' | 'azure' | 'azure_preview' | 'azure_voice_live' | 'xai';
  /** Whether the server introduced itself: one that a client joins says nothing before it is asked. */
  readonly opening: 'introduced' | 'joined';
  /** The session object that the client sent first, in its own dialect. */
  readonly settings: JsonObject;
  readonly tools: readonly RecordedTool[];
  /** What the client gave for each call, by call id. */
  readonly outputs: ReadonlyMap<string, string>;
  /** Items that the client gave the first connection before anything was said. */
  readonly seeds: readonly JsonObject[];
  readonly actions: readonly RecordedAction[];
  readonly conversation: RecordedConversation;
}

/** Reads a recording as a session: who speaks, with which settings and tools, and what the user does. */
export function recordedSession(recording: Recording): RecordedSession {
  const steps = withoutBeside(recording.steps);
  const sent = sentEvents(steps);
  const settings = sent.map((event) => member(event, 'session')).find(isObject) ?? {};
  const updates = sent.flatMap((event) => list(member(event, 'session'), 'tools'));
  const dialect = recordedDialect(steps);
  const first = steps[0];
  return {
    dialect,
    service: serviceOf(steps, dialect),
    opening: first?.kind === 'received' && first.raw['type'] === 'session.created' ? 'introduced' : 'joined',
    settings,
    tools: toolsOf(updates),
    outputs: new Map(sent.flatMap(outputOf)),
    ...userOf(steps),
    conversation: recordedConversation(steps),
  };
}

function sentEvents(steps: readonly RecordingStep[]): readonly JsonObject[] {
  return steps.flatMap((step) => (step.kind === 'sent' ? [step.raw] : []));
}

function outputOf(event: JsonObject): readonly (readonly [string, string])[] {
  const item = member(event, 'item');
  if (event['type'] !== 'conversation.item.create' || item?.['type'] !== 'function_call_output') return [];
  return [[text(item['call_id']), text(item['output'])]];
}

function toolsOf(declared: readonly JsonObject[]): readonly RecordedTool[] {
  const tools = declared.flatMap((tool): readonly (readonly [string, RecordedTool])[] => {
    const name = text(tool['name']);
    const parameters = member(tool, 'parameters') ?? { type: 'object', properties: {} };
    return name === '' ? [] : [[name, { name, description: text(tool['description']), parameters }]];
  });
  return [...new Map(tools).values()];
}

function serviceOf(steps: readonly RecordingStep[], dialect: 'ga' | 'beta'): RecordedSession['service'] {
  const received = steps.flatMap((step) => (step.kind === 'received' ? [step.raw] : []));
  const sessions = received.map((event) => member(event, 'session')).filter(isObject);
  if (dialect === 'beta') {
    return sessions.some((session) => 'input_audio_sampling_rate' in session)
      ? 'azure_voice_live'
      : 'azure_preview';
  }
  if (sessions.some((session) => text(session['model']).startsWith('grok'))) return 'xai';
  const isDoubled = received.some((event) => isObject(event['part']) && isObject(event['content']));
  return isDoubled ? 'azure' : 'openai';
}

/** Walks through a recording and finds what its user did. */
function userOf(steps: readonly RecordingStep[]): Pick<RecordedSession, 'seeds' | 'actions'> {
  const actions: RecordedAction[] = [];
  const seeds: JsonObject[] = [];
  const known = new KnownItems();
  let told: JsonObject[] = [];
  let created: JsonObject[] = [];
  let responses = 0;
  let moment: RecordedAction['moment'] = 'quiet';
  let microphone: 'off' | 'on' | 'heard' = 'off';
  const when = () => ({ afterResponses: responses, moment });
  for (const [index, step] of steps.entries()) {
    if (step.kind === 'close') {
      microphone = 'off';
      moment = 'quiet';
      for (const event of told) noteKnown(event, known);
      told = [];
      if (step.code === 1000 && index < steps.length - 1) actions.push({ kind: 'reconnect', ...when() });
      continue;
    }
    const { raw } = step;
    told.push(raw);
    if (step.kind === 'received') {
      if (raw['type'] === 'input_audio_buffer.speech_started') {
        // The microphone stays on: each time the server hears something in it is a turn of its own.
        if (microphone === 'heard') actions.push({ kind: 'audio', ends: 'server', ...when() });
        if (microphone === 'on') microphone = 'heard';
      }
      if (raw['type'] === 'response.created') moment = 'cutting_in';
      if (raw['type'] === 'response.done') {
        responses += 1;
        moment = 'quiet';
      }
      continue;
    }
    switch (text(raw['type'])) {
      case 'conversation.item.create': {
        const item = member(raw, 'item') ?? {};
        const isOutput = item['type'] === 'function_call_output' && knownCall(steps, item);
        if (!isOutput && !known.has(item)) created.push(item);
        break;
      }
      case 'response.create': {
        const turn = created.at(-1);
        if (turn !== undefined) {
          seeds.push(...created.slice(0, -1));
          actions.push({ kind: 'text', text: textOf(turn), ...when() });
        }
        created = [];
        break;
      }
      case 'input_audio_buffer.append':
        seeds.push(...created);
        created = [];
        if (microphone === 'off') {
          actions.push({ kind: 'audio', ends: endOfTurn(steps, index), ...when() });
        }
        if (microphone === 'off') microphone = 'on';
        break;
      case 'input_audio_buffer.commit':
        microphone = 'off';
        break;
      case 'response.cancel':
        actions.push({ kind: 'cancel', ...when() });
        break;
    }
  }
  return { seeds, actions };
}

function noteKnown(event: JsonObject, known: KnownItems): void {
  const item = member(event, 'item');
  if (item !== undefined) known.note(item);
  if (typeof event['transcript'] === 'string') known.noteText(event['transcript']);
  for (const output of list(member(event, 'response'), 'output')) known.note(output);
}

/** Whether the call of an output was made by the server: a client gives others to a new connection. */
function knownCall(steps: readonly RecordingStep[], output: JsonObject): boolean {
  return steps.some(
    (step) =>
      step.kind === 'received' &&
      text(step.raw['type']).startsWith('response.output_item.') &&
      member(step.raw, 'item')?.['call_id'] === output['call_id'],
  );
}

/** Who ends the turn that begins here: the client when it commits before the server hears the end. */
function endOfTurn(steps: readonly RecordingStep[], from: number): 'server' | 'client' {
  for (const step of steps.slice(from)) {
    if (step.kind === 'close') break;
    if (step.kind === 'received' && step.raw['type'] === 'input_audio_buffer.speech_started') return 'server';
    if (step.kind === 'sent' && step.raw['type'] === 'input_audio_buffer.commit') return 'client';
  }
  return 'server';
}

function textOf(item: JsonObject): string {
  return list(item, 'content')
    .map(({ text: said }) => text(said))
    .join('');
}
