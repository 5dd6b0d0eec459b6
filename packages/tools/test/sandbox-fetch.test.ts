import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sandboxFetch } from '../src/isolation/sandbox/sandbox-fetch.ts';

const received: IncomingMessage[] = [];
const server = createServer((request, response) => {
  received.push(request);
  response.end('ok');
});
let host = '';

beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe('fetch of a sandbox', () => {
  const send = (headers: object) =>
    sandboxFetch([host])({ url: `http://${host}/`, headers }, new AbortController().signal);

  it.each(['Host', 'content-length', 'Transfer-Encoding', 'connection', 'upgrade', 'Proxy-Authorization'])(
    'sets no header %s, which could lead past the host that is allowed',
    async (name) => {
      received.length = 0;
      expect(await send({ [name]: 'internal.example' })).toMatchObject({ code: 'tool.http_forbidden' });
      expect(received).toEqual([]);
    },
  );

  it('sets others', async () => {
    received.length = 0;
    expect(await send({ 'X-Kind': 'a' })).toMatchObject({ status: 200, text: 'ok' });
    expect(received.map(({ headers }) => [headers.host, headers['x-kind']])).toEqual([[host, 'a']]);
  });
});
