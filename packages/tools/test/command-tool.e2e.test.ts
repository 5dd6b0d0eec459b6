import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject, JsonValue } from '@antiphon/core';
import { type CommandDeclaration, createCommandTool, type Tool, type ToolSettings } from '@antiphon/tools';
import { afterAll, describe, expect, it } from 'vitest';
import { testHost } from './support/host.ts';

const folder = mkdtempSync(join(tmpdir(), 'antiphon-command-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A program that tells what it was given. */
const echo = join(folder, 'echo.mjs');
writeFileSync(
  echo,
  `let stdin = '';
  for await (const chunk of process.stdin) stdin += chunk;
  console.log(JSON.stringify({ args: process.argv.slice(2), stdin, env: process.env, cwd: process.cwd() }));`,
);
const node = process.execPath;

const parameters: JsonObject = {
  type: 'object',
  properties: {
    text: { type: 'string' },
    list: { type: 'array', items: { type: 'string' } },
    count: { type: 'integer' },
  },
};

function made(command: CommandDeclaration, settings: ToolSettings = {}): Tool {
  const review = createCommandTool({
    name: 'run',
    description: 'Run',
    parameters,
    command,
    baseDir: folder,
    ...settings,
  });
  if (review.kind === 'unsound') throw new Error(JSON.stringify(review.problems));
  return review.tool;
}

function call(command: CommandDeclaration, args: JsonValue = {}, settings: ToolSettings = {}) {
  return testHost([made(command, settings)]).call('run', JSON.stringify(args));
}

/** Runs a line of code in Node. */
function script(code: string, more: Partial<CommandDeclaration> = {}): CommandDeclaration {
  return { run: [node, '-e', code], ...more };
}

const shellPayloads = [
  ';',
  '&',
  '|',
  '||',
  '&&',
  '`',
  '$(',
  '\n',
  '\r\n',
  '>',
  '<',
  '#',
  '!',
  '*',
  '?',
  '~',
  '"',
  "'",
  '\\',
  '%0a',
  '$IFS',
  '${IFS}',
].flatMap((glue) => [`a${glue}touch CANARY`, `${glue}touch CANARY${glue}`, `a${glue} touch CANARY ${glue}b`]);
const morePayloads = [
  '$(touch CANARY)',
  '`touch CANARY`',
  '${touch CANARY}',
  '$((1+1))',
  '"; touch CANARY; "',
  "'; touch CANARY; '",
  "' || touch CANARY || '",
  '" && touch CANARY && "',
  '\\"; touch CANARY',
  '$HOME',
  '${HOME}',
  '$PATH',
  '%PATH%',
  '%COMSPEC%',
  '!PATH!',
  '^& touch CANARY',
  '& calc.exe &',
  '|& touch CANARY',
  '>(touch CANARY)',
  '<(touch CANARY)',
  '{touch,CANARY}',
  "$'\\x74ouch' CANARY",
  'a\ttouch\tCANARY',
  '\u2028touch CANARY',
  '\u0085touch CANARY',
  'a\u000btouch CANARY',
  '\u001b[2J',
  '\u001b]0;title\u0007',
  '../../../../etc/passwd',
  '/etc/passwd',
  'file:///etc/passwd',
  '@/etc/passwd',
  '<?php system("touch CANARY"); ?>',
  "__import__('os').system('touch CANARY')",
  "require('child_process').execSync('touch CANARY')",
  '{{text}}',
  '{{constructor}}',
  '${process.exit()}',
  '#{`touch CANARY`}',
  '\ud800',
  'é'.repeat(500),
  ' ',
  '\u00a0',
  'a'.repeat(20_000),
  '"',
  "'",
  '\\',
];

/** As UTF-8 carries it: halves of characters become the mark of what is missing. */
const wellFormed = (text: string): string => Buffer.from(text, 'utf8').toString('utf8');

describe('payloads in an argument', () => {
  const payloads = [...shellPayloads, ...morePayloads];

  it('are many', () => expect(new Set(payloads).size).toBeGreaterThanOrEqual(100));

  it('arrive as one argument each, as they are', async () => {
    const outcome = await call({ run: [node, echo, '--', '{{list}}'], cwd: folder }, { list: payloads });
    expect(outcome.status).toBe('completed');
    const given = (outcome.output as { args: string[] }).args;
    expect(given).toEqual(['--', ...payloads.map(wellFormed)]);
    expect(() => readFileSync(join(folder, 'CANARY'))).toThrow('ENOENT');
  });

  it.each(payloads.slice(0, 40).map((text) => [text]))('arrives inside a longer one: %j', async (text) => {
    const { output } = await call({ run: [node, echo, 'q={{text}}!'], cwd: folder }, { text });
    expect(output).toHaveProperty('args', [`q=${wellFormed(text)}!`]);
  });
});

describe('what looks like an option', () => {
  it.each([
    ['-rf'],
    ['--help'],
    ['-'],
    ['--'],
    ['-o/etc/passwd'],
    ['--output=/etc/passwd'],
    ['--exec=touch CANARY'],
    ['-oProxyCommand=touch CANARY'],
    ['--upload-pack=touch CANARY'],
    ['--use-askpass=x'],
    ['-e'],
    ['-1'],
    ['\u2013rf'],
    ['\u2014help'],
    ['\u2212x'],
    [''],
  ])('%j is refused before --', async (text) => {
    const outcome = await call({ run: [node, echo, '{{text}}'] }, { text });
    expect(outcome).toMatchObject({ status: 'failed', output: { code: 'tool.command_argument' } });
    expect(outcome.outputText).toContain('text');
  });

  it('is refused in a list', async () => {
    const outcome = await call({ run: [node, echo, '{{list}}'] }, { list: ['a', '-rf'] });
    expect(outcome.output).toHaveProperty('code', 'tool.command_argument');
  });

  it('cannot be smuggled in behind a -- that is an argument itself', async () => {
    const outcome = await call({ run: [node, echo, '{{list}}'] }, { list: ['--', '-rf'] });
    expect(outcome.output).toHaveProperty('code', 'tool.command_argument');
  });

  it('is an operand behind --', async () => {
    const { output } = await call({ run: [node, echo, '--', '{{text}}'] }, { text: '-rf' });
    expect(output).toHaveProperty('args', ['--', '-rf']);
  });

  it('is a value inside an argument', async () => {
    const { output } = await call({ run: [node, echo, '--count={{count}}'] }, { count: -5 });
    expect(output).toHaveProperty('args', ['--count=-5']);
  });
});

it.each([['a\u0000b'], ['\u0000'], ['a'.repeat(40_000)]])(
  'refuses what no argument can hold (%#)',
  async (text) => {
    const outcome = await call({ run: [node, echo, '--', '{{text}}'] }, { text });
    expect(outcome.output).toHaveProperty('code', 'tool.command_argument');
  },
);

it.each<[args: string]>([
  ['{"__proto__":{"text":"x"}}'],
  ['{"text":{"__proto__":1}}'],
  ['{"constructor":{"prototype":{"polluted":1}}}'],
  ['{"text":["a"]}'],
  ['{"list":[{"a":1}]}'],
  ['{"text":'],
  ['[]'],
])('does not run with arguments that do not fit: %s', async (args) => {
  const outcome = await testHost([made({ run: [node, echo, '{{text}}'] })]).call('run', args);
  expect(outcome.status).toBe('rejected');
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

describe('what the program is given', () => {
  it('leaves out an argument whose parameter is missing', async () => {
    const { output } = await call({ run: [node, echo, 'a', '{{text}}', 'n={{count}}', 'b'] });
    expect(output).toHaveProperty('args', ['a', 'b']);
  });

  it('reads the arguments of the call as JSON', async () => {
    const { output } = await call({ run: [node, echo], stdin: 'json' }, { text: 'a"b', count: 2 });
    expect(JSON.parse((output as { stdin: string }).stdin)).toEqual({ text: 'a"b', count: 2 });
  });

  it('survives a program that does not read them', async () => {
    const outcome = await call(script('process.stdin.destroy(); console.log("done")', { stdin: 'json' }), {
      text: 'a'.repeat(60_000),
    });
    expect(outcome).toMatchObject({ status: 'completed', output: 'done' });
  });

  it('has no variables but those of programs and its own', async () => {
    process.env['ANTIPHON_TEST_SECRET'] = 'canary';
    process.env['ANTIPHON_TEST_WANTED'] = 'wanted';
    const { output } = await call({
      run: [node, echo],
      env: { OWN: 'mine' },
      inheritEnv: ['ANTIPHON_TEST_WANTED'],
    });
    const { env } = output as { env: Record<string, string> };
    expect(env).toMatchObject({ OWN: 'mine', ANTIPHON_TEST_WANTED: 'wanted', PATH: process.env['PATH'] });
    expect(JSON.stringify(env)).not.toContain('canary');
  });

  it('runs in the folder of the agent file, or one from there', async () => {
    const { output } = await call({ run: [node, echo] });
    expect(output).toHaveProperty('cwd', expect.stringContaining('antiphon-command-'));
  });
});

it('is given what the application says of the caller', async () => {
  const tool = made({
    run: [node, echo, '--tenant={{caller.tenant}}', '{{text}}'],
    env: { KEY: '{{caller.key}}', PLAIN: '{{other}}' },
  });
  const host = testHost([tool], {}, [], { tenant: 'acme', key: 'key-of-ann' });
  const { output } = await host.call('run', '{"text":"{{caller.key}}"}');
  expect(output).toMatchObject({
    args: ['--tenant=acme', '{{caller.key}}'],
    env: { KEY: 'key-of-ann', PLAIN: '{{other}}' },
  });
  expect((await testHost([tool]).call('run', '{}')).output).toHaveProperty('code', 'tool.caller_missing');
});

describe('what becomes of its end', () => {
  it.each<[what: string, command: CommandDeclaration, output: unknown]>([
    ['JSON', script('console.log(JSON.stringify({ a: [1] }))'), { a: [1] }],
    ['text', script('console.log("two\\nlines")'), 'two\nlines'],
    ['JSON as text', script('console.log("[1]")', { output: 'text' }), '[1]'],
    ['what only looks like JSON', script('console.log("[info] done")'), '[info] done'],
    ['nothing', script(''), ''],
    ['escapes of terminals', script('console.log("\\u001b[31mred\\u001b[0m\\u0007")'), 'red'],
    ['what is not UTF-8', script('process.stdout.write(Buffer.from([0x61, 0xff, 0x62]))'), 'a\ufffdb'],
  ])('%s', async (_what, command, output) => {
    expect(await call(command)).toMatchObject({ status: 'completed', output });
  });

  it.each<[what: string, command: CommandDeclaration, code: string, says: string]>([
    [
      'an exit code',
      script('console.error("no such order"); process.exit(3)'),
      'tool.command_exit',
      'code 3: no such order',
    ],
    [
      'a known exit code',
      script('process.exit(4)', { exitCodes: { 4: 'There is no such order.' } }),
      'tool.command_exit',
      'There is no such order.',
    ],
    ['a crash', script('process.kill(process.pid, "SIGKILL")'), 'tool.command_killed', 'SIGKILL'],
    ['no program', { run: ['no-such-program-here'] }, 'tool.command_not_started', 'not found'],
    ['no folder', script('', { cwd: 'nowhere' }), 'tool.command_not_started', 'nowhere'],
    ['a file that is no program', { run: ['./echo.mjs'] }, 'tool.command_not_started', 'may not be run'],
    ['bytes', script('process.stdout.write(Buffer.from([1, 0, 2]))'), 'tool.command_not_text', 'not text'],
    ['broken JSON', script('console.log("{")', { output: 'json' }), 'tool.command_not_json', 'not JSON'],
  ])('%s', async (_what, command, code, says) => {
    const outcome = await call(command);
    expect(outcome).toMatchObject({ status: 'failed', output: { code } });
    expect(outcome.outputText).toContain(says);
  });

  it('hides its secrets in what it says of itself', async () => {
    const env = { API_KEY: 'very-secret-key' };
    const outcome = await call(
      script('console.error("bad key " + process.env.API_KEY); process.exit(1)', { env }),
    );
    expect(outcome.outputText).toContain('bad key …');
  });

  it('cuts long output with a note', async () => {
    const outcome = await call(script('console.log("x".repeat(5000))', { maxOutputBytes: 1_000 }));
    expect(outcome.outputText).toMatch(/^x{1000} … \[cut here: the whole is 5001 bytes long\]$/);
  });

  it('ends a program that never stops writing', async () => {
    const outcome = await call(
      script(
        'const b = Buffer.alloc(1 << 20, 97); const go = () => { while (process.stdout.write(b)); process.stdout.once("drain", go) }; go()',
      ),
    );
    expect(outcome.output).toHaveProperty('code', 'tool.command_too_much');
  });

  it('does not wait for what the program leaves behind with its output', async () => {
    const child = 'setInterval(() => {}, 1000)';
    const code = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: 'inherit' }); console.log('left'); process.exit(0)`;
    expect(await call(script(code))).toMatchObject({ status: 'completed', output: 'left' });
  });
});

describe.skipIf(process.platform === 'win32')('what is ended', () => {
  /** Starts a program of three generations, the last in a group of its own, each of which ignores being asked to stop. */
  const stubborn = `
    process.on('SIGTERM', () => {});
    const { spawn } = require('child_process');
    const depth = Number(process.argv[1] ?? 0);
    require('fs').appendFileSync(process.env.PIDS, process.pid + '\\n');
    if (depth < 2) spawn(process.execPath, ['-e', process.env.CODE, String(depth + 1)], { stdio: 'ignore', detached: depth === 1 });
    setInterval(() => {}, 1000);`;

  const isAlive = (pid: number) => {
    try {
      process.kill(pid, 0);
      return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
      return false;
    }
  };

  it('is the whole program, with all it started', async () => {
    const file = join(folder, 'pids');
    writeFileSync(file, '');
    const pids = () => readFileSync(file, 'utf8').trim().split('\n').filter(Boolean).map(Number);
    const controller = new AbortController();
    const tool = made(script(stubborn, { env: { PIDS: file, CODE: stubborn } }));
    const outcome = testHost([tool]).call('run', '{}', controller.signal);
    await expect.poll(() => pids().length, { timeout: 20_000 }).toBe(3);
    const started = pids();
    controller.abort();
    expect((await outcome).status).toBe('cancelled');
    await expect.poll(() => started.filter(isAlive), { timeout: 20_000 }).toEqual([]);
  });
});

describe('what is found before anything runs', () => {
  it('a variable that an argument is to fill', () => {
    const command = { run: ['ls'], env: { OWN: '{{caller.key}} {{other}}', VALUE: 'x{{text}}' } };
    expect(createCommandTool({ name: 'run', description: 'Run', parameters, command })).toMatchObject({
      kind: 'unsound',
      problems: [{ field: 'command.env.VALUE', problem: expect.stringContaining('not filled there') }],
    });
  });

  it.each<[run: readonly string[], field: string, says: string]>([
    [['{{text}}'], 'command.run.0', 'holds a slot'],
    [[' '], 'command.run.0', 'names no program'],
    [['./x.bat', '{{text}}'], 'command.run.0', 'batch file'],
    [['RUN.CMD'], 'command.run.0', 'batch file'],
    [['ls', '{{txt}}'], 'command.run.1', 'did you mean {{text}}'],
    [['ls', 'a\0'], 'command.run.1', 'NUL'],
    [['sh', '-c', 'ls {{text}}'], 'command.run.2', 'code that sh runs'],
    [['/bin/bash', '-lc', 'ls "{{text}}"'], 'command.run.2', 'code that bash runs'],
    [['env', 'A=1', 'sh', '-ec', 'ls {{text}}'], 'command.run.4', 'code that sh runs'],
    [['node', '-e', 'f("{{text}}")'], 'command.run.2', 'code that node runs'],
    [['python3', '-c', 'print("{{text}}")'], 'command.run.2', 'code that python3 runs'],
    [['pwsh', '-Command', 'ls {{text}}'], 'command.run.2', 'code that pwsh runs'],
    [['cmd.exe', '/c', 'dir {{text}}'], 'command.run.2', 'code that cmd runs'],
    [['perl', '-e', '{{text}}'], 'command.run.2', 'code that perl runs'],
    [['perl', '-p', '-e', '{{text}}'], 'command.run.3', 'code that perl runs'],
    [['perl', '-ne', 'print if /{{text}}/', 'x'], 'command.run.2', 'code that perl runs'],
    [['node', '--eval=f({{text}})'], 'command.run.1', 'code that node runs'],
    [['python3', '-Ic', '{{text}}'], 'command.run.2', 'code that python3 runs'],
    [['awk', '/{{text}}/', 'x'], 'command.run.1', 'code that awk runs'],
    [['sed', '-n', 's/{{text}}/x/p', 'x'], 'command.run.2', 'code that sed runs'],
    [['sed', '-n', '-e', '1p', '-e', '/{{text}}/p'], 'command.run.5', 'code that sed runs'],
    [['ssh', 'host', 'ls', '{{text}}'], 'command.run.3', 'code that ssh runs'],
    [['su', 'nobody', '-c', 'ls {{text}}'], 'command.run.3', 'code that su runs'],
  ])('%j', (run, field, says) => {
    const review = createCommandTool({ name: 'run', description: 'Run', parameters, command: { run } });
    expect(review).toMatchObject({
      kind: 'unsound',
      problems: [{ field, problem: expect.stringContaining(says) }],
    });
  });

  it.each([
    [['awk', '{ print $1 }', '{{text}}']],
    [['sed', '-n', '1p', '{{text}}']],
    [['sed', '-e', '1p', '{{text}}']],
    [['node', './script.mjs', '{{text}}']],
    [['perl', '-pe', '1', '{{text}}']],
  ])('lets a value stand behind the code in %j', (run) => {
    const review = createCommandTool({ name: 'run', description: 'Run', parameters, command: { run } });
    expect(review.kind).toBe('tool');
  });

  it.each([
    ['@/etc/passwd', ['{{text}}']],
    ['@/etc/passwd', ['--form', 'file={{text}}']],
    ['</etc/passwd', ['--form', 'file={{text}}']],
    ['a=@/etc/passwd', ['{{text}}']],
  ])('refuses %j in the arguments %j of a program that would read that file', async (text, args) => {
    const outcome = await call({ run: ['curl', ...args] }, { text });
    expect(outcome).toMatchObject({ status: 'failed', output: { code: 'tool.command_argument' } });
  });

  it('takes a value behind the code of a shell', async () => {
    const { output } = await call(
      { run: ['sh', '-c', 'printf "%s" "$1"', 'sh', '{{text}}'] },
      { text: '$(touch CANARY)' },
    );
    expect(output).toBe('$(touch CANARY)');
  });
});

describe('the shape of a result', () => {
  const long = script(
    'console.log(JSON.stringify({ data: [1,2,3,4].map((n) => ({ n, deep: { name: "x" + n }, more: "y".repeat(9) })) }))',
  );
  it.each<[result: NonNullable<ToolSettings['result']>, output: JsonValue, text: string]>([
    [{ path: 'data[1].deep.name' }, 'x2', 'x2'],
    [{ path: 'data[9].deep' }, null, 'null'],
    [
      { path: 'data', maxItems: 2, fields: ['n'] },
      [{ n: 1 }, { n: 2 }],
      '[{"n":1},{"n":2}] [these are the first 2 of 4 items]',
    ],
    [{ path: 'data[0]', fields: { name: 'deep.name', none: 'nope.x' } }, { name: 'x1' }, '{"name":"x1"}'],
    [{ path: 'data[0].__proto__' }, null, 'null'],
  ])('%j', async (result, output, text) => {
    expect(await call(long, {}, { result })).toMatchObject({ output, outputText: text });
  });

  it('is cut with a note', async () => {
    const outcome = await call(long, {}, { result: { maxBytes: 100 } });
    expect(Buffer.byteLength(outcome.outputText)).toBeLessThanOrEqual(100);
    expect(outcome.outputText).toContain('[cut here: the whole is');
  });
});
