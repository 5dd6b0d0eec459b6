import type { SessionLogRecord, ToolCallStatus } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import { rememberedCalls } from '../src/session/remembered-calls.ts';

const header: SessionLogRecord = { type: 'session', version: 2 };

function started(callId: string): SessionLogRecord {
  const start = { type: 'tool.start', callId, name: 'pay', argumentsJson: `{"id":"${callId}"}`, agent: 'a' };
  return { type: 'step', event: { type: 'session.start' }, effects: [start, { type: 'sink.flush' }] };
}

function settled(callId: string, status: ToolCallStatus): SessionLogRecord {
  const outcome = { status, arguments: {}, output: status, outputText: `"${status}"`, elapsedMs: 1 };
  return { type: 'step', event: { type: 'tool.settled', callId, outcome }, effects: [] };
}

describe('rememberedCalls', () => {
  it.each<[ToolCallStatus, unknown]>([
    ['completed', [{ output: 'completed', outputText: '"completed"' }]],
    ['timed_out', [undefined]],
    ['cancelled', [undefined]],
    ['failed', []],
    ['rejected', []],
  ])('of a call that ended %s are the results %j', (status, results) => {
    const calls = rememberedCalls([header, started('c1'), settled('c1', status)]);
    expect(calls.map(({ result }) => result)).toEqual(results);
  });

  it('knows what was started and not settled, and keeps the order', () => {
    const records = [
      header,
      started('c1'),
      started('c2'),
      settled('c1', 'completed'),
      settled('c9', 'failed'),
    ];
    expect(rememberedCalls(records)).toEqual([
      {
        agentName: 'a',
        name: 'pay',
        argumentsJson: '{"id":"c1"}',
        result: { output: 'completed', outputText: '"completed"' },
      },
      { agentName: 'a', name: 'pay', argumentsJson: '{"id":"c2"}', result: undefined },
    ]);
  });
});
