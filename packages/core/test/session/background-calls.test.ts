import { backgroundReport, readBackgroundReport, type ToolPolicy } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import { asked, notices, SessionDriver, sent, sentEvents, testTool } from './session-driver.ts';

const background = (changes: Partial<ToolPolicy> = {}) =>
  testTool('research', { background: true, reply: 'when_idle', ...changes });

/** A session in which a call of a tool in the background has been answered and talked about. */
function talkedAbout(changes: Partial<ToolPolicy> = {}) {
  const session = new SessionDriver({ tools: [background(changes)] }).ready();
  session.created('resp_1');
  const started = session.call('resp_1', 'call_1', 'research');
  session.confirm(started);
  const asks = session.done('resp_1');
  session.created('resp_2');
  session.done('resp_2');
  return { session, started, asks };
}

describe('a tool in the background', () => {
  it('is answered when it starts, and the agent says so', () => {
    const { session, started, asks } = talkedAbout();
    expect(asked(started)).toContain('tool.start');
    const [output] = sentEvents(started, 'conversation.item.create');
    expect(output?.['item']).toMatchObject({ type: 'function_call_output', call_id: 'call_1' });
    expect(JSON.stringify(output)).toContain('started');
    expect(notices(started, 'tool_background')).toMatchObject([{ callId: 'call_1', name: 'research' }]);
    expect(notices(started, 'tool_settled')).toEqual([]);
    expect(sent(asks)).toEqual(['response.create']);
    expect(session.state.tools.background.size).toBe(1);
  });

  it('is reported as a message, once, and talked about', () => {
    const { session } = talkedAbout();
    const settled = session.settle('call_1', 'it is 42');
    const [message, ...others] = sentEvents(settled, 'conversation.item.create');
    expect(others).toEqual([]);
    expect(message?.['item']).toMatchObject({
      type: 'message',
      role: 'system',
      content: [
        { type: 'input_text', text: backgroundReport({ callId: 'call_1', name: 'research' }, 'it is 42') },
      ],
    });
    expect(sent(settled)).toEqual(['conversation.item.create', 'response.create']);
    expect(notices(settled, 'tool_settled')).toMatchObject([{ callId: 'call_1', background: true }]);
    expect(session.settle('call_1')).toEqual([]);
    expect(session.state.tools.background.size).toBe(0);
  });

  it('waits with its report until nobody speaks', () => {
    const { session } = talkedAbout();
    session.created('resp_3');
    session.audio('resp_3', 'item_a', 500);
    expect(sent(session.settle('call_1'))).toEqual(['conversation.item.create']);
    expect(sent(session.done('resp_3'))).toEqual([]);
    expect(sent(session.played('item_a', 500))).toEqual(['response.create']);
  });

  it.each<[reply: ToolPolicy['reply'], expected: readonly string[]]>([
    ['now', ['conversation.item.create', 'response.create']],
    ['never', ['conversation.item.create']],
  ])('with reply %s sends %j', (reply, expected) => {
    const { session } = talkedAbout({ reply });
    expect(sent(session.settle('call_1'))).toEqual(expected);
  });

  it('tells what it has so far, and how far it is', () => {
    const { session } = talkedAbout();
    const report = session.on({ type: 'tool.report', callId: 'call_1', outputText: 'two found' });
    expect(sent(report)).toEqual(['conversation.item.create', 'response.create']);
    expect(JSON.stringify(report)).toContain('two found');
    const progress = session.on({ type: 'tool.progress', callId: 'call_1', value: 0.5 });
    expect(notices(progress, 'tool_progress')).toMatchObject([{ name: 'research', value: 0.5 }]);
    session.settle('call_1');
    expect(session.on({ type: 'tool.report', callId: 'call_1', outputText: 'late' })).toEqual([]);
    expect(session.on({ type: 'tool.progress', callId: 'call_1', value: 1 })).toEqual([]);
  });

  it('goes on through an interruption, unless it is to end then; that is not told as news', () => {
    expect(asked(talkedAbout().session.on({ type: 'user.interrupt' }))).not.toContain('tool.cancel');
    const { session } = talkedAbout({ onInterrupt: 'cancel' });
    expect(asked(session.on({ type: 'user.interrupt' }))).toContain('tool.cancel');
    const outcome = {
      status: 'cancelled',
      arguments: {},
      output: null,
      outputText: 'null',
      elapsedMs: 1,
    } as const;
    expect(sent(session.on({ type: 'tool.settled', callId: 'call_1', outcome }))).toEqual([
      'conversation.item.create',
    ]);
  });

  it('is given to the next connection as it stands, and its report once', () => {
    const { session } = talkedAbout();
    session.lost();
    session.fired('backoff');
    const lost = session.settle('call_1', 'it is 42');
    expect(sent(lost)).toEqual([]);
    const agreed = session.agreed();
    const items = sentEvents(agreed, 'conversation.item.create').map(({ item }) => item as { type: string });
    expect(items.map(({ type }) => type)).toEqual(['function_call', 'function_call_output', 'message']);
  });

  it('is waited for by a session that drains, and cancelled by one that does not', () => {
    const draining = talkedAbout().session;
    draining.on({ type: 'session.close', mode: 'drain', reason: 'done' });
    expect(draining.state.lifecycle.kind).toBe('draining');
    draining.settle('call_1');
    draining.created('resp_3');
    draining.done('resp_3');
    expect(draining.state.lifecycle.kind).toBe('closed');

    const cut = talkedAbout().session;
    const effects = cut.on({ type: 'session.close', mode: 'cancel', reason: 'done' });
    expect(asked(effects)).toContain('tool.cancel');
    expect(notices(effects, 'tool_settled')).toMatchObject([
      { background: true, outcome: { status: 'cancelled' } },
    ]);
  });

  it.each<[idempotent: boolean, expected: string]>([
    [true, 'tool.start'],
    [false, 'transport.open'],
  ])('that a crash cut off, idempotent: %j, leads to %s', (idempotent, expected) => {
    const { session } = talkedAbout({ idempotent });
    const effects = session.on({ type: 'session.resume' });
    expect(asked(effects)).toContain(expected);
    expect(notices(effects, 'tool_settled')).toHaveLength(idempotent ? 0 : 1);
    expect(session.state.tools.background.size).toBe(idempotent ? 1 : 0);
  });
});

it('a tool that is waited for can tell what it has so far, without an answer', () => {
  const session = new SessionDriver({ tools: [testTool('look')] }).ready();
  session.created('resp_1');
  session.call('resp_1', 'call_1', 'look');
  session.done('resp_1');
  expect(sent(session.on({ type: 'tool.report', callId: 'call_1', outputText: 'half' }))).toEqual([
    'conversation.item.create',
  ]);
});

describe('a result that comes late', () => {
  function late(staleAfterMs: number | undefined, events: readonly ('turn' | 'timer')[]) {
    const policy = staleAfterMs === undefined ? {} : { staleAfterMs };
    const session = new SessionDriver({ tools: [testTool('look', policy)] }).ready();
    session.created('resp_1');
    const started = session.call('resp_1', 'call_1', 'look');
    session.done('resp_1');
    for (const event of events) {
      if (event === 'timer') session.fired('stale:call_1');
      else {
        session.spoken('item_u');
        session.created('resp_2');
        session.done('resp_2');
      }
    }
    return { session, started, settled: session.settle('call_1', 'sunny') };
  }

  it.each<
    [what: string, staleAfterMs: number | undefined, events: readonly ('turn' | 'timer')[], asks: boolean]
  >([
    ['after its time, nothing said meanwhile', 5_000, ['timer'], true],
    ['within its time, another turn meanwhile', 5_000, ['turn'], true],
    ['after its time and another turn', 5_000, ['turn', 'timer'], false],
    ['after its time, then another turn', 5_000, ['timer', 'turn'], false],
    ['after another turn, where nothing says how long', undefined, ['turn'], true],
  ])('%s', (_what, staleAfterMs, events, asks) => {
    const { settled } = late(staleAfterMs, events);
    expect(sent(settled)).toEqual(
      asks ? ['conversation.item.create', 'response.create'] : ['conversation.item.create'],
    );
    const [{ item }] = sentEvents(settled, 'conversation.item.create') as [{ item: { output: string } }];
    if (asks) expect(item.output).toBe('sunny');
    else expect(item.output).toMatch(/^sunny \[this came late: .*Do not bring it up/);
    expect(notices(settled, 'tool_settled')).toMatchObject([asks ? {} : { stale: true }]);
  });

  it('is watched from its start to its end', () => {
    const { started, settled } = late(5_000, []);
    expect(started).toContainEqual({ type: 'timer.start', timer: 'stale:call_1', delayMs: 5_000 });
    expect(settled).toContainEqual({ type: 'timer.cancel', timer: 'stale:call_1' });
  });
});

it.each(['plain', 'two\nlines', '{"a":1}', ''])('a report of %j is read as it was written', (text) => {
  const call = { callId: 'call_1', name: 'look-up_2' };
  expect(readBackgroundReport(backgroundReport(call, text))).toEqual({ ...call, outputText: text });
  expect(readBackgroundReport(backgroundReport(call, text, 'so_far'))).toEqual({ ...call, outputText: text });
  expect(readBackgroundReport(text)).toBeUndefined();
});
