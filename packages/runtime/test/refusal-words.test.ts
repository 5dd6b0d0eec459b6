import { describe, expect, it } from 'vitest';
import type { Refusal } from '../src/providers/refusal.ts';
import { refusalWords } from '../src/providers/refusal-words.ts';

function words(body: string, more: Partial<Refusal> = {}) {
  return refusalWords(new URL('wss://h:1/v1/realtime?model=m'), {
    status: 401,
    body,
    retryAfterMs: undefined,
    location: undefined,
    ...more,
  });
}

describe('refusalWords', () => {
  it.each<[string, string, string, string]>([
    [
      'an error of OpenAI',
      '{"error":{"message":"Incorrect API key.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}',
      'h:1 answered HTTP 401: Incorrect API key.',
      'invalid_request_error.invalid_api_key',
    ],
    [
      'an error of Azure',
      '{"error":{"code":"DeploymentNotFound","message":"No such deployment."}}',
      'h:1 answered HTTP 401: No such deployment.',
      'DeploymentNotFound',
    ],
    [
      'an error whose code is its status',
      '{"error":{"code":"401","message":"Access denied."}}',
      'h:1 answered HTTP 401: Access denied.',
      '',
    ],
    [
      'an error of a gateway',
      '{ "statusCode": 401, "message": "Denied." }',
      'h:1 answered HTTP 401: Denied.',
      '',
    ],
    ['a text as an error', '{"error":"no"}', 'h:1 answered HTTP 401: no', ''],
    ['a detail', '{"detail":"Not authenticated"}', 'h:1 answered HTTP 401: Not authenticated', ''],
    ['plain text', ' slow\n down ', 'h:1 answered HTTP 401: slow down', ''],
    ['nothing', '', 'h:1 answered HTTP 401', ''],
    ['JSON that is no object', '[1]', 'h:1 answered HTTP 401: [1]', ''],
    [
      'a page',
      '<!DOCTYPE html><html><head><title>Sign\n in</title></head></html>',
      'h:1 answered HTTP 401: a web page, "Sign in"',
      '',
    ],
    ['a page without a title', '<html><body>x</body></html>', 'h:1 answered HTTP 401: a web page', ''],
    ['escape codes', '{"message":"\\u001b[31mred"}', 'h:1 answered HTTP 401: [31mred', ''],
    ['a long text', 'x'.repeat(500), 'h:1 answered HTTP 401', ''],
  ])('reads %s', (_, body, message, reason) => {
    expect(words(body)).toEqual({ message, reason });
  });

  it('tells how long to wait and where to look', () => {
    expect(words('', { status: 429, retryAfterMs: 1_500 }).message).toBe(
      'h:1 answered HTTP 429 (try again in 2 s)',
    );
    expect(words('', { status: 302, location: 'https://u:p@login.example/x?token=1' }).message).toBe(
      'h:1 answered HTTP 302 and points to https://login.example/x',
    );
  });

  it('cuts long words', () => {
    expect(words(`{"message":"${'x'.repeat(500)}"}`).message).toHaveLength(
      'h:1 answered HTTP 401: '.length + 300,
    );
  });

  it.each([
    ['wss://h:1/v1/realtime?model=m&api-key=secret', 404, 'h:1 answered HTTP 404 for "m"'],
    ['wss://h:1/openai/realtime?api-version=v&deployment=d', 410, 'h:1 answered HTTP 410 for "d"'],
    ['wss://h:1/v1/realtime', 404, 'h:1 answered HTTP 404'],
    ['wss://h:1/v1/realtime?model=m', 403, 'h:1 answered HTTP 403'],
  ])('names what is not there: %s', (url, status, message) => {
    const refusal = { status, body: '', retryAfterMs: undefined, location: undefined };
    expect(refusalWords(new URL(url), refusal).message).toBe(message);
  });

  it('reads the beginning of an error that is too long to be read whole', () => {
    const body = `{"error": {"code": "server_error", "message": "${'no end '.repeat(100)}`;
    expect(words(body).message).toMatch(/^h:1 answered HTTP 401: no end .*…$/);
    expect(words(body).reason).toBe('server_error');
  });
});
