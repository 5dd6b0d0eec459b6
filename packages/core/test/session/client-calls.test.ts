import type { SessionEvent } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import { notices, SessionDriver, testTool } from './session-driver.ts';

const put: SessionEvent = {
  type: 'tool.client_called',
  callId: 'call_1',
  name: 'scan',
  arguments: { code: '17' },
  agent: 'concierge',
  timeoutMs: 10_000,
};
const settled = (ending: 'answered' | 'cancelled', callId = 'call_1'): SessionEvent => ({
  type: 'tool.client_settled',
  callId,
  ending,
});
const closed: SessionEvent = { type: 'session.close', mode: 'cancel', reason: 'enough' };

/** A session in which a call is put to the application. */
function asking() {
  const session = new SessionDriver({ tools: [testTool('scan')] }).ready();
  session.created('resp_1');
  session.confirm(session.call('resp_1', 'call_1', 'scan'));
  return { session, told: session.on(put) };
}

describe('a call that the application answers', () => {
  it('is told once, with all that is needed for an answer', () => {
    const { session, told } = asking();
    const { type: _, ...call } = put;
    expect(told).toEqual([{ type: 'notify', notice: { type: 'client_tool_called', ...call } }]);
    expect(session.state.tools.clientCalls.get('call_1')).toBe('scan');
  });

  it.each<[name: string, events: readonly SessionEvent[], cancelled: number]>([
    ['is answered', [settled('answered'), closed], 0],
    ['is cancelled', [settled('cancelled')], 1],
    ['is cancelled twice', [settled('cancelled'), settled('cancelled')], 1],
    ['is answered after it was cancelled', [settled('cancelled'), settled('answered')], 1],
    ['is open when the session ends', [closed, settled('cancelled')], 1],
    ['is another', [settled('cancelled', 'call_2')], 0],
    ['belongs to a process that is gone', [{ type: 'session.resume' }, settled('cancelled')], 0],
  ])('that %s', (_name, events, cancelled) => {
    const { session } = asking();
    const effects = events.flatMap((event) => session.on(event));
    const expected = { type: 'client_tool_cancelled', callId: 'call_1', name: 'scan' };
    expect(notices(effects, 'client_tool_cancelled')).toEqual(cancelled === 0 ? [] : [expected]);
  });

  it('is told to be cancelled before the session is over', () => {
    const { session } = asking();
    const types = session.on(closed).flatMap((each) => (each.type === 'notify' ? [each.notice.type] : []));
    expect(types.indexOf('client_tool_cancelled')).toBeLessThan(types.indexOf('closed'));
    expect(types).toContain('client_tool_cancelled');
  });
});
