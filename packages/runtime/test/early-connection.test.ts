import type { ConnectRequest, Provider, TransportHandlers } from '@antiphon/core';
import { expect, it } from 'vitest';
import { EarlyConnection } from '../src/session/early-connection.ts';

const request = { sessionId: 's', agentName: 'a' };
const opened = { kind: 'invalid', reason: 'first' } as const;

it('keeps what comes before the session takes the connection, in its order, and tells it outside of connect', async () => {
  const { provider, dials } = fakeProvider();
  const early = new EarlyConnection(provider, request);
  dials[0]?.handlers.onOpen();
  dials[0]?.handlers.onMessage(opened);
  const { told, handlers } = listener();
  early.connect({ ...request, tools: [] }, handlers);
  expect(told).toEqual([]);
  await Promise.resolve();
  dials[0]?.handlers.onClose({ code: 1006, reason: 'over' });
  expect(told).toEqual(['open', 'first', 'over']);
  expect(dials).toHaveLength(1);
});

it('makes every further connection as ever', () => {
  const { provider, dials } = fakeProvider();
  const early = new EarlyConnection(provider, request);
  const { told, handlers } = listener();
  early.connect({ ...request, tools: [] }, handlers);
  early.connect({ ...request, tools: [], conversation: 'goes_on' }, handlers);
  expect(dials.map(({ asked }) => asked.conversation)).toEqual([undefined, 'goes_on']);
  dials[1]?.handlers.onOpen();
  expect(told).toEqual(['open']);
});

it('closes a connection that no session takes, and leaves one alone that was taken', () => {
  const { provider, dials, closes } = fakeProvider();
  const given = new EarlyConnection(provider, request);
  given.giveUp();
  given.giveUp();
  dials[0]?.handlers.onClose({ code: 1000, reason: '' });
  expect(closes).toEqual(['the session was not started']);

  const taken = new EarlyConnection(provider, request);
  taken.connect({ ...request, tools: [] }, listener().handlers);
  taken.giveUp();
  expect(closes).toHaveLength(1);
});

function listener(): { readonly told: string[]; readonly handlers: TransportHandlers } {
  const told: string[] = [];
  return {
    told,
    handlers: {
      onOpen: () => told.push('open'),
      onMessage: (message) => told.push(message.kind === 'invalid' ? message.reason : message.kind),
      onClose: ({ reason }) => told.push(reason),
    },
  };
}

function fakeProvider(): {
  readonly provider: Provider;
  readonly dials: { readonly asked: ConnectRequest; readonly handlers: TransportHandlers }[];
  readonly closes: string[];
} {
  const dials: { readonly asked: ConnectRequest; readonly handlers: TransportHandlers }[] = [];
  const closes: string[] = [];
  const provider: Provider = {
    name: 'p',
    connect(asked, handlers) {
      dials.push({ asked, handlers });
      return {
        bufferedBytes: 0,
        send() {},
        sendAudio() {},
        close: (_code, reason) => void closes.push(reason),
      };
    },
    close: async () => {},
  };
  return { provider, dials, closes };
}
