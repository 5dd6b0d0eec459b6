import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { docsFolder } from './support/docs-folder.ts';
import { repositoryRoot } from './support/run-script.ts';

const command = join(repositoryRoot, 'packages/cli/dist/main.js');
const run = promisify(execFile);
const { folder, files, read, compile, remove } = docsFolder('writing-a-plugin');
afterAll(remove);

const server = createServer((request, response) => {
  const city = new URL(request.url ?? '/', 'http://localhost').searchParams.get('q');
  response.writeHead(city === 'Rome' ? 200 : 404, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ celsius: 22 }));
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
afterAll(() => server.close());
const env = {
  ...process.env,
  WEATHER_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  CRM_FILE: join(folder, 'customers.csv'),
};

const antiphon = (...args: readonly string[]) =>
  run(process.execPath, [command, ...args], { cwd: folder, env });

describe('docs/writing-a-plugin.md', () => {
  it('has these files, and tools of at most 15 lines', () => {
    expect(files).toEqual([
      'plugins/weather.ts',
      'agents.yaml',
      'plugins/moon.ts',
      'plugins/crm.ts',
      'crm.yaml',
      'plugins/moon.test.ts',
      'plugins/crm.test.ts',
    ]);
    for (const name of ['plugins/weather.ts', 'plugins/moon.ts']) {
      const lines = read(name).split('\n');
      expect(lines.filter((line) => /\w/.test(line)).length).toBeLessThanOrEqual(15);
    }
  });

  it('compiles, and its tests pass with node:test', async () => {
    await compile('plugins/*.ts');
    const tests = ['out/plugins/moon.test.js', 'out/plugins/crm.test.js'];
    const { stdout } = await run(process.execPath, ['--test', '--test-reporter', 'tap', ...tests], {
      cwd: folder,
    });
    expect(stdout).toContain('# pass 5');
    expect(stdout).toContain('# fail 0');
  });

  it('is sound, and its commands work as they stand', async () => {
    expect((await antiphon('check')).stdout).toContain('is sound');
    expect((await antiphon('check', 'crm.yaml')).stdout).toContain('is sound');
    const { stdout, stderr } = await antiphon('tools', 'call', 'get_weather', '{"city":"Rome"}', '--trace');
    expect(stdout).toBe('{"celsius":22}\n');
    expect(stderr).toMatch(/checked +the arguments fit\n[^]*to model +\{"celsius":22\}\n/);
    const lost = await antiphon('tools', 'call', 'get_weather', '{"city":"Atlantis"}').catch(
      (error: { stdout: string }) => error,
    );
    expect(lost.stdout).toContain('There is no city named Atlantis.');
  });
});
