import { VirtualClock } from '@antiphon/testing';
import { timerPlugin } from '@antiphon/tools';
import { describe, expect, it } from 'vitest';
import { durationText } from '../src/plugins/timer/duration-text.ts';
import { pluginTools } from './support/host.ts';

async function timers() {
  const time = new VirtualClock();
  const tools = await pluginTools(timerPlugin({ clock: time }));
  const set = (duration_seconds: number, label?: string) =>
    tools.call('set_timer', JSON.stringify({ duration_seconds, label }));
  return { ...tools, time, set };
}

it.each([
  [0, '0 seconds'],
  [1_000, '1 second'],
  [90_000, '1 minute and 30 seconds'],
  [3_600_000, '1 hour'],
  [3_665_400, '1 hour, 1 minute and 5 seconds'],
])('%d ms is %s', (ms, text) => {
  expect(durationText(ms)).toBe(text);
});

describe('timers', () => {
  it('say so when they end', async () => {
    const { set, time, said } = await timers();
    expect((await set(300)).output).toMatchObject({
      duration: '5 minutes',
      summary: 'The timer is set for 5 minutes',
    });
    expect((await set(60, 'pasta')).output).toMatchObject({
      label: 'pasta',
      summary: 'The pasta timer is set for 1 minute',
    });
    time.advance(60_000);
    expect(said).toEqual(['The pasta timer for 1 minute is done.']);
    time.advance(240_000);
    expect(said).toEqual(['The pasta timer for 1 minute is done.', 'The timer for 5 minutes is done.']);
  });

  it('are listed with the time left, the next one first', async () => {
    const { call, set, time } = await timers();
    expect((await call('list_timers')).output).toEqual({ timers: [], summary: 'No timer is running' });
    await set(300);
    await set(120, 'tea');
    time.advance(30_000);
    expect((await call('list_timers')).output).toMatchObject({
      timers: [
        { label: 'tea', left_seconds: 90 },
        { label: null, left: '4 minutes and 30 seconds' },
      ],
      summary: 'The tea timer has 1 minute and 30 seconds left, the timer has 4 minutes and 30 seconds left',
    });
  });

  it('are cancelled alone, by label, or all together', async () => {
    const { call, set, time, said } = await timers();
    await set(60);
    expect((await call('cancel_timer')).output).toMatchObject({
      summary: 'The timer for 1 minute is cancelled',
    });
    await set(60, 'Tea');
    await set(90);
    expect(await call('cancel_timer')).toMatchObject({
      status: 'failed',
      output: { error: expect.stringContaining('which one?') },
    });
    expect(await call('cancel_timer', '{"label":"egg"}')).toMatchObject({
      status: 'failed',
      output: { error: expect.stringContaining('egg') },
    });
    expect((await call('cancel_timer', '{"label":"tea"}')).output).toMatchObject({
      summary: 'The Tea timer for 1 minute is cancelled',
    });
    await set(30);
    expect((await call('cancel_timer', '{"label":"all"}')).output).toMatchObject({
      summary: '2 timers are cancelled',
    });
    expect(await call('cancel_timer')).toMatchObject({
      status: 'failed',
      output: { error: 'No timer is running.' },
    });
    time.advance(100_000);
    expect(said).toEqual([]);
  });

  it('end with the session', async () => {
    const { set, host, time, said } = await timers();
    await set(60);
    host.close();
    expect(time.pendingMs).toEqual([]);
    time.advance(60_000);
    expect(said).toEqual([]);
  });

  it('end with the plugin', async () => {
    const { set, close, time } = await timers();
    await set(60);
    await close();
    expect(time.pendingMs).toEqual([]);
  });

  it('are refused when too long or too many', async () => {
    const { set } = await timers();
    expect(await set(0)).toMatchObject({ status: 'rejected' });
    expect(await set(86_401)).toMatchObject({ status: 'rejected' });
    for (let count = 0; count < 20; count += 1) await set(60);
    expect(await set(60)).toMatchObject({
      status: 'failed',
      output: { error: expect.stringContaining('too many') },
    });
  });
});
