import { allItems } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import { asked, notices, SessionDriver, sent, sentEvents, testTool } from './session-driver.ts';

describe('function calls', () => {
  it('run when their item is complete, not when their arguments are', () => {
    const session = new SessionDriver().ready();
    session.created('resp_1');
    session.server({
      type: 'response.output_item.added',
      response_id: 'resp_1',
      item: {
        id: 'item_c',
        type: 'function_call',
        call_id: 'call_1',
        name: 'f',
        status: 'in_progress',
        arguments: '',
      },
    });
    const early = session.server({
      type: 'response.function_call_arguments.done',
      response_id: 'resp_1',
      item_id: 'item_c',
      call_id: 'call_1',
      arguments: '{}',
    });
    expect(asked(early)).toEqual(['timer.start']);
    expect(asked(session.call('resp_1', 'call_1', 'f'))).toEqual(['timer.cancel', 'tool.start']);
  });

  it('have the arguments of their complete item, whatever was told of them before', () => {
    const session = new SessionDriver().ready();
    session.created('resp_1');
    const call = { id: 'item_c', type: 'function_call', call_id: 'call_1', name: 'f' } as const;
    session.server({
      type: 'response.output_item.added',
      response_id: 'resp_1',
      item: { ...call, arguments: '' },
    });
    session.server({
      type: 'response.function_call_arguments.done',
      response_id: 'resp_1',
      item_id: 'item_c',
      call_id: 'call_1',
      arguments: '{"a":1',
    });
    const done = session.server({
      type: 'response.output_item.done',
      response_id: 'resp_1',
      item: { ...call, status: 'completed', arguments: '{"a":1}' },
    });
    expect(done).toContainEqual(expect.objectContaining({ type: 'tool.start', argumentsJson: '{"a":1}' }));
  });

  it('run after a while on servers that never declare an item done', () => {
    const session = new SessionDriver().ready();
    session.created('resp_1');
    session.server({
      type: 'response.output_item.added',
      response_id: 'resp_1',
      item: { id: 'item_c', type: 'function_call', call_id: 'call_1', name: 'f', arguments: '' },
    });
    session.server({
      type: 'response.function_call_arguments.done',
      response_id: 'resp_1',
      item_id: 'item_c',
      call_id: 'call_1',
      arguments: '{"a":1}',
    });
    expect(session.on({ type: 'timer.fired', timer: 'call:call_1' })).toContainEqual({
      type: 'tool.start',
      callId: 'call_1',
      name: 'f',
      argumentsJson: '{"a":1}',
      agent: 'concierge',
    });
  });

  it('beyond those that may be open at once are refused, each with one output, and followed by an answer', () => {
    const session = new SessionDriver().ready();
    session.created('resp_1');
    for (let at = 1; at <= 64; at++) session.call('resp_1', `call_${at}`, 'f');
    const announced = (responseId: string, callId: string) =>
      session.server({
        type: 'response.output_item.added',
        response_id: responseId,
        item: { id: `item_${callId}`, type: 'function_call', call_id: callId, name: 'f', arguments: '' },
      });
    const refused = announced('resp_1', 'call_65');
    expect(notices(refused, 'tool_settled')).toMatchObject([{ outcome: { status: 'rejected' } }]);
    expect(sentEvents(refused, 'conversation.item.create')).toMatchObject([
      { item: { type: 'function_call_output', call_id: 'call_65' } },
    ]);
    expect(sent(session.call('resp_1', 'call_65', 'f'))).toEqual([]);
    expect(session.state.tools.calls.size).toBe(64);
    expect(sent(session.done('resp_1'))).toEqual([]);
    session.on({ type: 'user.text', text: 'And?' });
    session.created('resp_2');
    announced('resp_2', 'call_66');
    expect(sent(session.done('resp_2'))).toEqual(['response.create']);
  });

  it('of one response run together and are followed by one response.create, after all outputs and response.done', () => {
    const session = new SessionDriver().ready();
    session.created('resp_1');
    expect(asked(session.call('resp_1', 'call_1', 'f'))).toContain('tool.start');
    expect(asked(session.call('resp_1', 'call_2', 'g'))).toContain('tool.start');
    expect(sent(session.settle('call_2'))).toEqual(['conversation.item.create']);
    expect(sent(session.done('resp_1'))).toEqual([]);
    expect(sent(session.settle('call_1'))).toEqual(['conversation.item.create', 'response.create']);
  });

  it('that end before their response wait for it with the follow-up', () => {
    const session = new SessionDriver().ready();
    session.created('resp_1');
    session.call('resp_1', 'call_1', 'f');
    expect(sent(session.settle('call_1'))).toEqual(['conversation.item.create']);
    expect(sent(session.done('resp_1'))).toEqual(['response.create']);
  });

  it('have exactly one output, whatever is repeated', () => {
    const session = new SessionDriver().ready();
    session.created('resp_1');
    session.call('resp_1', 'call_1', 'f');
    expect(asked(session.call('resp_1', 'call_1', 'f'))).not.toContain('tool.start');
    session.settle('call_1');
    expect(sent(session.settle('call_1'))).toEqual([]);
    session.done('resp_1');
    session.created('resp_2');
    expect(asked(session.call('resp_2', 'call_1', 'f'))).not.toContain('tool.start');
  });

  it('are what is complete where two items come under one id', () => {
    const session = new SessionDriver({ tools: [testTool('f'), testTool('g')] }).ready();
    session.created('resp_1');
    const first = { id: 'item_a', type: 'function_call', call_id: 'call_1', name: 'f', arguments: '' };
    const announced = { ...first, status: 'in_progress' };
    session.server({ type: 'response.output_item.added', response_id: 'resp_1', item: announced });
    const cut = { ...first, id: 'item_b', status: 'incomplete' };
    session.server({ type: 'response.output_item.done', response_id: 'resp_1', item: cut });
    const whole = { ...first, id: 'item_c', name: 'g', status: 'completed', arguments: '{"a":1}' };
    const done = session.server({ type: 'response.output_item.done', response_id: 'resp_1', item: whole });
    expect(done).toContainEqual(
      expect.objectContaining({ type: 'tool.start', name: 'g', argumentsJson: '{"a":1}' }),
    );
    session.settle('call_1');
    expect(allItems(session.state.conversation)).toMatchObject([
      { id: 'item_c', kind: 'function_call', name: 'g' },
      { kind: 'function_call_output', callId: 'call_1' },
    ]);
    expect(sent(session.done('resp_1'))).toEqual(['response.create']);
  });

  const cut = {
    id: 'item_c',
    type: 'function_call',
    call_id: 'call_1',
    name: 'f',
    status: 'incomplete',
    arguments: '{"a',
  };

  it('that were cut are reported as cancelled, do not run and have no output', () => {
    const session = new SessionDriver().ready();
    session.created('resp_1');
    const effects = [
      ...session.server({ type: 'response.output_item.done', response_id: 'resp_1', item: cut }),
      ...session.done('resp_1', 'cancelled', { output: [cut] }),
    ];
    expect(asked(effects)).not.toContain('tool.start');
    expect(sent(effects)).toEqual([]);
    expect(notices(effects, 'tool_settled')).toMatchObject([{ outcome: { status: 'cancelled' } }]);
    expect(allItems(session.state.conversation)).toEqual([]);
  });

  it('that were cut by the limit of tokens leave those of their batch alone', () => {
    const session = new SessionDriver().ready();
    session.created('resp_1');
    session.call('resp_1', 'call_0', 'f');
    session.server({ type: 'response.output_item.done', response_id: 'resp_1', item: cut });
    expect(sent(session.done('resp_1', 'incomplete', { output: [cut] }))).toEqual([]);
    expect(sent(session.settle('call_0'))).toEqual(['conversation.item.create', 'response.create']);
  });

  it('that were cut by the limit of tokens, and with them all of the answer, are asked for again', () => {
    const session = new SessionDriver().ready();
    session.created('resp_1');
    session.server({ type: 'response.output_item.added', response_id: 'resp_1', item: cut });
    const effects = session.done('resp_1', 'incomplete', { output: [cut] });
    expect(effects).toContainEqual(expect.objectContaining({ type: 'timer.start', timer: 'response.retry' }));
    expect(sent(session.on({ type: 'timer.fired', timer: 'response.retry' }))).toEqual(['response.create']);
  });

  it.each([
    ['completed', ['tool.start']],
    ['cancelled', []],
  ] as const)('whose items are never declared done stand in a response that is %s', (status, expected) => {
    const session = new SessionDriver().ready();
    session.created('resp_1');
    const place = { response_id: 'resp_1', item_id: 'item_c', call_id: 'call_1' };
    session.server({ type: 'response.output_item.added', ...place, item: { ...cut, status: 'in_progress' } });
    session.server({ type: 'response.function_call_arguments.done', ...place, arguments: '{}' });
    const effects = session.done('resp_1', status, { output: [] });
    expect(asked(effects).filter((type) => type === 'tool.start')).toEqual(expected);
  });

  it('of a failed response do not run', () => {
    const session = new SessionDriver().ready();
    session.created('resp_1');
    const item = {
      id: 'item_c',
      type: 'function_call',
      call_id: 'call_1',
      name: 'f',
      status: 'completed',
      arguments: '{}',
    };
    const effects = session.done('resp_1', 'failed', { output: [item] });
    expect(asked(effects)).not.toContain('tool.start');
  });

  it('keep their result through an interruption; the answer is left to the turn that interrupts', () => {
    const session = new SessionDriver().ready();
    session.created('resp_1');
    session.call('resp_1', 'call_1', 'f');
    session.server({ type: 'input_audio_buffer.speech_started', item_id: 'item_u', audio_start_ms: 0 });
    const settled = session.settle('call_1');
    expect(sent(settled)).toEqual(['conversation.item.create']);
    session.confirm(settled);
    expect(sent(session.done('resp_1', 'cancelled'))).toEqual([]);
    session.server({ type: 'input_audio_buffer.speech_stopped', item_id: 'item_u', audio_end_ms: 900 });
    session.server({ type: 'input_audio_buffer.committed', item_id: 'item_u', previous_item_id: null });
    session.created('resp_2');
    expect(sent(session.done('resp_2'))).toEqual([]);
  });

  it('whose output crosses an answer that the server began by itself are talked about after it', () => {
    const session = new SessionDriver().ready();
    session.created('resp_1');
    session.call('resp_1', 'call_1', 'f');
    session.done('resp_1');
    session.spoken('item_u');
    const settled = session.settle('call_1');
    session.created('resp_2');
    session.confirm(settled);
    expect(sent(session.done('resp_2'))).toEqual(['response.create']);
  });

  it.each([
    ['now', ['conversation.item.create', 'response.create']],
    ['never', ['conversation.item.create']],
    ['when_idle', ['conversation.item.create', 'response.create']],
  ] as const)('with reply %s send %j', (reply, expected) => {
    const session = new SessionDriver({
      tools: [testTool('f', { reply })],
    }).ready();
    session.created('resp_1');
    session.call('resp_1', 'call_1', 'f');
    session.done('resp_1');
    expect(sent(session.settle('call_1'))).toEqual(expected);
  });

  it('that start after playback wait until the sound before them was played', () => {
    const session = new SessionDriver({
      tools: [testTool('hang_up', { start: 'after_playback', reply: 'never' })],
    }).ready();
    session.created('resp_1');
    session.audio('resp_1', 'item_a', 200);
    expect(asked(session.call('resp_1', 'call_1', 'hang_up'))).not.toContain('tool.start');
    session.done('resp_1');
    expect(asked(session.played('item_a', 200))).toContain('tool.start');
  });

  it('are told to stop by an interruption only where they say so', () => {
    const session = new SessionDriver({
      tools: [testTool('search', { onInterrupt: 'cancel' }), testTool('book')],
    }).ready();
    session.created('resp_1');
    session.call('resp_1', 'call_1', 'search');
    session.call('resp_1', 'call_2', 'book');
    const effects = session.server({
      type: 'input_audio_buffer.speech_started',
      item_id: 'item_u',
      audio_start_ms: 0,
    });
    expect(effects).toContainEqual({ type: 'tool.cancel', callId: 'call_1' });
    expect(effects).not.toContainEqual({ type: 'tool.cancel', callId: 'call_2' });
  });
});
