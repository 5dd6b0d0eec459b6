import type { ApprovalDecision } from '@antiphon/tools';
import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { approverOf as approver, askByKey } from '../src/run/approve-calls.ts';

/** A console with a keyboard, or without. */
function console(input: 'keys' | 'none') {
  const shown: string[] = [];
  const listeners = new Set<(key: string) => void>();
  const onKey = (listener: (key: string) => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const terminal = { columns: () => 80, canRedraw: true, onResize: () => () => {} };
  const made = {
    out: () => {},
    err: (text: string) => void shown.push(text),
    stdin: (async function* () {})(),
    outIsTerminal: true,
    errIsTerminal: true,
    colors: pc.createColors(false),
    terminal: { ...terminal, ...(input === 'keys' && { onKey }) },
  };
  const press = (key: string) => {
    for (const listener of [...listeners]) listener(key);
  };
  return { made, shown, press, listeners };
}

const words = (approve?: string) => ({
  positionals: [],
  ordered: [],
  options: approve === undefined ? {} : { approve },
});
const approverOf = (line: ReturnType<typeof words>, made: ReturnType<typeof console>['made']) =>
  approver(line, { command: 'run', ask: askByKey(made) });
const request = (signal = new AbortController().signal) => ({
  callId: 'c1',
  tool: 'pay',
  arguments: { to: 'ann\u001b[2J' },
  sessionId: 's',
  agent: 'a',
  signal,
});
const tick = () => new Promise((resolve) => setImmediate(resolve));

describe('who agrees to calls in a run', () => {
  it.each<[string | undefined, 'keys' | 'none', ApprovalDecision | undefined]>([
    ['all', 'none', true],
    ['all', 'keys', true],
    ['none', 'keys', undefined],
    [undefined, 'none', undefined],
  ])('%s, with %s', async (approve, input, expected) => {
    const { made, shown } = console(input);
    expect(await approverOf(words(approve), made)?.(request())).toBe(expected);
    expect(shown).toEqual([]);
  });

  it('cannot ask without a terminal', () => {
    expect(() => approverOf(words('ask'), console('none').made)).toThrow(
      expect.objectContaining({ code: 'cli.usage' }),
    );
  });

  it.each([
    ['y', true],
    ['Y', true],
    ['n', false],
    ['\r', false],
  ])('takes the key %j', async (key, expected) => {
    for (const approve of [undefined, 'ask']) {
      const { made, press, shown, listeners } = console('keys');
      const answer = approverOf(words(approve), made)?.(request());
      await tick();
      press(key);
      expect(await answer).toBe(expected);
      expect(shown.join('')).toMatch(/^run pay .*ann.*\? \[y\/N\] (yes|no)\n$/);
      expect(shown.join('')).not.toContain('\u001b');
      expect(listeners.size).toBe(0);
    }
  });

  it('asks for one call at a time, and for none that is over', async () => {
    const { made, press, shown, listeners } = console('keys');
    const approve = approverOf(words(), made);
    const late = new AbortController();
    const answers = [late.signal, late.signal, undefined].map(async (signal) => approve?.(request(signal)));
    await tick();
    expect(shown).toHaveLength(1);
    late.abort();
    await tick();
    press('y');
    expect(await Promise.all(answers)).toEqual([false, false, true]);
    expect(shown).toHaveLength(4);
    expect(listeners.size).toBe(0);
  });
});
