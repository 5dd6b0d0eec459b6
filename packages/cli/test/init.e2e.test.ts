import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { antiphon, jsonLines, repositoryRoot } from './support/antiphon-process.ts';

const run = promisify(execFile);

// Inside the repository, so that its packages are found as an installed project finds them.
mkdirSync(join(repositoryRoot, 'node_modules/.cache'), { recursive: true });
const folder = mkdtempSync(join(repositoryRoot, 'node_modules/.cache/init-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (...path: string[]) => readFileSync(join(folder, ...path), 'utf8');

describe('antiphon init --plugin', () => {
  const plugin = join(folder, 'opening-hours');

  it('makes a package that compiles, and whose tests pass', async () => {
    const { exitCode, stdout, stderr } = await antiphon(['init', '--plugin', 'opening-hours'], {
      cwd: folder,
    });
    expect([exitCode, stdout.trim().split('\n').length]).toEqual([0, 7]);
    expect(stderr).toMatch(/next:\n {2}cd opening-hours\n {2}npm install\n {2}npm test/);
    const { scripts } = JSON.parse(read('opening-hours/package.json')) as { scripts: { test: string } };
    expect(scripts.test).toBe('tsc && node --test dist/index.test.js');
    await run(process.execPath, [join(repositoryRoot, 'node_modules/typescript/bin/tsc')], { cwd: plugin });
    const args = ['--test', '--test-reporter', 'tap', 'dist/index.test.js'];
    const tested = await run(process.execPath, args, { cwd: plugin });
    expect(tested.stdout).toContain('# pass 3');
    expect(tested.stdout).toContain('# fail 0');
  });

  it('has a tool of at most 15 lines, in an agent that is sound and answers offline', async () => {
    const lines = read('opening-hours/src/index.ts').split('\n');
    expect(lines.filter((line) => /\w/.test(line)).length).toBeLessThanOrEqual(15);
    expect((await antiphon(['check'], { cwd: plugin })).stdout).toContain('is sound');
    const { stdout } = await antiphon(['run', '--text', 'When are you open on Saturday?', '--json'], {
      cwd: plugin,
    });
    expect(jsonLines(stdout).at(-1)).toMatchObject({
      status: 'completed',
      turns: [
        {
          tool_calls: [{ name: 'opening_hours', arguments: { day: 'saturday' }, status: 'completed' }],
          agent: { transcript: expect.stringMatching(/from ten to two/) as string },
        },
      ],
    });
  });

  it('asks for the versions that this repository is built with', () => {
    const manifest = JSON.parse(read('opening-hours/package.json')) as Record<string, Record<string, string>>;
    const root = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8')) as {
      version: string;
      devDependencies: Record<string, string>;
    };
    const ours = (name: string) => (/^(@?antiphon)/.test(name) ? root.version : root.devDependencies[name]);
    const asked = { ...manifest['dependencies'], ...manifest['devDependencies'] };
    expect(asked).toEqual(
      Object.fromEntries(Object.keys(asked).map((name) => [name, `^${ours(name) ?? '?'}`])),
    );
  });

  it('overwrites nothing', async () => {
    const { exitCode, stderr } = await antiphon(['init', '--plugin', 'opening-hours'], { cwd: folder });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('opening-hours/package.json is there already; nothing was written');
    mkdirSync(join(folder, 'half'));
    writeFileSync(join(folder, 'half/README.md'), 'mine');
    expect((await antiphon(['init', '--plugin', 'half'], { cwd: folder })).exitCode).toBe(2);
    expect(readdirSync(join(folder, 'half'))).toEqual(['README.md']);
  });

  it('takes the name of a scope, and refuses what is no name', async () => {
    expect((await antiphon(['init', '--plugin', '@me/hours'], { cwd: folder })).exitCode).toBe(0);
    expect(JSON.parse(read('hours/package.json'))).toMatchObject({ name: '@me/hours' });
    const { exitCode, stderr } = await antiphon(['init', '--plugin', '../up'], { cwd: folder });
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('"../up" is no name for a package')]);
    expect(existsSync(join(folder, '../up'))).toBe(false);
  });
});

describe('antiphon init', () => {
  it('makes an agent that is sound and answers', async () => {
    const { exitCode } = await antiphon(['init', 'agent'], { cwd: folder });
    expect(exitCode).toBe(0);
    const cwd = join(folder, 'agent');
    expect(read('agent/agents.yaml')).toMatch(/^# yaml-language-server: \$schema=\.\/agents\.schema\.json\n/);
    expect(read('agent/agents.schema.json')).toBe(
      readFileSync(join(repositoryRoot, 'agents.schema.json'), 'utf8'),
    );
    expect((await antiphon(['check'], { cwd })).stdout).toContain('is sound');
    const { stdout } = await antiphon(['run', '--text', 'What system is this?', '--json'], { cwd });
    const { turns } = jsonLines(stdout).at(-1) as { turns: { agent: { transcript: string } }[] };
    expect(turns[0]?.agent.transcript).toContain(process.platform);
    expect((await antiphon(['init'], { cwd })).stderr).toContain('agents.yaml is there already');
  });
});
