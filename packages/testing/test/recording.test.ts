import { describe, expect, it } from 'vitest';
import { findCues } from '../src/recorded/cues.ts';
import { parseRecording, type RecordingStep } from '../src/recorded/recording.ts';

const sent = (type: string, members: object = {}): RecordingStep => ({
  kind: 'sent',
  raw: { type, ...members },
  event: undefined,
});
const received = (type: string, members: object = {}): RecordingStep => ({
  kind: 'received',
  raw: { type, ...members },
});
const append = sent('input_audio_buffer.append', { audio: 'AAAA' });

describe('parseRecording', () => {
  it('reads messages both ways and closes', () => {
    const text = `
version: 1
interactions:
  - { kind: message, direction: received, data: { type: session.created, session: {} } }
  - { kind: message, direction: sent, data: { type: response.cancel } }
  - { kind: message, direction: sent, data: { setup: {} } }
  - { kind: close, code: 1011, reason: gone, ok: false }
`;
    expect(parseRecording(text, 'r').steps).toEqual([
      { kind: 'received', raw: { type: 'session.created', session: {} } },
      { kind: 'sent', raw: { type: 'response.cancel' }, event: { type: 'response.cancel' } },
      { kind: 'sent', raw: { setup: {} }, event: undefined },
      { kind: 'close', code: 1011, reason: 'gone' },
    ]);
  });

  it.each([
    ['version: 1', "recording r: expected a list 'interactions'"],
    ['interactions: [3]', 'recording r, entry 0: expected an object'],
    [
      'interactions: [{ kind: message, direction: up, data: {} }]',
      'recording r, entry 0: expected a message',
    ],
  ])('says what is wrong with %s', (text, message) => {
    expect(() => parseRecording(text, 'r')).toThrow(message);
  });
});

describe('findCues', () => {
  const answersOf = (...steps: RecordingStep[]) => findCues(steps).map(({ answerAt }) => answerAt);

  it('finds the answer of each event, not what follows it', () => {
    const user = { item: { type: 'message', role: 'user', status: 'completed' } };
    const agent = { item: { type: 'message', role: 'assistant', status: 'in_progress' } };
    expect(
      answersOf(
        sent('conversation.item.create', user),
        sent('response.create'),
        received('conversation.item.added', user),
        received('response.created'),
        received('conversation.item.added', agent),
        sent('conversation.item.create', user),
        received('response.done'),
        received('conversation.item.added', user),
      ),
    ).toEqual([2, 3, 7]);
  });

  it('takes audio in a row as one cue of what was heard in it', () => {
    expect(answersOf(append, append, received('input_audio_buffer.speech_started'), append)).toEqual([2, 4]);
  });

  it('finds the refusal of an event before the answer to the next', () => {
    const refusal = received('error', { error: { param: 'session.foo', event_id: null } });
    expect(
      answersOf(sent('session.update'), refusal, sent('session.update'), received('session.updated')),
    ).toEqual([1, 3]);
  });

  it('finds the truncation of the right item', () => {
    const of = (item_id: string) => ({ item_id });
    expect(
      answersOf(
        sent('conversation.item.truncate', of('b')),
        received('conversation.item.truncated', of('a')),
        received('conversation.item.truncated', of('b')),
      ),
    ).toEqual([2]);
  });
});
