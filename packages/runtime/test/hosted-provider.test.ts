import { setTimeout as pause } from 'node:timers/promises';
import type { InboundMessage, TransportClose, TransportHandlers } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import { azureCredential, bearerKey, type TokenSource } from '../src/providers/credentials.ts';
import { createHostedProvider, type HostedProviderOptions } from '../src/providers/hosted-provider.ts';
import { secretHeaders, withoutSecrets } from '../src/providers/secrecy.ts';

describe('a credential', () => {
  it.each([
    [{ api_key: 'k' }, { kind: 'key', header: 'api-key', value: 'k' }],
    [{ api_key: ' k\n' }, { kind: 'key', header: 'api-key', value: 'k' }],
    [{ api_key: 'none' }, { kind: 'none' }],
    [{ token: 't' }, { kind: 'key', header: 'Authorization', value: 't' }],
    [{ token_source: 'entra' }, { kind: 'source' }],
  ])('of Azure by %j', (auth, expected) => {
    expect(azureCredential('p', auth, { entra: () => 't' })).toMatchObject(expected);
  });

  it.each([
    [{}, 'provider.key_missing', 'api_key, token or token_source'],
    [{ token_source: 'toString' }, 'provider.token_source_unknown', 'it has: entra'],
    [{ api_key: 'a\nb' }, 'provider.bad_key', 'a line break'],
    [{ api_key: ' ' }, 'provider.bad_key', 'nothing'],
    [{ token: 'schlüssel–1' }, 'provider.bad_key', 'a character that headers cannot carry'],
  ])('of Azure is refused by %j', (auth, code, words) => {
    expect(() => azureCredential('p', auth, { entra: () => 't' })).toThrow(
      expect.objectContaining({ code, exitCode: 2, message: expect.stringContaining(words) }),
    );
  });

  it('of OpenAI', () => {
    expect(bearerKey('p', undefined)).toEqual({ kind: 'none' });
    expect(bearerKey('p', 'sk')).toEqual({ kind: 'key', header: 'Authorization', value: 'sk' });
  });
});

/** What is told of a connection to nobody, by a provider that asks for tokens. */
function connect(source: TokenSource, more: Partial<HostedProviderOptions> = {}) {
  const provider = createHostedProvider({
    name: 'p',
    url: new URL('ws://127.0.0.1:1/realtime'),
    headers: {},
    credential: { kind: 'source', source },
    ...more,
  });
  const closes: TransportClose[] = [];
  let resolve: (close: TransportClose) => void = () => {};
  const promise = new Promise<TransportClose>((settle) => {
    resolve = settle;
  });
  const transport = provider.connect(
    { sessionId: 's', agentName: 'a', tools: [] },
    {
      onOpen: () => {},
      onMessage: () => {},
      onClose: (close) => {
        closes.push(close);
        resolve(close);
      },
    },
  );
  return { transport, closes, closed: promise };
}

describe('a token that cannot be had', () => {
  it.each<[string, TokenSource, string]>([
    ['the function rejects', () => Promise.reject(new Error('no network')), 'no network'],
    [
      'the function throws',
      () => {
        throw new Error('at once');
      },
      'at once',
    ],
    ['the function rejects with no error', () => Promise.reject('text'), 'text'],
    [
      'there is none',
      async () => undefined as unknown as string,
      'the function gave nothing instead of a token',
    ],
    [
      'it is no text',
      async () => 5 as unknown as string,
      'the function gave a value of type number instead of a token',
    ],
    ['it is empty', async () => ' ', 'the function gave an empty token'],
    ['it cannot be sent', async () => 'a\r\nb', 'the function gave a token that holds a line break'],
  ])('is told when %s', async (_, source, message) => {
    const { closed } = connect(source);
    expect(await closed).toMatchObject({ code: 1006, obstacle: 'token', error: { message } });
  });

  it('is told when it takes too long, once, and the function is told that nobody waits', async () => {
    let signal: AbortSignal | undefined;
    const { closed, closes, transport } = connect(
      (wanted) => {
        signal = wanted;
        return new Promise(() => {});
      },
      { tokenTimeoutMs: 20 },
    );
    transport.send({ type: 'response.create' });
    transport.sendAudio(new Uint8Array(2));
    expect(transport.bufferedBytes).toBe(0);
    expect(await closed).toMatchObject({
      obstacle: 'token',
      error: { message: 'no token came within 0.02 s' },
    });
    expect(signal?.aborted).toBe(true);
    transport.close(1000, 'late');
    await pause(5);
    expect(closes).toHaveLength(1);
  });

  it('ends in order when the connection is not wanted any more', async () => {
    let resolve: (token: string) => void = () => {};
    const promise = new Promise<string>((settle) => {
      resolve = settle;
    });
    const { transport, closed, closes } = connect(() => promise);
    transport.close(1000, 'no');
    expect(closes).toEqual([]);
    expect(await closed).toMatchObject({ code: 1006 });
    resolve('late');
    await pause(5);
    expect(closes).toHaveLength(1);
  });

  it('is asked for anew for every connection, and then the connection is made', async () => {
    let asked = 0;
    const source: TokenSource = async () => `token-${++asked}`;
    expect(await connect(source).closed).toMatchObject({
      error: { message: expect.stringContaining('nothing listens') },
    });
    await connect(source).closed;
    expect(asked).toBe(2);
  });
});

describe('a header that cannot be sent', () => {
  it.each([
    [{ 'X-Team': 'a\nb' }, 'its value holds a line break'],
    [{ 'X Team': 'a' }, 'its name is no name of a header'],
  ])('is refused: %j', (headers, reason) => {
    expect(() =>
      createHostedProvider({ name: 'p', url: new URL('ws://h'), headers, credential: { kind: 'none' } }),
    ).toThrow(
      expect.objectContaining({ code: 'provider.bad_header', message: expect.stringContaining(reason) }),
    );
  });
});

describe('the keys of a connection', () => {
  const secrets = [{ name: 'key', value: 'sk-secret-1' }];

  function told() {
    const messages: InboundMessage[] = [];
    const closes: TransportClose[] = [];
    const handlers: TransportHandlers = withoutSecrets(
      { onOpen: () => {}, onMessage: (m) => messages.push(m), onClose: (c) => closes.push(c) },
      () => secrets,
    );
    return { messages, closes, handlers };
  }

  it('are taken out of errors', () => {
    const { messages, handlers } = told();
    const error = { type: 'x', message: 'bad key sk-secret-1', code: null, param: null, event_id: null };
    handlers.onMessage({ kind: 'event', event: { type: 'error', error } });
    expect(messages).toMatchObject([{ event: { error: { message: 'bad key [secret:key]' } } }]);
  });

  it('are taken out of failed responses', () => {
    const { messages, handlers } = told();
    const response = {
      status: 'failed',
      status_details: { type: 'failed', error: { code: 'x', message: 'sk-secret-1' } },
    };
    handlers.onMessage({ kind: 'event', event: { type: 'response.done', response } as never });
    expect(JSON.stringify(messages)).not.toContain('sk-secret-1');
    expect(messages).toMatchObject([
      { event: { response: { status_details: { error: { message: '[secret:key]' } } } } },
    ]);
  });

  it('are taken out of closes', () => {
    const { closes, handlers } = told();
    handlers.onClose({ code: 3000, reason: 'bad sk-secret-1', error: new Error('no sk-secret-1') });
    expect(closes).toMatchObject([{ reason: 'bad [secret:key]', error: { message: 'no [secret:key]' } }]);
  });

  it('may stand in headers of the file', () => {
    expect(secretHeaders({ 'X-Api-Token': 'Bearer t-1234', Accept: 'x' })).toEqual([
      { name: 'X-Api-Token', value: 't-1234' },
    ]);
  });
});
