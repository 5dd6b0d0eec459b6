import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject, JsonValue } from '@antiphon/core';
import { collectTools, type OpenApiPluginOptions, openApiPlugin } from '@antiphon/tools';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { memoryLogger, pluginTools } from './support/host.ts';

const folder = mkdtempSync(join(tmpdir(), 'antiphon-openapi-'));
let server: Server;
let origin = '';
let received: { line: string; headers: IncomingMessage['headers']; body: string }[] = [];
let answer: (response: ServerResponse) => void = () => undefined;

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      received.push({ line: `${request.method} ${request.url}`, headers: request.headers, body });
      answer(response);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  received = [];
  answer = (response) => response.setHeader('content-type', 'application/json').end('{"ok":true}');
});

const pet: JsonObject = {
  type: 'object',
  required: ['name', 'id'],
  properties: {
    id: { type: 'integer', readOnly: true },
    name: { type: 'string', description: 'What it is called' },
    tag: { type: 'string', nullable: true },
    age: { type: 'number', minimum: 0, exclusiveMinimum: true },
    parent: { $ref: '#/components/schemas/Pet' },
  },
};

const document: JsonObject = {
  openapi: '3.0.3',
  info: { title: 'Pets', version: '1' },
  servers: [{ url: 'https://{region}.pets.example/v1', variables: { region: { default: 'eu' } } }],
  paths: {
    '/pets': {
      get: {
        operationId: 'listPets',
        summary: 'Lists pets',
        description: 'All of them,\nby page.',
        parameters: [
          { name: 'limit', in: 'query', schema: { type: 'integer', maximum: 100 } },
          { name: 'tags', in: 'query', explode: false, schema: { type: 'array', items: { type: 'string' } } },
          { name: 'kinds', in: 'query', schema: { type: 'array', items: { type: 'string' } } },
          {
            name: 'filter',
            in: 'query',
            style: 'deepObject',
            schema: { type: 'object', properties: { color: { type: 'string' } } },
          },
          { name: 'where', in: 'query', content: { 'application/json': { schema: { type: 'object' } } } },
          { name: 'X-Trace', in: 'header', schema: { type: 'string' } },
          { name: 'Authorization', in: 'header', schema: { type: 'string' } },
          { name: 'session', in: 'cookie', schema: { type: 'string' } },
        ],
      },
      post: {
        operationId: 'createPet',
        requestBody: {
          required: true,
          content: { 'application/json; charset=utf-8': { schema: { $ref: '#/components/schemas/Pet' } } },
        },
      },
    },
    '/pets/{id}': {
      parameters: [{ $ref: '#/components/parameters/PetId' }],
      get: { operationId: 'get.pet', summary: 'One pet' },
      put: {
        operationId: 'replacePet',
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: {
                type: 'object',
                required: ['id'],
                properties: { id: { type: 'string' }, name: { type: 'string' } },
              },
            },
          },
        },
      },
      delete: { summary: 'Removes a pet' },
    },
    '/orders': {
      post: {
        operationId: 'order',
        requestBody: {
          required: true,
          content: {
            'application/x-www-form-urlencoded': {
              schema: {
                type: 'object',
                required: ['item'],
                properties: { item: { type: 'string' }, count: { type: 'integer' } },
              },
            },
          },
        },
      },
    },
    '/batch': {
      post: {
        operationId: 'batch',
        requestBody: {
          required: true,
          content: { 'application/json': { schema: { type: 'array', items: { type: 'integer' } } } },
        },
      },
    },
    '/upload': {
      post: {
        operationId: 'upload',
        requestBody: { content: { 'multipart/form-data': { schema: { type: 'object' } } } },
      },
    },
    '/secret': {
      get: {
        operationId: 'secret',
        parameters: [{ name: 'sid', in: 'cookie', required: true, schema: { type: 'string' } }],
      },
    },
  },
  components: {
    schemas: { Pet: pet },
    parameters: {
      PetId: {
        name: 'id',
        in: 'path',
        required: true,
        schema: { type: 'integer' },
        description: 'Number of the pet',
      },
    },
  },
};

async function tools(options: Partial<OpenApiPluginOptions> = {}, content: JsonValue | string = document) {
  const file = join(folder, 'pets.yaml');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  const plugin = openApiPlugin({
    openapi: './pets.yaml',
    baseUrl: `${origin}/v1/`,
    baseDir: folder,
    ...options,
  });
  return pluginTools(plugin);
}

describe('the tools', () => {
  it('are the operations that can be made', async () => {
    const { host } = await tools();
    expect(host.specs.map(({ name }) => name)).toEqual([
      'listPets',
      'createPet',
      'get_pet',
      'replacePet',
      'delete_pets_id',
      'order',
      'batch',
    ]);
  });

  it('are described, and reading ones are known to change nothing', async () => {
    const { host } = await tools();
    const [list, create] = host.specs;
    expect(list).toMatchObject({
      description: 'Lists pets\nAll of them,\nby page.',
      effects: 'none',
      idempotent: true,
    });
    expect(create).toMatchObject({ description: 'POST /pets', effects: 'external' });
  });

  it('have the fields of all places in one schema', async () => {
    const { host } = await tools({ tools: ['createPet', 'replacePet', 'listPets'] });
    const schemaOf = (name: string) => host.specs.find((spec) => spec.name === name)?.parameters;
    expect(schemaOf('createPet')).toEqual({
      type: 'object',
      properties: {
        name: { type: 'string', description: 'What it is called' },
        tag: { type: ['string', 'null'] },
        age: { type: 'number', minimum: 0, exclusiveMinimum: 0 },
        parent: {},
      },
      required: ['name'],
      additionalProperties: false,
    });
    expect(schemaOf('replacePet')).toMatchObject({
      properties: {
        id: { type: 'integer', description: 'Number of the pet' },
        body_id: { type: 'string' },
        name: {},
      },
      required: ['id', 'body_id'],
    });
    expect(Object.keys(schemaOf('listPets')?.['properties'] as object)).toEqual([
      'limit',
      'tags',
      'kinds',
      'filter',
      'where',
      'X-Trace',
    ]);
  });

  it('are picked, left out, renamed and given options', async () => {
    const { host } = await tools({
      tools: ['*Pet*', 'get.pet'],
      exclude: ['replacePet'],
      prefix: 'pets_',
      defaults: { timeoutMs: 3_000 },
      overrides: {
        'get.pet': { name: 'look_up', description: 'Looks a pet up.', timeoutMs: 9, idempotentBy: ['id'] },
      },
    });
    expect(host.specs.map(({ name, timeoutMs }) => [name, timeoutMs])).toEqual([
      ['pets_listPets', 3_000],
      ['pets_createPet', 3_000],
      ['pets_look_up', 9],
    ]);
    expect(host.specs[2]).toMatchObject({ description: 'Looks a pet up.', idempotentBy: ['id'] });
  });

  it('are read from YAML of 3.1', async () => {
    const { host } = await tools(
      {},
      `
openapi: 3.1.0
paths:
  /time:
    get:
      operationId: time
      parameters:
        - { name: zone, in: query, required: true, schema: { type: [string, 'null'], examples: [UTC] } }
`,
    );
    expect(host.specs[0]?.parameters).toMatchObject({
      properties: { zone: { type: ['string', 'null'] } },
      required: ['zone'],
    });
  });

  it('are read from an address, with a server relative to it', async () => {
    answer = (response) => response.end(JSON.stringify({ ...document, servers: [{ url: '/api' }] }));
    const plugin = openApiPlugin({ openapi: `${origin}/docs/openapi.json`, tools: ['listPets'] });
    const host = await pluginTools(plugin);
    answer = (response) => response.end('');
    await host.call('listPets', '{}');
    expect(received.map(({ line }) => line)).toEqual(['GET /docs/openapi.json', 'GET /api/pets']);
  });

  it('go to no private server that a document which was fetched names, unless the author does too', async () => {
    const url = `${origin.replace('127.0.0.1', 'localhost')}/api`;
    const openapi = `${origin}/openapi.json`;
    const withOptions = async (options: object): Promise<unknown> => {
      answer = (response) => response.end(JSON.stringify({ ...document, servers: [{ url }] }));
      const host = await pluginTools(openApiPlugin({ openapi, tools: ['listPets'], ...options }));
      answer = (response) => response.end('reached');
      const { output } = await host.call('listPets', '{}');
      return output;
    };
    expect(await withOptions({})).toMatchObject({ code: 'tool.http_forbidden' });
    expect(await withOptions({ baseUrl: url })).toBe('reached');
    expect(await withOptions({ allow: [new URL(url).host] })).toBe('reached');
  });

  it.each<[keys: string, options: object, isTaken: boolean]>([
    ['no keys', {}, true],
    ['keys', { auth: { bearer: 'k-123456' } }, false],
    ['headers', { headers: { 'x-api-key': 'k-123456' } }, false],
    ['keys for any host', { auth: { bearer: 'k-123456' }, allow: ['*'] }, false],
    ['keys for redirects', { auth: { bearer: 'k-123456' }, redirects: 2 }, false],
    ['keys for another port', { auth: { bearer: 'k-123456' }, allow: ['api.example.org:8443'] }, false],
    ['keys for the host', { auth: { bearer: 'k-123456' }, allow: ['api.example.org'] }, true],
    ['keys for the domain', { auth: { bearer: 'k-123456' }, allow: ['*.example.org'] }, true],
    ['keys for the address', { auth: { bearer: 'k-123456' }, baseUrl: 'https://api.example.org' }, true],
  ])(
    'are not there where a fetched document would have %s sent to another host',
    async (_keys, options, isTaken) => {
      answer = (response) =>
        response.end(JSON.stringify({ ...document, servers: [{ url: 'https://api.example.org' }] }));
      const read = pluginTools(
        openApiPlugin({ openapi: `${origin}/openapi.json`, tools: ['listPets'], ...options }),
      );
      if (isTaken) await expect(read).resolves.toBeDefined();
      else await expect(read).rejects.toThrow(/https:\/\/api\.example\.org.*base_url.*allow/);
    },
  );
});

describe('keywords that hold what they may not', () => {
  it('are left out, and the operation is a tool', async () => {
    const name = 'q';
    const schema = {
      type: 'file',
      required: true,
      enum: 'no',
      minimum: '0',
      maxLength: -1,
      exclusiveMinimum: true,
      multipleOf: 0,
      pattern: '([',
    };
    const sound = { type: 'string', enum: ['a', 'b', 'a'], minLength: 1 };
    const { host } = await tools(
      {},
      {
        openapi: '3.0.0',
        paths: {
          '/a': {
            get: {
              operationId: 'a',
              parameters: [
                { name, in: 'query', schema },
                { name: 'r', in: 'query', schema: sound },
              ],
            },
          },
        },
      },
    );
    expect(host.specs[0]?.parameters['properties']).toEqual({ q: {}, r: { ...sound, enum: ['a', 'b'] } });
  });
});

describe('the requests', () => {
  it.each<[name: string, args: JsonObject, line: string, body: string]>([
    ['listPets', {}, 'GET /v1/pets', ''],
    [
      'listPets',
      { limit: 5, tags: ['a', 'b c'], kinds: ['x', 'y'] },
      'GET /v1/pets?limit=5&tags=a%2Cb+c&kinds=x&kinds=y',
      '',
    ],
    [
      'listPets',
      { filter: { color: 'red&x' }, where: { a: 1 } },
      'GET /v1/pets?filter%5Bcolor%5D=red%26x&where=%7B%22a%22%3A1%7D',
      '',
    ],
    ['get_pet', { id: 7 }, 'GET /v1/pets/7', ''],
    ['delete_pets_id', { id: 7 }, 'DELETE /v1/pets/7', ''],
    ['createPet', { name: 'Rex', tag: null }, 'POST /v1/pets', '{"name":"Rex","tag":null}'],
    ['replacePet', { id: 1, body_id: 'b' }, 'PUT /v1/pets/1', '{"id":"b"}'],
    ['order', { item: 'a&b', count: 2 }, 'POST /v1/orders', 'item=a%26b&count=2'],
    ['batch', { body: [1, 2] }, 'POST /v1/batch', '[1,2]'],
  ])('%s %j', async (name, args, line, body) => {
    const { call } = await tools();
    expect(await call(name, JSON.stringify(args))).toMatchObject({
      status: 'completed',
      output: { ok: true },
    });
    expect(received).toMatchObject([{ line, body }]);
  });

  it.each<[name: string, args: JsonObject]>([
    ['get_pet', {}],
    ['get_pet', { id: '../admin' }],
    ['get_pet', { id: 1, extra: 1 }],
    ['listPets', { limit: 1_000 }],
    ['createPet', { name: 'Rex', id: 1 }],
    ['batch', { body: 'x' }],
  ])('%s %j is refused with what is wrong', async (name, args) => {
    const { call } = await tools();
    expect(await call(name, JSON.stringify(args))).toMatchObject({
      status: 'rejected',
      output: { code: 'tool.arguments_invalid' },
    });
    expect(received).toEqual([]);
  });

  it('are kept apart when many are under way, and some are cut, refused or broken', async () => {
    const [atOnce, all] = [16, 79];
    const waiting: (() => void)[] = [];
    let most = 0;
    // The last come is answered first, when as many are waiting as may be and more have had time to come.
    const respond = () =>
      setImmediate(() =>
        waiting
          .splice(0)
          .toReversed()
          .forEach((each) => each()),
      );
    answer = (response) => {
      const id = Number(received.at(-1)?.line.split('/').at(-1));
      waiting.push(() => {
        if (id % 10 === 3) response.socket?.destroy();
        else
          response
            .writeHead(id % 10 === 5 ? 503 : 200, { 'content-type': 'application/json' })
            .end(JSON.stringify({ id }));
      });
      most = Math.max(most, waiting.length);
      if (waiting.length >= atOnce || received.length >= all) setImmediate(respond);
    };
    const { call } = await tools({ defaults: { retries: 0 } });
    const cut = new AbortController();
    const outcomes = Array.from({ length: 80 }, (_, id) =>
      call('get_pet', JSON.stringify({ id }), id === 77 ? cut.signal : undefined),
    );
    cut.abort();
    const outcome = await Promise.all(outcomes);
    for (const [id, { status, output }] of outcome.entries()) {
      if (id === 77) expect(status).toBe('cancelled');
      else if (id % 10 === 3) expect(output).toHaveProperty('code', 'tool.http_broken');
      else if (id % 10 === 5) expect(output).toHaveProperty('code', 'tool.http_status');
      else expect([status, output]).toEqual(['completed', { id }]);
    }
    expect(most).toBe(atOnce);
    expect(received.map(({ line }) => line)).not.toContain('GET /v1/pets/77');
  });

  it('have no argument for what the file sets', async () => {
    const parameters = [
      { name: 'x-TENANT', in: 'header', schema: { type: 'string' } },
      { name: 'X-Api-Key', in: 'header', required: true, schema: { type: 'string' } },
      { name: 'q', in: 'query', schema: { type: 'string' } },
    ];
    const { call, host } = await tools(
      { headers: { 'X-Tenant': 'acme' }, auth: { header: { name: 'x-api-key', value: 's3cret-key' } } },
      { openapi: '3.0.0', paths: { '/a': { get: { operationId: 'a', parameters } } } },
    );
    expect(host.specs[0]?.parameters).toMatchObject({ properties: { q: {} }, required: [] });
    const evil = await call('a', '{"q":"x","x-TENANT":"other"}');
    expect(evil).toMatchObject({ output: { code: 'tool.arguments_invalid' } });
    await call('a', '{"q":"x"}');
    expect(received.map(({ headers }) => headers['x-tenant'])).toEqual(['acme']);

    const query = await tools(
      { auth: { query: { name: 'q', value: 'k' } } },
      { openapi: '3.0.0', paths: { '/a': { get: { operationId: 'a', parameters } } } },
    );
    expect(Object.keys(query.host.specs[0]?.parameters['properties'] ?? {})).toEqual([
      'x-TENANT',
      'X-Api-Key',
    ]);
  });

  it('say who makes them, and hide it in what comes back', async () => {
    answer = (response) => response.writeHead(401).end('bad key s3cret-key');
    const { call } = await tools({
      auth: { header: { name: 'x-api-key', value: 's3cret-key' } },
      headers: { 'x-app': 'a' },
    });
    const outcome = await call('get_pet', '{"id":1}');
    expect(received[0]?.headers).toMatchObject({ 'x-api-key': 's3cret-key', 'x-app': 'a' });
    expect(outcome.outputText).toContain('bad key …');
  });
});

describe('what is found when it is set up', () => {
  const cases: readonly [
    what: string,
    options: Partial<OpenApiPluginOptions>,
    content: JsonValue | string,
    code: string,
    says: string,
  ][] = [
    ['no file', { openapi: './none.yaml' }, document, 'tool.openapi_unreadable', 'there is no file'],
    ['no YAML', {}, 'a: [', 'tool.openapi_unreadable', 'not YAML'],
    ['no JSON', {}, '{"a": ', 'tool.openapi_unreadable', 'not JSON'],
    ['Swagger', {}, { swagger: '2.0' }, 'tool.openapi_unreadable', 'Swagger "2.0"'],
    ['a list', {}, '[]', 'tool.openapi_unreadable', 'not a mapping'],
    [
      'many aliases',
      {},
      `openapi: 3.0.0\na: &a [1,1,1,1,1,1,1,1,1]\n${'bcdefgh'
        .split('')
        .map((k, i) => `${k}: &${k} [${Array(9).fill(`*${'abcdefg'[i]}`).join(',')}]`)
        .join('\n')}`,
      'tool.openapi_unreadable',
      'not YAML',
    ],
    ['a misspelt name', { tools: ['listPet'] }, document, 'tool.selection_unknown', 'listPets'],
    ['a misspelt override', { overrides: { lstPets: {} } }, document, 'tool.selection_unknown', 'listPets'],
    ['an upload', { tools: ['upload'] }, document, 'tool.openapi_operation', 'multipart/form-data'],
    ['a cookie', { tools: ['secret'] }, document, 'tool.openapi_operation', 'sid'],
    [
      'no server',
      { tools: ['listPets'], baseUrl: undefined as never },
      { ...document, servers: [] },
      'tool.openapi_operation',
      'base_url',
    ],
    ['a base address', { baseUrl: 'pets.example' }, document, 'tool.openapi_setting', 'base_url'],
    ['a slot in a key', { auth: { bearer: '{{token}}' } }, document, 'tool.openapi_setting', 'auth'],
    ['a host that is none', { allow: ['http://x'] }, document, 'tool.openapi_setting', 'allow'],
  ];
  it.each(cases)('%s', async (_what, options, content, code, says) => {
    writeFileSync(join(folder, 'pets.yaml'), typeof content === 'string' ? content : JSON.stringify(content));
    const plugin = openApiPlugin({ openapi: './pets.yaml', baseUrl: origin, baseDir: folder, ...options });
    const collected = await collectTools({ baseDir: folder, logger: memoryLogger(), values: [plugin] });
    expect(collected.problems).toMatchObject([{ code }]);
    expect(`${collected.problems[0]?.message} ${collected.problems[0]?.hint}`).toContain(says);
    await collected.close();
  });
});

it('survives hostile documents', async () => {
  const deep = Array.from({ length: 500 }).reduce<JsonValue>(
    (inner) => ({ type: 'object', properties: { a: inner } }),
    {},
  );
  const wide = Object.fromEntries(
    Array.from({ length: 5_000 }, (_, index) => [`f${index}`, { type: 'string' }]),
  );
  const get = (id: string, schema: JsonValue): JsonObject => ({
    get: { operationId: id, parameters: [{ name: 'q', in: 'query', schema }] },
  });
  const { host } = await tools(
    {},
    {
      openapi: '3.1.0',
      paths: {
        '/deep': get('deep', deep),
        '/wide': get('wide', { type: 'object', properties: wide }),
        '/loop': get('loop', { $ref: '#/components/schemas/A' }),
        '/self': get('self', { $ref: '#/components/schemas/S' }),
        '/far': get('far', { $ref: 'https://evil.example/schema.json' }),
        '/regex': get('regex', { type: 'string', pattern: '(' }),
        '/proto': get('__proto__', {
          type: 'object',
          properties: JSON.parse('{"__proto__":{"type":"string"}}') as JsonValue,
        }),
        '/null': { get: null },
        '/list': [],
        '/nothing': { $ref: '#/paths/~1nothing' },
      },
      components: {
        schemas: {
          A: { allOf: [{ $ref: '#/components/schemas/B' }] },
          B: { properties: { a: { $ref: '#/components/schemas/A' } } },
          S: { $ref: '#/components/schemas/S' },
        },
      },
    },
  );
  expect(host.specs.map(({ name }) => name)).toEqual([
    'deep',
    'wide',
    'loop',
    'self',
    'far',
    'regex',
    '__proto__',
  ]);
  expect(({} as Record<string, unknown>)['type']).toBeUndefined();
});
