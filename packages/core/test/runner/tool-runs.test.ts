import type { SessionEvent, ToolHost, ToolOutcome } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import { ToolRuns } from '../../src/runner/tool-runs.ts';
import { lineLogger, StepClock, settle } from './support.ts';

const completed: ToolOutcome = {
  status: 'completed',
  arguments: {},
  output: 'done',
  outputText: 'done',
  elapsedMs: 1,
};

function rig(call: ToolHost['call'], more: Partial<ToolHost> = {}) {
  const events: SessionEvent[] = [];
  const clock = new StepClock();
  const logger = lineLogger();
  const host: ToolHost = { specs: [], call, ...more };
  const runs = new ToolRuns({
    host,
    sessionId: 's',
    clock,
    logger,
    approver: () => 'present',
    report: (event) => events.push(event),
  });
  const check = (argumentsJson: string): void =>
    runs.check({ callId: 'c1', name: 'work', argumentsJson, agent: 'billing' });
  const start = (callId = 'c1', name = 'work'): void =>
    runs.start({ callId, name, argumentsJson: '{}', agent: 'billing' });
  return { runs, events, clock, logger, start, check };
}

const never = (): Promise<ToolOutcome> => new Promise(() => {});

describe('ToolRuns', () => {
  it('asks the host in the name of the agent that made the call', async () => {
    const requests: unknown[] = [];
    const { start, events, clock } = rig(async (request) => {
      requests.push(request);
      return completed;
    });
    start();
    await settle();
    expect(requests).toEqual([
      { callId: 'c1', name: 'work', argumentsJson: '{}', sessionId: 's', agentName: 'billing' },
    ]);
    expect(events).toEqual([{ type: 'tool.settled', callId: 'c1', outcome: completed }]);
    expect(clock.pending).toBe(0);
  });

  it.each<[string, ToolHost['call']]>([
    ['rejects', () => Promise.reject(new Error('a fault of the host'))],
    [
      'throws',
      () => {
        throw new Error('a fault of the host');
      },
    ],
    ['answers with nothing', async () => undefined as never],
  ])('answers for a host that %s', async (_, call) => {
    const { start, events, logger, clock } = rig(call);
    start();
    await settle();
    expect(events).toMatchObject([
      { type: 'tool.settled', callId: 'c1', outcome: { status: 'failed', output: { code: 'tool.failed' } } },
    ]);
    expect(logger.lines).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  it('answers for a host that does not, after the time of a turn and of the tool, and those before it', async () => {
    let answer: (outcome: ToolOutcome) => void = () => {};
    const late = new Promise<ToolOutcome>((resolve) => {
      answer = resolve;
    });
    const specs = [{ name: 'work', timeoutMs: 1_000 }] as never;
    const { start, events, clock } = rig(({ callId }) => (callId === 'c1' ? late : never()), {
      specsOf: (agent) => (agent === 'billing' ? specs : []),
    });
    start('c1');
    start('c2');
    start('c3');
    await clock.pass(6_999);
    expect(events).toEqual([]);
    await clock.pass(1);
    expect(events).toMatchObject([
      { callId: 'c1', outcome: { status: 'timed_out' } },
      { callId: 'c2', outcome: { status: 'timed_out' } },
    ]);
    await clock.pass(1_000);
    expect(events).toMatchObject([{}, {}, { callId: 'c3', outcome: { status: 'timed_out' } }]);
    answer(completed);
    await settle();
    expect(events).toHaveLength(3);
  });

  it('answers for a host that does not obey a cancellation', async () => {
    const signals: AbortSignal[] = [];
    const { runs, start, events, clock } = rig((_request, signal) => {
      signals.push(signal);
      return never();
    });
    start();
    runs.cancel('c1');
    runs.cancel('c1');
    runs.cancel('unknown');
    expect(signals[0]?.aborted).toBe(true);
    await clock.pass(5_000);
    expect(events).toMatchObject([{ callId: 'c1', outcome: { status: 'cancelled' } }]);
    expect(clock.pending).toBe(0);
  });

  it('runs a call once', async () => {
    let calls = 0;
    const { start } = rig(() => {
      calls += 1;
      return never();
    });
    start('c1');
    start('c1');
    expect(calls).toBe(1);
  });

  it('stops everything, whether or not the host obeys', async () => {
    const { runs, start, clock } = rig(({ callId }, signal) =>
      callId === 'deaf'
        ? never()
        : new Promise((resolve) => signal.addEventListener('abort', () => resolve(completed))),
    );
    start('c1');
    start('deaf');
    let done = false;
    void runs.stop().then(() => {
      done = true;
    });
    await clock.pass(4_999);
    expect(done).toBe(false);
    await clock.pass(1);
    expect(done).toBe(true);
    await runs.stop();
    expect(clock.pending).toBe(0);
  });

  it('hands on what a tool wants said', async () => {
    const { start, events } = rig(async (_request, _signal, listener) => {
      listener?.say?.('One moment.');
      return completed;
    });
    start();
    await settle();
    expect(events).toMatchObject([{ type: 'agent.say', text: 'One moment.' }, { type: 'tool.settled' }]);
  });

  it('hands on that a tool wants the end, and its notes', async () => {
    const { start, events } = rig(async (_request, _signal, listener) => {
      listener?.note?.('Call back.');
      listener?.end?.('all done');
      return completed;
    });
    start();
    await settle();
    expect(events).toMatchObject([
      { type: 'agent.note', text: 'Call back.' },
      { type: 'session.close', mode: 'drain', reason: 'all done' },
      { type: 'tool.settled' },
    ]);
  });

  it('has calls looked at that somebody has to agree to', async () => {
    const sound = { kind: 'sound', arguments: { disk: 1 } } as const;
    const { check, events, clock } = rig(never, { check: async () => sound });
    check('{"disk":1}');
    await settle();
    expect(events).toEqual([{ type: 'tool.checked', callId: 'c1', check: sound, approver: 'present' }]);
    expect(clock.pending).toBe(0);
  });

  it.each<[string, Partial<ToolHost>, string, string]>([
    ['cannot look at them', {}, '{"a":1}', 'sound'],
    ['cannot look at what is no object', {}, '[1]', 'ended'],
    ['cannot look at what is no JSON', {}, '{', 'ended'],
    ['fails', { check: () => Promise.reject(new Error('no')) }, '{}', 'ended'],
    ['never answers', { check: () => new Promise(() => {}) }, '{}', 'ended'],
  ])('has them looked at by a host that %s', async (_name, more, argumentsJson, kind) => {
    const { check, events, clock } = rig(never, more);
    check(argumentsJson);
    await settle();
    await clock.pass(5_000);
    await settle();
    expect(events).toMatchObject([{ type: 'tool.checked', check: { kind } }]);
  });

  it('does not wait for a look at a call when it stops', async () => {
    const { check, runs, events } = rig(never, { check: () => new Promise(() => {}) });
    check('{}');
    await runs.stop();
    await settle();
    expect(events).toEqual([]);
  });
});
