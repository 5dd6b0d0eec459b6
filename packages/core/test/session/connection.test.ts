import { describe, expect, it } from 'vitest';
import { asked, notices, SessionDriver, sent, sentEvents, testSettings } from './session-driver.ts';

describe('the connection', () => {
  it('sends the settings as soon as it is open and nothing else before session.updated', () => {
    const session = new SessionDriver({ greeting: { say: 'Welcome.', protected: false } });
    expect(asked(session.on({ type: 'session.start' }))).toEqual(['timer.start', 'transport.open']);
    session.on({ type: 'user.text', text: 'Hello' });
    expect(sent(session.opened())).toEqual(['session.update']);
    const created = session.server({ type: 'session.created', session: { id: 'sess_p' } });
    expect(sent(created)).toEqual([]);
    expect(notices(created, 'connected')).toMatchObject([{ providerSessionId: 'sess_p' }]);
    const effects = session.server({ type: 'session.updated', session: {} });
    expect(asked(effects)).toContain('source.route');
    expect(sent(effects)).toEqual(['conversation.item.create', 'response.create']);
  });

  it('sends the settings once where the introduction is heard before the opening', () => {
    const session = new SessionDriver();
    session.on({ type: 'session.start' });
    expect(sent(session.server({ type: 'session.created', session: { id: 'sess_p' } }))).toEqual([
      'session.update',
    ]);
    expect(session.opened()).toEqual([]);
  });

  it('takes an agreement for an introduction, and tells it once', () => {
    const session = new SessionDriver();
    session.on({ type: 'session.start' });
    session.opened();
    const agreed = session.server({ type: 'session.updated', session: { id: 'sess_p', model: 'm' } });
    expect(notices(agreed, 'connected')).toMatchObject([{ providerSessionId: 'sess_p', model: 'm' }]);
    expect(notices(agreed, 'ready')).toHaveLength(1);
    expect(session.server({ type: 'session.created', session: { id: 'sess_late' } })).toEqual([]);
    expect(session.state.connection).toMatchObject({ providerSessionId: 'sess_p' });
  });

  it('is told of variables that change before the server has introduced itself', () => {
    const session = new SessionDriver({ session: { type: 'realtime', instructions: 'Help {{name}}.' } });
    session.on({ type: 'session.start' });
    session.opened();
    const effects = session.on({ type: 'variables.set', values: { name: 'Ada' } });
    expect(sentEvents(effects, 'session.update')).toMatchObject([{ session: { instructions: 'Help Ada.' } }]);
  });

  it.each([
    ['it answers session.update by its id', { event_id: 'evt_1' }, 'provider.session_refused'],
    ['it names a setting', { param: 'session.foo' }, 'provider.session_refused'],
    ['it says neither', {}, 'provider.rejected'],
  ])('that fails before the introduction is refused for its settings only where %s', (_, about, code) => {
    const session = new SessionDriver();
    session.on({ type: 'session.start' });
    session.opened();
    const error = { type: 'invalid_request_error', code: 'invalid_value', message: 'No.', ...about };
    const effects = [...session.server({ type: 'error', error }), ...session.lost(1008)];
    expect(notices(effects, 'closed')).toMatchObject([{ outcome: { error: { code } } }]);
  });

  it('that stands by waits for nothing that its server has refused', () => {
    const session = new SessionDriver().ready();
    session.created('resp_1');
    session.on({ type: 'session.reseat', reason: 'asked' });
    session.agreed();
    const agent = { ...testSettings().agents['concierge'], instructions: 'New.' };
    const { idle, deadAir, instructions } = agent;
    const effects = session.on({
      type: 'agents.revised',
      agents: { concierge: { idle, deadAir, instructions } },
    });
    const [, update] = sentEvents(effects, 'session.update');
    const { successor } = session.state;
    expect(successor.kind).toBe('standby');
    session.on({
      type: 'server.event',
      epoch: session.state.connection.epoch + 1,
      event: {
        type: 'error',
        error: {
          type: 'invalid_request_error',
          code: 'invalid_value',
          message: 'No.',
          param: null,
          event_id: String(update?.['event_id']),
        },
      },
    });
    expect([...session.state.pending.keys()]).not.toContain(update?.['event_id']);
    expect(session.state.successor).toBe(successor);
  });

  it('is refused, by name, when the server does not take the settings', () => {
    const session = new SessionDriver();
    session.on({ type: 'session.start' });
    session.server({ type: 'session.created', session: {} });
    const effects = session.server({
      type: 'error',
      error: {
        code: 'unknown_parameter',
        message: "Unknown parameter: 'session.foo'.",
        param: 'session.foo',
      },
    });
    expect(notices(effects, 'closed')).toMatchObject([
      { outcome: { status: 'failed', error: { code: 'provider.session_refused' } } },
    ]);
  });

  it('that cannot be made ends the session as failed', () => {
    const session = new SessionDriver();
    session.on({ type: 'session.start' });
    const effects = session.lost(1006, 'ECONNREFUSED');
    expect(notices(effects, 'closed')).toMatchObject([
      { outcome: { error: { code: 'provider.connect_failed', reason: 'ECONNREFUSED' } } },
    ]);
  });

  it('that the server closes after a fatal error ends with the words of that error', () => {
    const session = new SessionDriver();
    session.on({ type: 'session.start' });
    session.server({ type: 'error', error: { code: 'invalid_api_key', message: 'Incorrect API key.' } });
    const effects = session.on({
      type: 'transport.closed',
      epoch: 1,
      code: 3000,
      reason: 'x',
      cause: undefined,
    });
    expect(notices(effects, 'closed')).toMatchObject([
      { outcome: { error: { code: 'provider.rejected', reason: 'invalid_api_key: Incorrect API key.' } } },
    ]);
  });

  it('changes nothing by events of an older epoch', () => {
    const session = new SessionDriver().ready();
    const before = session.state;
    expect(
      session.on({ type: 'transport.closed', epoch: 0, code: 1006, reason: '', cause: undefined }),
    ).toEqual([]);
    expect(session.state).toBe(before);
  });

  it('that is ended in order while sound is left plays it out', () => {
    const session = new SessionDriver().ready();
    session.created('resp_1');
    session.audio('resp_1', 'item_a', 100);
    session.done('resp_1');
    session.on({ type: 'transport.closed', epoch: 1, code: 1000, reason: '', cause: undefined });
    expect(session.state.lifecycle.kind).toBe('draining');
    expect(notices(session.played('item_a', 100), 'closed')).toMatchObject([
      { outcome: { status: 'completed' } },
    ]);
  });
});

describe('closing', () => {
  it('with drain waits for what is owed', () => {
    const session = new SessionDriver().ready();
    session.spoken('item_u');
    session.created('resp_1');
    expect(asked(session.on({ type: 'session.close', mode: 'drain', reason: 'bye' }))).toEqual([
      'timer.start',
    ]);
    expect(asked(session.done('resp_1'))).toEqual(['timer.cancel', 'transport.close']);
    expect(session.state.lifecycle).toEqual({
      kind: 'closed',
      outcome: { status: 'completed', reason: 'bye' },
    });
  });

  it('with cancel answers running calls and ends at once', () => {
    const session = new SessionDriver().ready();
    session.created('resp_1');
    session.call('resp_1', 'call_1', 'f');
    const effects = session.on({ type: 'session.close', mode: 'cancel', reason: 'bye' });
    expect(asked(effects)).toEqual(['tool.cancel', 'transport.send', 'transport.close']);
  });

  it('is final: whatever comes later changes nothing', () => {
    const session = new SessionDriver().ready();
    session.on({ type: 'session.close', mode: 'cancel', reason: 'bye' });
    const closed = session.state;
    expect(session.settle('call_1')).toEqual([]);
    expect(session.audio('resp_1', 'item_a', 10)).toEqual([]);
    expect(session.on({ type: 'session.close', mode: 'cancel', reason: 'again' })).toEqual([]);
    expect(session.state).toBe(closed);
  });
});
