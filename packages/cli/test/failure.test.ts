import { AntiphonError, parseAgentsFile } from '@antiphon/core';
import { AgentFileError } from '@antiphon/runtime';
import { describe, expect, it } from 'vitest';
import { showFailure } from '../src/render/failure.ts';
import { fakeConsole } from './support/fake-console.ts';

function shown(error: unknown, options: { json?: boolean; debug?: boolean } = {}) {
  const console = fakeConsole();
  const exitCode = showFailure(error, console, { json: false, debug: false, ...options });
  return { exitCode, out: console.outText, err: console.errText };
}

function fileError(): AgentFileError {
  const text = 'version: 1\ndefault_agent: a\nagents:\n  a: { voise: marin }\n  b: { provider: nowhere }\n';
  const parsed = parseAgentsFile(text, { file: 'agents.yaml', env: {} });
  return new AgentFileError('agents.yaml', text, parsed.ok ? [] : parsed.problems);
}

describe('showFailure', () => {
  it.each([
    [new AntiphonError('cli.usage', { problem: 'odd', command: 'run' }), 2],
    [new AntiphonError('provider.connect_failed', { name: 'mine', reason: 'refused' }), 3],
    [new AntiphonError('provider.lost', { name: 'mine', reason: 'gone' }), 4],
    [new Error('unforeseen'), 4],
    ['a thrown text', 4],
    [undefined, 4],
  ])('%#: ends with the exit code of the error', (error, exitCode) => {
    expect(shown(error).exitCode).toBe(exitCode);
  });

  it('shows message, hint and code', () => {
    expect(shown(new AntiphonError('cli.usage', { problem: 'odd', command: 'run' }))).toEqual({
      exitCode: 2,
      out: '',
      err: 'error: odd\nhint: Run "antiphon run --help".\n[cli.usage]\n',
    });
  });

  it('shows every problem of an agent file at its place, with a caret', () => {
    const { err, exitCode } = shown(fileError());
    expect(exitCode).toBe(2);
    expect(err).toContain('agents.yaml:4:8: unknown key "voise"');
    expect(err).toContain('  a: { voise: marin }\n       ^\nhint: ');
    expect(err).toMatch(/agents\.yaml:5:\d+: there is no provider "nowhere"/);
  });

  it('gives the problems as one object with --json', () => {
    const { out } = shown(fileError(), { json: true });
    expect(out.endsWith('}\n')).toBe(true);
    expect(JSON.parse(out)).toMatchObject({
      type: 'error',
      code: 'config.invalid',
      problems: [
        { code: 'config.unknown_key', file: 'agents.yaml', line: 4, column: 8 },
        { code: 'config.unknown_provider', line: 5 },
      ],
    });
  });

  it('owns up to what it did not foresee', () => {
    const { err } = shown(new TypeError('x is not a function'));
    expect(err).toContain('error: x is not a function\n');
    expect(err).toContain('defect of Antiphon');
    expect(JSON.parse(shown(new TypeError('x'), { json: true }).out)).toEqual({
      type: 'error',
      code: 'internal',
      message: 'x',
      retryable: false,
    });
  });

  it.each([
    new AntiphonError('cli.usage', { problem: 'odd', command: 'run' }),
    new TypeError('x is not a function'),
  ])('shows a stack with debug only: %s', (error) => {
    expect(shown(error).err).not.toContain('    at ');
    expect(shown(error, { debug: true }).err).toContain('    at ');
  });

  it('lets no words of a server drive the terminal', () => {
    const reason = '\u001b[2Jcleared\u0007\u009b1m';
    for (const error of [
      new AntiphonError('provider.rejected', { name: 'mine', reason }),
      new Error(reason),
      reason,
    ]) {
      expect(shown(error).err).toContain('·[2Jcleared');
      expect(shown(error).err).not.toMatch(/[^\P{Cc}\n\t]/u);
    }
  });
});
