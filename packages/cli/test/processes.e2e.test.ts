import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { antiphon, folderWith, jsonLines, repositoryRoot } from './support/antiphon-process.ts';

const sound = `version: 1
default_agent: a
plugins: ["@antiphon/tools/timer"]
agents:
  a: { instructions: Help., tools: [set_timer] }
`;

describe('the process', () => {
  it.each<[string[], number, string]>([
    [['--version'], 0, ''],
    [['run', 'none.wav'], 2, '[audio.file_not_found]'],
    [['fly'], 2, '[cli.unknown_command]'],
  ])('of %j ends with exit code %i', async (words, exitCode, code) => {
    const ended = await antiphon(words, { cwd: folderWith({}) });
    expect(ended.exitCode).toBe(exitCode);
    expect(ended.stderr).toContain(code);
    expect(ended.stderr).not.toMatch(/^ {4}at /m);
  });

  it.each(['mjs', 'ts'])('shows where a plugin (%s) does not compile', async (extension) => {
    const broken = 'export default {\n  name: "x",\n  setup( {\n};\n';
    const folder = folderWith({
      'agents.yaml': sound
        .replace('"@antiphon/tools/timer"', `./plugins/broken.${extension}`)
        .replace('[set_timer]', '[]'),
      [`plugins/broken.${extension}`]: broken,
    });
    const { exitCode, stdout, stderr } = await antiphon(['check'], { cwd: folder });
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^agents\.yaml:3:11: .*does not compile/);
    expect(stderr).toMatch(new RegExp(`broken\\.${extension}:[34]\\b`));
    expect(stderr).toContain('[tool.plugin_syntax]');
    expect(stderr).not.toMatch(/^ {4}at /m);
  });

  it.each(['for (;;);', 'setInterval(() => {}, 1e6); await new Promise(() => {});'])(
    'ends when it is interrupted while a plugin loads that does not end: %s',
    async (code) => {
      const folder = folderWith({
        'agents.yaml': sound.replace('"@antiphon/tools/timer"', './endless.mjs'),
        'endless.mjs': `import { writeSync } from 'node:fs'; writeSync(1, 'loading'); ${code}`,
      });
      const ended = await antiphon(['check'], { cwd: folder, interruptAfter: 'loading' });
      expect(ended).toMatchObject({ exitCode: null, stderr: '' });
    },
  );

  it('reads .env; the environment wins', async () => {
    const folder = folderWith({
      'agents.yaml': `${sound}  b: { provider: "\${WHICH:-local}", instructions: x }\n`,
      '.env': 'WHICH=nowhere\n',
    });
    const [fromFile, fromProcess] = await Promise.all([
      antiphon(['check'], { cwd: folder }),
      antiphon(['check'], { cwd: folder, env: { WHICH: 'local' } }),
    ]);
    expect(fromFile).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('there is no provider') as string,
    });
    expect(fromProcess.exitCode).toBe(0);
  });

  it('lives on when a plugin leaves errors behind, and says whose they are', async () => {
    const folder = folderWith({
      'agents.yaml': `version: 1\nplugins: [./plugins/stray.mjs]\nagents:\n  a: { tools: [stray] }\n`,
      'plugins/stray.mjs': `import { definePlugin, defineTool } from '@antiphon/tools';
        import { z } from 'zod';
        const tool = defineTool({ name: 'stray', description: 'Leaves an error.', input: z.object({}), async execute() {
          setTimeout(() => { throw new Error('of the call'); }, 1);
          await new Promise((resolve) => setTimeout(resolve, 20));
          return 'done';
        } });
        export default definePlugin({ name: 'strays', setup(ctx) {
          void Promise.reject(new Error('of the setup'));
          ctx.tool(tool);
        } });`,
    });
    const { exitCode, stdout, stderr } = await antiphon(['tools', 'call', 'stray', '{}'], { cwd: folder });
    expect([exitCode, stdout]).toEqual([0, 'done\n']);
    expect(stderr).toMatch(/nobody handles .*"plugin":"strays","error":"Error: of the setup"/);
    expect(stderr).toMatch(
      /nobody handles .*"tool":"stray","callId":"call_cli","error":"Error: of the call"/,
    );
  });

  it('does not wait for what a tool has left running', async () => {
    const folder = folderWith({ 'agents.yaml': sound });
    const call = ['tools', 'call', 'set_timer', '{"duration_seconds":3600}', '--json'];
    const { exitCode, stdout } = await antiphon(call, { cwd: folder });
    expect(exitCode).toBe(0);
    expect(jsonLines(stdout)).toMatchObject([{ type: 'tool_result', status: 'completed' }]);
  });

  it('is silent when its reader goes away', async () => {
    const folder = folderWith({ 'agents.yaml': sound });
    const command = fileURLToPath(new URL('../dist/main.js', import.meta.url));
    const child = spawn(process.execPath, [command, 'tools', 'list', '--json'], { cwd: folder });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const [exitCode] = (await once(child, 'close')) as [number];
    expect([exitCode, stderr]).toEqual([0, '']);
  });

  it('has the tools of the default agent', async () => {
    const { stdout, exitCode } = await antiphon(['tools', 'list', '--json'], { cwd: repositoryRoot });
    expect(exitCode).toBe(0);
    expect(jsonLines(stdout).map(({ name }) => name)).toContain('current_time');
  });
});
