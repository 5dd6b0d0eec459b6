import { defaultLimits } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import {
  announced,
  answered,
  answering,
  approvable,
  asked,
  call,
  creates,
  ended,
  put,
  started,
  told,
  verdicts,
} from './hosted-driver.ts';
import { notices, type SessionDriver } from './session-driver.ts';

const hosted = { docs: {} };

/** The provider makes a call, from its announcement to its result. */
function makes(session: SessionDriver, id: string, responseId = 'resp_1') {
  announced(session, id, responseId);
  const effects = started(session, id);
  ended(session, 'completed', id);
  told(session, {}, id);
  return effects;
}

describe('calls that the provider makes count', () => {
  it('towards the calls of a session, which one too many ends', () => {
    const session = answering({ hosted, limits: { ...defaultLimits, toolCalls: 2, wrapUp: 'Bye.' } });
    expect(notices(makes(session, 'item_1'), 'limit')).toEqual([]);
    expect(notices(makes(session, 'item_2'), 'limit')).toEqual([
      { type: 'limit', limit: 'tool_calls', reached: false },
    ]);
    expect(notices(makes(session, 'item_3'), 'limit')).toEqual([
      { type: 'limit', limit: 'tool_calls', reached: true },
    ]);
    expect(creates(session.done('resp_1'))).toMatchObject([
      { response: { metadata: { 'antiphon.say': 'Bye.' } } },
    ]);
  });

  it('once, however their start and end are told', () => {
    const session = answering({ hosted });
    announced(session);
    ended(session);
    started(session);
    told(session);
    told(session);
    expect(session.state.usage).toMatchObject({ toolCalls: 1, toolCallsThisTurn: 1 });
    session.done('resp_1');
    session.spoken('item_v');
    expect(session.state.usage).toMatchObject({ toolCalls: 1, toolCallsThisTurn: 0 });
  });

  it('not before they are made', () => {
    const session = answering({ hosted });
    announced(session);
    expect(session.state.usage.toolCalls).toBe(0);
  });

  it('towards those of a turn, after which the model answers without calling', () => {
    const session = answering({ hosted, limits: { ...defaultLimits, toolCallsPerTurn: 2 } });
    makes(session, 'item_1');
    expect(creates(session.done('resp_1'))).toEqual([
      expect.not.objectContaining({ response: expect.anything() }),
    ]);
    session.created('resp_2');
    makes(session, 'item_2', 'resp_2');
    expect(creates(session.done('resp_2'))).toMatchObject([{ response: { tool_choice: 'none' } }]);
  });

  it('with the request for them, where they are asked for', () => {
    for (const isNamed of [true, false]) {
      const session = answering(approvable);
      if (isNamed) announced(session);
      asked(session);
      const approve = answered(session);
      expect(session.state.usage.toolCalls).toBe(1);
      session.done('resp_1');
      session.confirm(approve());
      const item = { ...call, id: 'item_m', status: 'in_progress', arguments: '{"q":1}' };
      session.server({ type: 'conversation.item.added', item });
      expect(notices(started(session), 'tool_started')).toHaveLength(1);
      expect(session.state.usage.toolCalls).toBe(1);
    }
  });

  it.each([
    ['of a session', { toolCalls: 0 }],
    ['of a turn', { toolCallsPerTurn: 0 }],
  ])('and are not allowed beyond those %s', (_, limits) => {
    const session = answering({ ...approvable, limits: { ...defaultLimits, ...limits } });
    const effects = asked(session);
    expect(verdicts(effects)).toMatchObject([
      { approve: false, reason: expect.stringMatching(/tool calls/) },
    ]);
    expect(notices(effects, 'tool_settled')).toMatchObject([{ outcome: { status: 'rejected' } }]);
    expect(notices(put(session), 'approval_requested')).toEqual([]);
  });
});
