import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAntiphon, type TokenSource } from '@antiphon/runtime';
import {
  FailingServer,
  FakeRealtimeServer,
  RealtimeServerModel,
  selfSignedCertificate,
} from '@antiphon/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { antiphon, type EndedProcess, folderWith, jsonLines } from './support/antiphon-process.ts';
import { type ConnectFailure, connectFailures, defaultEntry, testKey } from './support/connect-failures.ts';
import { runHere } from './support/run-here.ts';

type Run = (
  words: readonly string[],
  folder: string,
  env: Readonly<Record<string, string>>,
) => Promise<EndedProcess>;

function agentFile(entry: string): string {
  return `version: 1\nagents: { a: { provider: p, fallback: null } }\nproviders:\n  p: ${entry}\n`;
}

/** Makes the server, runs the command against it, and holds what it says against the table. */
async function expectFailure(failure: ConnectFailure, run: Run): Promise<void> {
  const { code, exitCode, message, provider = 'p', entry = defaultEntry } = failure;
  const place = await failure.place?.();
  const url = place?.url ?? 'ws://127.0.0.1:1/v1';
  const folder = folderWith({ 'agents.yaml': agentFile(entry.replace('URL', url)) });
  const words = ['run', '--text', 'Hi', '--provider', provider, '--out', join(folder, 'answers'), '--json'];
  try {
    const ended = await run(words, folder, { KEY: testKey, ...failure.env });
    const expected = typeof message === 'string' ? message.replaceAll('HOST', new URL(url).host) : message;
    expect(ended.stderr).toMatch(expected);
    expect(ended.stderr).toContain(`[${code}]`);
    expect(ended.stderr).toMatch(/^hint: .+$/m);
    expect(ended.stderr).not.toMatch(/^ {4}at /m);
    expect(ended.exitCode).toBe(exitCode);
    const [last] = jsonLines(ended.stdout).slice(-1);
    expect(last).toMatchObject({ type: 'error', code: code.startsWith('config.') ? 'config.invalid' : code });
    expect(ended.stdout + ended.stderr).not.toContain(testKey);
  } finally {
    await place?.close?.();
  }
}

const here: Run = (words, folder, env) => runHere(words, { folder, env });
const asProcess: Run = (words, folder, env) => antiphon(words, { cwd: folder, env });

describe('a session that cannot be had', () => {
  it('is a long table', () => {
    expect(connectFailures.length).toBeGreaterThanOrEqual(40);
    expect(new Set(connectFailures.map(({ name }) => name)).size).toBe(connectFailures.length);
  });

  describe.concurrent('in this process', () => {
    // Those that wait wait together.
    const slowFirst = connectFailures.toSorted(
      (a, b) => Number(b.isSlow === true) - Number(a.isSlow === true),
    );
    it.each(slowFirst)('$name: $code', (failure) => expectFailure(failure, here));
  });

  const sample = [
    'nothing listens',
    'an error that refuses the key, and 3000',
    'variables of a built-in provider that are not set',
  ];
  it.each(connectFailures.filter(({ name }) => sample.includes(name)))(
    'by the command: $name: $code',
    (failure) => expectFailure(failure, asProcess),
  );
});

it('that the proxy of the environment refuses is told as such, and without its password', async () => {
  const proxy = await FailingServer.start({ kind: 'answers', status: 407 });
  onTestFinished(() => proxy.close());
  const host = `127.0.0.1:${proxy.port}`;
  const folder = folderWith({
    'agents.yaml': agentFile(defaultEntry.replace('URL', 'wss://api.example/v1')),
  });
  const ended = await antiphon(['run', '--text', 'Hi'], {
    cwd: folder,
    env: { KEY: testKey, HTTPS_PROXY: `http://me:hush-hush@${host}` },
  });
  expect(ended.stderr).toContain(
    `could not connect to provider "p" by the proxy: ${host} answered HTTP 407\n`,
  );
  expect(ended.stderr).toContain('[provider.proxy_failed]');
  expect(ended.stderr).not.toContain('hush');
  expect(ended.exitCode).toBe(3);
});

describe('a certificate of ones own', () => {
  async function runTrusting(hosts: readonly string[], validToMs?: number) {
    const tls = selfSignedCertificate({
      hosts,
      validFromMs: Date.now() - 7_200_000,
      ...(validToMs !== undefined && { validToMs }),
    });
    const server = await FailingServer.start({ kind: 'answers', status: 401 }, { tls });
    onTestFinished(() => server.close());
    const folder = folderWith({
      'agents.yaml': agentFile(defaultEntry.replace('URL', `${server.origin}/v1`)),
      'authority.pem': tls.cert,
    });
    const env = { KEY: testKey, NODE_EXTRA_CA_CERTS: join(folder, 'authority.pem') };
    return antiphon(['run', '--text', 'Hi'], { cwd: folder, env });
  }

  it('is accepted when its authority is named as the hint says', async () => {
    const { stderr } = await runTrusting(['127.0.0.1']);
    expect(stderr).toContain('[provider.rejected]');
  });

  it('is not accepted for another host', async () => {
    const { stderr, exitCode } = await runTrusting(['other.example']);
    expect(stderr).toContain('was not accepted: it is for another name (ERR_TLS_CERT_ALTNAME_INVALID)');
    expect(exitCode).toBe(3);
  });

  it('is not accepted when its time is over', async () => {
    const { stderr, exitCode } = await runTrusting(['127.0.0.1'], Date.now() - 3_600_000);
    expect(stderr).toContain('was not accepted: it has expired (CERT_HAS_EXPIRED)');
    expect(exitCode).toBe(3);
  });
});

describe('a function of the application that gives tokens', () => {
  async function start(source: TokenSource, url = 'ws://127.0.0.1:1') {
    const text = agentFile(`{ type: azure, endpoint: "${url}", deployment: d, token_source: entra }`);
    const runtime = await createAntiphon({
      config: { file: 'agents.yaml', text },
      env: {},
      tokenSources: { entra: source },
    });
    onTestFinished(() => runtime.close());
    return runtime.startSession();
  }

  it.each<[string, TokenSource, string]>([
    ['fails', () => Promise.reject(new Error('no login')), 'no login'],
    ['gives nothing', async () => '', 'the function gave an empty token'],
    ['never gives one', () => new Promise(() => {}), 'no token came within 10 s'],
  ])('that %s is told', async (_, source, reason) => {
    await expect(start(source)).rejects.toMatchObject({
      code: 'provider.token_failed',
      exitCode: 3,
      message: `the token of provider "p" could not be had: ${reason}`,
    });
  });

  it('gives a fresh one to every connection, and it is shown nowhere', async () => {
    const server = await FakeRealtimeServer.start();
    onTestFinished(() => server.close());
    server.onConnection(new RealtimeServerModel().script);
    let made = 0;
    const session = await start(async () => `token-${++made}-secret`, server.origin);
    const seen: unknown[] = [];
    session.observeAll((notice) => seen.push(notice));
    const moved = new Promise<void>((resolve) => session.observe('connection_changed', () => resolve()));
    server.peers[0]?.reset();
    await moved;
    expect(server.peers.map(({ request }) => request.headers.authorization)).toEqual([
      'Bearer token-1-secret',
      'Bearer token-2-secret',
    ]);
    expect(server.peers.map(({ request }) => `${request.path}?${request.query.toString()}`)).toEqual([
      '/openai/v1/realtime?model=d',
      '/openai/v1/realtime?model=d',
    ]);
    await session.close({ mode: 'cancel' });
    expect(JSON.stringify(seen)).not.toContain('secret');
  });

  it('that repeats what it gave has it taken out of the words of the server', async () => {
    const server = await FailingServer.start({ kind: 'answers', status: 401, body: 'not token-1-secret' });
    onTestFinished(() => server.close());
    await expect(start(() => 'token-1-secret', server.origin)).rejects.toMatchObject({
      code: 'provider.rejected',
      message: expect.stringContaining('HTTP 401: not [secret:key]'),
    });
  });
});

describe('.env in the working folder', () => {
  it('is read for a built-in provider, with no agent file', async () => {
    const server = await FailingServer.start({ kind: 'answers', status: 401 });
    onTestFinished(() => server.close());
    const folder = folderWith({});
    const lines = [
      `AZURE_OPENAI_ENDPOINT=${server.origin.replace('ws', 'http')}/`,
      'AZURE_OPENAI_DEPLOYMENT="my-realtime"',
      `AZURE_OPENAI_API_KEY='${testKey}'`,
    ];
    writeFileSync(join(folder, '.env'), lines.join('\n'));
    const ended = await antiphon(['run', '--text', 'Hi', '--provider', 'azure'], { cwd: folder });
    expect(ended.stderr).toContain('provider "azure" refused the session');
    expect(ended.exitCode).toBe(3);
  });
});
