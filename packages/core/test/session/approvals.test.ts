import { defaultLimits, type Effect } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import { notices, SessionDriver, sent, sentEvents, testTool } from './session-driver.ts';

const wipe = testTool('wipe', { confirm: { by: 'app', ttlMs: 60_000 } });

/** A session in which the model has called `wipe`, and its arguments were found sound. */
function asking(
  approver: 'present' | 'absent' = 'present',
  tool = wipe,
): { readonly session: SessionDriver; readonly effects: readonly Effect[] } {
  const session = new SessionDriver({ tools: [tool] }).ready();
  session.created('resp_1');
  session.call('resp_1', 'call_1', 'wipe', '{"disk":1}');
  session.done('resp_1');
  return { session, effects: checked(session, 'call_1', approver) };
}

function checked(session: SessionDriver, callId: string, approver: 'present' | 'absent' = 'present') {
  return session.on({
    type: 'tool.checked',
    callId,
    check: { kind: 'sound', arguments: { disk: 1 } },
    approver,
  });
}

const started = (effects: readonly Effect[]) => effects.filter(({ type }) => type === 'tool.start');

function outputs(effects: readonly Effect[]): readonly unknown[] {
  return sentEvents(effects, 'conversation.item.create').map(({ item }) =>
    JSON.parse((item as { output: string }).output),
  );
}

const answer = (
  session: SessionDriver,
  verdict: 'approved' | 'rejected',
  reason?: string,
  approvalId?: string,
) =>
  session.on({
    type: 'approval.given',
    approvalId: approvalId ?? idOf(session),
    verdict,
    ...(reason !== undefined && { reason }),
  });

function idOf(session: SessionDriver): string {
  const phase = session.state.tools.calls.get('call_1')?.phase;
  return phase?.kind === 'unconfirmed' && 'approvalId' in phase.awaits ? phase.awaits.approvalId : '';
}

describe('a call that waits for a word when the agent has said too much by itself', () => {
  it('ends at once, and not with whatever comes next', () => {
    const limits = { ...defaultLimits, responsesWithoutUser: 2 };
    const session = new SessionDriver({ tools: [wipe, testTool('look')], limits }).ready();
    session.created('resp_1');
    session.call('resp_1', 'call_1', 'wipe', '{"disk":1}');
    checked(session, 'call_1');
    session.done('resp_1');
    session.on({ type: 'agent.say', text: 'One moment.' });
    session.created('resp_2', { metadata: { 'antiphon.say': 'One moment.' } });
    session.call('resp_2', 'call_2', 'look');
    session.done('resp_2');
    expect(notices(session.settle('call_2'), 'limit')).toMatchObject([{ reached: true }]);
    expect(session.state.tools.calls.has('call_1')).toBe(false);
  });
});

describe('a call that the application has to approve', () => {
  it('is looked at first, and asked for with the arguments it will run with', () => {
    const session = new SessionDriver({ tools: [wipe] }).ready();
    session.created('resp_1');
    const call = { callId: 'call_1', name: 'wipe', argumentsJson: '{"disk":1}', agent: 'concierge' };
    const effects = session.call('resp_1', 'call_1', 'wipe', '{"disk":1}');
    expect(effects).toContainEqual({ type: 'tool.check', ...call });
    expect(started(effects)).toEqual([]);
    const asked = checked(session, 'call_1');
    expect(notices(asked, 'approval_requested')).toMatchObject([
      {
        by: 'app',
        callId: 'call_1',
        tool: 'wipe',
        arguments: { disk: 1 },
        agent: 'concierge',
        ttlMs: 60_000,
      },
    ]);
    expect(asked).toContainEqual({ type: 'timer.start', timer: 'approval:call_1', delayMs: 60_000 });
    expect(started(asked)).toEqual([]);
  });

  it('runs once when it is approved, and is followed by one answer', () => {
    const { session } = asking();
    const approvalId = idOf(session);
    const effects = answer(session, 'approved');
    expect(started(effects)).toEqual([
      {
        type: 'tool.start',
        callId: 'call_1',
        name: 'wipe',
        argumentsJson: '{"disk":1}',
        agent: 'concierge',
        approved: true,
      },
    ]);
    expect(notices(effects, 'approval_settled')).toMatchObject([{ approvalId, ending: 'approved' }]);
    expect(effects).toContainEqual({ type: 'timer.cancel', timer: 'approval:call_1' });
    expect(answer(session, 'approved', undefined, approvalId)).toEqual([]);
    expect(sent(session.settle('call_1'))).toEqual(['conversation.item.create', 'response.create']);
  });

  it.each([
    [
      'rejected',
      (session: SessionDriver) => answer(session, 'rejected', 'not today'),
      'tool.not_approved',
      /not today/,
    ],
    [
      'expired',
      (session: SessionDriver) => session.fired('approval:call_1'),
      'tool.approval_late',
      /60000 ms/,
    ],
    [
      'cancelled',
      (session: SessionDriver) => session.on({ type: 'session.close', mode: 'drain', reason: 'bye' }),
      'tool.confirmation_dropped',
      /the session was ended/,
    ],
  ])('that is %s is not run, and is answered once', (ending, end, code, message) => {
    const { session } = asking();
    const approvalId = idOf(session);
    const effects = end(session);
    expect(notices(effects, 'approval_settled')).toMatchObject([{ ending, approvalId }]);
    expect(outputs(effects)).toMatchObject([{ code, error: expect.stringMatching(message) }]);
    expect(started(effects)).toEqual([]);
    expect(answer(session, 'approved', undefined, approvalId)).toEqual([]);
    expect(session.fired('approval:call_1')).toEqual([]);
  });

  it('is answered at once where nobody can approve it', () => {
    const { session, effects } = asking('absent');
    expect(outputs(effects)).toMatchObject([{ code: 'tool.no_approver' }]);
    expect(notices(effects, 'approval_requested')).toEqual([]);
    expect(sent(effects)).toEqual(['conversation.item.create', 'response.create']);
    expect(session.state.tools.calls.size).toBe(0);
  });

  it('is not asked for when its arguments do not fit', () => {
    const session = new SessionDriver({ tools: [wipe] }).ready();
    session.created('resp_1');
    session.call('resp_1', 'call_1', 'wipe', '{"disk":"x"}');
    const outcome = {
      status: 'rejected',
      arguments: {},
      output: 'bad',
      outputText: '"bad"',
      elapsedMs: 0,
    } as const;
    const effects = session.on({
      type: 'tool.checked',
      callId: 'call_1',
      check: { kind: 'ended', outcome },
      approver: 'present',
    });
    expect(outputs(effects)).toEqual(['bad']);
    expect(notices(effects, 'approval_requested')).toEqual([]);
  });

  it('waits beside others: a second call wants a yes of its own', () => {
    const { session } = asking();
    const first = idOf(session);
    session.on({ type: 'user.text', text: 'again' });
    session.created('resp_2');
    session.call('resp_2', 'call_2', 'wipe', '{"disk":1}');
    const [second] = notices(checked(session, 'call_2'), 'approval_requested');
    expect(second?.['approvalId']).not.toBe(first);
    expect(started(answer(session, 'approved'))).toMatchObject([{ callId: 'call_1' }]);
    expect(session.state.tools.calls.get('call_2')?.phase.kind).toBe('unconfirmed');
  });

  it('is over with the event that lets the voice through which spoke over what must be heard', () => {
    const cancelled = testTool('wipe', { confirm: { by: 'app', ttlMs: 60_000 }, onInterrupt: 'cancel' });
    const { session } = asking('present', cancelled);
    session.on({ type: 'agent.say', text: 'This call is recorded.', protected: true });
    session.created('resp_2', {
      metadata: { 'antiphon.say': 'This call is recorded.', 'antiphon.protected': 'yes' },
    });
    session.server({ type: 'input_audio_buffer.speech_started', item_id: 'item_u1', audio_start_ms: 0 });
    expect(session.state.tools.calls.size).toBe(1);
    const effects = session.done('resp_2');
    expect(notices(effects, 'approval_settled')).toMatchObject([{ ending: 'cancelled' }]);
    expect(session.state.tools.calls.size).toBe(0);
  });

  it.each(['keep', 'cancel'] as const)('that is to %s on an interruption does so', (onInterrupt) => {
    const { session } = asking('present', { ...wipe, onInterrupt });
    const effects = session.on({ type: 'user.interrupt' });
    expect(notices(effects, 'approval_settled').map(({ ending }) => ending)).toEqual(
      onInterrupt === 'keep' ? [] : ['cancelled'],
    );
  });

  it('moves to another connection, and waits on there', () => {
    const { session } = asking();
    session.lost();
    session.fired('backoff');
    const effects = session.agreed();
    expect(sentEvents(effects, 'conversation.item.create')).toMatchObject([
      { item: { type: 'function_call', call_id: 'call_1' } },
    ]);
    expect(started(answer(session, 'approved'))).toHaveLength(1);
  });

  it('that a text ends which waited for the connection is followed by one answer to both', () => {
    const { session } = asking('present', { ...wipe, onInterrupt: 'cancel' });
    session.lost();
    session.on({ type: 'user.text', text: 'Leave it.' });
    session.fired('backoff');
    const effects = session.agreed();
    expect(notices(effects, 'approval_settled')).toMatchObject([{ ending: 'cancelled' }]);
    expect(sent(effects).slice(-3)).toEqual([
      'conversation.item.create',
      'conversation.item.create',
      'response.create',
    ]);
    session.created('resp_2');
    expect(sent(session.done('resp_2'))).toEqual([]);
    expect(session.state.owed).toEqual([]);
  });

  it('is not run by another process without a new yes', () => {
    const { session } = asking();
    const approvalId = idOf(session);
    const effects = session.on({ type: 'session.resume' });
    expect(notices(effects, 'approval_settled')).toMatchObject([{ ending: 'cancelled' }]);
    session.agreed();
    expect(answer(session, 'approved', undefined, approvalId)).toEqual([]);
    expect(session.state.tools.calls.size).toBe(0);
  });

  it('that was approved and may be run again is run again by another process', () => {
    const { session } = asking('present', { ...wipe, idempotent: true });
    answer(session, 'approved');
    expect(started(session.on({ type: 'session.resume' }))).toMatchObject([{ approved: true }]);
  });

  it('has its filler said while it is waited for', () => {
    const { session, effects } = asking('present', { ...wipe, filler: { afterMs: 500, say: 'One moment.' } });
    expect(effects.filter(({ type }) => type === 'timer.start')).toHaveLength(1);
    expect(sent(session.fired('filler:call_1'))).toEqual(['response.create']);
  });
});
