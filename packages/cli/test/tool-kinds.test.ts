import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderWith, jsonLines } from './support/antiphon-process.ts';
import { runHere } from './support/run-here.ts';

let server: Server;
let origin = '';
const asked: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization ?? ''}`);
    response
      .setHeader('content-type', 'application/json')
      .end('{"data":[{"id":1,"more":"x"},{"id":2},{"id":3}]}');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

const mcpServer = `
import { createInterface } from 'node:readline';
const results = {
  initialize: (p) => ({ protocolVersion: p.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 's', version: '1' } }),
  'tools/list': () => ({ tools: [{ name: 'search', description: 'Searches', inputSchema: { type: 'object', properties: { q: { type: 'string' } } } }] }),
  'tools/call': (p) => ({ content: [{ type: 'text', text: 'found ' + p.arguments.q }] }),
};
createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id !== undefined) process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, result: results[method]?.(params) ?? {} }) + '\\n');
});`;

const document = JSON.stringify({
  openapi: '3.1.0',
  paths: {
    '/items': {
      get: {
        operationId: 'listItems',
        summary: 'Lists items',
        parameters: [{ name: 'page', in: 'query', schema: { type: 'integer' } }],
      },
    },
  },
});

function files(more = '') {
  return {
    'server.mjs': mcpServer,
    'api.json': document,
    'echo.mjs': 'console.log(JSON.stringify([process.argv.slice(2), process.env.TOKEN]))',
    'agents.yaml': `version: 1
plugins:
  - { mcp: { command: "${process.execPath}", args: [server.mjs] }, tools: [search], prefix: docs_, lock: ./docs.lock.json }
  - openapi: ./api.json
    base_url: ${origin}/v2
    auth: { bearer: "\${TOKEN}" }
    overrides: { listItems: { name: items, timeout_ms: 4000, result: { path: data, fields: [id], max_items: 2 } } }
tools:
  echo:
    description: Echoes
    parameters: { text: { type: string } }
    command: { run: ["${process.execPath}", echo.mjs, "--", "{{text}}"], env: { TOKEN: "\${TOKEN}" } }
${more}
agents:
  a: { instructions: x, tools: [echo, items, "docs_*"] }
`,
  };
}

const env = { TOKEN: 'secret-token-1' };

describe('tools of every kind', () => {
  it('are locked, listed, shown and called', async () => {
    const folder = folderWith(files());
    const run = (...words: string[]) => runHere(words, { folder, env });
    expect(await run('check')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('antiphon tools lock'),
    });
    expect(await run('tools', 'lock')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('docs.lock.json'),
    });
    expect(JSON.parse(readFileSync(join(folder, 'docs.lock.json'), 'utf8'))).toMatchObject({
      tools: { search: { description: 'Searches' } },
    });

    const { stdout } = await run('tools', 'list');
    expect(stdout).toBe(
      'echo(text)\n    Echoes\nitems(page?)\n    Lists items\ndocs_search(q?)\n    Searches\n',
    );
    expect((await run('tools', 'schema', 'docs_search', '--json')).stdout).toContain('"name":"docs_search"');

    expect(
      jsonLines((await run('tools', 'call', 'echo', '{"text":"$(id)"}', '--json')).stdout),
    ).toMatchObject([{ status: 'completed', output: [['--', '$(id)'], 'secret-token-1'] }]);
    const items = await run('tools', 'call', 'items', '{"page":2}', '--quiet');
    expect(items.stdout).toBe('[{"id":1},{"id":2}] [these are the first 2 of 3 items]\n');
    expect(asked).toEqual(['GET /v2/items?page=2 Bearer secret-token-1']);
    expect((await run('tools', 'call', 'docs_search', '{"q":"tea"}', '--quiet')).stdout).toBe('found tea\n');
  });

  it('shows the steps of a call, and no secret', async () => {
    const more = `  stock:
    description: What is in stock
    parameters: { page: { type: integer, default: 1 } }
    http: { url: ${origin}/stock, query: { page: "{{page}}" }, auth: { query: { name: key, value: "\${TOKEN}" } } }
    result: { path: data, max_items: 1 }
    confirm: app`;
    const folder = folderWith({
      ...files(more),
      'agents.yaml': files(more)
        ['agents.yaml'].replace(/.*mcp:.*\n/, '')
        .replace('[echo,', '[echo, stock,')
        .replace(', "docs_*"', ''),
    });
    const run = (...words: string[]) => runHere(['tools', 'call', ...words, '--trace'], { folder, env });
    const { stdout, stderr } = await run('stock');
    expect(stdout).toBe('[{"id":1,"more":"x"}] [these are the first 1 of 3 items]\n');
    const steps = stderr
      .split('\n')
      .map((line) => line.replace(/^ +\d+\.\d ms {2}/, '').replaceAll(/ +/g, ' '));
    expect(steps.slice(0, -2)).toEqual([
      'checked the arguments fit, with page = 1',
      'approved by whoever runs this command',
      'started',
      `request GET ${origin}/stock?page=1&key=…`,
      'response 200 application/json, 48 bytes',
      'returned {"data":[{"id":1,"more":"x"},{"id":2},{"id":3}]}',
      'shaped the model is given the first 1 of 3 items',
      'to model [{"id":1,"more":"x"}] [these are the first 1 of 3 items]',
    ]);
    const echo = await run('echo', '{"text":"a"}', '--json');
    expect(jsonLines(echo.stdout).map(({ type, step }) => step ?? type)).toEqual([
      'checked',
      'started',
      'program',
      'program_ended',
      'returned',
      'to_model',
      'tool_result',
    ]);
    const refused = await run('stock', '{"page":"two"}');
    expect(refused.stderr).toMatch(/^ +\d+\.\d ms {2}rejected +\{"error":.*page/);
    expect([stdout, stderr, refused.stderr].join('')).not.toContain(env.TOKEN);
  });

  it.each<[what: string, tool: string, place: string, says: string]>([
    ['a slot in a script', 'command: { run: [sh, -c, "ls {{text}}"] }', '16:30', 'code that sh runs'],
    ['a batch file', 'command: { run: [x.cmd] }', '16:22', 'batch file'],
    ['a host to allow', 'http: { url: "https://{{text}}/", allow: ["a b"] }', '16:47', 'is not a host'],
    [
      'a slot in a key',
      'http: { url: "https://x.example/", auth: { bearer: "{{text}}" } }',
      '16:46',
      'never filled from arguments',
    ],
  ])('%s is found at its place', async (_what, tool, place, says) => {
    const folder = folderWith(
      files(`  bad:\n    description: Bad\n    parameters: { text: { type: string } }\n    ${tool}`),
    );
    await runHere(['tools', 'lock'], { folder, env });
    const { exitCode, stderr } = await runHere(['check'], { folder, env });
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`agents.yaml:${place}: `);
    expect(stderr).toContain(says);
  });

  it.each<[what: string, entry: string, place: string, says: string]>([
    ['a document that is not there', '{ openapi: ./none.json }', '3:16', 'there is no file'],
    [
      'a name no operation has',
      '{ openapi: ./api.json, tools: [a*, listItem] }',
      '3:40',
      'Did you mean "listItems"?',
    ],
    ['an override of none', '{ openapi: ./api.json, overrides: { x: {} } }', '3:44', 'listItems'],
    ['a base address', '{ openapi: ./api.json, base_url: x }', '3:38', 'http://'],
    ['no address', '{ openapi: ./api.json, tools: [listItems] }', '3:36', 'base_url'],
    ['a program that is not there', '{ mcp: { command: no-such-program } }', '3:12', 'not found'],
    ['a lock that is not there', '{ mcp: { command: x }, lock: ./a.json }', '3:34', 'antiphon tools lock'],
  ])('%s is found at its place in the entry', async (_what, entry, place, says) => {
    const agentFile = `version: 1\nplugins:\n  - ${entry}\nagents: { a: { instructions: x } }\n`;
    const { exitCode, stderr } = await runHere(['check'], {
      folder: folderWith({ ...files(), 'agents.yaml': agentFile }),
    });
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`agents.yaml:${place}: `);
    expect(stderr).toContain(says);
  });

  it.each(['', 'speed: 9'])('shows no key in what it says of a server (%j)', async (mistake) => {
    const agentFile = `version: 1
plugins:
  - { mcp: { command: "${process.execPath}", args: [die.mjs, "\${TOKEN}"], env: { KEY: "\${TOKEN}" } } }
agents:
  a: { instructions: x, ${mistake} }
`;
    const die = 'console.error("bad key " + process.env.KEY); process.exit(1)';
    const folder = folderWith({ 'agents.yaml': agentFile, 'die.mjs': die });
    const { stderr } = await runHere(['check'], { folder, env });
    expect(stderr).toMatch(/bad key (…|\[secret:TOKEN\])/);
    expect(stderr).not.toContain(env.TOKEN);
  });

  it('says that nothing is to be locked', async () => {
    const folder = folderWith({ 'agents.yaml': 'version: 1\nagents: { a: { instructions: x } }\n' });
    expect(await runHere(['tools', 'lock'], { folder })).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('no MCP server'),
    });
  });
});
