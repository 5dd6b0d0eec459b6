import type { JsonValue } from '@antiphon/core';
import { VirtualClock } from '@antiphon/testing';
import { createToolHost, defineTool, type Tool, type ToolSettings, toolResult } from '@antiphon/tools';
import { describe, expect, it } from 'vitest';
import { buildRegistry } from '../src/registry.ts';
import { memoryLogger, testHost } from './support/host.ts';

function returning(value: unknown, settings: ToolSettings = {}): Tool {
  const input = { type: 'object', properties: {} } as const;
  return defineTool({
    name: 'report',
    description: 'Report',
    input,
    ...settings,
    execute: () => value,
  }) as Tool;
}

const rows = [
  { name: 'Rome', id: 1, secret: 'x' },
  { name: 'Oslo', id: 2, secret: 'y' },
];

describe('a result in two parts', () => {
  it.each<[what: string, tool: Tool, output: JsonValue, ui: JsonValue]>([
    ['in code', returning(toolResult({ model: { found: 2 }, ui: rows })), { found: 2 }, rows],
    [
      'by its shape',
      returning({ rows }, { result: { path: 'rows[0].name', ui: { path: 'rows', fields: ['id'] } } }),
      'Rome',
      [{ id: 1 }, { id: 2 }],
    ],
    [
      'by its shape, all of it',
      returning({ rows }, { result: { path: 'rows[1].name', ui: {} } }),
      'Oslo',
      { rows },
    ],
    [
      'in code before the shape',
      returning(toolResult({ model: { rows }, ui: 'own' }), { result: { path: 'rows[0].id', ui: {} } }),
      1,
      'own',
    ],
  ])('%s: the model sees only its own', async (_what, tool, output, ui) => {
    const outcome = await testHost([tool]).call('report');
    expect(outcome).toMatchObject({ status: 'completed', output, ui });
    expect(outcome.outputText).toBe(typeof output === 'string' ? output : JSON.stringify(output));
  });

  it.each<[what: string, ui: unknown, code: string]>([
    ['is no JSON', { big: 1n }, 'tool.output_invalid'],
    [
      'is too large',
      'x'
        .repeat(100)
        .split('')
        .map(() => 'x'.repeat(20_000)),
      'tool.output_too_large',
    ],
  ])('is answered as a failure when the one for the application %s', async (_what, ui, code) => {
    const outcome = await testHost([returning(toolResult({ model: 1, ui }))]).call('report');
    expect(outcome).toMatchObject({ status: 'failed', output: { code } });
    expect(outcome.ui).toBeUndefined();
  });

  it('is repeated whole to a repeat of the call', async () => {
    const tool = defineTool({
      name: 'report',
      description: 'Report',
      input: { type: 'object', properties: { id: { type: 'string' } } },
      idempotentBy: ['id'],
      execute: () => toolResult({ model: 1, ui: 2 }),
    }) as Tool;
    const { call } = testHost([tool]);
    await call('report', '{"id":"a"}');
    expect(await call('report', '{"id":"a"}')).toMatchObject({ output: 1, ui: 2 });
  });
});

it('progress is told at once, then at most ten times a second, the newest each time and before the end', async () => {
  const clock = new VirtualClock();
  const told: [ms: number, value: JsonValue][] = [];
  const tool = defineTool({
    name: 'slow',
    description: 'Slow',
    input: { type: 'object', properties: {} },
    execute: async (_input, { progress }) => {
      for (let step = 0; step < 25; step += 1) {
        progress(step);
        await new Promise<void>((resolve) => clock.setTimer(10, resolve));
      }
      for (let step = 25; step < 100_000; step += 1) progress(step);
      return 'done';
    },
  }) as Tool;
  const { registry } = buildRegistry([{ tool, origin: 'a test', where: {} }]);
  const host = createToolHost({ registry, agentTools: ['*'], clock, logger: memoryLogger() });
  const request = { callId: 'c', name: 'slow', argumentsJson: '{}', sessionId: 's', agentName: 'a' };
  const outcome = host.call(request, new AbortController().signal, {
    progress: (value) => told.push([clock.nowMs(), value]),
  });
  await clock.pass(1_000);
  expect(await outcome).toMatchObject({ status: 'completed' });
  expect(told).toEqual([
    [0, 0],
    [100, 9],
    [200, 19],
    [250, 99_999],
  ]);
  expect(clock.pendingMs).toEqual([]);
});
