import { describe, expect, it } from 'vitest';
import { firstAgain, oweQuestion } from '../../src/session/owed.ts';
import { SessionDriver, sentEvents } from './session-driver.ts';

describe('a request that comes first again', () => {
  it.each([
    { when: 'idle', owed: 'now', expected: 'now' },
    { when: 'idle', owed: 'idle', expected: 'idle' },
    { when: 'now', owed: 'idle', expected: 'now' },
  ] as const)('as $when before one that is owed $owed is owed $expected', ({ when, owed, expected }) => {
    const request = { kind: 'answer', when, attempt: 0 } as const;
    expect(firstAgain(request, [{ kind: 'answer', when: owed, attempt: 0 }])).toEqual([
      { ...request, when: expected },
    ]);
  });

  it('as an answer does not take the place of the question for words that were lost', () => {
    const question = {
      kind: 'answer',
      when: 'now',
      attempt: 1,
      asksAgain: true,
      again: 'displaced',
    } as const;
    const rest = { kind: 'answer', when: 'now', attempt: 0, continues: 'It is' } as const;
    expect(firstAgain(rest, [question])).toEqual([
      { kind: 'answer', when: 'now', attempt: 1, asksAgain: true },
    ]);
    expect(firstAgain({ ...question, attempt: 2 }, [question])).toEqual([{ ...question, attempt: 2 }]);
  });
});

describe('a text that is longer than one request can carry', () => {
  const sentences = Array.from({ length: 24 }, (_, index) => `Sentence number ${index} of this long text.`);
  const long = sentences.join(' ');

  /** What is said when the server answers whatever it is asked. */
  function saidBy(session: SessionDriver, effects: Parameters<typeof sentEvents>[0]): readonly string[] {
    const said: string[] = [];
    for (let next = effects; ; ) {
      const [create] = sentEvents(next, 'response.create');
      if (create === undefined) return said;
      const { metadata } = create['response'] as { metadata: Record<string, string> };
      said.push(metadata['antiphon.say'] ?? '');
      session.created(`resp_${said.length}`, { metadata });
      next = session.done(`resp_${said.length}`);
    }
  }

  it.each([
    [
      'a greeting',
      () => {
        const session = new SessionDriver({ greeting: { say: long, protected: true } });
        session.on({ type: 'session.start' });
        session.opened();
        session.server({ type: 'session.created', session: { id: 'sess_p' } });
        return { session, effects: session.server({ type: 'session.updated', session: {} }) };
      },
    ],
    [
      'a question after a while',
      () => {
        const idle = { afterMs: 1_000, say: long, times: 1, lastly: 'stay' as const };
        const session = new SessionDriver({ idle }).ready();
        return { session, effects: session.fired('idle') };
      },
    ],
    [
      'what a guardrail says',
      () => {
        const session = new SessionDriver().ready();
        const trip = { guard: 'output', name: 'polite', itemId: 'item_a', say: long } as const;
        return { session, effects: session.on({ type: 'guard.tripped', ...trip }) };
      },
    ],
  ])('is said by several: %s', (_, begin) => {
    const { session, effects } = begin();
    const said = saidBy(session, effects);
    expect(said.length).toBe(Math.ceil(long.length / 512));
    expect(Math.max(...said.map((piece) => piece.length))).toBeLessThanOrEqual(512);
    expect(said.join(' ')).toBe(long);
  });

  it('asks for a call with its end, before everything else', () => {
    const session = new SessionDriver().ready();
    session.on({ type: 'agent.say', text: 'One.' });
    session.on({ type: 'agent.say', text: 'Two.' });
    const { owed } = oweQuestion(session.state, long, 'call_1')[0];
    expect(owed.map((request) => ('asksFor' in request ? request.asksFor : undefined))).toEqual([
      undefined,
      'call_1',
      undefined,
    ]);
    expect(owed.map((request) => ('text' in request ? request.text : '')).join(' ')).toBe(`${long} Two.`);
  });
});
