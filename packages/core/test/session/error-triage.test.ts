import { describe, expect, it } from 'vitest';
import {
  asksForPatience,
  type Complaint,
  type ConnectionClose,
  canRedial,
  describeClose,
  refusalCode,
} from '../../src/session/close-verdict.ts';
import { triageError } from '../../src/session/error-triage.ts';

describe('an error of the server', () => {
  it.each([
    ['response_cancel_not_active', 'benign'],
    ['item_truncate_invalid_item_id', 'benign'],
    ['item_delete_invalid_item_id', 'benign'],
    ['item_retrieve_invalid_item_id', 'benign'],
    ['input_audio_buffer_commit_empty', 'benign'],
    ['unsupported_content_type', 'benign'],
    ['conversation_already_has_active_response', 'retryable'],
    ['rate_limit_exceeded', 'retryable'],
    ['inference_rate_limit_exceeded', 'retryable'],
    ['server_error', 'retryable'],
    ['internal_error', 'retryable'],
    ['invalid_json', 'refused'],
    ['invalid_event', 'refused'],
    ['invalid_value', 'refused'],
    ['invalid_type', 'refused'],
    ['unknown_parameter', 'refused'],
    ['missing_required_parameter', 'refused'],
    ['integer_below_min_value', 'refused'],
    ['integer_above_max_value', 'refused'],
    ['string_above_max_length', 'refused'],
    ['item_create_invalid_previous_item_id', 'refused'],
    ['invalid_tool_call_id', 'refused'],
    ['cannot_update_voice', 'refused'],
    ['invalid_api_key', 'fatal'],
    ['insufficient_quota', 'fatal'],
    ['account_deactivated', 'fatal'],
    ['billing_hard_limit_reached', 'fatal'],
    ['session_expired', 'fatal'],
    ['missing_model', 'fatal'],
    ['invalid_model', 'fatal'],
    ['beta_api_shape_disabled', 'fatal'],
    ['DeploymentNotFound', 'fatal'],
    ['brand_new', 'unknown'],
    ['constructor', 'unknown'],
  ])('with the code %s is %s', (code, verdict) => {
    expect(triageError(code, 'invalid_request_error')).toBe(verdict);
  });

  it('without a code is sorted by its type', () => {
    expect(triageError(null, 'server_error')).toBe('retryable');
    expect(triageError(undefined, 'invalid_request_error')).toBe('unknown');
    expect(triageError(null, null)).toBe('unknown');
  });
});

const broken: ConnectionClose = { code: 1006, reason: '', cause: 'it broke' };

function complaint(code: string): Complaint {
  return { code, type: 'invalid_request_error', text: `${code}: words` };
}

describe('the end of a connection', () => {
  it.each<[string, Partial<ConnectionClose>, string | undefined, boolean, string]>([
    ['1000', { code: 1000 }, undefined, false, 'provider.connect_failed'],
    ['1001', { code: 1001 }, undefined, true, 'provider.unavailable'],
    ['1002', { code: 1002 }, undefined, false, 'provider.not_realtime'],
    ['1003', { code: 1003 }, undefined, false, 'provider.not_realtime'],
    ['1005', { code: 1005 }, undefined, true, 'provider.connect_failed'],
    ['1006', {}, undefined, true, 'provider.connect_failed'],
    ['1007', { code: 1007 }, undefined, false, 'provider.rejected'],
    ['1008', { code: 1008 }, undefined, false, 'provider.rejected'],
    ['1011', { code: 1011 }, undefined, true, 'provider.unavailable'],
    ['1013', { code: 1013 }, undefined, true, 'provider.busy'],
    ['1015', { code: 1015 }, undefined, false, 'provider.tls_failed'],
    ['3000', { code: 3000 }, undefined, false, 'provider.rejected'],
    ['4000', { code: 4000 }, undefined, false, 'provider.rejected'],
    [
      '4000 of a model',
      { code: 4000, reason: 'invalid_request_error.invalid_model' },
      undefined,
      false,
      'provider.not_found',
    ],
    [
      '3000 of a key',
      { code: 3000, reason: 'invalid_request_error.invalid_api_key' },
      undefined,
      false,
      'provider.rejected',
    ],
    ['a code of its own', { code: 4999 }, undefined, true, 'provider.connect_failed'],
    ['a proxy', { obstacle: 'proxy' }, undefined, true, 'provider.proxy_failed'],
    ['HTTP 407 of a proxy', { obstacle: 'proxy', status: 407 }, undefined, false, 'provider.proxy_failed'],
    ['HTTP 502 of a proxy', { obstacle: 'proxy', status: 502 }, undefined, true, 'provider.proxy_failed'],
    ['HTTP 200', { status: 200 }, undefined, false, 'provider.not_realtime'],
    ['HTTP 301', { status: 301 }, undefined, false, 'provider.not_realtime'],
    ['HTTP 400', { status: 400 }, undefined, false, 'provider.rejected'],
    ['HTTP 401', { status: 401 }, undefined, false, 'provider.rejected'],
    ['HTTP 402', { status: 402 }, undefined, false, 'provider.rejected'],
    ['HTTP 403', { status: 403 }, undefined, false, 'provider.rejected'],
    ['HTTP 404', { status: 404 }, undefined, false, 'provider.not_found'],
    ['HTTP 405', { status: 405 }, undefined, false, 'provider.not_realtime'],
    ['HTTP 408', { status: 408 }, undefined, true, 'provider.unavailable'],
    ['HTTP 410', { status: 410 }, undefined, false, 'provider.not_found'],
    ['HTTP 426', { status: 426 }, undefined, false, 'provider.not_realtime'],
    ['HTTP 429', { status: 429 }, undefined, true, 'provider.busy'],
    [
      'HTTP 429 of a quota',
      { status: 429, reason: 'insufficient_quota.insufficient_quota' },
      undefined,
      false,
      'provider.rejected',
    ],
    ['HTTP 500', { status: 500 }, undefined, true, 'provider.unavailable'],
    ['HTTP 501', { status: 501 }, undefined, false, 'provider.not_realtime'],
    ['HTTP 503', { status: 503 }, undefined, true, 'provider.unavailable'],
    ['HTTP 529', { status: 529 }, undefined, true, 'provider.unavailable'],
    ['TLS', { obstacle: 'tls' }, undefined, false, 'provider.tls_failed'],
    ['time', { obstacle: 'time' }, undefined, true, 'provider.timeout'],
    ['token', { obstacle: 'token' }, undefined, true, 'provider.token_failed'],
    ['protocol', { obstacle: 'protocol' }, undefined, false, 'provider.not_realtime'],
    ['an error before it', { code: 4000 }, 'invalid_api_key', false, 'provider.rejected'],
    ['an error that passes', { code: 4000 }, 'rate_limit_exceeded', true, 'provider.busy'],
    ['an error nobody knows', { code: 1011 }, 'brand_new', true, 'provider.unavailable'],
    ['a session that is over', { code: 1001 }, 'session_expired', true, 'provider.unavailable'],
  ])('by %s', (_, close, code, isRedialled, failure) => {
    const ended = { ...broken, ...close };
    const said = code === undefined ? undefined : complaint(code);
    expect(canRedial(ended, said)).toBe(isRedialled);
    expect(refusalCode(ended, said)).toBe(failure);
  });

  it('is told in the words that say most', () => {
    expect(describeClose(broken, complaint('invalid_api_key'))).toBe('invalid_api_key: words');
    expect(describeClose(broken, undefined)).toBe('it broke');
    expect(describeClose({ ...broken, cause: undefined, reason: 'bye' }, undefined)).toBe('bye');
    expect(describeClose({ ...broken, cause: undefined }, undefined)).toBe(
      'the connection closed with code 1006',
    );
  });

  it('asks for patience where the server does', () => {
    expect(asksForPatience({ ...broken, status: 503 }, undefined)).toBe(true);
    expect(asksForPatience({ ...broken, code: 1013 }, undefined)).toBe(true);
    expect(asksForPatience(broken, undefined)).toBe(false);
    expect(asksForPatience({ ...broken, status: 401 }, undefined)).toBe(false);
  });
});
