import {
  type Effect,
  initialState,
  type SessionEvent,
  type SessionSettings,
  transition,
} from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import { startScripted } from './support/scripted-session.ts';

/** The steps of a log, after its way over the disk. */
interface LoggedStep {
  readonly type: 'step';
  readonly seq: number;
  readonly at_ms: number;
  readonly event: SessionEvent;
  readonly effects: readonly Effect[];
}

describe('the session log', () => {
  it('gives the same effects again when its events are played through the transition', async () => {
    const { session, provider, log, turn } = await startScripted({
      tools: { get_weather: { celsius: 4 } },
    });
    await turn('Weather in Oslo?', () => {
      provider.server.callTools('resp_1', [
        { callId: 'c1', name: 'get_weather', arguments: '{"city":"Oslo"}' },
      ]);
    });
    await session.close();
    const [header, ...steps] = JSON.parse(JSON.stringify(log.records)) as [
      { readonly settings: SessionSettings },
      ...LoggedStep[],
    ];
    expect(header).toMatchObject({
      type: 'session',
      version: 2,
      session_id: session.id,
      agent: 'a',
      provider: 'scripted',
      started_at: '2026-01-01T00:00:00.000Z',
    });
    expect(steps.length).toBeGreaterThan(20);
    let state = initialState(header.settings);
    for (const [index, { type, seq, event, effects }] of steps.entries()) {
      expect([type, seq]).toEqual(['step', index + 1]);
      const [next, replayed] = transition(state, event);
      expect(JSON.parse(JSON.stringify(replayed))).toEqual(effects);
      state = next;
    }
    expect(state.lifecycle.kind).toBe('closed');
    const notices = steps.flatMap(({ effects }) =>
      effects.flatMap((effect) => (effect.type === 'notify' ? [effect.notice.type] : [])),
    );
    expect(notices).toEqual(
      expect.arrayContaining(['ready', 'tool_started', 'tool_settled', 'response_done', 'closed']),
    );
  });

  it('counts its time from the first step', async () => {
    const { session, clock, log } = await startScripted();
    await clock.pass(1234);
    await session.close();
    const times = log.records.slice(1).map((record) => record['at_ms']);
    expect([times[0], times.at(-1)]).toEqual([0, 1234]);
  });

  it('holds no audio', async () => {
    const { session, provider, log, turn } = await startScripted();
    await turn('Speak', () => {
      provider.server.speak({ responseId: 'r', itemId: 'i', text: 'Hello.', ms: 2000 });
    });
    await session.close();
    const lines = log.records.map((record) => JSON.stringify(record));
    expect(lines.some((line) => line.includes('"byteLength":96000'))).toBe(true);
    expect(Math.max(...lines.slice(1).map((line) => line.length))).toBeLessThan(4000);
  });

  it('is closed with the session', async () => {
    const { session, log } = await startScripted();
    expect(log.closes).toBe(0);
    await session.close();
    expect(log.closes).toBe(1);
  });
});
