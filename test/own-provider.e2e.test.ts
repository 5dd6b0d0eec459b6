import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { randomIds, stderrLogger, systemClock } from '@antiphon/runtime';
import { FakeRealtimeServer, providerContract, RealtimeServerModel } from '@antiphon/testing';
import { afterAll, describe, expect, it } from 'vitest';
import mirror from '../examples/own-provider/providers/mirror.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const command = join(root, 'packages/cli/dist/main.js');
const run = promisify(execFile);

// Inside the repository, so that its packages are found as an installed project finds them.
mkdirSync(join(root, 'node_modules/.cache'), { recursive: true });
const folder = mkdtempSync(join(root, 'node_modules/.cache/own-provider-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Writes the files of docs/writing-a-provider.md: every fence whose first line is a comment with a file name. */
function writeExample(): readonly string[] {
  const page = readFileSync(join(root, 'docs/writing-a-provider.md'), 'utf8');
  const fences = [...page.matchAll(/^```\w+\n(?:\/\/|#) (\S+\.\w+)\n([\s\S]*?)^```$/gm)];
  return fences.map(([, name = '', text = '']) => {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return name;
  });
}

interface Failed {
  readonly code: number;
  readonly stderr: string;
}

async function antiphon(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return run(process.execPath, [command, ...args], { cwd: folder, env: { ...process.env, ...env } });
}

describe('docs/writing-a-provider.md', () => {
  const files = writeExample();
  cpSync(join(root, 'examples/own-provider/providers/mirror.ts'), join(folder, 'providers/mirror.ts'));
  const env = { ACME_URL: 'ws://127.0.0.1:1/v1/realtime', ACME_KEY: 'acme-secret-key-81' };

  it('has an example of four files', () => {
    expect(files).toEqual([
      'providers/acme.ts',
      'agents.yaml',
      'providers/acme.test.ts',
      'providers/mirror.test.ts',
    ]);
  });

  it('compiles, and keeps the contract with node:test', async () => {
    const options = { extends: '../../../tsconfig.base.json', include: ['providers/*.ts'] };
    const compilerOptions = {
      composite: false,
      declaration: false,
      declarationMap: false,
      sourceMap: false,
      rootDir: '.',
      outDir: 'out',
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ ...options, compilerOptions }));
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
    await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder], { cwd: root });
    const args = ['--test', '--test-reporter', 'tap', join(folder, 'out/providers/acme.test.js')];
    const { stdout } = await run(process.execPath, args, { cwd: folder });
    expect(stdout).toContain('# pass 10');
    expect(stdout).toContain('# fail 0');
  });

  it('is sound, and warns of what its server does not take', async () => {
    expect((await antiphon(['check', 'agents.yaml'], env)).stdout).toContain('is sound');
    const text = readFileSync(join(folder, 'agents.yaml'), 'utf8');
    writeFileSync(
      join(folder, 'fast.yaml'),
      text.replace('output_modalities', 'speed: 1.2, output_modalities'),
    );
    const { stdout, stderr } = await antiphon(['check', 'fast.yaml'], env);
    expect(stdout + stderr).toContain(
      'agents.helper.speed has no effect with provider "acme" (it does not take it)',
    );
  });

  it('holds a conversation', async () => {
    const model = new RealtimeServerModel({ pace: 40 }).otherwise().says('Hello from Acme.');
    const server = await FakeRealtimeServer.start();
    server.onConnection(model.script);
    const { stdout } = await antiphon(['run', '--text', 'Hello', '--json', '--out', 'answers'], {
      ...env,
      ACME_URL: `${server.origin}/v1/realtime`,
    });
    const [peer] = server.peers;
    expect(peer?.request.headers).toMatchObject({
      authorization: 'Bearer acme-secret-key-81',
      'x-acme-client': 'antiphon',
    });
    expect(peer?.refused).toEqual([]);
    await server.close();
    expect(stdout).toContain('"transcript":"Hello from Acme."');
  });

  it.each<[string, (text: string) => string, string, RegExp]>([
    [
      'a config that does not fit',
      (text) => text.replace('key: "${ACME_KEY}"', 'kye: "${ACME_KEY}"'),
      'provider.config_invalid',
      /bad\.yaml:5:13/,
    ],
    [
      'a file that is not there',
      (text) => text.replace('acme.ts', 'acne.ts'),
      'tool.plugin_not_found',
      /bad\.yaml:4:10/,
    ],
    [
      'a file that is no provider',
      (text) => text.replace('acme.ts', 'other.ts'),
      'provider.not_a_provider',
      /bad\.yaml:4:10/,
    ],
  ])('%s is found at its place', async (_what, change, code, place) => {
    writeFileSync(join(folder, 'providers/other.ts'), 'export default { connect() {} };\n');
    writeFileSync(join(folder, 'bad.yaml'), change(readFileSync(join(folder, 'agents.yaml'), 'utf8')));
    const failed = (await antiphon(['check', 'bad.yaml'], env).catch((error: unknown) => error)) as Failed;
    expect(failed.code).toBe(2);
    expect(failed.stderr).toContain(code);
    expect(failed.stderr).toMatch(place);
    expect(failed.stderr).not.toContain('acme-secret-key-81');
  });

  it('a server that repeats the key is quoted without it', async () => {
    const server = await FakeRealtimeServer.start();
    server.rejectUpgrades({ status: 401, body: '{"error":{"message":"acme-secret-key-81 is no key"}}' });
    const settings = { ...env, ACME_URL: `${server.origin}/v1/realtime` };
    const failed = (await antiphon(['run', '--text', 'Hello', '--out', 'failed'], settings).catch(
      (error: unknown) => error,
    )) as Failed;
    await server.close();
    expect(failed.code).toBe(3);
    expect(failed.stderr).toContain('is no key');
    expect(failed.stderr).not.toContain('acme-secret-key-81');
  });
});

describe('examples/own-provider', () => {
  it('is sound and repeats what is typed', async () => {
    const file = join(root, 'examples/own-provider/agents.yaml');
    expect((await antiphon(['check', file])).stdout).toContain('is sound');
    const args = ['run', '--config', file, '--text', 'Good morning', '--json', '--out', 'mirror'];
    const { stdout } = await antiphon(args, { MIRROR_SAYS: 'I heard:' });
    expect(stdout).toContain('"transcript":"I heard: Good morning"');
  });

  const context = { name: 'mirror', log: stderrLogger('error'), clock: systemClock, ids: randomIds };
  const checks = providerContract({
    question: { text: 'Good morning', answer: /You said: Good morning/ },
    open: async () => ({
      provider: await mirror.create(context, { says: 'You said:' }),
      close: async () => {},
    }),
  });
  it.each([...checks])('keeps the contract: $name', ({ run: check }) => check());
});
