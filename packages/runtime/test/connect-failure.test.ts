import { describe, expect, it } from 'vitest';
import { describeConnectFailure } from '../src/providers/connect-failure.ts';
import { retryAfterMs } from '../src/providers/refusal.ts';

const address = { url: new URL('wss://voice.example:8443/v1') };

function failure(code: string | undefined, message = 'as the system says it'): Error {
  return Object.assign(new Error(message), code === undefined ? {} : { code });
}

describe('describeConnectFailure', () => {
  it.each([
    ['ENOTFOUND', 'the name voice.example is not known (ENOTFOUND)'],
    ['EAI_AGAIN', 'the name voice.example could not be looked up (EAI_AGAIN)'],
    ['ECONNREFUSED', 'nothing listens at voice.example:8443 (ECONNREFUSED)'],
    ['ECONNRESET', 'voice.example:8443 broke the connection (ECONNRESET)'],
    ['ETIMEDOUT', 'voice.example:8443 did not answer (ETIMEDOUT)'],
    ['ENETUNREACH', 'voice.example:8443 cannot be reached from here (ENETUNREACH)'],
    [
      'CERT_HAS_EXPIRED',
      'the certificate of voice.example:8443 was not accepted: it has expired (CERT_HAS_EXPIRED)',
    ],
    [
      'SELF_SIGNED_CERT_IN_CHAIN',
      'the certificate of voice.example:8443 was not accepted: this machine does not know who signed it (SELF_SIGNED_CERT_IN_CHAIN)',
    ],
    [
      'ERR_TLS_CERT_ALTNAME_INVALID',
      'the certificate of voice.example:8443 was not accepted: it is for another name (ERR_TLS_CERT_ALTNAME_INVALID)',
    ],
    ['EPROTO', 'voice.example:8443 does not speak TLS as it should (EPROTO)'],
    ['EACCES', 'as the system says it'],
    [undefined, 'as the system says it'],
  ])('puts %s in words', (code, words) => {
    const error = failure(code);
    expect(describeConnectFailure(error, address).message).toBe(words);
  });

  it('looks into the failures of a host with several addresses', () => {
    const error = new AggregateError([failure('ECONNREFUSED'), failure('ENETUNREACH')], '');
    expect(describeConnectFailure(error, address).message).toBe(
      'nothing listens at voice.example:8443 (ECONNREFUSED)',
    );
    expect(describeConnectFailure(new AggregateError([]), address).message).toBe('');
  });
});

describe('retryAfterMs', () => {
  const wallMs = Date.UTC(2026, 0, 1);

  it.each([
    [{}, undefined],
    [{ 'retry-after': '3' }, 3_000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after': '3', 'retry-after-ms': '250' }, 250],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:09 GMT' }, 9_000],
    [{ 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }, 0],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '-3' }, undefined],
  ])('reads %j', (headers, expected) => {
    expect(retryAfterMs(headers, wallMs)).toBe(expected);
  });
});
