import type { SessionNotice } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import { TurnLog } from '../src/run/turn-log.ts';

const noFiles = () => [];

function said(role: 'user' | 'agent', itemId: string, text: string, final = true): SessionNotice {
  return { type: 'transcript', role, itemId, text, final };
}

function toolSettled(callId: string, elapsedMs: number): SessionNotice {
  return {
    type: 'tool_settled',
    callId,
    name: 'get_weather',
    outcome: {
      status: 'completed',
      arguments: { city: 'Oslo' },
      output: { celsius: 4 },
      outputText: '{"celsius":4}',
      elapsedMs,
    },
  };
}

const responseStarted: SessionNotice = { type: 'response_started', responseId: 'r1' };
const output: SessionNotice = { type: 'response_output', responseId: 'r1', itemId: 'a1' };
const audioStarted: SessionNotice = { type: 'audio_started', responseId: 'r1', itemId: 'a1' };
const speechStopped: SessionNotice = { type: 'speech_stopped', itemId: 'u1', audioEndMs: 900 };
const toolStarted: SessionNotice = {
  type: 'tool_started',
  callId: 'c1',
  name: 'get_weather',
  argumentsJson: '{}',
};

type Moment = readonly [atMs: number, notice: SessionNotice];

function logOf(endOfInputMs: number, moments: readonly Moment[]): TurnLog {
  const log = new TurnLog('question.wav', noFiles);
  log.endOfInput(endOfInputMs);
  for (const [atMs, notice] of moments) log.take(notice, atMs);
  return log;
}

describe('latency of a turn', () => {
  it.each<[string, Moment[], object]>([
    ['of nothing', [], {}],
    [
      'of speech and a tool',
      [
        [1500, speechStopped],
        [1600, said('user', 'u1', 'Weather?')],
        [1610, responseStarted],
        [1650, output],
        [1651, toolStarted],
        [1701, toolSettled('c1', 50)],
        [1800, audioStarted],
      ],
      { endpoint: 500, recognition: 100, brain: 40, tool: 50, first_audio: 800 },
    ],
    [
      'of text',
      [
        [1010, responseStarted],
        [1030, output],
        [1040, audioStarted],
      ],
      { brain: 20, first_audio: 40 },
    ],
    [
      'of a text of the user that comes after the answer',
      [
        [1200, speechStopped],
        [1210, responseStarted],
        [1300, output],
        [1320, audioStarted],
        [1400, said('user', 'u1', 'Late')],
      ],
      { endpoint: 200, recognition: 200, brain: 0, first_audio: 320 },
    ],
    [
      'of an end found before the true one',
      [
        [900, speechStopped],
        [990, audioStarted],
      ],
      { endpoint: 0, first_audio: 0 },
    ],
    [
      'of two tools at once: from the first start to the last end',
      [
        [1100, toolStarted],
        [1105, toolStarted],
        [1300, toolSettled('c1', 200)],
        [1450, toolSettled('c2', 345)],
      ],
      { tool: 350 },
    ],
    [
      'of several sounds: the first counts',
      [
        [1100, audioStarted],
        [1900, audioStarted],
      ],
      { first_audio: 100 },
    ],
  ])('%s', (_name, moments, expected) => {
    expect(logOf(1000, moments).record().latency_ms).toEqual(expected);
  });
});

describe('TurnLog', () => {
  it('puts the texts of both together, pieces aside', () => {
    const log = logOf(0, [
      [1, { type: 'user_turn', itemId: 'u1' }],
      [2, said('agent', 'a1', 'It is', false)],
      [3, said('agent', 'a1', ' four', false)],
      [4, said('agent', 'a1', 'It is four.')],
      [5, said('user', 'u1', 'How warm?')],
      [6, said('agent', 'a2', 'Bring a coat.')],
    ]);
    expect(log.record()).toMatchObject({
      user: { transcript: 'How warm?', input: 'question.wav' },
      agent: { transcript: 'It is four. Bring a coat.', heard: 'It is four. Bring a coat.', items: [] },
      tool_calls: [],
    });
  });

  it('keeps the order of the items of a user, however late their texts', () => {
    const log = logOf(0, [
      [1, { type: 'user_turn', itemId: 'u1' }],
      [2, { type: 'user_turn', itemId: 'u2' }],
      [3, said('user', 'u2', 'second')],
    ]);
    expect(log.awaitsText).toBe(true);
    log.take(said('user', 'u1', 'first'), 4);
    expect(log.awaitsText).toBe(false);
    expect(log.record().user.transcript).toBe('first second');
  });

  it('waits for no text that failed', () => {
    const log = logOf(0, [
      [1, { type: 'user_turn', itemId: 'u1' }],
      [2, { type: 'transcript_failed', itemId: 'u1', message: 'no' }],
    ]);
    expect(log.awaitsText).toBe(false);
    expect(log.record().user.transcript).toBe('');
  });

  it('tells what was heard from what was said', () => {
    const log = logOf(0, [
      [1, said('agent', 'a1', 'One two three.')],
      [
        2,
        {
          type: 'audio_done',
          itemId: 'a1',
          heardMs: 300,
          receivedMs: 900,
          heardText: 'One',
          unheardText: 'two three.',
        },
      ],
    ]);
    expect(log.record().agent).toMatchObject({ transcript: 'One two three.', heard: 'One' });
  });

  it('records calls and files', () => {
    const log = new TurnLog('text', (id) => [{ id, file: `${id}.wav`, ms: 10 }]);
    log.take(toolSettled('c1', 12.6), 5);
    log.take(said('agent', 'a1', 'Four.'), 6);
    const record = log.record();
    expect(record.tool_calls).toEqual([
      {
        name: 'get_weather',
        call_id: 'c1',
        arguments: { city: 'Oslo' },
        status: 'completed',
        output: { celsius: 4 },
        ms: 13,
      },
    ]);
    expect(record.agent.items).toEqual([{ id: 'a1', file: 'a1.wav', ms: 10 }]);
  });
});

describe('a text of the agent', () => {
  it('is all parts of its items, each as it was told last', () => {
    const log = logOf(0, [
      [10, said('agent', 'a1', 'Map:')],
      [20, said('agent', 'a1', 'Here it')],
      [30, said('agent', 'a2', 'Bye.')],
      [40, said('agent', 'a1', 'Here it is.')],
    ]);
    expect(log.record().agent.transcript).toBe('Map: Here it is. Bye.');
  });
});
