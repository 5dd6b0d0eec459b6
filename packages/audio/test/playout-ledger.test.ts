import { PlayoutLedger } from '@antiphon/audio';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const part = (itemId: string, contentIndex = 0) => ({ itemId, contentIndex });
const ledgerAt1k = () => new PlayoutLedger({ sampleRateHz: 1000 });

describe('the playout ledger', () => {
  it('reports the parts a stretch of playing went through, in order', () => {
    const ledger = ledgerAt1k();
    ledger.append(part('a'), 100);
    ledger.append(part('a', 1), 50);
    ledger.append(part('b'), 50);
    expect(ledger.advance(40)).toEqual([{ ...part('a'), playedMs: 40 }]);
    expect(ledger.advance(120)).toEqual([
      { ...part('a'), playedMs: 100 },
      { ...part('a', 1), playedMs: 50 },
      { ...part('b'), playedMs: 10 },
    ]);
    expect(ledger.pendingMs).toBe(40);
  });

  it('says what a flush dropped and how much of it was heard', () => {
    const ledger = ledgerAt1k();
    ledger.append(part('a'), 100);
    ledger.append(part('b'), 30);
    ledger.append(part('a'), 20);
    ledger.advance(60);
    expect(ledger.flush()).toEqual([
      { ...part('a'), playedMs: 60, droppedMs: 60 },
      { ...part('b'), playedMs: 0, droppedMs: 30 },
    ]);
    expect(ledger.flush()).toEqual([]);
    expect(ledger.advance(500)).toEqual([]);
    expect(ledger.pendingMs).toBe(0);
  });

  it('counts a part on after a flush; what was heard never decreases', () => {
    const ledger = ledgerAt1k();
    ledger.append(part('a'), 100);
    ledger.advance(60);
    ledger.flush();
    ledger.append(part('a'), 10);
    expect(ledger.advance(25)).toEqual([{ ...part('a'), playedMs: 70 }]);
    expect(ledger.account(part('a'))).toEqual({
      ...part('a'),
      generatedMs: 110,
      playedMs: 70,
      droppedMs: 40,
    });
  });

  it('takes silence between parts for nothing', () => {
    const ledger = ledgerAt1k();
    expect(ledger.advance(1000)).toEqual([]);
    ledger.append(part('a'), 0);
    expect(ledger.flush()).toEqual([]);
    expect(ledger.account(part('a'))).toMatchObject({ generatedMs: 0, playedMs: 0 });
  });

  it('forgets a part only when nothing of it waits', () => {
    const ledger = ledgerAt1k();
    ledger.append(part('a'), 10);
    ledger.forget(part('a'));
    expect(ledger.account(part('a'))).toBeDefined();
    ledger.advance(10);
    ledger.forget(part('a'));
    expect(ledger.account(part('a'))).toBeUndefined();
  });

  it('always balances: generated = played + dropped + waiting', () => {
    const step = fc.oneof(
      fc.record({
        do: fc.constant('append' as const),
        count: fc.nat(500),
        item: fc.constantFrom('a', 'b', 'c'),
      }),
      fc.record({
        do: fc.constantFrom('advance' as const, 'flush' as const),
        count: fc.nat(500),
        item: fc.constant('a'),
      }),
    );
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const ledger = ledgerAt1k();
        for (const { do: action, count, item } of steps) {
          if (action === 'append') ledger.append(part(item), count);
          else if (action === 'advance') ledger.advance(count);
          else ledger.flush();
          const accounts = ['a', 'b', 'c'].flatMap((id) => ledger.account(part(id)) ?? []);
          const waiting = accounts.reduce((sum, a) => sum + a.generatedMs - a.playedMs - a.droppedMs, 0);
          expect(waiting).toBe(ledger.pendingMs);
        }
      }),
    );
  });

  it.each([-1, 0.5, Number.NaN])('refuses %d samples', (count) => {
    const invalid = expect.objectContaining({ code: 'audio.invalid_option' });
    expect(() => ledgerAt1k().append(part('a'), count)).toThrow(invalid);
    expect(() => ledgerAt1k().advance(count)).toThrow(invalid);
  });
});
