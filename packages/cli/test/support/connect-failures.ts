import {
  type FailingManner,
  FailingServer,
  type FakePeer,
  FakeRealtimeServer,
  selfSignedCertificate,
} from '@antiphon/testing';

/** Where the provider of a case is, and what ends it. */
export interface Place {
  /** What takes the place of `URL` in the entry. */
  readonly url: string;
  readonly close?: () => Promise<void>;
}

/** One way in which a session cannot be had, and what the command says of it. */
export interface ConnectFailure {
  readonly name: string;
  readonly code: string;
  readonly exitCode: 2 | 3;
  /** What the message says; `HOST` stands for host and port. */
  readonly message: RegExp | string;
  /** The server; without one the entry alone is at fault. */
  readonly place?: () => Promise<Place>;
  /** The entry of the provider, in YAML; a server of the OpenAI dialect at `URL` unless told. */
  readonly entry?: string;
  /** The provider that is asked for; `p` unless told. */
  readonly provider?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Takes as long as a session waits for its connection. */
  readonly isSlow?: boolean;
}

export const testKey = 'sk-test-0123456789';
const openai = `{ type: openai, base_url: "URL", model: m, api_key: "\${KEY}" }`;
const azure = `{ type: azure, endpoint: "URL", deployment: d, api_key: "\${KEY}" }`;
const preview = `{ type: azure, endpoint: "URL", deployment: d, api_key: "\${KEY}", api_version: 2024-10-01-preview }`;
export const defaultEntry = openai;

async function failing(
  manner: FailingManner,
  tls?: Parameters<typeof FailingServer.start>[1],
): Promise<Place> {
  const server = await FailingServer.start(manner, tls);
  return { url: `${server.origin}/v1`, close: () => server.close() };
}

async function realtime(script: (peer: FakePeer) => Promise<void>): Promise<Place> {
  const server = await FakeRealtimeServer.start();
  server.onConnection(script);
  return { url: `${server.origin}/v1`, close: () => server.close() };
}

function answers(status: number, body: string, headers: Readonly<Record<string, string>> = {}) {
  return () => failing({ kind: 'answers', status, body, headers });
}

function errorBody(code: string, message: string): string {
  return JSON.stringify({ error: { code, message, type: 'invalid_request_error', param: null } });
}

/** An error, and then a close, as the hosted service does after the upgrade. */
function complains(code: string | null, message: string, close?: readonly [number, string]) {
  return () =>
    realtime(async (peer) => {
      const error = { type: 'invalid_request_error', code, message, param: null, event_id: null };
      peer.send({ type: 'error', error });
      if (close) peer.close(...close);
      await peer.closed;
    });
}

function closes(code: number, reason: string) {
  return () =>
    realtime(async (peer) => {
      peer.close(code, reason);
      await peer.closed;
    });
}

/** Introduces itself, and answers the settings with this error. */
function refusesSettings(code: string, message: string, param: string | null) {
  return () =>
    realtime(async (peer) => {
      peer.send({ type: 'session.created', session: { id: 's', type: 'realtime' } });
      const { event_id = null } = await peer.expect('session.update');
      peer.send({ type: 'error', error: { type: 'invalid_request_error', code, message, param, event_id } });
      await peer.closed;
    });
}

const page = '<!DOCTYPE html><html><head><title>Forbidden by policy</title></head><body>No.</body></html>';
const certificate = selfSignedCertificate({ hosts: ['127.0.0.1', 'localhost'] });

const network: readonly ConnectFailure[] = [
  {
    name: 'nothing listens',
    code: 'provider.connect_failed',
    exitCode: 3,
    message: 'nothing listens at HOST (ECONNREFUSED)',
    place: async () => {
      const server = await FailingServer.start({ kind: 'silent' });
      const url = `${server.origin}/v1`;
      await server.close();
      return { url };
    },
  },
  {
    name: 'a name that nobody knows',
    code: 'provider.connect_failed',
    exitCode: 3,
    message: /the name no-such-host\.invalid (is not known|could not be looked up)/,
    entry: '{ type: openai, base_url: "wss://no-such-host.invalid/v1", model: m }',
  },
  {
    name: 'a connection that is broken when it is made',
    code: 'provider.connect_failed',
    exitCode: 3,
    message: 'HOST broke the connection',
    place: () => failing({ kind: 'resets', when: 'connected' }),
  },
  {
    name: 'a connection that is broken after the request',
    code: 'provider.connect_failed',
    exitCode: 3,
    message: 'HOST broke the connection (ECONNRESET)',
    place: () => failing({ kind: 'resets', when: 'asked' }),
  },
  {
    name: 'a connection that is ended without an answer',
    code: 'provider.connect_failed',
    exitCode: 3,
    message: 'HOST broke the connection (ECONNRESET)',
    place: () => failing({ kind: 'ends' }),
  },
  {
    name: 'a server that never answers',
    code: 'provider.timeout',
    exitCode: 3,
    message: 'HOST did not answer in time',
    place: () => failing({ kind: 'silent' }),
    isSlow: true,
  },
  {
    name: 'a certificate that signs itself',
    code: 'provider.tls_failed',
    exitCode: 3,
    message: 'the certificate of HOST was not accepted: it is signed by itself (DEPTH_ZERO_SELF_SIGNED_CERT)',
    place: () => failing({ kind: 'answers', status: 500 }, { tls: certificate }),
  },
  {
    name: 'plain HTTP where TLS is expected',
    code: 'provider.tls_failed',
    exitCode: 3,
    message: 'HOST does not speak TLS as it should',
    place: async () => {
      const place = await failing({ kind: 'writes', text: 'HTTP/1.1 400 Bad Request\r\n\r\n' });
      return { ...place, url: place.url.replace('ws:', 'wss:') };
    },
  },
  {
    name: 'an end in the middle of the TLS handshake',
    code: 'provider.connect_failed',
    exitCode: 3,
    message: 'HOST broke the connection before TLS was agreed on (ECONNRESET)',
    place: async () => {
      const place = await failing({ kind: 'ends' });
      return { ...place, url: place.url.replace('ws:', 'wss:') };
    },
  },
  {
    name: 'a server that accepts and never speaks TLS',
    code: 'provider.timeout',
    exitCode: 3,
    message: 'HOST did not answer in time',
    place: async () => {
      const place = await failing({ kind: 'silent' });
      return { ...place, url: place.url.replace('ws:', 'wss:') };
    },
    isSlow: true,
  },
  {
    name: 'TLS where none is expected',
    code: 'provider.connect_failed',
    exitCode: 3,
    message: 'HOST broke the connection (ECONNRESET)',
    place: async () => {
      const place = await failing({ kind: 'silent' }, { tls: certificate });
      return { ...place, url: place.url.replace('wss:', 'ws:') };
    },
  },
];

const upgrades: readonly ConnectFailure[] = [
  {
    name: '307 to another address',
    code: 'provider.not_realtime',
    exitCode: 3,
    message: 'HOST answered HTTP 307 and points to https://api.example/v1/realtime\n',
    place: answers(307, '', { Location: 'https://api.example/v1/realtime?api-key=secret' }),
  },
  {
    name: '404 with a page of a proxy',
    code: 'provider.not_found',
    exitCode: 3,
    message: 'HOST answered HTTP 404 for "m": a web page, "404 Not Found"',
    place: answers(404, '<html><head><title>404 Not Found</title></head></html>', {
      'Content-Type': 'text/html',
    }),
  },
  {
    name: '404 for a model that there is not',
    code: 'provider.not_found',
    exitCode: 3,
    message: 'HOST answered HTTP 404 for "m": The model m does not exist or you do not have access to it.',
    place: answers(
      404,
      errorBody('model_not_found', 'The model m does not exist or you do not have access to it.'),
    ),
  },
  {
    name: '403 for where the caller is',
    code: 'provider.rejected',
    exitCode: 3,
    message: 'HOST answered HTTP 403: Country, region, or territory not supported',
    place: answers(
      403,
      errorBody('unsupported_country_region_territory', 'Country, region, or territory not supported'),
    ),
  },
  {
    name: '409',
    code: 'provider.rejected',
    exitCode: 3,
    message: 'HOST answered HTTP 409: Conflict',
    place: answers(409, 'Conflict'),
  },
  {
    name: '408 that asks for much patience',
    code: 'provider.unavailable',
    exitCode: 3,
    message: 'HOST answered HTTP 408 (try again in 900 s)',
    place: answers(408, '', { 'Retry-After': '900' }),
  },
  {
    name: '429 until a time of the clock',
    code: 'provider.busy',
    exitCode: 3,
    message: /HTTP 429 \(try again in \d{4} s\)/,
    place: () =>
      failing({
        kind: 'answers',
        status: 429,
        headers: { 'Retry-After': new Date(Date.now() + 3_600_000).toUTCString() },
      }),
  },
  {
    name: '504 that asks for much patience',
    code: 'provider.unavailable',
    exitCode: 3,
    message: 'HOST answered HTTP 504: a web page, "Gateway Time-out" (try again in 60 s)',
    place: answers(504, '<h1>Gateway Time-out</h1>', { 'Retry-After': '60' }),
  },
  {
    name: '500 with more words than anybody reads',
    code: 'provider.unavailable',
    exitCode: 3,
    message: /HTTP 500: no end no end .{200,300}… \(try again in 60 s\)\n/,
    place: answers(500, errorBody('server_error', 'no end '.repeat(200_000)), { 'Retry-After': '60' }),
  },
  {
    name: '101 without an upgrade',
    code: 'provider.not_realtime',
    exitCode: 3,
    message: 'HOST answered HTTP 101\n',
    place: () =>
      failing({ kind: 'writes', text: 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\n' }),
  },
  {
    name: '101 with a protocol that nobody asked for',
    code: 'provider.not_realtime',
    exitCode: 3,
    message: 'HOST speaks HTTP and no WebSocket: Server sent a subprotocol but none was requested',
    place: () =>
      failing({
        kind: 'accepts',
        headers: { 'Sec-WebSocket-Protocol': 'chat' },
      }),
  },
  {
    name: 'an answer that breaks off',
    code: 'provider.connect_failed',
    exitCode: 3,
    message: 'HOST broke the connection (ECONNRESET)',
    place: () => failing({ kind: 'writes', text: 'HTTP/1.1 101 Switching Proto' }),
  },
  {
    name: 'frames that are none',
    code: 'provider.not_realtime',
    exitCode: 3,
    message: 'HOST sent what is no frame of a WebSocket',
    place: () => failing({ kind: 'accepts', rest: '\u00ff\u00ff\u00ff\u00ffgarbage' }),
  },
  {
    name: '401 of OpenAI',
    code: 'provider.rejected',
    exitCode: 3,
    message: 'HOST answered HTTP 401: Incorrect API key provided.',
    place: answers(401, errorBody('invalid_api_key', 'Incorrect API key provided.')),
  },
  {
    name: '401 of Azure',
    code: 'provider.rejected',
    exitCode: 3,
    message: 'HOST answered HTTP 401: Access denied due to invalid subscription key.',
    place: answers(
      401,
      '{"error":{"code":"401","message":"Access denied due to invalid subscription key."}}',
    ),
    entry: azure,
  },
  {
    name: '401 of a gateway',
    code: 'provider.rejected',
    exitCode: 3,
    message: 'HOST answered HTTP 401: Missing subscription key.',
    place: answers(401, '{ "statusCode": 401, "message": "Missing subscription key." }'),
    entry: preview,
  },
  {
    name: '401 without a word',
    code: 'provider.rejected',
    exitCode: 3,
    message: 'HOST answered HTTP 401\n',
    place: answers(401, ''),
  },
  {
    name: '401 with the key in its words',
    code: 'provider.rejected',
    exitCode: 3,
    message: 'HOST answered HTTP 401: Bad header: Bearer [secret:key]',
    place: () =>
      failing({
        kind: 'answers',
        status: 401,
        body: (request) => `Bad header: ${/Authorization: (.*)/.exec(request)?.[1]}`,
      }),
  },
  {
    name: '402',
    code: 'provider.rejected',
    exitCode: 3,
    message: 'HOST answered HTTP 402: Payment required',
    place: answers(402, '{"detail":"Payment required"}'),
  },
  {
    name: '403 with a page',
    code: 'provider.rejected',
    exitCode: 3,
    message: 'HOST answered HTTP 403: a web page, "Forbidden by policy"',
    place: answers(403, page, { 'Content-Type': 'text/html' }),
    entry: azure,
  },
  {
    name: '407 of a proxy',
    code: 'provider.rejected',
    exitCode: 3,
    message: 'HOST answered HTTP 407',
    place: answers(407, ''),
  },
  {
    name: '400 for a version that there is not',
    code: 'provider.rejected',
    exitCode: 3,
    message: 'HOST answered HTTP 400: API version not supported',
    place: answers(400, '{"error":{"code":"BadRequest","message":"API version not supported"}}'),
    entry: preview,
  },
  {
    name: '404 for a deployment that there is not',
    code: 'provider.not_found',
    exitCode: 3,
    message: 'HOST answered HTTP 404 for "d": The API deployment for this resource does not exist.',
    place: answers(
      404,
      '{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist."}}',
    ),
    entry: azure,
  },
  {
    name: '404 of the preview path',
    code: 'provider.not_found',
    exitCode: 3,
    message: 'HOST answered HTTP 404 for "d": Resource not found',
    place: answers(404, '{"error":{"code":"404","message":"Resource not found"}}'),
    entry: preview,
  },
  {
    name: '400 for a model that there is not',
    code: 'provider.not_found',
    exitCode: 3,
    message: 'HOST answered HTTP 400: The model does not exist',
    place: answers(400, errorBody('model_not_found', 'The model does not exist')),
  },
  {
    name: '410',
    code: 'provider.not_found',
    exitCode: 3,
    message: 'HTTP 410 for "m": gone',
    place: answers(410, 'gone'),
  },
  {
    name: '200 with a page',
    code: 'provider.not_realtime',
    exitCode: 3,
    message: 'HOST answered HTTP 200: a web page, "Forbidden by policy"',
    place: answers(200, page),
  },
  {
    name: '301 to another address',
    code: 'provider.not_realtime',
    exitCode: 3,
    message: 'HOST answered HTTP 301 and points to https://api.example/v1/realtime\n',
    place: answers(301, '', { Location: 'https://api.example/v1/realtime?model=m' }),
  },
  {
    name: '302 to a page where one signs in',
    code: 'provider.not_realtime',
    exitCode: 3,
    message: 'HOST answered HTTP 302 and points to /login\n',
    place: answers(302, '', { Location: '/login?then=%2F' }),
  },
  { name: '405', code: 'provider.not_realtime', exitCode: 3, message: 'HTTP 405', place: answers(405, '') },
  { name: '426', code: 'provider.not_realtime', exitCode: 3, message: 'HTTP 426', place: answers(426, '') },
  {
    name: '101 that is no WebSocket',
    code: 'provider.not_realtime',
    exitCode: 3,
    message: 'HOST speaks HTTP and no WebSocket: Invalid Sec-WebSocket-Accept header',
    place: answers(101, '', { Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Accept': 'x' }),
  },
  {
    name: 'no HTTP at all',
    code: 'provider.not_realtime',
    exitCode: 3,
    message: 'HOST does not speak HTTP (HPE_INVALID_CONSTANT)',
    place: () => failing({ kind: 'writes', text: '220 mail.example ESMTP\r\n' }),
  },
  {
    name: '429 that asks for more patience than a session has',
    code: 'provider.busy',
    exitCode: 3,
    message: 'HOST answered HTTP 429: Too many requests (try again in 3600 s)',
    place: answers(429, errorBody('rate_limit_exceeded', 'Too many requests'), { 'Retry-After': '3600' }),
  },
  {
    name: '429 however often it is tried',
    code: 'provider.busy',
    exitCode: 3,
    message: 'HOST answered HTTP 429 (try again in 1 s)',
    place: answers(429, '', { 'Retry-After-Ms': '10' }),
    entry: azure,
  },
  {
    name: '429 of a quota that is used up',
    code: 'provider.rejected',
    exitCode: 3,
    message: 'HOST answered HTTP 429: You exceeded your current quota.',
    place: answers(429, errorBody('insufficient_quota', 'You exceeded your current quota.')),
  },
  { name: '500', code: 'provider.unavailable', exitCode: 3, message: 'HTTP 500', place: answers(500, '') },
  {
    name: '502 with a page',
    code: 'provider.unavailable',
    exitCode: 3,
    message: 'HTTP 502: a web page, "Bad gateway"',
    place: answers(502, '<html><title>Bad gateway</title></html>'),
    entry: preview,
  },
  {
    name: '503 that asks for much patience',
    code: 'provider.unavailable',
    exitCode: 3,
    message: 'HTTP 503: busy (try again in 60 s)',
    place: answers(503, 'busy', { 'Retry-After': '60' }),
  },
];

const afterUpgrade: readonly ConnectFailure[] = [
  {
    name: 'an error that refuses the key, and 3000',
    code: 'provider.rejected',
    exitCode: 3,
    message: 'invalid_api_key: Incorrect API key provided: [secret:key].',
    place: complains('invalid_api_key', `Incorrect API key provided: ${testKey}.`, [
      3000,
      'invalid_request_error.invalid_api_key',
    ]),
  },
  {
    name: 'an error without a code, and 3000',
    code: 'provider.rejected',
    exitCode: 3,
    message: 'refused the session: You did not provide an API key.',
    place: complains(null, 'You did not provide an API key.', [3000, 'invalid_request_error']),
  },
  {
    name: 'an error for want of a model, and 4000',
    code: 'provider.not_found',
    exitCode: 3,
    message: 'missing_model: You must provide a model parameter.',
    place: complains('missing_model', 'You must provide a model parameter.', [
      4000,
      'invalid_request_error.missing_model',
    ]),
  },
  {
    name: 'an error for an unknown model, and 4000',
    code: 'provider.not_found',
    exitCode: 3,
    message: 'invalid_model: Model "m" is not supported.',
    place: complains('invalid_model', 'Model "m" is not supported.', [
      4000,
      'invalid_request_error.invalid_model',
    ]),
  },
  {
    name: 'an error for the wrong dialect, and 4000',
    code: 'provider.rejected',
    exitCode: 3,
    message: 'beta_api_shape_disabled: The Realtime Beta API is no longer supported.',
    place: complains('beta_api_shape_disabled', 'The Realtime Beta API is no longer supported.', [
      4000,
      'invalid_request_error.beta_api_shape_disabled',
    ]),
  },
  {
    name: 'an error of the account, and 1000',
    code: 'provider.rejected',
    exitCode: 3,
    message: 'account_deactivated: Gone.',
    place: complains('account_deactivated', 'Gone.', [1000, '']),
  },
  {
    name: 'an error of a server that is full, and 1013',
    code: 'provider.busy',
    exitCode: 3,
    message: 'rate_limit_exceeded: Too many sessions.',
    place: complains('rate_limit_exceeded', 'Too many sessions.', [1013, '']),
  },
  {
    name: 'an error, and nothing after it',
    code: 'provider.rejected',
    exitCode: 3,
    message: 'invalid_api_key: No.',
    place: complains('invalid_api_key', 'No.'),
    isSlow: true,
  },
  {
    name: '3000 with the reason alone',
    code: 'provider.rejected',
    exitCode: 3,
    message: 'invalid_request_error.invalid_api_key',
    place: closes(3000, 'invalid_request_error.invalid_api_key'),
  },
  {
    name: '4000 with the reason alone',
    code: 'provider.not_found',
    exitCode: 3,
    message: 'invalid_request_error.invalid_model',
    place: closes(4000, 'invalid_request_error.invalid_model'),
  },
  {
    name: '1008',
    code: 'provider.rejected',
    exitCode: 3,
    message: 'not allowed here',
    place: closes(1008, 'not allowed here'),
  },
  {
    name: '1000 before anything was said',
    code: 'provider.connect_failed',
    exitCode: 3,
    message: 'the connection closed with code 1000',
    place: closes(1000, ''),
  },
  {
    name: '1011 however often it is tried',
    code: 'provider.unavailable',
    exitCode: 3,
    message: 'internal error',
    place: closes(1011, 'internal error'),
  },
  {
    name: 'a connection that breaks after the upgrade',
    code: 'provider.connect_failed',
    exitCode: 3,
    message: 'HOST broke the connection',
    place: () =>
      realtime(async (peer) => {
        peer.reset();
        await peer.closed;
      }),
  },
  {
    name: 'a server that opens and says nothing',
    code: 'provider.timeout',
    exitCode: 3,
    message: 'no session.created within 15 s',
    place: () =>
      realtime(async (peer) => {
        await peer.closed;
      }),
    isSlow: true,
  },
  {
    name: 'a server that never agrees',
    code: 'provider.timeout',
    exitCode: 3,
    message: 'no session.updated within 15 s',
    place: () =>
      realtime(async (peer) => {
        peer.send({ type: 'session.created', session: { id: 's', type: 'realtime' } });
        await peer.closed;
      }),
    isSlow: true,
  },
  {
    name: 'settings that the server does not take',
    code: 'provider.session_refused',
    exitCode: 3,
    message: 'session.audio.output.voice',
    place: refusesSettings('invalid_value', 'Invalid value.', 'session.audio.output.voice'),
  },
  {
    name: 'a quota that is found used up when the settings come',
    code: 'provider.rejected',
    exitCode: 3,
    message: 'insufficient_quota: You exceeded your current quota.',
    place: refusesSettings('insufficient_quota', 'You exceeded your current quota.', null),
  },
];

const laterRefusals: readonly ConnectFailure[] = [
  {
    name: 'an error for a model that there is not, and 1008',
    code: 'provider.not_found',
    exitCode: 3,
    message: 'model_not_found: The model "m" does not exist.',
    place: complains('model_not_found', 'The model "m" does not exist.', [1008, 'policy']),
  },
  {
    name: 'an error for a quota that is used up, and 1011',
    code: 'provider.rejected',
    exitCode: 3,
    message: 'insufficient_quota: You exceeded your current quota.',
    place: complains('insufficient_quota', 'You exceeded your current quota.', [1011, '']),
  },
  {
    name: 'a session that is over when it begins, and 1001',
    code: 'provider.unavailable',
    exitCode: 3,
    message: 'session_expired: Your session hit the maximum duration of 60 minutes.',
    place: complains('session_expired', 'Your session hit the maximum duration of 60 minutes.', [
      1001,
      'Your session hit the maximum duration of 60 minutes.',
    ]),
  },
  ...(
    [
      [1001, 'going away', 'provider.unavailable'],
      [1002, 'protocol error', 'provider.not_realtime'],
      [1003, 'no binary', 'provider.not_realtime'],
      [1007, 'not utf-8', 'provider.rejected'],
      [1009, 'too big', 'provider.rejected'],
      [1012, 'restarting', 'provider.unavailable'],
      [1013, 'try again later', 'provider.busy'],
      [4001, 'unauthorized', 'provider.rejected'],
      [4404, 'no such model', 'provider.not_found'],
      [4429, 'slow down', 'provider.busy'],
      [4999, 'something of its own', 'provider.connect_failed'],
    ] as const
  ).map(
    ([close, reason, code]): ConnectFailure => ({
      name: `${close}, ${reason}`,
      code,
      exitCode: 3,
      message: reason,
      place: closes(close, reason),
    }),
  ),
  {
    name: 'words that are no events',
    code: 'provider.rejected',
    exitCode: 3,
    message: 'not today',
    place: () =>
      realtime(async (peer) => {
        for (const text of ['hello', '[]', '{"type":3}', '{"type":"welcome"}']) peer.sendRaw(text);
        peer.close(1008, 'not today');
        await peer.closed;
      }),
  },
];

const settings: readonly ConnectFailure[] = [
  {
    name: 'an address that is none',
    code: 'config.bad_url',
    exitCode: 2,
    message:
      /agents\.yaml:4:32: providers\.p\.base_url is not an address that can be used: it has no protocol/,
    entry: '{ type: openai, base_url: "realtime.example", model: m, api_key: k }',
  },
  {
    name: 'an address of another kind, with a key in it',
    code: 'config.bad_url',
    exitCode: 2,
    message: 'providers.p.base_url is not an address that can be used: its protocol is ftp:',
    entry: `{ type: openai, base_url: "ftp://user:${'$'}{KEY}@realtime.example/v1?key=${'$'}{KEY}", model: m, api_key: k }`,
  },
  {
    name: 'a key that was copied with a sign that headers cannot carry',
    code: 'provider.bad_key',
    exitCode: 2,
    message: 'the api_key of provider "p" cannot be sent: it holds a character that headers cannot carry',
    entry: '{ type: openai, model: m, api_key: "${KEY}" }',
    env: { KEY: '\u201csk-test-0123456789\u201d' },
  },
  {
    name: 'a key of blanks',
    code: 'provider.bad_key',
    exitCode: 2,
    message: 'the api_key of provider "p" cannot be sent: it holds nothing',
    entry: '{ type: azure, endpoint: "https://r.example", deployment: d, api_key: "${KEY}" }',
    env: { KEY: '   ' },
  },
  {
    name: 'no deployment',
    code: 'config.missing_key',
    exitCode: 2,
    message: 'deployment',
    entry: '{ type: azure, endpoint: "https://r.example", api_key: k }',
  },
  {
    name: 'no endpoint',
    code: 'config.missing_key',
    exitCode: 2,
    message: 'endpoint',
    entry: '{ type: azure, deployment: d, api_key: k }',
  },
  {
    name: 'a built-in provider without its deployment',
    code: 'provider.missing_variables',
    exitCode: 2,
    message: 'what is not set: AZURE_OPENAI_DEPLOYMENT\n',
    provider: 'azure',
    env: { AZURE_OPENAI_ENDPOINT: 'https://r.example', AZURE_OPENAI_API_KEY: testKey },
  },
  {
    name: 'a key with a line break',
    code: 'provider.bad_key',
    exitCode: 2,
    message: 'the api_key of provider "p" cannot be sent: it holds a line break',
    entry: '{ type: openai, model: m, api_key: "${KEY}" }',
    env: { KEY: 'sk-test\n0123456789' },
  },
  {
    name: 'a header that cannot be sent',
    code: 'provider.bad_header',
    exitCode: 2,
    message: 'the header "X Team" of provider "p" cannot be sent',
    entry: '{ type: openai, model: m, api_key: k, headers: { "X Team": a } }',
  },
  {
    name: 'tokens of a function that a command has not',
    code: 'provider.token_source_unknown',
    exitCode: 2,
    message: 'provider "p" asks "entra" for its tokens',
    entry: '{ type: azure, endpoint: "https://r.example", deployment: d, token_source: entra }',
  },
  {
    name: 'a variable of the file that is not set',
    code: 'config.missing_variable',
    exitCode: 2,
    message: /agents\.yaml:4:77: the environment variable MY_KEY is not set/,
    entry: '{ type: azure, endpoint: "https://r.example", deployment: d, api_key: "${MY_KEY}" }',
  },
  {
    name: 'variables of a built-in provider that are not set',
    code: 'provider.missing_variables',
    exitCode: 2,
    message:
      'the built-in provider "azure" reads from the environment what is not set: AZURE_OPENAI_ENDPOINT, AZURE_OPENAI_DEPLOYMENT, AZURE_OPENAI_API_KEY (or AZURE_OPENAI_AD_TOKEN)',
    provider: 'azure',
  },
  {
    name: 'a built-in provider without its key',
    code: 'provider.missing_variables',
    exitCode: 2,
    message: 'what is not set: OPENAI_API_KEY',
    provider: 'openai',
  },
  {
    name: 'an endpoint of the environment that is no address',
    code: 'provider.bad_url',
    exitCode: 2,
    message: '"r.openai.azure.com" is not the address of a Realtime server',
    provider: 'azure',
    env: {
      AZURE_OPENAI_ENDPOINT: 'r.openai.azure.com',
      AZURE_OPENAI_DEPLOYMENT: 'd',
      AZURE_OPENAI_API_KEY: testKey,
    },
  },
  {
    name: 'no way to prove who calls',
    code: 'config.missing_key',
    exitCode: 2,
    message: 'providers.p needs the key "api_key"',
    entry: '{ type: azure, endpoint: "https://r.example", deployment: d }',
  },
  {
    name: 'a provider that there is not',
    code: 'provider.unknown',
    exitCode: 2,
    message: 'there is no provider named "q"',
    provider: 'q',
  },
];

/** Every way in which a session cannot be had. */
export const connectFailures: readonly ConnectFailure[] = [
  ...network,
  ...upgrades,
  ...afterUpgrade,
  ...laterRefusals,
  ...settings,
];
