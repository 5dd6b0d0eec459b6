// Servers of MCP over HTTP that go wrong in one call, and what becomes of the other calls.
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mcpPlugin } from '@antiphon/tools';
import { afterEach, describe, expect, it } from 'vitest';
import { pluginTools } from './support/host.ts';

type Answer = (response: ServerResponse, id: number, session: string) => void;

let server: Server;
/** What was asked, by method; answers of the client stand as they came. */
let asked: string[] = [];
const open: { close(): Promise<void> | void }[] = [];

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
  server.closeAllConnections();
  server.close();
});

const textResult = (text: string): object => ({ content: [{ type: 'text', text }] });
const message = (id: unknown, result: object): string => JSON.stringify({ jsonrpc: '2.0', id, result });
const event = (data: string): string => `event: message\ndata: ${data}\n\n`;
const stream = (response: ServerResponse): ServerResponse =>
  response.writeHead(200, { 'content-type': 'text/event-stream' });
const breakOff = (response: ServerResponse, text: string): void =>
  void response.write(text, () => response.destroy());
const progress = JSON.stringify({
  jsonrpc: '2.0',
  method: 'notifications/message',
  params: { level: 'info', data: 'on' },
});
const json = (response: ServerResponse, text: string): void =>
  void response.setHeader('content-type', 'application/json').end(text);

async function serve(calls: Readonly<Record<string, Answer>>) {
  asked = [];
  let sessions = 0;
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      if (request.method !== 'POST') return void response.writeHead(405).end();
      const { id, method, params } = JSON.parse(body) as {
        id: number;
        method?: string;
        params?: { name: string; protocolVersion: string };
      };
      asked.push(method ?? body);
      if (method === undefined || id === undefined) return void response.writeHead(202).end();
      const session = request.headers['mcp-session-id'] as string;
      switch (method) {
        case 'initialize': {
          sessions += 1;
          response.setHeader('mcp-session-id', `session-${sessions}`);
          const serverInfo = { name: 'web', version: '1' };
          const { protocolVersion } = params ?? {};
          return json(response, message(id, { protocolVersion, capabilities: { tools: {} }, serverInfo }));
        }
        case 'tools/list': {
          const tools = Object.keys(calls).map((name) => ({ name, inputSchema: { type: 'object' } }));
          return json(response, message(id, { tools }));
        }
        default:
          return calls[params?.name ?? '']?.(response, id, session);
      }
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const tools = await pluginTools(
    mcpPlugin({ url: `http://127.0.0.1:${port}/mcp`, auth: { bearer: 'k-123456' } }),
  );
  open.push(tools);
  return tools;
}

const hello: Answer = (response, id) => json(response, message(id, textResult('hi')));

describe('one call that goes wrong over HTTP', () => {
  it.each<[what: string, answer: Answer]>([
    ['a page to log in', (response) => response.setHeader('content-type', 'text/html').end('<html>')],
    ['no type', (response, id) => response.end(message(id, textResult('x')))],
    ['half of a message', (response) => json(response, '{"jsonrpc"')],
    ['nothing', (response) => json(response, '')],
    ['null', (response) => json(response, 'null')],
    ['an error of the server', (response) => response.writeHead(500).end('k-123456 at line 3')],
    ['a wish to be known', (response) => response.writeHead(401, { 'www-authenticate': 'Bearer' }).end()],
    ['a redirect', (response) => response.writeHead(307, { location: 'http://169.254.169.254/' }).end()],
    ['an end in the midst', (response) => response.destroy()],
    ['a stream that ends', (response) => stream(response).end()],
    ['a stream that breaks', (response) => breakOff(stream(response), ': wait\n\n')],
    ['a stream that ends in the midst of a message', (response) => stream(response).end('data: {"jsonrpc"')],
    ['a stream of progress', (response) => stream(response).end(event(progress))],
    ['a stream of what cannot be read', (response) => stream(response).end(event('{"jsonrpc":"2.0"}'))],
    ['the result of another call', (response) => json(response, message(4711, textResult('x')))],
    ['the result of another call in a stream', (response) => stream(response).end(event(message(4711, {})))],
    ['that it was taken', (response) => response.writeHead(202).end()],
  ])('is answered alone, and the others go on: %s', async (_what, answer) => {
    let answerSlow: () => void = () => undefined;
    const { call } = await serve({
      hello,
      wrong: answer,
      slow: (response, id) => (answerSlow = () => hello(response, id, '')),
    });
    const slow = call('slow');
    await expect.poll(() => asked.includes('tools/call'), { timeout: 10_000 }).toBe(true);
    const wrong = await call('wrong');
    expect(wrong).toMatchObject({ status: 'failed', output: { code: 'tool.mcp_lost' } });
    expect(wrong.outputText).not.toMatch(/k-123456|line 3/);
    expect(await call('hello')).toMatchObject({ output: 'hi' });
    answerSlow();
    expect(await slow).toMatchObject({ output: 'hi' });
    expect(asked.filter((method) => method === 'initialize')).toHaveLength(1);
  });

  it.each<[what: string, answer: Answer]>([
    [
      'twice',
      (response, id) =>
        stream(response).end([1, 2].map((n) => event(message(id, textResult(`${n}`)))).join('')),
    ],
    [
      'in a list',
      (response, id) => json(response, `[${message(id, textResult('1'))},${message(id, textResult('2'))}]`),
    ],
  ])('has the first of its results: %s', async (_what, answer) => {
    const { call } = await serve({ answer });
    expect(await call('answer')).toMatchObject({ status: 'completed', output: '1' });
  });

  it('is made again where the server had forgotten the session', async () => {
    const { call } = await serve({
      hello: (response, id, session) => {
        if (session === 'session-1') response.writeHead(404).end('no such session');
        else hello(response, id, session);
      },
    });
    expect(await call('hello')).toMatchObject({ output: 'hi' });
    expect(asked.filter((method) => method === 'initialize')).toHaveLength(2);
  });

  it('is told as not run where the server knows no session at all', async () => {
    const { call } = await serve({ hello: (response) => response.writeHead(404).end() });
    expect(await call('hello')).toMatchObject({ output: { code: 'tool.mcp_unavailable' } });
  });
});

it.each(['sampling/createMessage', 'elicitation/create', 'roots/list'])(
  'a server that asks for %s is refused, and its call goes on',
  async (method) => {
    const { call } = await serve({
      ask: (response, id) => {
        stream(response).write(event(JSON.stringify({ jsonrpc: '2.0', id: 'mine', method, params: {} })));
        const look = setInterval(() => {
          if (!asked.some((each) => each.includes('"mine"'))) return;
          clearInterval(look);
          response.end(event(message(id, textResult('on'))));
        }, 5);
      },
    });
    expect(await call('ask')).toMatchObject({ output: 'on' });
    const refusal = JSON.parse(asked.find((each) => each.includes('"mine"')) ?? '{}') as object;
    expect(refusal).toMatchObject({ id: 'mine', error: { code: -32_601 } });
  },
);
