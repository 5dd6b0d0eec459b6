import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import type { JsonObject, JsonValue } from '@antiphon/core';
import {
  createHttpTool,
  type HttpRequestDeclaration,
  type Tool,
  type ToolSettings,
  toolFromYaml,
} from '@antiphon/tools';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testHost } from './support/host.ts';

interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let server: Server;
let origin = '';
let received: Received[] = [];
let answer: (response: ServerResponse, request: IncomingMessage) => void = (response) => response.end('ok');

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      received.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
      answer(response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const parameters: JsonObject = {
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'integer' }, tags: { type: 'array' }, extra: {} },
};

function made(http: HttpRequestDeclaration, settings: ToolSettings = {}): Tool {
  const review = createHttpTool({
    name: 'web',
    description: 'Web',
    parameters,
    http,
    retries: 0,
    ...settings,
  });
  if (review.kind === 'unsound') throw new Error(JSON.stringify(review.problems));
  return review.tool;
}

/** Calls a tool whose url begins with `/` at the test server. */
async function call(http: HttpRequestDeclaration, args: JsonValue, settings: ToolSettings = {}) {
  received = [];
  const url = http.url.startsWith('/') ? origin + http.url : http.url;
  return testHost([made({ ...http, url }, settings)]).call('web', JSON.stringify(args));
}

function json(value: unknown, status = 200) {
  answer = (response) =>
    response
      .writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
      .end(JSON.stringify(value));
}

describe('the request', () => {
  const paths: readonly [url: string, args: JsonObject, sent: string][] = [
    ['/weather/{{city}}', { city: 'New York' }, '/weather/New%20York'],
    ['/weather/{{city}}', { city: 'a/b?c=d&e#f' }, '/weather/a%2Fb%3Fc%3Dd%26e%23f'],
    ['/weather/{{city}}', { city: 'São Paulo' }, '/weather/S%C3%A3o%20Paulo'],
    ['/weather?q={{city}}&days={{days}}', { city: 'Rome&x=1', days: 3 }, '/weather?q=Rome%26x%3D1&days=3'],
    ['/{{ city }}', { city: '%2e%2e' }, '/%252e%252e'],
  ];
  it('sends a form, and says who asks in each way', async () => {
    json({});
    const form = { a: '{{city}}', b: 2 };
    await call(
      { url: '/', method: 'POST', form, auth: { basic: { user: 'u', password: 'p:w' } } },
      { city: 'a&b' },
    );
    await call(
      { url: '/x?a=1', auth: { query: { name: 'key', value: 's c' } }, query: { key: '{{city}}' } },
      { city: 'mine' },
    );
    expect(received[0]).toMatchObject({ url: '/x?a=1&key=s+c' });
  });

  it('keeps what says who asks from arguments', async () => {
    json({});
    await call(
      {
        url: '/',
        method: 'POST',
        form: { a: '{{city}}' },
        auth: { bearer: 'token-1' },
        headers: { authorization: '{{city}}' },
      },
      { city: 'mine' },
    );
    expect(received[0]).toMatchObject({ body: 'a=mine', headers: { authorization: 'Bearer token-1' } });
  });

  it.each<[how: string, encoding: string, compress: (text: string) => Buffer]>([
    ['gzip', 'gzip', gzipSync],
    ['deflate', 'deflate', deflateSync],
    ['deflate without its header', 'deflate', deflateRawSync],
    ['br', 'br', brotliCompressSync],
  ])('reads an answer in %s, and no more of it than is allowed', async (_how, encoding, compress) => {
    answer = (response) => response.setHeader('content-encoding', encoding).end(compress('hello'));
    expect((await call({ url: '/' }, {})).output).toBe('hello');
    answer = (response) => response.setHeader('content-encoding', encoding).end();
    expect((await call({ url: '/' }, {})).output).toBeNull();
    answer = (response) =>
      response.setHeader('content-encoding', encoding).end(compress('x'.repeat(50_000_000)));
    expect((await call({ url: '/' }, {})).output).toHaveProperty('code', 'tool.http_too_large');
  });

  it('asks again when a kept connection was closed, if that does no harm', async () => {
    let closing: (() => void) | undefined;
    answer = (response) => {
      closing = () => response.socket?.resetAndDestroy();
      response.end('ok');
    };
    const host = testHost([made({ url: `${origin}/` })]);
    expect((await host.call('web', '{}')).output).toBe('ok');
    answer = (response) => {
      if (closing !== undefined) {
        closing = undefined;
        response.socket?.resetAndDestroy();
      } else response.end('again');
    };
    expect((await host.call('web', '{}')).output).toBe('again');
  });

  it('writes over no kept connection that the server had closed before', async () => {
    let socket: Socket | null | undefined;
    answer = (response) => {
      socket = response.socket;
      response.end('ok');
    };
    const host = testHost([made({ url: `${origin}/`, method: 'POST' })]);
    received = [];
    expect((await host.call('web', '{}')).output).toBe('ok');
    const before = socket;
    before?.destroy();
    // In this very turn of the loop: nothing has told the client yet.
    expect((await host.call('web', '{}')).output).toBe('ok');
    expect(received).toHaveLength(2);
    expect(socket).not.toBe(before);
  });

  it('writes no second time what a kept connection may have taken as it closed, and tells so', async () => {
    answer = (response) => response.end('ok');
    const host = testHost([made({ url: `${origin}/`, method: 'POST' })]);
    received = [];
    expect((await host.call('web', '{}')).output).toBe('ok');
    answer = (response) => void response.socket?.resetAndDestroy();
    const { output } = await host.call('web', '{}');
    expect(output).toHaveProperty('code', 'tool.http_broken');
    expect(JSON.stringify(output)).toContain('whether it took effect is not known');
    expect(received).toHaveLength(2);
  });

  it.each(paths)('%s with %j', async (url, args, sent) => {
    json({});
    await call({ url }, args);
    expect(received[0]?.url).toBe(sent);
  });

  it.each([['..'], ['.'], ['']])('refuses "%s" as a part of the path', async (city) => {
    const outcome = await call({ url: '/a/{{city}}/b' }, { city });
    expect(outcome).toMatchObject({ status: 'failed', output: { code: 'tool.http_argument' } });
    expect(received).toEqual([]);
  });

  it('refuses a dot segment that two slots make together, and a path without its argument', async () => {
    const dots = await call({ url: '/a/{{city}}{{extra}}/b' }, { city: '.', extra: '.' });
    expect(dots).toMatchObject({ output: { code: 'tool.http_argument' } });
    const missing = await call({ url: '/a/{{city}}' }, {});
    expect(missing).toMatchObject({
      output: { code: 'tool.http_argument', error: expect.stringContaining('city') },
    });
  });

  it('leaves query fields without an argument out, and repeats those of a list', async () => {
    json({});
    await call(
      { url: '/s?fixed=1', query: { q: '{{city}}', d: '{{days}}', tag: '{{tags}}', v: 2 } },
      { days: 4, tags: ['a', 'b c'] },
    );
    expect(received[0]?.url).toBe('/s?fixed=1&d=4&tag=a&tag=b+c&v=2');
  });

  it('fills a JSON body by structure', async () => {
    json({});
    const body = {
      city: '{{city}}',
      text: 'in {{city}}',
      days: '{{days}}',
      list: ['{{tags}}', { extra: '{{extra}}' }],
      fixed: true,
    };
    await call(
      { method: 'post', url: '/s', body },
      { city: 'a","admin":true,"x":"', days: 2, extra: { deep: [null] } },
    );
    expect(received[0]).toMatchObject({ method: 'POST', headers: { 'content-type': 'application/json' } });
    expect(JSON.parse(received[0]?.body ?? '')).toEqual({
      city: 'a","admin":true,"x":"',
      text: 'in a","admin":true,"x":"',
      days: 2,
      list: [{ extra: { deep: [null] } }],
      fixed: true,
    });
  });

  it('sends a form when the content type says so, and a text as it stands', async () => {
    json({});
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    await call({ method: 'POST', url: '/s', headers, body: { q: '{{city}}', d: 1 } }, { city: 'a&b=c' });
    expect(received[0]?.body).toBe('q=a%26b%3Dc&d=1');
    await call({ method: 'POST', url: '/s', form: { tag: '{{tags}}' } }, { tags: ['a', 'b'] });
    expect(received[0]?.body).toBe('tag=a&tag=b');
    await call({ method: 'POST', url: '/s', form: { x: '{{extra}}', d: 1 } }, { extra: null });
    expect(received[0]?.body).toBe('d=1');
    await call({ method: 'POST', url: '/s', body: 'weather {{city}}' }, { city: 'Rome' });
    expect(received[0]).toMatchObject({
      body: 'weather Rome',
      headers: { 'content-type': 'text/plain; charset=utf-8' },
    });
  });

  it('refuses what a header cannot carry', async () => {
    for (const city of ['Rome\r\nx-admin: 1', 'Rom\u0000e', 'München €']) {
      const outcome = await call({ url: '/s', headers: { 'x-city': '{{city}}' } }, { city });
      expect(outcome).toMatchObject({ status: 'failed', output: { code: 'tool.http_argument' } });
      expect(received).toEqual([]);
    }
  });

  it('marks a request that changes something so that a repeat is known, and no other', async () => {
    json({});
    await call({ url: '/s' }, {});
    expect(received[0]?.headers['idempotency-key']).toBeUndefined();
    await call({ method: 'POST', url: '/s' }, {});
    expect(received[0]?.headers['idempotency-key']).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('the answer', () => {
  it('is JSON when it says so, else text, null when empty', async () => {
    json({ degrees: [1, 2] });
    expect((await call({ url: '/' }, {})).output).toEqual({ degrees: [1, 2] });
    answer = (response) => response.writeHead(200, { 'content-type': 'application/problem+json' }).end('[1]');
    expect((await call({ url: '/' }, {})).output).toEqual([1]);
    answer = (response) =>
      response.writeHead(200, { 'content-type': 'text/plain; charset=latin1' }).end(Buffer.from([0xe9]));
    expect((await call({ url: '/' }, {})).output).toBe('é');
    answer = (response) => response.writeHead(204).end();
    expect((await call({ url: '/' }, {})).output).toBeNull();
  });

  const table: readonly [why: string, respond: typeof answer, code: string, says: string][] = [
    [
      'a status',
      (response) => response.writeHead(404).end('no  such\ncity'),
      'tool.http_status',
      '404: no such city',
    ],
    ['a server error', (response) => response.writeHead(503).end(), 'tool.http_status', 'status 503'],
    [
      'a redirect',
      (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
      'tool.http_redirect',
      '302',
    ],
    [
      'broken JSON',
      (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"a":'),
      'tool.http_not_json',
      'is not',
    ],
    [
      'an image',
      (response) => response.writeHead(200, { 'content-type': 'image/png' }).end('x'),
      'tool.http_not_text',
      'image/png',
    ],
    ['a reset', (response) => response.destroy(), 'tool.http_broken', 'broke'],
    [
      'half a body',
      (response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('half');
        setImmediate(() => response.destroy());
      },
      'tool.http_broken',
      'broke',
    ],
  ];
  it.each(table)('%s is answered as a failure', async (_why, respond, code, says) => {
    answer = respond;
    const outcome = await call({ url: '/' }, {});
    expect(outcome).toMatchObject({
      status: 'failed',
      output: { code, error: expect.stringContaining(says) },
    });
  });

  it('is read no further than 1 MiB', async () => {
    let written = 0;
    let hasStopped: () => void = () => undefined;
    const stopped = new Promise<void>((resolve) => (hasStopped = resolve));
    answer = (response) => {
      response.on('close', hasStopped);
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536))) written += 65_536;
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    };
    const outcome = await call({ url: '/' }, {});
    expect(outcome).toMatchObject({ status: 'failed', output: { code: 'tool.http_too_large' } });
    await stopped;
    expect(written).toBeLessThan(64 * 1024 * 1024);
  });

  it('is given up when the call is cancelled', async () => {
    let hasClosed: () => void = () => undefined;
    const closed = new Promise<void>((resolve) => (hasClosed = resolve));
    const abort = new AbortController();
    answer = (_, request) => {
      request.socket.on('close', hasClosed);
      abort.abort();
    };
    const { call: callTool, log } = testHost([made({ url: `${origin}/` })]);
    expect(await callTool('web', '{}', abort.signal)).toMatchObject({ status: 'cancelled' });
    await closed;
    expect(log.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('shows the keys of the request in no result', async () => {
    answer = (response, request) =>
      response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify({ you: request.headers.authorization, tenant: request.headers['x-tenant'] }));
    const http = {
      url: `${origin}/`,
      headers: { 'x-tenant': '{{caller.tenant}}' },
      auth: { bearer: '{{caller.key}}' },
    };
    const caller = { tenant: 'acme-corporation', key: 's"3cret-key' };
    const outcome = await testHost([made(http)], {}, [], caller).call('web');
    expect(outcome.output).toEqual({ you: 'Bearer …', tenant: 'acme-corporation' });
  });

  it('never shows the keys of the request', async () => {
    answer = (response, request) =>
      response.writeHead(401).end(`bad key ${request.headers.authorization} ${request.url}`);
    const outcome = await call(
      { url: '/', query: { api_key: 'q-secret-1' }, headers: { Authorization: 'Bearer h-secret-2' } },
      {},
    );
    expect(outcome.outputText).toContain('bad key');
    expect(outcome.outputText).not.toMatch(/q-secret-1|h-secret-2/);
  });
});

describe('the network', () => {
  it('tells an unknown host from a closed port and from a server without TLS', async () => {
    const free = createTcpServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    expect(await call({ url: `http://127.0.0.1:${port}/` }, {})).toMatchObject({
      output: { code: 'tool.http_refused' },
    });
    expect(await call({ url: 'http://no-such-host.invalid/' }, {})).toMatchObject({
      output: { code: 'tool.http_dns' },
    });
    expect(await call({ url: origin.replace('http:', 'https:') }, {})).toMatchObject({
      output: { code: 'tool.http_tls' },
    });
  });
});

describe('declarations that cannot be used', () => {
  const table: readonly [http: HttpRequestDeclaration, field: string, says: string][] = [
    [{ url: 'ftp://host/' }, 'http.url', 'http://'],
    [{ url: 'host/path' }, 'http.url', 'http://'],
    [{ url: 'https://{{city}}.example.com/' }, 'http.url', 'the host holds a slot'],
    [{ url: 'https://user:word@example.com/' }, 'http.url', 'user name'],
    [{ url: 'https://exa mple.com/' }, 'http.url', 'not a host'],
    [{ url: 'https://example.com/#{{city}}' }, 'http.url', '#'],
    [{ url: 'https://example.com/{{town}}' }, 'http.url', '{{town}} is not a parameter'],
    [{ url: 'https://example.com/', query: { q: '{{citty}}' } }, 'http.query.q', 'did you mean {{city}}?'],
    [{ url: 'https://example.com/', headers: { 'x y': '1' } }, 'http.headers', '"x y"'],
    [{ url: 'https://example.com/', headers: { a: '1\r\nb: 2' } }, 'http.headers.a', 'line break'],
    [{ url: 'https://example.com/', method: 'FETCH' }, 'http.method', '"FETCH"'],
    [{ url: 'https://example.com/', body: {} }, 'http.body', 'a GET request has no body'],
    [
      {
        url: 'https://example.com/',
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"a":"{{city}}"}',
      },
      'http.body',
      'a mapping or a list',
    ],
    [
      { url: 'https://example.com/', headers: { Host: 'internal' } },
      'http.headers.Host',
      'made by the connection',
    ],
    [
      { url: 'https://example.com/', method: 'POST', form: { a: '1' }, body: {} },
      'http.form',
      'one of the two',
    ],
    [{ url: 'https://example.com/', form: { a: '1' } }, 'http.form', 'has no body'],
    [{ url: '{{city}}' }, 'http.url', 'allow does not say'],
    [{ url: 'https://example.com/', allow: ['a/b'] }, 'http.allow.0', 'is not a host'],
    [{ url: 'https://example.com/', auth: { bearer: '{{city}}' } }, 'http.auth', 'holds a slot'],
    [
      { url: 'https://example.com/', auth: { header: { name: 'a b', value: 'x' } } },
      'http.auth.header.name',
      'not the name',
    ],
  ];
  it.each(table)('%j', (http, field, says) => {
    const review = createHttpTool({ name: 'web', description: 'Web', parameters, http });
    expect(review).toMatchObject({
      kind: 'unsound',
      problems: [{ field, problem: expect.stringContaining(says) }],
    });
  });
});

describe('what the application gives of the caller', () => {
  const http: HttpRequestDeclaration = {
    url: '/tenants/{{caller.tenant}}/{{city}}',
    method: 'POST',
    headers: { 'x-user': '{{caller.user}}' },
    body: { by: '{{caller.user}}', city: '{{city}}' },
    auth: { bearer: '{{caller.key}}' },
  };
  const ann = { tenant: 'acme', user: 'ann', key: 'key-of-ann-123' };
  const callAs = (caller: Readonly<Record<string, string>>, args: JsonValue) => {
    received = [];
    return testHost([made({ ...http, url: origin + http.url })], {}, [], caller).call(
      'web',
      JSON.stringify(args),
    );
  };

  it('fills its slots', async () => {
    json({});
    expect((await callAs(ann, { city: 'Rome' })).status).toBe('completed');
    expect(received).toMatchObject([
      {
        url: '/tenants/acme/Rome',
        body: '{"by":"ann","city":"Rome"}',
        headers: { 'x-user': 'ann', authorization: 'Bearer key-of-ann-123' },
      },
    ]);
  });

  it.each<[args: JsonObject]>([
    [{ city: 'Rome', 'caller.tenant': 'evil' }],
    [{ city: 'Rome', caller: { tenant: 'evil', key: 'evil' } }],
    [{ city: '{{caller.key}}' }],
  ])('takes nothing of it from arguments: %j', async (args) => {
    json({});
    await callAs(ann, args);
    expect(received[0]?.url).toMatch(/^\/tenants\/acme\//);
    expect(received[0]?.headers.authorization).toBe('Bearer key-of-ann-123');
    expect(`${received[0]?.url}${received[0]?.body}`).not.toContain('key-of-ann-123');
  });

  it('is needed, whatever arguments say', async () => {
    const outcome = await callAs(
      { tenant: 'acme' },
      { city: 'Rome', 'caller.user': 'me', 'caller.key': 'x' },
    );
    expect(outcome).toMatchObject({ status: 'failed', output: { code: 'tool.caller_missing' } });
    expect(received).toEqual([]);
  });

  it('is hidden in what a service says', async () => {
    answer = (response) => response.writeHead(403).end('key-of-ann-123 is not allowed');
    expect((await callAs(ann, { city: 'Rome' })).outputText).not.toContain('key-of-ann-123');
  });

  it('cannot bring a line into a header, nor leave its part of a path', async () => {
    expect((await callAs({ ...ann, key: 'a\r\nb: c' }, { city: 'x' })).output).toHaveProperty(
      'code',
      'tool.http_argument',
    );
    expect((await callAs({ ...ann, tenant: '../evil' }, { city: 'x' })).output).toHaveProperty(
      'code',
      'tool.http_argument',
    );
    expect(received).toEqual([]);
  });
});

it('reads a tool as agents.yaml writes it', () => {
  const declaration = toolFromYaml(
    'get_weather',
    {
      description: 'Weather',
      http: { url: 'https://example.com/' },
      timeout_ms: 5_000,
      on_interrupt: 'cancel',
      filler: { after_ms: 1_200, say: 'One moment.' },
      start: 'after_playback',
      reply: 'when_idle',
      confirm: 'spoken',
      idempotent_by: ['city'],
      effects: 'none',
      intents: [{ match: ['weather in {city}'], reply: undefined }],
      result: { path: 'data', fields: ['temp'], max_items: 3, max_bytes: 500 },
    },
    { parameters, baseDir: '/', secrets: [] },
  );
  expect(declaration).toEqual({
    name: 'get_weather',
    description: 'Weather',
    parameters,
    http: { url: 'https://example.com/' },
    timeoutMs: 5_000,
    onInterrupt: 'cancel',
    filler: { afterMs: 1_200, say: 'One moment.' },
    start: 'after_playback',
    reply: 'when_idle',
    confirm: 'spoken',
    idempotentBy: ['city'],
    effects: 'none',
    intents: [{ match: ['weather in {city}'] }],
    result: { path: 'data', fields: ['temp'], maxItems: 3, maxBytes: 500 },
    secrets: [],
  });
});
