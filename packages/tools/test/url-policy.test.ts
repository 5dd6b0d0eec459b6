import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHttpTool, type HttpRequestDeclaration, type Tool } from '@antiphon/tools';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addressKind } from '../src/http/address-rules.ts';
import { HttpClient } from '../src/http/http-client.ts';
import { type AllowedHost, checkedAddresses, readAllowList, type UrlPolicy } from '../src/http/url-policy.ts';
import { testHost } from './support/host.ts';

function policy(...allow: readonly string[]): UrlPolicy {
  return { origin: undefined, allow: readAllowList(allow) as AllowedHost[] };
}

/** Names that an attacker owns, and the addresses that their servers give out. */
const zone: Readonly<Record<string, readonly string[]>> = {
  'public.example.com': ['93.184.216.34'],
  'six.example.com': ['2606:2800:220:1:248:1893:25c8:1946'],
  'both.example.com': ['93.184.216.34', '2606:2800:220:1::1'],
  'nat64.example.com': ['64:ff9b::5db8:d822'],
  'corp.example.com': ['10.1.2.3'],
  'localtest.example': ['127.0.0.1'],
  'rebind.example': ['93.184.216.34', '127.0.0.1'],
  'six-rebind.example': ['2606:2800:220:1::1', '::1'],
  'metadata.google.internal': ['169.254.169.254'],
  'mapped.example': ['::ffff:127.0.0.1'],
  'nat64-inside.example': ['64:ff9b::a00:1'],
  'sixtofour.example': ['2002:7f00:1::'],
  'teredo.example': ['2001:0:4136:e378:8000:63bf:3fff:fdd2'],
  'ula.example': ['fd00::1'],
  'azure.example': ['168.63.129.16'],
  'cgnat.example': ['100.64.0.1'],
};

const resolve = async (host: string) => {
  const addresses =
    zone[host] ?? (host === 'localhost' || host.endsWith('.localhost') ? ['127.0.0.1', '::1'] : []);
  if (addresses.length === 0)
    throw Object.assign(new Error(host), { code: 'ENOTFOUND', syscall: 'getaddrinfo' });
  return addresses.map((address) => ({
    address,
    family: address.includes(':') ? (6 as const) : (4 as const),
  }));
};

describe('what a filled address may not lead to', () => {
  const loopback4 = [
    '127.0.0.1',
    '127.1',
    '127.0.1',
    '127.255.255.254',
    '0.0.0.0',
    '0',
    '0.0',
    '127.0.0.1.',
    '127.000.000.001',
  ];
  const octal = [
    '0177.0.0.1',
    '0177.0.1',
    '0177.1',
    '017700000001',
    '0000177.0.0.1',
    '012.0.0.1',
    '0300.0250.0.1',
    '0251.0376.0251.0376',
  ];
  const hex = [
    '0x7f.0.0.1',
    '0x7f.1',
    '0x7f000001',
    '0x7F.0x0.0x0.0x1',
    '0x0a.0.0.1',
    '0xc0a80001',
    '0xa9fea9fe',
    '0xA9.0xFE.0xA9.0xFE',
  ];
  const decimal = [
    '2130706433',
    '3232235521',
    '167772161',
    '2852039166',
    '2886729729',
    '4294967295',
    '1681915905',
  ];
  const mixed = ['127.0x0.0.01', '0x7f.0.01', '10.0x1.2', '192.0xa8.1', '169.0xfe.43518', '172.020.0.1'];
  const wide = [
    '①②⑦.⓪.⓪.①',
    '１２７.０.０.１',
    '127。0。0。1',
    '127｡0｡0｡1',
    '169．254．169．254',
    'ⓛⓞⓒⓐⓛⓗⓞⓢⓣ',
  ];
  const private4 = [
    '10.0.0.1',
    '10.255.255.255',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.0.1',
    '192.168.255.255',
    '100.64.0.1',
    '100.127.255.254',
  ];
  const link = [
    '169.254.0.1',
    '169.254.169.254',
    '169.254.170.2',
    '169.254.169.253',
    '100.100.100.200',
    '168.63.129.16',
    '192.0.0.192',
    '192.0.0.170',
  ];
  const reserved4 = [
    '192.0.2.1',
    '198.18.0.1',
    '198.19.255.255',
    '198.51.100.7',
    '203.0.113.9',
    '224.0.0.1',
    '239.255.255.250',
    '240.0.0.1',
    '255.255.255.255',
    '192.88.99.1',
  ];
  const six = [
    '[::1]',
    '[::]',
    '[0:0:0:0:0:0:0:1]',
    '[0000:0000:0000:0000:0000:0000:0000:0001]',
    '[fe80::1]',
    '[febf::1]',
    '[fc00::1]',
    '[fd00::1]',
    '[fd00:ec2::254]',
    '[fec0::1]',
    '[ff02::1]',
    '[ff0e::1]',
    '[100::1]',
    '[2001:db8::1]',
    '[3fff::1]',
    '[5f00::1]',
    '[2001:10::1]',
    '[2001:20::1]',
  ];
  const embedded = [
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::ffff:10.0.0.1]',
    '[::ffff:a9fe:a9fe]',
    '[::ffff:0:127.0.0.1]',
    '[::127.0.0.1]',
    '[::7f00:1]',
    '[::a00:1]',
    '[64:ff9b::127.0.0.1]',
    '[64:ff9b::a9fe:a9fe]',
    '[64:ff9b::10.0.0.1]',
    '[64:ff9b:1::1]',
    '[2002:7f00:1::]',
    '[2002:a00:1::1]',
    '[2002:a9fe:a9fe::]',
    '[2001::1]',
    '[2001:0:4136:e378:8000:63bf:3fff:fdd2]',
    '[::ffff:0.0.0.0]',
    '[::ffff:192.168.1.1]',
    '[0:0:0:0:0:ffff:127.0.0.1]',
  ];
  const names = [
    'localhost',
    'LOCALHOST',
    'localhost.',
    'a.localhost',
    'localtest.example',
    'rebind.example',
    'six-rebind.example',
    'metadata.google.internal',
    'METADATA.google.internal.',
    'mapped.example',
    'nat64-inside.example',
    'sixtofour.example',
    'teredo.example',
    'ula.example',
    'azure.example',
    'cgnat.example',
    'corp.example.com',
  ];
  const hosts = [
    loopback4,
    octal,
    hex,
    decimal,
    mixed,
    wide,
    private4,
    link,
    reserved4,
    six,
    embedded,
    names,
  ].flat();
  const forms = [
    'http://user@public.example.com/',
    'http://public.example.com:secret@127.0.0.1/',
    'http://public.example.com@127.0.0.1/',
    'http:\\\\127.0.0.1\\',
    'http:/127.0.0.1/',
    'http:127.0.0.1',
    'HTTP://127.0.0.1',
    'http://127.0.0.1#public.example.com',
    'http://127.0.0.1?.public.example.com',
    'http://127.0.0.1/\\public.example.com',
    'http://\t127.0.0.1',
    'http://127.0.0.1\t/',
    'http://127.0.0.1:80',
    'http://public.example.com:22/',
    'http://public.example.com:6379/',
    'https://public.example.com:80/',
    'ftp://public.example.com/',
    'file:///etc/passwd',
    'gopher://127.0.0.1:6379/_INFO',
    'dict://127.0.0.1:11211/stat',
    'ldap://127.0.0.1/',
    'data:text/plain,hi',
    'javascript:alert(1)',
    'blob:http://public.example.com/1',
    'ws://public.example.com/',
    'jar:http://127.0.0.1!/',
    '//127.0.0.1/',
    'http://%31%32%37.0.0.1/',
    'http://127%2e0%2e0%2e1/',
    'http://[::ffff:127.0.0.1]:80/',
    'http://[::1%25lo]/',
    'http://127.0.0.1%00.public.example.com/',
    'http://',
    'http:///',
    'http://./',
    'not an address',
    '',
  ];
  const hostile = [...hosts.map((host) => `http://${host}/`), ...forms];

  it('is a long list', () => {
    expect(new Set(hostile).size).toBeGreaterThanOrEqual(120);
  });

  it.each(hostile)('%s', async (url) => {
    const client = new HttpClient({ policy: policy('*'), redirects: 0, maxBytes: 1_000, resolve });
    const tool = urlTool({ url: '{{url}}', allow: ['*'] });
    const outcome = await testHost([tool]).call('fetch', JSON.stringify({ url }));
    expect(outcome.status).toBe('failed');
    expect(outcome.output).toHaveProperty(
      'code',
      expect.stringMatching(/^tool\.http_(forbidden|argument|dns)$/),
    );
    if (!URL.canParse(url)) return;
    const request = { method: 'GET', url: new URL(url), headers: new Headers(), body: undefined };
    await expect(client.send(request, new AbortController().signal)).rejects.toHaveProperty(
      'code',
      'tool.http_forbidden',
    );
  });
});

describe('what a filled address may lead to', () => {
  it.each([
    'http://public.example.com/',
    'https://public.example.com/a/b?c=d',
    'http://public.example.com:80/',
    'https://public.example.com:443/',
    'https://six.example.com/',
    'https://both.example.com/',
    'https://nat64.example.com/',
    'http://93.184.216.34/',
    'http://8.8.8.8/',
    'http://1.1.1.1/',
    'http://172.32.0.1/',
    'http://172.15.255.255/',
    'http://11.0.0.1/',
    'http://128.0.0.1/',
    'http://100.128.0.1/',
    'http://192.169.0.1/',
    'http://169.253.1.1/',
    'http://198.20.0.1/',
    'http://223.255.255.255/',
    'http://[2606:4700:4700::1111]/',
    'http://[2a00:1450:4001:800::200e]/',
    'http://[::ffff:8.8.8.8]/',
    'http://PUBLIC.example.com./',
  ])('%s', async (url) => {
    const addresses = await checkedAddresses(new URL(url), policy('*'), resolve);
    expect(addresses.length).toBeGreaterThan(0);
    for (const { address } of addresses) expect(addressKind(address)).toBe('public');
  });
});

describe('allow', () => {
  it.each<[allow: string, url: string, verdict: 'goes' | 'stays']>([
    ['public.example.com', 'https://public.example.com/', 'goes'],
    ['PUBLIC.example.com', 'https://public.example.com/', 'goes'],
    ['public.example.com', 'https://six.example.com/', 'stays'],
    ['example.com', 'https://public.example.com/', 'stays'],
    ['*.example.com', 'https://public.example.com/', 'goes'],
    ['*.example.com', 'https://public.example.com.evil.example/', 'stays'],
    ['*.example.com', 'https://corp.example.com/', 'stays'],
    ['corp.example.com', 'https://corp.example.com/', 'goes'],
    ['public.example.com:8443', 'https://public.example.com:8443/', 'goes'],
    ['public.example.com:8443', 'https://public.example.com/', 'stays'],
    ['public.example.com:443', 'https://public.example.com/', 'goes'],
    ['localhost', 'http://localhost/', 'goes'],
    ['localhost', 'http://localhost:8080/', 'stays'],
    ['localhost:8080', 'http://localhost:8080/', 'goes'],
    ['127.0.0.1', 'http://127.1/', 'goes'],
    ['10.0.0.0/8', 'http://10.9.8.7/', 'goes'],
    ['10.0.0.0/8', 'http://11.9.8.7/', 'stays'],
    ['10.0.0.0/8', 'http://corp.example.com/', 'stays'],
    ['10.0.0.0/8:8080', 'http://10.9.8.7:8080/', 'goes'],
    ['fd00::/8', 'http://[fd12::1]/', 'goes'],
    ['fd00::/8', 'http://[fe80::1]/', 'stays'],
    ['[::1]', 'http://[::1]/', 'goes'],
    ['[::1]:8080', 'http://[::1]:8080/', 'goes'],
    ['*:8080', 'http://public.example.com:8080/', 'goes'],
    ['*:8080', 'http://127.0.0.1:8080/', 'stays'],
  ])('%s, %s: %s', async (allow, url, verdict) => {
    const checked = checkedAddresses(new URL(url), policy(allow), resolve);
    if (verdict === 'goes') await expect(checked).resolves.not.toHaveLength(0);
    else await expect(checked).rejects.toHaveProperty('code', 'tool.http_forbidden');
  });

  it('lets names lead into a network that it names beside them', async () => {
    const addresses = await checkedAddresses(
      new URL('http://corp.example.com/'),
      policy('*.example.com', '10.0.0.0/8'),
      resolve,
    );
    expect(addresses).toEqual([{ address: '10.1.2.3', family: 4 }]);
  });

  it.each(['http://a.example', 'a b', 'a/b', '*.*', 'a:0', 'a:99999', '10.0.0.0/33', '', '**', '-a'])(
    'refuses %j',
    (entry) => {
      expect(readAllowList([entry])[0]).toEqual(expect.any(String));
    },
  );
});

describe('over a socket', () => {
  let server: Server;
  let port = 0;
  let hits: string[] = [];
  let answer: (response: ServerResponse, url: string) => void = (response) => response.end('canary');

  beforeAll(async () => {
    server = createServer((request, response) => {
      hits.push(
        `${request.method} ${request.headers.host}${request.url} ${request.headers.authorization ?? '-'}`,
      );
      answer(response, request.url ?? '');
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    hits = [];
    answer = (response) => response.end('canary');
  });

  const signal = new AbortController().signal;
  const get = (url: string) => ({
    method: 'GET',
    url: new URL(url),
    headers: new Headers(),
    body: undefined,
  });

  it('connects to the address that was checked, and asks for it once', async () => {
    let lookups = 0;
    const client = new HttpClient({
      policy: policy(`flips.example:${port}`),
      redirects: 0,
      maxBytes: 1_000,
      resolve: async () => {
        lookups += 1;
        return [{ address: lookups === 1 ? '127.0.0.1' : '93.184.216.34', family: 4 }];
      },
    });
    const got = await client.send(get(`http://flips.example:${port}/`), signal);
    expect([got.status, lookups, hits]).toEqual([200, 1, [`GET flips.example:${port}/ -`]]);
  });

  it('refuses a name that leads to this machine although its port is allowed', async () => {
    const client = new HttpClient({ policy: policy(`*:${port}`), redirects: 0, maxBytes: 1_000, resolve });
    for (const host of ['localtest.example', 'rebind.example', '127.0.0.1', '[::ffff:127.0.0.1]']) {
      await expect(client.send(get(`http://${host}:${port}/`), signal)).rejects.toHaveProperty(
        'code',
        'tool.http_forbidden',
      );
    }
    expect(hits).toEqual([]);
  });

  it('lets the host that the author wrote be private', async () => {
    const outcome = await testHost([urlTool({ url: `http://127.0.0.1:${port}/{{url}}` })]).call(
      'fetch',
      '{"url":"a"}',
    );
    expect(outcome).toMatchObject({ status: 'completed', output: 'canary' });
  });

  it.each([
    ['{"url":"../admin"}'],
    ['{"url":".."}'],
    ['{"url":"a/../../b"}'],
    ['{"url":"..\\\\..\\\\b"}'],
    ['{"url":"%2e%2e/b"}'],
    ['{"url":"..%2fb"}'],
    ['{"url":"a\\u0000b"}'],
    ['{"url":"a\\r\\nhost: b"}'],
  ])('lets no value leave its part of the path: %s', async (args) => {
    const outcome = await testHost([urlTool({ url: `http://127.0.0.1:${port}/files/{{url}}/x` })]).call(
      'fetch',
      args,
    );
    expect(outcome.output).toHaveProperty('code', 'tool.http_argument');
    expect(hits).toEqual([]);
  });

  it.each([
    ['a@b'],
    ['a/b'],
    ['a?b'],
    ['a#b'],
    ['a\\b'],
    ['a b'],
    ['%61'],
    ['[::1]'],
    ['a:b'],
    [''],
    ['a..b:1:2'],
  ])('fills a host with nothing but a host: %j', async (url) => {
    const tool = urlTool({ url: 'http://{{url}}/x', allow: ['*'] });
    const outcome = await testHost([tool]).call('fetch', JSON.stringify({ url }));
    expect(outcome.output).toHaveProperty(
      'code',
      expect.stringMatching(/tool\.http_(argument|forbidden|dns)/),
    );
  });

  it('fills a part of a host', async () => {
    const tool = urlTool({ url: `http://{{url}}.1:${port}/x`, allow: [`127.0.0.1:${port}`] });
    const outcome = await testHost([tool]).call('fetch', '{"url":"127.0.0"}');
    expect(outcome).toMatchObject({ status: 'completed', output: 'canary' });
  });

  it('follows no redirect unless told', async () => {
    answer = (response) => response.writeHead(302, { location: '/other' }).end();
    const outcome = await testHost([urlTool({ url: `http://127.0.0.1:${port}/{{url}}` })]).call(
      'fetch',
      '{"url":"a"}',
    );
    expect(outcome.output).toHaveProperty('code', 'tool.http_redirect');
    expect(hits).toHaveLength(1);
  });

  it('follows redirects on the same host, and no more than told', async () => {
    answer = (response, url) =>
      url === '/3'
        ? response.end('there')
        : response.writeHead(302, { location: `/${Number(url.slice(1)) + 1}` }).end();
    const follow = (redirects: number) =>
      testHost([urlTool({ url: `http://127.0.0.1:${port}/{{url}}`, redirects })]).call(
        'fetch',
        '{"url":"0"}',
      );
    expect((await follow(3)).output).toBe('there');
    expect((await follow(2)).output).toHaveProperty('code', 'tool.http_redirect');
  });

  it.each([
    ['http://169.254.169.254/latest/meta-data/'],
    ['http://[::1]/'],
    ['http://localhost/'],
    ['http://10.0.0.1/'],
    ['http://0x7f.1/'],
    ['file:///etc/passwd'],
    ['http://user:pw@93.184.216.34/'],
  ])('judges each redirect: %s', async (location) => {
    answer = (response) => response.writeHead(307, { location }).end();
    const tool = urlTool({ url: `http://127.0.0.1:${port}/{{url}}`, redirects: 5 });
    const outcome = await testHost([tool]).call('fetch', '{"url":"a"}');
    expect(outcome.output).toHaveProperty('code', 'tool.http_forbidden');
    expect(hits).toHaveLength(1);
  });

  it('tells another host no key', async () => {
    answer = (response, url) =>
      url === '/a'
        ? response.writeHead(302, { location: `http://localhost:${port}/b` }).end()
        : response.end('ok');
    const tool = urlTool({
      url: `http://127.0.0.1:${port}/{{url}}`,
      auth: { bearer: 'top-secret' },
      redirects: 1,
      allow: [`localhost:${port}`],
    });
    const outcome = await testHost([tool]).call('fetch', '{"url":"a"}');
    expect(outcome.output).toBe('ok');
    expect(hits).toEqual([`GET 127.0.0.1:${port}/a Bearer top-secret`, `GET localhost:${port}/b -`]);
  });

  it('stops the request when the call is cancelled', async () => {
    const closed = new Promise<void>((done) => {
      answer = (response) => {
        response.on('close', done);
        controller.abort();
      };
    });
    const controller = new AbortController();
    const tool = urlTool({ url: `http://127.0.0.1:${port}/{{url}}` });
    const outcome = await testHost([tool]).call('fetch', '{"url":"a"}', controller.signal);
    expect(outcome.status).toBe('cancelled');
    await closed;
  });
});

function urlTool(http: HttpRequestDeclaration): Tool {
  const parameters = { type: 'object', properties: { url: { type: 'string' } }, required: ['url'] };
  const review = createHttpTool({ name: 'fetch', description: 'Fetch', parameters, http });
  if (review.kind === 'unsound') throw new Error(JSON.stringify(review.problems));
  return review.tool;
}
