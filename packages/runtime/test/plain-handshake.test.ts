import { describe, expect, it } from 'vitest';
import { agrees, answerTo, isPlain, mayAgree } from '../src/providers/plain-handshake.ts';

// The example of RFC 6455 §1.3.
const key = 'dGhlIHNhbXBsZSBub25jZQ==';
const accept = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

function headOf(status: string, headers: readonly string[]): string {
  return [status, ...headers].join('\r\n');
}

const yes = ['Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${accept}`];

describe('the answer to a handshake', () => {
  it('is the hash of the key', () => {
    expect(answerTo(key)).toBe(accept);
  });

  it.each([
    ['the example', 'HTTP/1.1 101 Switching Protocols', yes],
    ['no words', 'HTTP/1.1 101', yes],
    [
      'other headers, some twice',
      'HTTP/1.1 101 OK',
      ['Set-Cookie: a=1', 'Set-Cookie: b=2', ...yes, 'X-Empty:'],
    ],
    [
      'other letters',
      'HTTP/1.1 101 ok',
      ['UPGRADE:WebSocket', 'connection:UPGRADE', `sec-websocket-accept:${accept} `],
    ],
    ['more options of the connection', 'HTTP/1.1 101 OK', ['Connection: keep-alive', ...yes]],
  ])('is a yes with %s', (_name, status, headers) => {
    expect(agrees(headOf(status, headers), accept)).toBe(true);
  });

  it.each([
    ['another status', 'HTTP/1.1 200 OK', yes],
    ['a longer status', 'HTTP/1.1 1011 OK', yes],
    ['another version', 'HTTP/1.0 101 OK', yes],
    ['another key', 'HTTP/1.1 101 OK', [...yes.slice(0, 2), 'Sec-WebSocket-Accept: AAAA']],
    ['no key', 'HTTP/1.1 101 OK', yes.slice(0, 2)],
    ['two keys', 'HTTP/1.1 101 OK', [...yes, `Sec-WebSocket-Accept: ${accept}`]],
    ['another protocol', 'HTTP/1.1 101 OK', ['Upgrade: h2c', ...yes.slice(1)]],
    ['no option of the connection', 'HTTP/1.1 101 OK', [yes[0] ?? '', 'Connection: close', yes[2] ?? '']],
    ['a subprotocol', 'HTTP/1.1 101 OK', [...yes, 'Sec-WebSocket-Protocol: realtime']],
    ['an extension', 'HTTP/1.1 101 OK', [...yes, 'Sec-WebSocket-Extensions: permessage-deflate']],
    ['a line without a name', 'HTTP/1.1 101 OK', [...yes, ': x']],
    ['a line that is no header', 'HTTP/1.1 101 OK', [...yes, 'nonsense']],
    ['a line that goes on', 'HTTP/1.1 101 OK', [...yes, 'X-Folded: a', ' b']],
    ['a line feed in a line', 'HTTP/1.1 101 OK', [...yes, 'X: a\nSec-WebSocket-Protocol: b']],
  ])('is no yes with %s', (_name, status, headers) => {
    expect(agrees(headOf(status, headers), accept)).toBe(false);
  });

  it('may still become one at every length', () => {
    const head = headOf('HTTP/1.1 101 Switching Protocols', yes);
    for (let length = 0; length <= head.length; length++) expect(mayAgree(head.slice(0, length))).toBe(true);
  });

  it.each([
    ['is of another protocol', 'SSH-2.0-OpenSSH'],
    ['begins with another letter', 'X'],
    ['refuses', 'HTTP/1.1 4'],
    ['ends its lines otherwise', 'HTTP/1.1 101 OK\nUpgrade: websocket\n\n'],
    ['has no end', `HTTP/1.1 101 ${'x'.repeat(16 * 1024)}`],
  ])('cannot become one any more when it %s', (_name, head) => {
    expect(mayAgree(head)).toBe(false);
  });
});

describe('a plain connection', () => {
  it.each([
    ['ws://127.0.0.1:9/v1?model=x', { 'X-Ä': 'a' }, false],
    ['ws://127.0.0.1:9/v1?model=x', { 'api-key': 'k' }, true],
    ['ws://[::1]/', {}, true],
    ['wss://127.0.0.1:9/', {}, false],
    ['ws://user@127.0.0.1/', {}, false],
    ['ws://:password@127.0.0.1/', {}, false],
    ['ws://127.0.0.1/#part', {}, false],
    ['ws://127.0.0.1/', { Host: 'other' }, false],
    ['ws://127.0.0.1/', { connection: 'close' }, false],
    ['ws://127.0.0.1/', { 'Sec-WebSocket-Protocol': 'realtime' }, false],
    ['ws://127.0.0.1/', { 'X-Words': 'a\r\nHost: b' }, false],
    ['ws://127.0.0.1/', { 'X-Words': '漢字' }, false],
    ['ws://127.0.0.1/', { 'X-Words': 'é' }, true],
    ['ws://127.0.0.1/', { 'X Words': 'a' }, false],
  ])('is one that asks for nothing else: %s with %j', (url, headers, expected) => {
    expect(
      isPlain({ url: new URL(url), headers: headers as Record<string, string>, maxPayloadBytes: 1 }),
    ).toBe(expected);
  });
});
