import { describe, expect, it } from 'vitest';
import {
  announced,
  answered,
  answering,
  approvable,
  asked,
  call,
  calling,
  creates,
  ended,
  started,
  told,
  verdicts,
} from './hosted-driver.ts';
import { notices, SessionDriver, type SettingsChange, sentEvents } from './session-driver.ts';

/** The connection to a call is lost and made again; returns what follows on the settings. */
function rejoined(session: SessionDriver, meanwhile: () => void = () => {}) {
  session.lost();
  meanwhile();
  session.fired('backoff');
  return session.opened();
}

/** A call whose provider answers a turn. */
function onCall(changes: SettingsChange = {}): SessionDriver {
  const session = new SessionDriver({ callId: 'rtc_1', ...changes });
  session.on({ type: 'session.start' });
  session.opened();
  session.server({ type: 'session.updated', session: {} });
  session.spoken('item_u');
  session.created('resp_1');
  return session;
}

function callingOnCall(): SessionDriver {
  const session = onCall();
  announced(session);
  started(session);
  return session;
}

const over = { ...call, id: 'item_m', status: 'completed', arguments: '{"q":1}', error: null };
const timers = (effects: ReturnType<SessionDriver['opened']>) =>
  effects.flatMap((effect) =>
    effect.type === 'timer.start' || effect.type === 'timer.cancel' ? [effect] : [],
  );

describe('a call of the provider while its connection to a call is lost', () => {
  it('goes on, is asked for when the call is joined again, and is answered', () => {
    const session = callingOnCall();
    const lost = session.lost();
    expect(notices(lost, 'tool_settled')).toEqual([]);
    expect(timers(lost)).toContainEqual({ type: 'timer.cancel', timer: 'call:item_m' });
    session.fired('backoff');
    const opened = session.opened();
    expect(sentEvents(opened, 'conversation.item.retrieve')).toMatchObject([{ item_id: 'item_m' }]);
    expect(sentEvents(opened, 'conversation.item.create')).toEqual([]);
    expect(timers(opened)).toContainEqual({ type: 'timer.start', timer: 'call:item_m', delayMs: 60_000 });
    session.server({
      type: 'conversation.item.retrieved',
      item: { ...over, status: 'in_progress', output: null },
    });
    expect(session.state.tools.calls.get('item_m')?.phase.kind).toBe('running');
    const told = session.server({
      type: 'conversation.item.retrieved',
      item: { ...over, output: '{"hits":3}' },
    });
    expect(notices(told, 'tool_settled')).toMatchObject([
      { callId: 'item_m', outcome: { status: 'completed', output: { hits: 3 } } },
    ]);
    session.created('resp_1');
    expect(creates(session.done('resp_1'))).toHaveLength(1);
  });

  it('is told as ever where it ends after that', () => {
    const session = callingOnCall();
    rejoined(session);
    ended(session);
    expect(notices(told(session), 'tool_settled')).toMatchObject([{ outcome: { status: 'completed' } }]);
  });

  it('is dropped where it had not begun and the server does not have it', () => {
    const session = onCall();
    announced(session);
    const [asking] = sentEvents(rejoined(session), 'conversation.item.retrieve');
    const error = { type: 'invalid_request_error', code: 'item_not_found', message: 'none' };
    session.server({ type: 'error', error: { ...error, event_id: asking?.['event_id'] } });
    expect(session.state.tools.calls.size).toBe(0);
  });

  it('ends as lost when the call is over by then', () => {
    const session = callingOnCall();
    session.lost();
    session.fired('backoff');
    const close = { code: 1006, reason: '', cause: 'HTTP 404', status: 404 };
    const gone = session.on({ type: 'transport.closed', epoch: session.epoch, ...close });
    expect(notices(gone, 'tool_settled')).toMatchObject([{ outcome: { status: 'failed' } }]);
  });

  it('ends as lost with a call that is over', () => {
    const session = callingOnCall();
    expect(notices(session.lost(1000), 'tool_settled')).toMatchObject([{ outcome: { status: 'failed' } }]);
  });

  it('goes on when the process ends and another joins the call', () => {
    const session = callingOnCall();
    const resumed = session.on({ type: 'session.resume' });
    expect(notices(resumed, 'tool_settled')).toEqual([]);
    expect(timers(resumed)).not.toContainEqual(
      expect.objectContaining({ type: 'timer.start', timer: 'call:item_m' }),
    );
    expect(sentEvents(session.opened(), 'conversation.item.retrieve')).toMatchObject([{ item_id: 'item_m' }]);
  });
});

describe('a verdict on a call of the provider', () => {
  it.each([
    ['given while the connection to the call is lost', true],
    ['that was not confirmed before', false],
  ])('%s is given when that is joined again', (_, isLate) => {
    const session = onCall(approvable);
    asked(session);
    const approve = answered(session);
    session.done('resp_1');
    if (!isLate) approve();
    const opened = rejoined(session, () => {
      if (isLate) expect(verdicts(approve())).toEqual([]);
    });
    expect(verdicts(opened)).toMatchObject([
      { type: 'mcp_approval_response', approval_request_id: 'item_q', approve: true },
    ]);
    expect(timers(opened)).toContainEqual({ type: 'timer.start', timer: 'call:item_q', delayMs: 2_000 });
    session.confirm(opened);
    expect(verdicts(rejoined(session))).toEqual([]);
  });

  it('is not taken back by a process that joins the call', () => {
    const session = onCall(approvable);
    asked(session);
    session.confirm(answered(session)());
    session.done('resp_1');
    const resumed = session.on({ type: 'session.resume' });
    expect(notices(resumed, 'tool_settled')).toEqual([]);
    expect(verdicts(session.opened())).toEqual([]);
  });

  it('of another connection is given to no other', () => {
    const session = answering(approvable);
    asked(session);
    answered(session)();
    session.done('resp_1');
    session.lost();
    session.fired('backoff');
    expect(verdicts(session.agreed())).not.toContainEqual(
      expect.objectContaining({ type: 'mcp_approval_response' }),
    );
  });
});

describe('a call of the provider when its connection is lost', () => {
  it('ends there: what the next connection tells by its name is nothing', () => {
    const session = calling();
    session.done('resp_1');
    session.lost();
    session.fired('backoff');
    session.agreed();
    ended(session);
    expect(notices(told(session), 'tool_settled')).toEqual([]);
    expect(session.state.tools.calls.size).toBe(0);
  });
});
