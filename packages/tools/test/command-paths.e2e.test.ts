import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject, JsonValue } from '@antiphon/core';
import { type CommandDeclaration, createCommandTool } from '@antiphon/tools';
import { afterAll, expect, it } from 'vitest';
import { testHost } from './support/host.ts';

const base = realpathSync(mkdtempSync(join(tmpdir(), 'antiphon-paths-')));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const reports = join(base, 'reports');
mkdirSync(join(reports, '2024'), { recursive: true });
mkdirSync(join(base, 'reports-private'));
for (const file of ['reports/may.csv', 'reports/2024/-n', 'reports-private/key', 'secret']) {
  writeFileSync(join(base, file), file);
}
symlinkSync(join(base, 'secret'), join(reports, 'out'));
symlinkSync(base, join(reports, 'up'));
symlinkSync(join(base, 'not-there'), join(reports, 'dangling'));
symlinkSync(join(reports, 'may.csv'), join(reports, 'newest'));

const parameters: JsonObject = {
  type: 'object',
  properties: { file: { type: ['string', 'number'] }, files: { type: 'array', items: { type: 'string' } } },
};
const code = `let stdin = ''; process.stdin.on('data', (data) => (stdin += data)).on('end', () =>
  console.log(JSON.stringify({ args: process.argv.slice(1), stdin: JSON.parse(stdin) })));`;
const command: CommandDeclaration = {
  run: [process.execPath, '-e', code, '{{file}}', '{{files}}'],
  stdin: 'json',
  paths: { file: './reports', files: 'reports' },
};

function review(more: Partial<CommandDeclaration> = {}) {
  const declared = { ...command, ...more };
  return createCommandTool({ name: 'run', description: 'Run', parameters, command: declared, baseDir: base });
}

function call(args: JsonValue, more: Partial<CommandDeclaration> = {}) {
  const made = review(more);
  if (made.kind === 'unsound') throw new Error(JSON.stringify(made.problems));
  return testHost([made.tool]).call('run', JSON.stringify(args));
}

it('gives the program whole paths of what lies in the folder, as argument and on stdin', async () => {
  const told = await call({ file: 'newest', files: ['2024/-n', './2024/', 'new/today.txt'] });
  const may = join(reports, 'may.csv');
  const files = [join(reports, '2024', '-n'), join(reports, '2024'), join(reports, 'new', 'today.txt')];
  expect(told.output).toEqual({ args: [may, ...files], stdin: { file: may, files } });
});

it('leaves a parameter out that the call leaves out', async () => {
  expect((await call({ files: [] })).output).toEqual({ args: [], stdin: { files: [] } });
});

it.each<readonly [path: JsonValue, problem: RegExp]>([
  ['../secret', /it holds "\.\."; give one from the folder of the tool, such as /],
  ['2024/../../secret', /it holds "\.\."/],
  ['..\\secret', /it holds "\.\."/],
  ['..', /it holds "\.\."/],
  ['/etc/passwd', /it is an absolute path; give one from the folder/],
  ['\\\\host\\share', /it is an absolute path/],
  ['C:\\secret', /it is an absolute path/],
  ['c:secret', /it is an absolute path/],
  ['~/secret', /it is an absolute path/],
  ['out', /it leads out of the folder/],
  ['up/secret', /it leads out of the folder/],
  ['up/reports-private/key', /it leads out of the folder/],
  ['up/new-file', /it leads out of the folder/],
  ['dangling', /it leads out of the folder/],
  ['dangling/below', /it leads out of the folder/],
  ['may.csv\u0000.png', /it holds a NUL character/],
  ['x'.repeat(2_000), /it is longer than 1024 characters/],
  [' ', /it is no path/],
  [7, /it is no path/],
])('refuses %j', async (path, problem) => {
  const told = await call({ file: path });
  expect(told.status).toBe('failed');
  expect(told.output).toMatchObject({ code: 'tool.command_argument' });
  expect(told.outputText).toMatch(new RegExp(problem.source.replaceAll('"', '\\\\"')));
  expect(told.outputText).not.toContain(base);
});

it('refuses a list for one of its items', async () => {
  const told = await call({ files: ['may.csv', 'up/secret'] });
  expect(told.output).toMatchObject({ error: expect.stringContaining('the argument files') });
});

it('tells of a folder that is not there', async () => {
  const told = await call({ file: 'a' }, { paths: { file: 'nowhere' } });
  expect(told.outputText).toContain('the folder of the tool does not exist');
});

it('finds a folder for no parameter before anything runs', () => {
  expect(review({ paths: { fil: 'reports' } })).toEqual({
    kind: 'unsound',
    problems: [
      { field: 'command.paths.fil', problem: 'fil is not a parameter of the tool; did you mean file?' },
    ],
  });
});
