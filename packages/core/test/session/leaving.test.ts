import type { ProviderChoice } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import { asked, notices, SessionDriver, sent } from './session-driver.ts';

const fixed: ProviderChoice = {
  name: 'scripted',
  voice: undefined,
  sessionLimitMs: undefined,
  settings: 'fixed',
};

describe('a server that says that its connection is to be left', () => {
  it('is left at a quiet moment, and in any case before its time is up', () => {
    const session = new SessionDriver().ready();
    session.on({ type: 'user.text', text: 'Hello.' });
    session.created('resp_1');
    const effects = session.on({ type: 'server.leaving', epoch: 1, leftMs: 10_000 });
    expect(effects).toContainEqual({ type: 'timer.start', timer: 'rollover.force:1', delayMs: 8_000 });
    expect(asked(effects)).toContain('transport.open');
    expect(notices(session.agreed(), 'connection_changed')).toEqual([]);
    const moved = session.done('resp_1');
    expect(notices(moved, 'connection_changed')).toMatchObject([{ why: 'rollover' }]);
    expect(moved).toContainEqual({ type: 'timer.cancel', timer: 'rollover.force:1' });
  });

  it('is left at a quiet moment when it does not say when it ends', () => {
    const session = new SessionDriver().ready();
    const effects = session.on({ type: 'server.leaving', epoch: 1, leftMs: undefined });
    expect(asked(effects)).toEqual(['timer.start', 'transport.open']);
    expect(notices(session.agreed(), 'connection_changed')).toMatchObject([{ why: 'rollover' }]);
  });

  it('is left once, however often it says so', () => {
    const session = new SessionDriver().ready();
    session.on({ type: 'server.leaving', epoch: 1, leftMs: undefined });
    expect(asked(session.on({ type: 'server.leaving', epoch: 1, leftMs: undefined }))).toEqual([]);
  });

  it('while its connection only stands by is replaced by a fresh one', () => {
    const session = new SessionDriver().ready();
    session.on({ type: 'user.text', text: 'Hello.' });
    session.created('resp_1');
    session.on({ type: 'server.leaving', epoch: 1, leftMs: undefined });
    session.agreed();
    const effects = session.on({ type: 'server.leaving', epoch: 2, leftMs: undefined });
    expect(asked(effects)).toContain('transport.close');
    expect(session.epoch).toBe(3);
  });
});

describe('a server that ends its connection in order', () => {
  it('is given no more sound, and nothing waits for its age', () => {
    const session = new SessionDriver().ready();
    session.on({ type: 'user.text', text: 'Hello.' });
    session.created('resp_1');
    session.audio('resp_1', 'item_a', 500);
    session.done('resp_1');
    const effects = session.lost(1000);
    expect(asked(effects)).toContain('source.detach');
    expect(effects).toContainEqual({ type: 'timer.cancel', timer: 'healthy' });
    expect(session.state.lifecycle.kind).toBe('draining');
  });
});

describe('a server whose settings are fixed', () => {
  it('is told new values of the instructions over another connection', () => {
    const session = new SessionDriver({
      providers: [fixed],
      session: { type: 'realtime', instructions: 'You work for {{firm}}.' },
    }).ready();
    const effects = session.on({ type: 'variables.set', values: { firm: 'B' } });
    expect(asked(effects)).toContain('transport.open');
    expect(sent(effects)).toEqual([]);
  });
});
