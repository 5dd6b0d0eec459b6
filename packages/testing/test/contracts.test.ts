import type { Announcer, Provider, Transport } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import { checkAnnouncer } from '../src/contracts/announcer-contract.ts';
import { checkTransport, type TransportUnderTest } from '../src/contracts/transport-contract.ts';
import { fakeAnnouncer } from '../src/fake-announcer.ts';
import { handTurns } from '../src/hand-turn-detector.ts';
import { ScriptedProvider } from '../src/scripted-provider.ts';
import { settlePromises } from '../src/virtual-clock.ts';

const request = { sessionId: 's', agentName: 'a', tools: [] };

function subject(change: (transport: Transport, handlers: Parameters<Provider['connect']>[1]) => Transport) {
  const provider = new ScriptedProvider();
  return {
    connect: (handlers) => change(provider.connect(request, handlers), handlers),
    endFromAfar: () => provider.server.end({ code: 1001, reason: '' }),
    settle: settlePromises,
  } satisfies TransportUnderTest;
}

describe('the contract of a transport', () => {
  it('is kept by the scripted one', () => checkTransport(subject((transport) => transport)));

  it('is kept by one that takes its time', async () => {
    const slow = subject((transport) => transport);
    const coming: (() => void)[] = [];
    const later = (tell: () => void) =>
      void coming.push(
        () => {},
        () => {},
        tell,
      );
    await checkTransport({
      ...slow,
      connect: (handlers) =>
        slow.connect({
          onOpen: () => later(() => handlers.onOpen()),
          onMessage: (message) => later(() => handlers.onMessage(message)),
          onClose: (close) => later(() => handlers.onClose(close)),
        }),
      async settle() {
        await slow.settle();
        coming.shift()?.();
      },
    });
  });

  it.each<[string, Parameters<typeof subject>[0], RegExp]>([
    [
      'tells its end twice',
      (transport, handlers) => ({
        ...transport,
        close: (code, reason) => {
          transport.close(code, reason);
          queueMicrotask(() => handlers.onClose({ code, reason }));
        },
      }),
      /onClose came after onClose/,
    ],
    [
      'tells its end from within close',
      (transport, handlers) => ({
        ...transport,
        close: (code, reason) => handlers.onClose({ code, reason }),
      }),
      /onClose came from within send, sendAudio or close/,
    ],
    [
      'throws after its end',
      (transport, handlers) => {
        let sends = 0;
        void handlers;
        return {
          ...transport,
          send: (event) => {
            sends += 1;
            if (sends > 1) throw new Error('not open');
            transport.send(event);
          },
        };
      },
      /a call after the close threw: Error: not open/,
    ],
    ['never tells its end', (transport) => ({ ...transport, close: () => {} }), /onClose came 0 times/],
  ])('is broken by one that %s', async (_, change, fault) => {
    await expect(checkTransport(subject(change))).rejects.toThrow(fault);
  });
});

describe('the contract of an announcer', () => {
  /** Speaks at a rate that it does not tell. */
  function atRate(sampleRateHz: number): Announcer {
    const fake = fakeAnnouncer({ sampleRateHz });
    return { speak: async (text, signal) => ({ samples: (await fake.speak(text, signal)).samples }) };
  }

  it('is kept by the fake one', () => checkAnnouncer(fakeAnnouncer()));

  it.each<[string, Announcer, RegExp]>([
    ['does not speak', fakeAnnouncer({ failsWith: 'hoarse' }), /hoarse/],
    ['speaks at another rate', atRate(4_000), /is its rate 24000 Hz/],
    ['is silent', { speak: async () => ({ samples: new Int16Array(24_000) }) }, /silent/],
    [
      'goes on speaking',
      { speak: async () => ({ samples: new Int16Array(24_000).fill(500) }) },
      /though its signal was aborted/,
    ],
  ])('is broken by one that %s', async (_, announcer, fault) => {
    await expect(checkAnnouncer(announcer)).rejects.toThrow(fault);
  });
});

describe('handTurns', () => {
  it('tells the session what a test finds', () => {
    const hand = handTurns({ prefixPaddingMs: 50 });
    const found: unknown[] = [];
    expect(() => hand.detect({ kind: 'started', startMs: 0 })).toThrow('no detector is open');
    const detector = hand.turns.openDetector?.({
      detected: (turn) => found.push(turn),
      failed: (error) => found.push(error),
      skipped: (durationMs) => found.push(durationMs),
    });
    void detector?.push(new Int16Array(480), 'agent_heard');
    detector?.abandon();
    hand.detect({ kind: 'started', startMs: 0 });
    hand.fail('lost');
    expect(found).toEqual([{ kind: 'started', startMs: 0 }, 'lost']);
    expect([hand.heard, hand.abandons, hand.isOpen]).toEqual([
      { samples: 480, room: 'agent_heard' },
      1,
      true,
    ]);
    detector?.close();
    expect(hand.isOpen).toBe(false);
  });
});
