import { AntiphonError, type Provider, type SessionEvent } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import { Connections, type ProviderLookup } from '../../src/runner/connections.ts';
import { MuteProvider, StepClock, settle } from './support.ts';

const request = { sessionId: 's', agentName: 'a', tools: [] };

function rig(providers: ProviderLookup) {
  const events: SessionEvent[] = [];
  const clock = new StepClock();
  const connections = new Connections({ providers, clock, report: (event) => events.push(event) });
  const open = (epoch: number, provider = 'mute'): void => connections.open({ epoch, provider, request });
  return { connections, events, clock, open };
}

describe('Connections', () => {
  it('keeps several, and sends each its own', async () => {
    const provider = new MuteProvider();
    const { connections, events, open } = rig(() => provider);
    open(1);
    open(2);
    connections.get(1)?.send({ type: 'response.create' });
    connections.get(2)?.send({ type: 'input_audio_buffer.commit' });
    provider.connections[1]?.handlers.onOpen();
    connections.close(1, 1000, 'moved');
    await settle();
    expect(provider.connections.map(({ sent }) => sent)).toEqual([
      ['response.create'],
      ['input_audio_buffer.commit'],
    ]);
    expect(events).toEqual([
      { type: 'transport.opened', epoch: 2 },
      { type: 'transport.closed', epoch: 1, code: 1000, reason: 'moved', cause: undefined },
    ]);
    expect(connections.get(1)).toBeUndefined();
    expect(connections.get(2)).toBeDefined();
  });

  it('tells what was left out of events before them, each thing once and not without end', () => {
    const provider = new MuteProvider();
    const { events, open } = rig(() => provider);
    open(1);
    const event = { type: 'input_audio_buffer.cleared' } as const;
    const say = (leftOut: string): void =>
      provider.connections[0]?.handlers.onMessage({ kind: 'event', event, leftOut });
    say('label');
    say('label');
    expect(events).toEqual([
      { type: 'server.invalid', epoch: 1, reason: 'label' },
      { type: 'server.event', epoch: 1, event },
      { type: 'server.event', epoch: 1, event },
    ]);
    for (let at = 0; at < 100; at++) say(`label ${at}`);
    expect(events.filter(({ type }) => type === 'server.invalid')).toHaveLength(16);
    expect(events.filter(({ type }) => type === 'server.event')).toHaveLength(102);
  });

  it('waits for a provider that is being made', async () => {
    const provider = new MuteProvider();
    const { connections, open } = rig(async () => provider);
    open(1);
    expect(connections.get(1)).toBeUndefined();
    await settle();
    expect(connections.get(1)).toBeDefined();
  });

  it('does not connect to a provider that came too late', async () => {
    const provider = new MuteProvider();
    const { connections, events, open } = rig(async () => provider);
    open(1);
    connections.close(1, 1000, 'gave up');
    await settle();
    expect([provider.connections.length, events.length]).toEqual([0, 0]);
  });

  const refused = new AntiphonError('provider.unknown', { name: 'x', available: 'y' });
  it.each([
    ['a promise that rejects', () => Promise.reject(new Error('no network')), 1006, 'no network'],
    ['a provider that cannot be had', () => Promise.reject(refused), 1008, refused.message],
    [
      'a look-up that throws',
      () => {
        throw new Error('no such thing');
      },
      1006,
      'no such thing',
    ],
    [
      'a provider that throws',
      (): Provider => ({
        name: 'broken',
        connect: () => {
          throw new Error('broken');
        },
        close: async () => {},
      }),
      1006,
      'broken',
    ],
  ])('turns %s into a close', async (_, providers: ProviderLookup, code, cause) => {
    const { connections, events, open } = rig(providers);
    open(7);
    await settle();
    expect(events).toEqual([{ type: 'transport.closed', epoch: 7, code, reason: '', cause }]);
    expect(connections.get(7)).toBeUndefined();
  });

  it('hands on what a refusal says, once', () => {
    const provider = new MuteProvider();
    const { events, open } = rig(() => provider);
    open(1);
    const close = { code: 1006, reason: '', error: new Error('busy'), status: 429, retryAfterMs: 250 };
    provider.connections[0]?.handlers.onClose(close);
    provider.connections[0]?.handlers.onClose(close);
    expect(events).toEqual([
      {
        type: 'transport.closed',
        epoch: 1,
        code: 1006,
        reason: '',
        cause: 'busy',
        status: 429,
        retryAfterMs: 250,
      },
    ]);
  });

  it('closes everything, and does not wait for ever', async () => {
    const provider = new MuteProvider();
    const { connections, clock, open } = rig(() => provider);
    open(1);
    open(2);
    await connections.closeAll();
    expect(provider.connections.flatMap(({ closes }) => closes)).toHaveLength(2);
    expect(clock.pending).toBe(0);
    provider.answersClose = false;
    open(3);
    let done = false;
    void connections.closeAll().then(() => {
      done = true;
    });
    await clock.pass(2_499);
    expect(done).toBe(false);
    await clock.pass(1);
    expect(done).toBe(true);
  });
});
