import { describe, expect, it } from 'vitest';
import { CallQuestions } from '../src/talk/call-questions.ts';
import { keyHelp } from '../src/talk/talk-key.ts';

const request = (tool: string, signal = new AbortController().signal) => ({
  ...{ callId: 'c1', sessionId: 's', agent: 'a' },
  tool,
  arguments: { order: 17 },
  signal,
});

describe('who is asked in a talk about a call', () => {
  it.each([
    ['y', true],
    ['Y', true],
    ['n', false],
  ])('agrees or not by the key %j, and by no other', async (key, expected) => {
    const told: string[] = [];
    const questions = new CallQuestions((text) => told.push(text));
    const answer = questions.approve(request('pay'));
    expect(['q', ' ', '\r', 'm'].map((other) => questions.press(other))).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect(questions.isAsking).toBe(true);
    expect(questions.press(key)).toBe(true);
    expect(await answer).toBe(expected);
    expect(told).toEqual(['run pay {"order":17}? y or n', `pay: ${expected ? 'yes' : 'no'}`]);
    expect([questions.isAsking, questions.press(key)]).toEqual([false, false]);
  });

  it('is asked one after the other, and not for what is too late', async () => {
    const told: string[] = [];
    const questions = new CallQuestions((text) => told.push(text));
    const [first, second] = [new AbortController(), new AbortController()];
    const answers = [
      questions.approve(request('one', first.signal)),
      questions.approve(request('two', second.signal)),
      questions.approve(request('three')),
    ];
    second.abort();
    first.abort();
    questions.press('y');
    expect(await Promise.all(answers.map((answer) => Promise.resolve(answer)))).toEqual([false, false, true]);
    expect(await questions.approve(request('four', first.signal))).toBe(false);
    expect(told).toEqual([
      'run one {"order":17}? y or n',
      'two: too late',
      'one: too late',
      'run three {"order":17}? y or n',
      'three: yes',
    ]);
  });

  it('sees which keys answer', () => {
    const situation = { turnEnds: 'by_detection', pushToTalk: false, isMuted: false, inTurn: false } as const;
    expect(keyHelp({ ...situation, isAsking: true }).slice(0, 2)).toEqual(['y: run it', 'n: do not']);
    expect(keyHelp({ ...situation, isAsking: false })).not.toContain('y: run it');
  });
});
