import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { folderWith, jsonLines } from './support/antiphon-process.ts';
import { runHere } from './support/run-here.ts';

const agentFile = `version: 1
default_agent: a
plugins: [./plugin.mjs]
agents:
  a: { instructions: x, tools: [add, bad, hang, big, huge, leave, loop, bell, say] }
  b: { instructions: x, tools: [add] }
  c: { instructions: x }
`;

const plugin = `
const tool = (name, execute, input = { type: 'object', properties: {} }, settings = {}) =>
  ({ [Symbol.for('antiphon.tool')]: true, name, description: 'The ' + name + '.', input, settings, execute });
const numbers = { type: 'object', required: ['a'], properties: { a: { type: 'number' }, b: { type: 'number' } } };
const circular = { name: 'loop' };
circular.self = circular;
export default [
  tool('add', ({ a, b = 1 }) => ({ sum: a + b }), numbers),
  tool('bad', () => { throw new Error('password is hunter2'); }),
  tool('hang', () => new Promise(() => {}), undefined, { timeoutMs: 50 }),
  tool('big', () => 'x'.repeat(1024 * 1024)),
  tool('huge', () => ({ text: 'x'.repeat(1024 * 1024) })),
  tool('leave', (_input, ctx) => { ctx.session.signal.addEventListener('abort', () => ctx.log.warn('left', { stack: 'at x', key: 'k' })); return 1; }),
  tool('loop', () => circular),
  tool('bell', () => '\\u001b[2J\\u0007'),
  tool('say', (_input, ctx) => { ctx.say('One moment.'); return 'done'; }),
];
`;

const files = { 'agents.yaml': agentFile, 'plugin.mjs': plugin };

function run(...words: string[]) {
  return runHere(words, { folder: folderWith(files) });
}

describe('tools list', () => {
  it('shows the tools of the default agent, with what they take', async () => {
    const { stdout, stderr, exitCode } = await run('tools', 'list');
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toContain('add(a, b?)\n    The add.\n');
    expect(stdout).toContain('bad()\n    The bad.\n');
  });

  it('shows those of another agent', async () => {
    expect(await run('tools', 'list', '--agent', 'b')).toEqual({
      exitCode: 0,
      stdout: 'add(a, b?)\n    The add.\n',
      stderr: '',
    });
    expect(await run('tools', 'list', '--agent', 'c')).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: 'agent "c" has no tools\n',
    });
    expect(await run('tools', 'list', '--agent', 'd')).toMatchObject({ exitCode: 2, stdout: '' });
  });

  it('is one object a line with --json', async () => {
    const { stdout } = await run('tools', 'list', '--json');
    const lines = jsonLines(stdout);
    expect(lines.map(({ name }) => name)).toEqual([
      'add',
      'bad',
      'hang',
      'big',
      'huge',
      'leave',
      'loop',
      'bell',
      'say',
    ]);
    expect(lines[0]).toMatchObject({
      type: 'tool',
      description: 'The add.',
      parameters: { type: 'object', required: ['a'], properties: { a: { type: 'number' } } },
    });
    expect((await run('tools', 'list', '--agent', 'c', '--json')).stdout).toBe('');
  });
});

describe('tools schema', () => {
  it('shows the function as a model is given it', async () => {
    const { stdout } = await run('tools', 'schema', 'add');
    expect(stdout).toContain('\n  "name": "add"');
    expect(JSON.parse(stdout)).toMatchObject({ name: 'add', parameters: { type: 'object' } });
    expect(jsonLines((await run('tools', 'schema', 'add', '--json')).stdout)).toEqual([JSON.parse(stdout)]);
  });

  it('says of a tool which the agent is not given how it is', async () => {
    const { stderr, exitCode } = await run('tools', 'call', 'bad', '{}', '--agent', 'b');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('agent "b" is not given the tool "bad"; its tools are: add');
    expect(stderr).toContain('[tool.not_given]');
  });

  it('names the tools there are', async () => {
    const { stderr, exitCode } = await run('tools', 'schema', 'ad');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('there is no tool named "ad"; the tools are: add, bad, hang');
    expect(stderr).toContain('[tool.unknown]');
  });
});

describe('tools call', () => {
  it('prints the output, and how it went beside it', async () => {
    const { stdout, stderr, exitCode } = await run('tools', 'call', 'add', '{"a":2,"b":3}');
    expect([exitCode, stdout]).toEqual([0, '{"sum":5}\n']);
    expect(stderr).toMatch(/^completed in \d+ ms\n$/);
    expect((await run('tools', 'call', 'add', '{"a":2}', '--quiet')).stderr).toBe('');
  });

  it('gives one object with --json', async () => {
    const { stdout } = await run('tools', 'call', 'add', '{"a":2}', '--json');
    expect(jsonLines(stdout)).toEqual([
      {
        type: 'tool_result',
        name: 'add',
        arguments: { a: 2 },
        status: 'completed',
        output: { sum: 3 },
        ms: expect.any(Number) as number,
      },
    ]);
  });

  it.each<[string, string[], string, string]>([
    ['bad JSON', ['add', '{"a":'], 'rejected', 'are not a JSON object'],
    ['arguments that are no object', ['add', '[1]'], 'rejected', 'are not a JSON object'],
    ['a missing argument', ['add'], 'rejected', 'a'],
    ['an argument of a wrong type', ['add', '{"a":"two"}'], 'rejected', 'number'],
    ['a tool that throws', ['bad'], 'failed', 'the tool bad failed'],
    ['a tool that hangs', ['hang'], 'timed_out', 'within 50 ms'],
    ['an object of more than 1 MB', ['huge'], 'failed', 'larger than'],
    ['circular data', ['loop'], 'failed', 'not JSON'],
  ])('ends with exit code 4 for %s', async (_name, words, status, error) => {
    const { stdout, exitCode } = await run('tools', 'call', ...words, '--json');
    expect(exitCode).toBe(4);
    const lines = jsonLines(stdout);
    expect(lines).toMatchObject([{ type: 'tool_result', name: words[0], status }]);
    expect(JSON.stringify(lines[0]?.['output'])).toContain(error);
    expect(stdout).not.toContain('hunter2');
  });

  it('prints of a large output what a model would be given', async () => {
    const { stdout, exitCode } = await run('tools', 'call', 'big');
    expect(exitCode).toBe(0);
    expect(stdout.length).toBeLessThan(20_000);
    expect(stdout).toContain('xxx');
  });

  it('ends what the tool leaves running', async () => {
    const written = stderrOfProcess();
    await run('tools', 'call', 'leave');
    expect(written.join('')).toBe('warn: left {"key":"k"}\n');
  });

  it.each([false, true])('logs what a tool throws, with its stack only for --debug (%s)', async (debug) => {
    const written = stderrOfProcess();
    await run('tools', 'call', 'bad', '{}', ...(debug ? ['--debug'] : []));
    expect(written.join('')).toContain(
      'a tool failed {"tool":"bad","callId":"call_cli","error":"Error: password is hunter2"',
    );
    expect(written.join('').includes('plugin.mjs')).toBe(debug);
  });

  it('logs no secret of the agent file', async () => {
    const text = `${agentFile}providers: { mine: { type: openai, base_url: "ws://127.0.0.1:9", api_key: "\${KEY}" } }\n`;
    const folder = folderWith({ ...files, 'agents.yaml': text.replace('b: {', 'b: { provider: mine,') });
    const written = stderrOfProcess();
    await runHere(['tools', 'call', 'bad'], { folder, env: { KEY: 'hunter2' } });
    expect(written.join('')).toContain('password is [secret:KEY]');
  });

  it('refuses a tool the agent does not have', async () => {
    expect(await run('tools', 'call', 'nothing', '{}')).toMatchObject({ exitCode: 2, stdout: '' });
    expect(await run('tools', 'call', 'bad', '{}', '--agent', 'b')).toMatchObject({
      exitCode: 2,
      stdout: '',
    });
  });

  it('shows with --trace what a tool has thrown, and where', async () => {
    stderrOfProcess();
    const { stderr, stdout } = await run('tools', 'call', 'bad', '{}', '--trace');
    expect(stderr).toMatch(/threw +Error: password is hunter2 at .*plugin\.mjs:9:\d+\n/);
    expect(stdout).not.toContain('hunter2');
  });

  it('shows what a tool wants said', async () => {
    const { stdout, stderr } = await run('tools', 'call', 'say');
    expect(stdout).toBe('done\n');
    expect(stderr).toMatch(/^says: One moment\.\ncompleted in \d+ ms\n$/);
  });

  it('ends when it is interrupted', async () => {
    const text = plugin.replace('timeoutMs: 50', 'timeoutMs: 60000');
    const folder = folderWith({ ...files, 'plugin.mjs': text });
    const stop = new AbortController();
    const called = runHere(['tools', 'call', 'hang', '--json'], { folder, signal: stop.signal });
    stop.abort();
    const { exitCode, stdout } = await called;
    expect(exitCode).toBe(130);
    expect(jsonLines(stdout)).toMatchObject([{ status: 'cancelled' }]);
  });
});

/** What this process writes to its standard error, which is where logs go. */
function stderrOfProcess(): string[] {
  const written: string[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  onTestFinished(() => void vi.restoreAllMocks());
  return written;
}
