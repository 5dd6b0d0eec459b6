import type { SessionNotice } from '@antiphon/core';
import { expect, it } from 'vitest';
import { HostedTimes } from '../../src/runner/hosted-times.ts';

const outcome = { status: 'completed', arguments: {}, output: 1, outputText: '1', elapsedMs: 0 } as const;

it('measures calls of the provider from their start, and leaves those of this side as they are', () => {
  let nowMs = 0;
  const times = new HostedTimes({ nowMs: () => nowMs });
  const started = { type: 'tool_started', callId: 'c', name: 'f', argumentsJson: '{}' } as const;
  const settled: SessionNotice = { type: 'tool_settled', callId: 'c', name: 'f', outcome };
  times.timed({ ...started, server: 'docs' });
  nowMs = 250;
  expect(times.timed(settled)).toBe(settled);
  expect(times.timed({ ...settled, server: 'docs' })).toMatchObject({ outcome: { elapsedMs: 250 } });
  expect(times.timed({ ...settled, server: 'docs' })).toMatchObject({ outcome: { elapsedMs: 0 } });
});
