import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readIncomingCall } from '../src/sideband/incoming-call.ts';

const secretBytes = Buffer.from('0123456789abcdef0123456789abcdef');
const secret = `whsec_${secretBytes.toString('base64')}`;
const nowMs = 1_760_000_000_000;

const body = JSON.stringify({
  object: 'event',
  id: 'evt_1',
  type: 'realtime.call.incoming',
  created_at: 1_760_000_000,
  data: {
    call_id: 'rtc_1',
    sip_headers: [
      { name: 'From', value: 'sip:+142555512112@sip.example.com' },
      { name: 'To', value: 'sip:+18005551212@sip.example.com' },
      { name: 'Call-ID', value: '03782086-4ce9-44bf-8b0d-4e303d2cc590' },
      'not a header',
    ],
  },
});

function signed(text: string, change: Readonly<Record<string, string>> = {}, key = secretBytes) {
  const headers = { 'webhook-id': 'wh_1', 'webhook-timestamp': String(nowMs / 1000), ...change };
  const content = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${text}`;
  const signature = `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
  return { 'webhook-signature': signature, ...headers, ...change };
}

describe('readIncomingCall', () => {
  it('reads who calls, once the signature is right', () => {
    expect(readIncomingCall({ body, headers: signed(body), secret, nowMs })).toEqual({
      callId: 'rtc_1',
      sipHeaders: [
        { name: 'From', value: 'sip:+142555512112@sip.example.com' },
        { name: 'To', value: 'sip:+18005551212@sip.example.com' },
        { name: 'Call-ID', value: '03782086-4ce9-44bf-8b0d-4e303d2cc590' },
      ],
      from: 'sip:+142555512112@sip.example.com',
      to: 'sip:+18005551212@sip.example.com',
    });
    const bytes = new TextEncoder().encode(body);
    expect(readIncomingCall({ body: bytes, headers: signed(body), secret, nowMs })?.callId).toBe('rtc_1');
  });

  it('takes one good signature among several', () => {
    const good = signed(body)['webhook-signature'];
    const headers = signed(body, { 'webhook-signature': `v2,xyz v1,AAAA ${good}` });
    expect(readIncomingCall({ body, headers, secret, nowMs })?.callId).toBe('rtc_1');
  });

  it('leaves other webhooks to others', () => {
    const other = '{"type":"response.completed","data":{"id":"resp_1"}}';
    expect(readIncomingCall({ body: other, headers: signed(other), secret, nowMs })).toBeUndefined();
  });

  it.each([
    ['no signature', body, {}, 'it is not signed'],
    [
      'a signature of another secret',
      body,
      signed(body, {}, Buffer.from('another')),
      'its signature is not that of the secret',
    ],
    ['a body that was changed', `${body} `, signed(body), 'its signature is not that of the secret'],
    [
      'an old time',
      body,
      signed(body, { 'webhook-timestamp': String(nowMs / 1000 - 301) }),
      'its time is not now',
    ],
    [
      'a time to come',
      body,
      signed(body, { 'webhook-timestamp': String(nowMs / 1000 + 301) }),
      'its time is not now',
    ],
    ['no time', body, signed(body, { 'webhook-timestamp': 'soon' }), 'its time is not now'],
    ['no JSON', 'hello', signed('hello'), 'its body is no JSON object'],
    [
      'no call',
      '{"type":"realtime.call.incoming"}',
      signed('{"type":"realtime.call.incoming"}'),
      'it has no call_id',
    ],
  ])('refuses %s', (_name, text, headers, reason) => {
    expect(() => readIncomingCall({ body: text, headers, secret, nowMs })).toThrow(
      expect.objectContaining({ code: 'call.bad_webhook', data: { reason } }) as Error,
    );
  });

  it('checks nothing where something before has', () => {
    expect(readIncomingCall({ body, headers: {}, secret: null })?.callId).toBe('rtc_1');
  });
});
