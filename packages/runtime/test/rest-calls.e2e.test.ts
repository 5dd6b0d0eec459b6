// What can go wrong when a provider is asked about its calls, over real sockets.
import { FakeRealtimeServer } from '@antiphon/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRestCalls, type RestCallsOptions } from '../src/sideband/rest-calls.ts';

const session = { type: 'realtime' } as const;
const key = 'sk-very-secret';

let server: FakeRealtimeServer;
beforeEach(async () => {
  server = await FakeRealtimeServer.start();
});
afterEach(() => server.close());

function calls(change: Partial<RestCallsOptions> = {}) {
  return createRestCalls({
    name: 'mine',
    baseUrl: new URL(`${server.origin.replace('ws', 'http')}/v1/realtime`),
    model: 'gpt-realtime',
    headers: { 'X-Session-Token': 'tok-very-secret' },
    credential: { kind: 'key', header: 'Authorization', value: key },
    ...change,
  });
}

const secretOf = (change?: Partial<RestCallsOptions>) =>
  calls(change).createClientSecret({ session, expiresInSeconds: 60 });

describe('a request about calls', () => {
  it.each([
    [
      401,
      '{"error":{"message":"Incorrect API key provided: sk-very-secret."}}',
      'call.refused',
      'Incorrect API key',
    ],
    [403, 'tok-very-secret may not', 'call.refused', 'HTTP 403'],
    [404, '', 'call.refused', 'HTTP 404'],
    [307, '', 'call.refused', 'HTTP 307'],
    [429, '{"error":{"message":"Slow down."}}', 'call.failed', 'Slow down.'],
    [503, '<html><title>Bad gateway</title></html>', 'call.failed', 'Bad gateway'],
  ])('that is answered with %d is told in words, and no key is', async (status, body, code, words) => {
    server.calls.refuseNext({ status, body });
    const error = await secretOf().catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code, message: expect.stringContaining(words) as string });
    expect(String(error)).toContain('create a client secret');
    expect(JSON.stringify(error)).not.toMatch(/very-secret/);
  });

  it('that is not answered ends by itself', async () => {
    server.calls.refuseNext('never');
    await expect(secretOf({ timeoutMs: 100 })).rejects.toMatchObject({
      code: 'call.failed',
      message: expect.stringContaining('did not answer within 0.1 s') as string,
    });
  });

  it('ends when it is not wanted any more', async () => {
    server.calls.refuseNext('never');
    const wanted = new AbortController();
    const asking = calls().hangUp({ callId: 'rtc_1', signal: wanted.signal });
    wanted.abort();
    await expect(asking).rejects.toMatchObject({ code: 'call.failed' });
  });

  it('to where nobody is says so', async () => {
    const gone = await FakeRealtimeServer.start();
    const baseUrl = new URL(`${gone.origin.replace('ws', 'http')}/v1/realtime`);
    await gone.close();
    await expect(secretOf({ baseUrl })).rejects.toMatchObject({
      code: 'call.failed',
      message: expect.stringContaining('ECONNREFUSED') as string,
    });
  });

  it.each([
    ['no JSON', { status: 200, body: 'fine' }, 'it has no value'],
    ['no value', { status: 200, body: '{"expires_at":1}' }, 'it has no value'],
    ['no time', { status: 200, body: '{"value":"ek_1"}' }, 'it has no expires_at'],
  ])('for a secret is not satisfied with %s', async (_name, answer, reason) => {
    server.calls.refuseNext(answer);
    await expect(secretOf()).rejects.toMatchObject({ code: 'call.bad_answer', data: { reason } });
  });

  it.each([
    ['no address', { status: 201, body: 'v=0\r\n' }, 'its Location names no call'],
    [
      'another address',
      { status: 201, body: 'v=0\r\n', headers: { Location: '/v1/files/1' } },
      'its Location names no call',
    ],
    [
      'no SDP',
      { status: 201, body: '{}', headers: { Location: '/v1/realtime/calls/rtc_1' } },
      'its body is no SDP',
    ],
  ])('for a call is not satisfied with %s', async (_name, answer, reason) => {
    server.calls.refuseNext(answer);
    const asking = calls().create({ session, sdpOffer: 'v=0\r\n' });
    await expect(asking).rejects.toMatchObject({ code: 'call.bad_answer', data: { reason } });
  });

  it('takes the id of a call from a whole address', async () => {
    const headers = { Location: 'https://api.openai.com/v1/realtime/calls/rtc_9?x=1' };
    server.calls.refuseNext({ status: 201, body: 'v=0\r\n', headers });
    expect(await calls().create({ session, sdpOffer: 'v=0\r\n' })).toEqual({
      callId: 'rtc_9',
      sdpAnswer: 'v=0\r\n',
    });
  });

  it('asks the application for a token, each time, and keeps it out of words', async () => {
    let asked = 0;
    const source = () => `tok-very-secret-${++asked}`;
    const withTokens = calls({ credential: { kind: 'source', source } });
    server.calls.refuseNext({ status: 401, body: 'tok-very-secret-1 is no good' });
    const error = await withTokens.hangUp({ callId: 'rtc_1' }).catch((cause: unknown) => cause);
    expect(String(error)).not.toContain('tok-very-secret');
    await withTokens.createClientSecret({ session, expiresInSeconds: 60 });
    expect(server.calls.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer tok-very-secret-1',
      'Bearer tok-very-secret-2',
    ]);
  });
});
