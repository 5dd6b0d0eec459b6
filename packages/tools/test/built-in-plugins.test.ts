import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CallControl } from '@antiphon/core';
import { checkKeyValueStore, MemoryKeyValueStore, VirtualClock } from '@antiphon/testing';
import {
  createToolHost,
  dtmfPlugin,
  endCallPlugin,
  fetchPlugin,
  fileKeyValueStore,
  knowledgePlugin,
  memoryPlugin,
  notePlugin,
  type Plugin,
  transferPlugin,
} from '@antiphon/tools';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { checkConfig } from '../src/plugin/check-config.ts';
import { PluginScope } from '../src/plugin/plugin-scope.ts';
import { keysOf } from '../src/plugins/call/telephone-keys.ts';
import { pageText } from '../src/plugins/fetch/page-text.ts';
import { passagesOf } from '../src/plugins/knowledge/passages.ts';
import { buildRegistry } from '../src/registry.ts';
import { memoryLogger } from './support/host.ts';

interface Circumstances {
  readonly caller?: Readonly<Record<string, string>>;
  readonly callControl?: CallControl;
}

/** A session with the tools of a plugin, set up with a config as the agent file writes it. */
async function sessionWith(plugin: Plugin<never>, config: object = {}, circumstances: Circumstances = {}) {
  const checked = await checkConfig(plugin.config, config);
  if (checked.kind === 'invalid') throw new Error(checked.problems);
  const log = memoryLogger();
  const scope = await PluginScope.open(plugin as Plugin, checked.value, { log, limitMs: 5_000 });
  const { registry, problems } = buildRegistry(
    scope.tools.map((tool) => ({ tool, origin: 'a test', where: {} })),
  );
  expect(problems).toEqual([]);
  const told: string[] = [];
  const listener = {
    say: (text: string) => told.push(`say ${text}`),
    end: (reason: string) => told.push(`end ${reason}`),
    note: (text: string) => told.push(`note ${text}`),
  };
  const host = createToolHost({
    registry,
    agentTools: ['*'],
    clock: new VirtualClock(),
    logger: log,
    ...circumstances,
  });
  return {
    told,
    log,
    specs: host.specs,
    call: (name: string, input: object = {}) =>
      host.call(
        { callId: 'c', name, argumentsJson: JSON.stringify(input), sessionId: 's', agentName: 'a' },
        new AbortController().signal,
        listener,
      ),
  };
}

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antiphon-built-in-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('end_call', () => {
  it('asks for the end, and leaves the goodbye to the model', async () => {
    const { call, told } = await sessionWith(endCallPlugin());
    expect(await call('end_call', { reason: 'all done' })).toMatchObject({ output: { ends: true } });
    expect(told).toEqual(['end all done']);
  });

  it('says the goodbye of its config', async () => {
    const { call, told, specs } = await sessionWith(endCallPlugin(), { goodbye: 'Take care!' });
    await call('end_call');
    expect(told).toEqual(['say Take care!', 'end the agent ended the conversation']);
    expect(specs).toMatchObject([{ reply: 'never', effects: 'external' }]);
  });
});

it('leave_note tells the application', async () => {
  const { call, told, specs } = await sessionWith(notePlugin(), { for: 'the kitchen' });
  await call('leave_note', { text: 'No nuts.', urgent: true });
  expect(told).toEqual(['note URGENT: No nuts.']);
  expect(specs[0]?.description).toContain('the kitchen');
});

describe('transfer_call', () => {
  const targets = {
    billing: 'tel:+15550100',
    'the night desk': { to: 'sip:night@example.com', when: 'at night' },
  };

  it('passes the call on to a target of the config, whatever the model writes', async () => {
    const asked: string[] = [];
    const callControl = { transfer: async (target: string) => void asked.push(target) };
    const { call, specs } = await sessionWith(transferPlugin(), { targets }, { callControl });
    expect(await call('transfer_call', { to: 'the night desk' })).toMatchObject({ status: 'completed' });
    expect(await call('transfer_call', { to: 'tel:+19005550199' })).toMatchObject({ status: 'rejected' });
    expect(asked).toEqual(['sip:night@example.com']);
    expect(JSON.stringify(specs)).not.toMatch(/tel:|sip:/);
  });

  it.each([
    ['there is no call', {}, 'tool.call_unsteered', /no telephone call/],
    ['the call cannot', { callControl: {} }, 'tool.call_unsteered', /cannot be transferred/],
    [
      'the network refuses',
      { callControl: { transfer: async () => Promise.reject(new Error('603 +15550100')) } },
      'tool.call_failed',
      /refused$/,
    ],
  ])('says so when %s', async (_when, circumstances, code, error) => {
    const { call } = await sessionWith(transferPlugin(), { targets }, circumstances);
    expect(await call('transfer_call', { to: 'billing' })).toMatchObject({
      status: 'failed',
      output: { code, error: expect.stringMatching(error) },
    });
  });

  it.each([
    [{ targets: {} }, /at least one target/],
    [{ targets: { billing: '+15550100' } }, /billing/],
  ])('refuses the config %j', async (config, problem) => {
    await expect(sessionWith(transferPlugin(), config)).rejects.toThrow(problem);
  });
});

describe('send_dtmf', () => {
  it.each([
    ['12#', '12#'],
    ['one two, star', '12*'],
    ['Four and then pound', '4#'],
    ['a b', 'AB'],
    ['twelve', undefined],
    ['', undefined],
  ])('reads "%s" as %s', (text, keys) => {
    expect(keysOf(text)).toBe(keys);
  });

  it('presses keys where it can, and says where it cannot', async () => {
    const pressed: string[] = [];
    const callControl = { sendDtmf: async (keys: string) => void pressed.push(keys) };
    const { call } = await sessionWith(dtmfPlugin(), { max_keys: 4 }, { callControl });
    expect(await call('send_dtmf', { digits: 'one 2 hash' })).toMatchObject({ output: { pressed: '1 2 #' } });
    expect(await call('send_dtmf', { digits: '12345' })).toMatchObject({ status: 'failed' });
    expect(await call('send_dtmf', { digits: 'yes' })).toMatchObject({ status: 'failed' });
    expect(pressed).toEqual(['12#']);
    const other = await sessionWith(dtmfPlugin(), {}, { callControl: {} });
    expect(await other.call('send_dtmf', { digits: '1' })).toMatchObject({
      output: { code: 'tool.call_unsteered' },
    });
  });
});

describe('the memory of a caller', () => {
  const now = () => new Date('2026-01-02T03:04:05Z');
  const memory = (store = new MemoryKeyValueStore()) => memoryPlugin({ store, now });

  it('keeps what was asked for, newest first, and forgets what it is told to', async () => {
    const { call } = await sessionWith(memory(), { max_entries: 3 }, { caller: { id: 'anna' } });
    for (const fact of ['my dog is Rex', 'I like tea.', 'my seat is 12A', 'I like tea'])
      await call('remember', { fact });
    expect(await call('recall')).toMatchObject({
      output: {
        memories: [
          { text: 'I like tea', at: '2026-01-02T03:04:05.000Z' },
          { text: 'my seat is 12A' },
          { text: 'my dog is Rex' },
        ],
        summary: 'You asked me to remember: I like tea; my seat is 12A; my dog is Rex.',
      },
    });
    expect(await call('recall', { about: 'my dog' })).toMatchObject({
      output: { memories: [{ text: 'my dog is Rex' }] },
    });
    expect(await call('recall', { about: 'cats' })).toMatchObject({
      output: { memories: [], summary: 'I remember nothing about cats.' },
    });
    expect(await call('forget', { about: 'seats' })).toMatchObject({
      output: { forgotten: ['my seat is 12A'] },
    });
    expect(await call('forget', { about: 'seats' })).toMatchObject({ status: 'failed' });
    await Promise.all(['a', 'b', 'c', 'd'].map((fact) => call('remember', { fact })));
    expect(await call('recall')).toMatchObject({ output: { of: 3 } });
    await call('forget');
    expect(await call('recall')).toMatchObject({ output: { of: 0 } });
  });

  it('belongs to one caller of one tenant, and to nobody without them', async () => {
    const store = new MemoryKeyValueStore();
    const as = (caller: Record<string, string>) =>
      sessionWith(memory(store), { keys: ['tenant', 'id'] }, { caller });
    const anna = await as({ tenant: 'acme', id: 'anna' });
    await anna.call('remember', { fact: 'the code is 7' });
    for (const caller of [
      { tenant: 'other', id: 'anna' },
      { tenant: 'acme', id: 'bob' },
      { tenant: 'acme","id":"anna', id: '' + 'x' },
    ]) {
      expect(await (await as(caller)).call('recall')).toMatchObject({ output: { of: 0 } });
    }
    for (const caller of [{}, { id: 'anna' }, { tenant: 'acme', id: '' }] as Record<string, string>[]) {
      const session = await as(caller);
      expect(await session.call('recall')).toMatchObject({ output: { code: 'tool.caller_missing' } });
      expect(await session.call('remember', { fact: 'x' })).toMatchObject({ status: 'failed' });
    }
    expect(store.size).toBe(1);
  });

  it.each([
    ['in memory', () => new MemoryKeyValueStore()],
    ['in files', () => fileKeyValueStore(join(folder, 'contract'))],
  ])('has a store %s that keeps the contract', async (what, make) => {
    const one = make();
    await checkKeyValueStore(() => (what === 'in files' ? make() : one));
  });

  it('is in files that tell nothing by their names, and survives a damaged one', async () => {
    const at = join(folder, 'memories');
    const { call } = await sessionWith(
      memoryPlugin({ baseDir: folder }),
      { folder: 'memories' },
      { caller: { id: 'anna' } },
    );
    await call('remember', { fact: 'my dog is Rex' });
    const [name = ''] = await readdir(at);
    expect(await readdir(at)).toEqual([expect.stringMatching(/^[0-9a-f]{40}\.json$/)]);
    await writeFile(join(at, name), (await readFile(join(at, name), 'utf8')).slice(0, 10));
    expect(await call('recall')).toMatchObject({ output: { of: 0 } });
  });
});

describe('the knowledge of documents', () => {
  const documents = {
    'guide.md':
      '---\ntitle: x\n---\n# Museum\n\n## Opening hours\n\nWe open at **ten**. On Mondays we are closed.\n\n## Prices\n\nA ticket is 12 euros. Children pay [nothing](http://x.example).\n\n```\n# no heading\n```\n',
    'rules.txt': 'Dogs may not come in. Bags go into the lockers.',
    'page.html':
      '<html><head><title>Caf&eacute;</title><script>evil()</script></head><body><nav>Home</nav><h2>Menu</h2><p>Soup of the day.</p></body></html>',
    '.secret.md': 'The password is 1234.',
    'picture.png': 'x',
  };
  let at = '';

  beforeAll(async () => {
    at = join(folder, 'documents');
    await mkdir(join(at, 'deep/node_modules'), { recursive: true });
    for (const [name, text] of Object.entries(documents)) await writeFile(join(at, name), text);
    await writeFile(join(at, 'deep/more.md'), 'Wheelchairs can be borrowed.');
    await writeFile(join(at, 'deep/node_modules/x.md'), 'Wheelchairs elsewhere.');
    await writeFile(join(folder, 'outside.md'), 'Wheelchairs outside.');
    await symlink(join(folder, 'outside.md'), join(at, 'link.md'));
  });

  it.each([
    ['when do you open', 'We open at ten. On Mondays we are closed.', 'guide.md', 'Museum › Opening hours'],
    ['opening hour', 'We open at ten.', 'guide.md', 'Museum › Opening hours'],
    ['what does a ticket cost', 'A ticket is 12 euros.', 'guide.md', 'Museum › Prices'],
    ['do chidlren pay', 'Children pay nothing.', 'guide.md', 'Museum › Prices'],
    ['can I bring my dog', 'Dogs may not come in.', 'rules.txt', ''],
    ['soups', 'Soup of the day.', 'page.html', 'Café'],
    ['wheelchair', 'Wheelchairs can be borrowed.', 'deep/more.md', ''],
  ])('answers "%s"', async (query, answer, source, heading) => {
    const { call } = await sessionWith(knowledgePlugin({ baseDir: folder }), { folder: 'documents' });
    expect(await call('search_documents', { query })).toMatchObject({
      status: 'completed',
      output: {
        answer: expect.stringContaining(answer),
        passages: expect.arrayContaining([expect.objectContaining({ source, heading })]),
      },
    });
  });

  it('says when there is nothing, also of what it may not read', async () => {
    const { call, log } = await sessionWith(knowledgePlugin({ baseDir: folder }), { folder: 'documents' });
    for (const query of ['password', 'zebra', 'the']) {
      expect(await call('search_documents', { query })).toMatchObject({ status: 'failed' });
    }
    expect(log.lines[0]).toMatchObject({ level: 'info', data: { documents: 4 } });
  });

  it('is that of now, and stays when the folder is gone', async () => {
    const moving = join(folder, 'moving');
    await mkdir(moving);
    await writeFile(join(moving, 'a.md'), 'Zebras are striped.');
    const { call, log } = await sessionWith(knowledgePlugin({ baseDir: folder }), { folder: 'moving' });
    let nowMs = performance.now();
    const now = vi.spyOn(performance, 'now');
    const later = () => now.mockReturnValue((nowMs += 2_000));
    const statuses = async (...queries: readonly string[]) => {
      later();
      return Promise.all(queries.map(async (query) => (await call('search_documents', { query })).status));
    };
    try {
      expect(await statuses('zebras', 'lions')).toEqual(['completed', 'failed']);
      await writeFile(join(moving, 'b.md'), 'Lions are brave.');
      expect(await statuses('zebras', 'lions')).toEqual(['completed', 'completed']);
      await writeFile(join(moving, 'a.md'), 'Horses run.');
      expect(await statuses('zebras', 'horses')).toEqual(['failed', 'completed']);
      await rm(moving, { recursive: true });
      expect(await statuses('lions')).toEqual(['completed']);
      expect(log.lines.at(-1)).toMatchObject({ level: 'warn', message: expect.stringContaining('stay') });
    } finally {
      now.mockRestore();
    }
  });

  it('keeps to its limits, and says what it left out', async () => {
    const { log } = await sessionWith(knowledgePlugin({ baseDir: at }), { folder: '.', max_files: 2 });
    expect(log.lines[0]).toMatchObject({
      level: 'warn',
      data: { count: 2, names: ['page.html', 'rules.txt'] },
    });
  });

  it.each([
    ['no-such-folder', /cannot be read/],
    ['deep/node_modules/../../../contract', /has no \.md/],
  ])('refuses the folder %s', async (path, problem) => {
    await mkdir(join(folder, 'contract'), { recursive: true });
    await expect(sessionWith(knowledgePlugin({ baseDir: at }), { folder: path })).rejects.toThrow(problem);
  });

  it('is cut into passages that are not long', () => {
    const text = `# A\n\n${'word '.repeat(2_000)}\n\n${'x'.repeat(5_000)}`;
    const passages = passagesOf({ source: 'a.md', text, form: 'markdown' });
    expect(Math.max(...passages.map((passage) => passage.text.length))).toBeLessThanOrEqual(1_200);
    expect(
      passages
        .map((passage) => passage.text)
        .join('')
        .replaceAll(/\s/g, '').length,
    ).toBe(8_000 + 5_000);
  });
});

describe('fetch_page', () => {
  const answers: Readonly<Record<string, readonly [type: string, body: string]>> = {
    '/page': [
      'text/html; charset=utf-8',
      '<title>News</title><body><p>It rains. It pours.</p><script>no()</script><a href="/x">more</a></body>',
    ],
    '/data': ['application/json', '{"a":[1]}'],
    '/long': ['text/plain', 'word '.repeat(5_000)],
    '/image': ['image/png', 'x'],
  };
  const web = createServer((request, response) => {
    const answer = answers[request.url ?? ''];
    if (answer === undefined) response.writeHead(404).end('nothing here');
    else response.setHeader('content-type', answer[0]).end(answer[1]);
  });
  let host = '';

  beforeAll(async () => {
    await new Promise<void>((resolve) => void web.listen(0, '127.0.0.1', resolve));
    host = `127.0.0.1:${(web.address() as AddressInfo).port}`;
  });
  afterAll(() => web.close());

  const session = () => sessionWith(fetchPlugin(), { allow: [host], max_chars: 1_000 });

  it('reads pages, data and texts, bounded', async () => {
    const { call } = await session();
    expect(await call('fetch_page', { url: `http://${host}/page` })).toMatchObject({
      output: { title: 'News', text: 'It rains. It pours.\n\nmore', summary: 'It rains. It pours. more' },
    });
    expect(await call('fetch_page', { url: `http://${host}/data` })).toMatchObject({
      output: { json: { a: [1] } },
    });
    const { outputText } = await call('fetch_page', { url: `http://${host}/long` });
    expect(outputText).toContain('cut here: the page has 25000 characters');
    expect(outputText.length).toBeLessThan(1_800);
  });

  it.each([
    ['http://example.com/', 'tool.http_forbidden'],
    ['http://169.254.169.254/latest', 'tool.http_forbidden'],
    ['example dot com', 'tool.http_forbidden'],
    ['file:///etc/passwd', 'tool.http_forbidden'],
    ['http://HOST/none', 'tool.http_status'],
    ['http://HOST/image', 'tool.http_not_text'],
    ['http://', 'tool.failed'],
  ])('refuses %s', async (url, code) => {
    const { call } = await session();
    expect(await call('fetch_page', { url: url.replace('HOST', host) })).toMatchObject({
      status: 'failed',
      output: { code },
    });
  });

  it('needs to know the hosts', async () => {
    await expect(sessionWith(fetchPlugin())).rejects.toThrow(/"allow" is required/);
    await expect(sessionWith(fetchPlugin(), { allow: ['https://a.example'] })).rejects.toThrow(
      /only its host/,
    );
  });

  it.each([
    ['<p>a<br>b</p>', 'a\nb'],
    [`${'<div>'.repeat(5_000)}deep`, expect.any(String)],
    ['<table><tr><td>1</td><td>2</td></tr></table>', expect.stringMatching(/1\s+2/)],
    ['&lt;b&gt;', '<b>'],
  ])('takes the text out of %.30s', async (html, text) => {
    expect(await pageText(html)).toMatchObject({ text });
  });
});
