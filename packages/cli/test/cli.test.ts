import { describe, expect, it } from 'vitest';
import { runCli } from '../src/cli.ts';
import { fakeConsole } from './support/fake-console.ts';

async function run(...words: string[]) {
  const console = fakeConsole();
  const exitCode = await runCli(words, {
    console,
    env: {},
    version: '1.2.3',
    signal: new AbortController().signal,
  });
  return { exitCode, out: console.outText, err: console.errText };
}

describe('runCli', () => {
  it.each([[[]], [['--help']], [['help']], [['help', 'run']], [['tools', '--help']]])(
    'shows the commands for %j',
    async (words) => {
      const { exitCode, out } = await run(...words);
      expect(exitCode).toBe(0);
      expect(out).toContain('Usage: antiphon <command>');
    },
  );

  it('tells its version', async () => {
    expect(await run('--version')).toEqual({ exitCode: 0, out: '1.2.3\n', err: '' });
  });

  it.each([['run'], ['check'], ['tools list'], ['tools call'], ['tools schema']])(
    'has help for %s',
    async (path) => {
      const { exitCode, out, err } = await run(...path.split(' '), '--help');
      expect(exitCode).toBe(0);
      expect(out).toContain(`Usage: antiphon ${path}`);
      expect(err).toBe('');
    },
  );

  it.each([
    [
      ['fly'],
      'there is no command "fly"; the commands are: run, talk, check, tools list, tools call, tools schema',
    ],
    [['answer', 'question.wav'], 'there is no command "answer"; the'],
    [['tools'], 'there is no command "tools"'],
    [['tools', 'lst'], 'there is no command "tools lst"'],
    [['run'], 'there is nothing to say: give a WAV file or --text'],
    [['check', '--zzz'], 'unknown option --zzz'],
    [['run', '--text', 'x', '--config', 'no/such.yaml'], 'there is no file no/such.yaml'],
    [['check', 'no/such.yaml'], 'there is no file no/such.yaml'],
    [['check', '.'], 'could not read .: EISDIR'],
    [['run', 'no/such.wav'], 'there is no file no/such.wav'],
    [['run', '.'], '. is a folder, not an audio file'],
  ])('ends %j with exit code 2 and a hint', async (words, message) => {
    const { exitCode, out, err } = await run(...words);
    expect(exitCode).toBe(2);
    expect(err).toContain(`error: ${message}`);
    expect(err).toMatch(/\nhint: .+\n\[[a-z]+\.[a-z_]+\]\n$/);
    expect(err).not.toContain('    at ');
    expect(out).toBe('');
  });

  it('gives the error as the only line with --json', async () => {
    const { exitCode, out } = await run('check', 'no/such.yaml', '--json');
    expect(exitCode).toBe(2);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([expect.objectContaining({ type: 'error', code: 'config.file_not_found', retryable: false })]);
  });
});
