import { afterEach, describe, expect, it, vi } from 'vitest';
import { randomIds } from '../src/system/random-ids.ts';
import { logLevels, stderrLogger } from '../src/system/stderr-logger.ts';
import { systemClock } from '../src/system/system-clock.ts';

describe('randomIds', () => {
  it('makes ids of at most 32 characters that do not repeat', () => {
    const ids = Array.from({ length: 1000 }, () => randomIds.nextId('item'));
    for (const id of ids) expect(id).toMatch(/^item_[0-9A-Za-z]{21}$/);
    expect(new Set(ids).size).toBe(1000);
    expect(randomIds.nextId('0123456789').length).toBeLessThanOrEqual(32);
  });

  it('uses every letter about as often', () => {
    const counts = new Map<string, number>();
    const total = 2000 * 21;
    for (let at = 0; at < 2000; at++) {
      for (const letter of randomIds.nextId('x').slice(2)) counts.set(letter, (counts.get(letter) ?? 0) + 1);
    }
    expect(counts.size).toBe(62);
    // Ten standard deviations of a fair draw around its mean.
    const mean = total / 62;
    for (const count of counts.values()) expect(Math.abs(count - mean)).toBeLessThan(10 * Math.sqrt(mean));
  });
});

describe('systemClock', () => {
  it('runs forward, and a cancelled timer does not fire', async () => {
    const before = systemClock.nowMs();
    const fired: string[] = [];
    const cancel = systemClock.setTimer(0, () => fired.push('cancelled'));
    cancel();
    await new Promise<void>((resolve) => systemClock.setTimer(1, resolve));
    expect(fired).toEqual([]);
    expect(systemClock.nowMs()).toBeGreaterThan(before);
  });
});

describe('stderrLogger', () => {
  afterEach(() => vi.restoreAllMocks());

  function capture(): string[] {
    const written: string[] = [];
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
    return written;
  }

  it.each(logLevels)('at %s writes that level and those after it', (level) => {
    const written = capture();
    const logger = stderrLogger(level);
    for (const own of ['debug', 'info', 'warn', 'error'] as const) logger[own](`a ${own}`);
    const expected = ['debug', 'info', 'warn', 'error'].slice(logLevels.indexOf(level));
    expect(written).toEqual(expected.map((own) => `${own}: a ${own}\n`));
  });

  it('writes data beside the message', () => {
    const written = capture();
    stderrLogger('debug').warn('odd', { count: 2, name: 'x' });
    expect(written).toEqual(['warn: odd {"count":2,"name":"x"}\n']);
  });

  it('is one line a message, whatever the message holds', () => {
    const written = capture();
    stderrLogger('debug').error('forged\nerror: line\r\u001b[2J\u0007\u009b1m\u2028x', { key: '\n\u0085' });
    expect(written).toHaveLength(1);
    expect(written[0]).toMatch(/^error: forged\\u000aerror: line\\u000d\\u001b\[2J[^\p{Cc}\u2028]+\n$/u);
  });

  it('hides secrets in message and data', () => {
    const written = capture();
    const hide = (line: string) => line.replaceAll('sk-1234', '[secret:KEY]');
    stderrLogger('debug', hide).error('with sk-1234', { key: 'Bearer sk-1234' });
    expect(written).toEqual(['error: with [secret:KEY] {"key":"Bearer [secret:KEY]"}\n']);
  });
});
