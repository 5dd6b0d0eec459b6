// Every fault at every moment of a conversation: the conversation goes on, and nothing is lost, done twice or refused.
import type { JsonObject } from '@antiphon/core';
import type { Fault, FaultMoment } from '@antiphon/testing';
import { defineTool, type Tool } from '@antiphon/tools';
import { describe, expect, it } from 'vitest';
import { type LiveCall, prepareCall } from './support/live-call.ts';

const isAudio = ({ type }: JsonObject): boolean => type === 'response.output_audio.delta';

const faults: readonly (readonly [string, Fault])[] = [
  ['a reset', { kind: 'reset' }],
  ['a reset within a frame', { kind: 'reset', midFrame: true }],
  ['a server that goes mute', { kind: 'stall', answersPings: true }],
  ['close 1001', { kind: 'close', code: 1001, reason: 'going away' }],
  ['close 1011', { kind: 'close', code: 1011 }],
  ['close 1013', { kind: 'close', code: 1013 }],
  ['frames that come twice', { kind: 'duplicate', frames: 10_000 }],
  ['frames in another order', { kind: 'reorder', frames: 3 }],
  ['lost sound', { kind: 'lose', of: isAudio, frames: 3 }],
  ['a frame that is no JSON', { kind: 'malformed' }],
  ['an unknown event', { kind: 'unknown_event' }],
  ['tiny writes', { kind: 'split', bytes: 100 }],
];

const moments = ['idle', 'thinking', 'speaking', 'working', 'listening'] as const;
type Moment = (typeof moments)[number];

/** A conversation up to the turn in which something goes wrong. */
async function conversation(): Promise<{ readonly call: LiveCall; readonly runs: () => number }> {
  let runs = 0;
  const book = defineTool({
    name: 'book',
    description: 'Books.',
    input: { type: 'object', properties: {} },
    execute: () => {
      runs++;
      return new Promise((resolve) => call.clock.setTimer(600, () => resolve({ booked: true })));
    },
  }) as Tool;
  const call: LiveCall = await prepareCall({
    model: { pace: 2, hears: ['Please book it.'] },
    answers: (model) =>
      model
        .when({ said: 'name' })
        .says('Pleased to meet you.')
        .when({ instructions: 'cut off' })
        .says('booked, and that is all.')
        .when({ said: 'book', output: 'book' })
        .says('It is booked for you, as you wished.')
        .when({ said: 'book' })
        .calls({ name: 'book' }),
    tools: [book],
    caller: (caller) => caller.staysSilent(3000).says({ speechMs: 800 }),
  });
  await call.start({ source: call.caller.source, sink: call.caller.sink });
  await call.turn('My name is Ada.');
  return { call, runs: () => runs };
}

/** Lets it go wrong at its moment. */
async function goWrong(call: LiveCall, fault: Fault, moment: Moment): Promise<void> {
  const at = async (what: string, condition: () => boolean): Promise<void> => {
    await call.until(what, condition);
    call.server.peers[0]?.inject(fault);
  };
  const withEvent = (when: FaultMoment): void => void call.server.peers[0]?.inject(fault, when);
  switch (moment) {
    case 'idle':
      return at('silence', () => call.session.settled);
    case 'thinking':
      return withEvent({ onSent: 'response.created' });
    case 'speaking':
      return withEvent({
        onSent: ({ type, delta }) => type === 'response.output_audio_transcript.delta' && delta === 'booked ',
      });
    case 'working':
      return at('the tool', () => call.noticesOf('tool_started').length === 1);
    case 'listening':
      return withEvent({ onSent: 'input_audio_buffer.speech_started' });
  }
}

/** A server that says nothing where it has nothing to say cannot be told from one that cannot speak. */
function shows(fault: Fault, moment: Moment): boolean {
  return fault.kind !== 'stall' || (moment !== 'idle' && moment !== 'listening');
}

describe.each(moments)('while the agent is %s', (moment) => {
  it.each(faults.filter(([, fault]) => shows(fault, moment)))('%s', async (_name, fault) => {
    const { call, runs } = await conversation();
    await goWrong(call, fault, moment);
    await call.until('the booking', () => runs() > 0, 60_000);
    await call.until('what comes of it', () => call.session.settled, 90_000);
    await call.turn('Are you there?');

    expect(runs()).toBe(1);
    const { items } = call.model.conversation;
    expect(items.at(-1)).toMatchObject({ role: 'assistant', text: 'All right.' });
    expect(items[0]?.text).toBe('My name is Ada.');
    const calls = items.filter(({ type }) => type === 'function_call');
    const outputs = items.filter(({ type }) => type === 'function_call_output');
    expect(outputs.map(({ callId }) => callId)).toEqual(calls.map(({ callId }) => callId));
    expect(outputs.map(({ output }) => output)).toEqual(['{"booked":true}']);
    const said = call.agentTexts.join(' ');
    expect(said).toMatch(/Pleased to meet you\..*All right\.$/s);
    expect(call.server.peers.flatMap(({ refused }) => refused)).toEqual([]);
    expect(call.server.peers.length).toBeLessThanOrEqual(2);
  });
});
