import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClientEvent } from '../../../src/protocol/client-events.ts';
import { Line, type Said, spoken, voice } from './line.ts';

/** Something that happens on a connection. */
type Happening = (line: Line) => Said;

const call = (id: string) => ({ toolCall: { functionCalls: [{ id, name: 'look', args: {} }] } });
const client =
  (event: ClientEvent): Happening =>
  (line) =>
    line.client(event);
const server =
  (message: object): Happening =>
  (line) =>
    line.server(message);

const happenings: Readonly<Record<string, Happening>> = {
  type: (line) => line.type('Hello.'),
  ask: client({ type: 'response.create' }),
  say: client({ type: 'response.create', response: { instructions: 'Say it.' } }),
  cancel: client({ type: 'response.cancel' }),
  commit: client({ type: 'input_audio_buffer.commit' }),
  clear: client({ type: 'input_audio_buffer.clear' }),
  change: client({ type: 'session.update', session: { ...spoken, instructions: 'Else.' } }),
  output1: (line) => line.output('c1', '1'),
  output2: (line) => line.output('c2', '{"a":1}'),
  sound: (line) => line.sound(),
  voice: server({ serverContent: voice() }),
  caption: server({ serverContent: { outputTranscription: { text: 'word ' } } }),
  words: server({ serverContent: { inputTranscription: { text: 'word ' } } }),
  noise: server({ serverContent: { inputTranscription: { text: '<noise>' } } }),
  generated: server({ serverContent: { generationComplete: true } }),
  over: server({ serverContent: { turnComplete: true } }),
  interrupted: server({ serverContent: { interrupted: true } }),
  allAtOnce: server({
    serverContent: { ...voice(), generationComplete: true, turnComplete: true },
    usageMetadata: { totalTokenCount: 1 },
  }),
  call1: server(call('c1')),
  call2: server(call('c2')),
  takenBack: server({ toolCallCancellation: { ids: ['c1'] } }),
  handle: server({ sessionResumptionUpdate: { newHandle: 'h', resumable: true } }),
  goAway: server({ goAway: { timeLeft: '1s' } }),
};

/** What the session relies on, whatever the order of things. */
function expectOrder(all: readonly Said[]): void {
  const messages = all.flatMap((said) => said.messages);
  const over = new Set<string>();
  const items = new Set<string>();
  let active: string | undefined;
  let speaking: string | undefined;
  for (const message of messages) {
    if (message.kind === 'audio') expect(message.responseId).toBe(active);
    if (message.kind !== 'event' || message.event.type === 'unknown') continue;
    const { event } = message;
    if (event.type === 'response.created') {
      expect(active).toBeUndefined();
      expect(over.has(event.response.id)).toBe(false);
      active = event.response.id;
    } else if (event.type === 'response.done') {
      expect(event.response.id).toBe(active);
      over.add(event.response.id);
      active = undefined;
    } else if ('response_id' in event && event.response_id !== '') {
      expect(event.response_id).toBe(active);
    }
    if (event.type === 'conversation.item.added') {
      expect(items.has(event.item.id)).toBe(false);
      items.add(event.item.id);
    }
    if (event.type === 'input_audio_buffer.speech_started') {
      expect(speaking).toBeUndefined();
      speaking = event.item_id;
    }
    if (event.type === 'input_audio_buffer.speech_stopped') {
      expect(event.item_id).toBe(speaking);
      speaking = undefined;
    }
  }
}

/** What the strict side of the service relies on. */
function expectFrames(all: readonly Said[]): void {
  const frames = all.flatMap((said) => said.frames) as readonly Record<string, unknown>[];
  let activity = 'none';
  for (const frame of frames) {
    const input = (frame['realtimeInput'] ?? {}) as object;
    if ('activityStart' in input) {
      expect(activity).toBe('none');
      activity = 'open';
    }
    if ('activityEnd' in input) {
      expect(activity).toBe('open');
      activity = 'none';
    }
  }
}

describe('in any order', () => {
  const names = fc.array(fc.constantFrom(...Object.keys(happenings)), { maxLength: 40 });
  const manual = { ...spoken, audio: { input: { transcription: {}, turn_detection: null } } };

  it.each([
    ['turns found by the server', spoken, 'gemini-2.5-flash-live'],
    ['turns ended by the client', manual, 'gemini-2.5-flash-live'],
    ['a newer model', spoken, 'gemini-3.8-live'],
  ])('what is told makes sense: %s', (_, session, model) => {
    fc.assert(
      fc.property(names, (order) => {
        const line = Line.ready({ model }, session);
        for (const name of order) happenings[name]?.(line);
        expectOrder(line.all);
        expectFrames(line.all);
      }),
      { numRuns: 150 },
    );
  });

  it('the model is heard again in the end', () => {
    fc.assert(
      fc.property(names, (order) => {
        const line = Line.ready();
        for (const name of order) happenings[name]?.(line);
        // The server ends what it was about, and answers what it is asked.
        for (const name of ['takenBack', 'interrupted', 'over', 'over']) happenings[name]?.(line);
        line.client({ type: 'response.cancel' });
        line.type('Are you there?');
        line.all.length = 0;
        const said = line.content(voice());
        expect(said.messages.some(({ kind }) => kind === 'audio')).toBe(true);
      }),
      { numRuns: 150 },
    );
  });
});
