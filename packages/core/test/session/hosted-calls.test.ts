import { seedItems } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import {
  announced,
  answering,
  approvable,
  asked,
  call,
  calling,
  creates,
  ended,
  put,
  speaks,
  started,
  told,
  verdicts,
} from './hosted-driver.ts';
import { notices, sentEvents, testTool } from './session-driver.ts';

describe('a call that the provider makes', () => {
  it('is told like any other, is answered by nobody, and is followed by one answer', () => {
    const session = answering();
    announced(session);
    expect(notices(started(session), 'tool_started')).toEqual([
      { type: 'tool_started', callId: 'item_m', name: 'search', argumentsJson: '{"q":1}', server: 'docs' },
    ]);
    expect(notices(ended(session), 'tool_settled')).toEqual([]);
    const over = told(session);
    expect(notices(over, 'tool_settled')).toMatchObject([
      { callId: 'item_m', server: 'docs', outcome: { status: 'completed', output: { hits: 3 } } },
    ]);
    expect(sentEvents(over, 'conversation.item.create')).toEqual([]);
    const done = session.done('resp_1');
    expect(creates(done)).toHaveLength(1);
    session.created('resp_2');
    expect(creates(session.done('resp_2'))).toEqual([]);
  });

  it('is waited for when its response is over first', () => {
    const session = calling();
    expect(creates(session.done('resp_1'))).toEqual([]);
    expect(creates(ended(session))).toEqual([]);
    expect(creates(told(session))).toHaveLength(1);
  });

  it('is over after a while when its result is not told', () => {
    const session = calling();
    session.done('resp_1');
    ended(session);
    const fired = session.fired('call:item_m');
    expect(notices(fired, 'tool_settled')).toMatchObject([
      { outcome: { status: 'completed', output: null } },
    ]);
    expect(creates(fired)).toHaveLength(1);
  });

  it('is given up when nothing is told of it', () => {
    const session = calling();
    session.done('resp_1');
    const fired = session.fired('call:item_m');
    expect(notices(fired, 'tool_settled')).toMatchObject([{ outcome: { status: 'timed_out' } }]);
    expect(creates(fired)).toHaveLength(1);
  });

  it('asks for nothing more when the same response speaks about it', () => {
    const session = calling();
    ended(session);
    told(session);
    speaks(session);
    expect(creates(session.done('resp_1'))).toEqual([]);
    expect(session.state.tools.calls.size).toBe(0);
  });

  it('is followed by an answer when words came before its end alone', () => {
    const session = answering();
    announced(session);
    speaks(session);
    started(session);
    ended(session);
    told(session);
    expect(creates(session.done('resp_1'))).toHaveLength(1);
  });

  it('is answered once by a server that begins the answer by itself before it is asked', () => {
    const session = calling();
    session.done('resp_1');
    ended(session);
    session.created('resp_2');
    expect(creates(told(session))).toEqual([]);
    expect(creates(session.done('resp_2'))).toEqual([]);
  });

  it('is answered once by a server that begins the answer while it is asked', () => {
    const session = calling();
    session.done('resp_1');
    ended(session);
    const [asked] = creates(told(session));
    session.created('resp_2');
    session.server({
      type: 'error',
      error: {
        type: 'invalid_request_error',
        code: 'conversation_already_has_active_response',
        message: 'Conversation already has an active response in progress: resp_2.',
        event_id: asked?.['event_id'],
      },
    });
    expect(creates(session.done('resp_2'))).toEqual([]);
    expect(session.state.owed).toEqual([]);
  });

  it('fails with the words of its server, and is answered', () => {
    const session = calling();
    ended(session, 'failed');
    const over = told(session, { error: { type: 'http_error', code: 503, message: 'down' } });
    expect(notices(over, 'tool_settled')).toMatchObject([
      { outcome: { status: 'failed', output: { error: 'http_error: down' } } },
    ]);
    expect(creates(session.done('resp_1'))).toHaveLength(1);
  });

  it('that is forced is not forced in the answer to it', () => {
    const choice = { type: 'mcp', server_label: 'docs' } as const;
    const session = answering({ session: { type: 'realtime', tool_choice: choice } });
    announced(session);
    started(session);
    ended(session);
    told(session);
    expect(creates(session.done('resp_1'))).toMatchObject([{ response: { tool_choice: 'auto' } }]);
  });

  it('joins functions of the same response in one answer', () => {
    const session = answering({ tools: [testTool('f')] });
    announced(session);
    started(session);
    session.call('resp_1', 'call_1', 'f');
    session.done('resp_1');
    const outcome = { status: 'completed' as const, arguments: {}, output: 1, outputText: '1', elapsedMs: 1 };
    expect(creates(session.on({ type: 'tool.settled', callId: 'call_1', outcome }))).toEqual([]);
    ended(session);
    expect(creates(told(session))).toHaveLength(1);
  });

  it('keeps its response alive while nothing else comes of that', () => {
    const session = calling();
    for (let times = 0; times < 3; times++)
      expect(session.fired('stall')).toEqual([{ type: 'timer.start', timer: 'stall', delayMs: 5_000 }]);
  });

  it('ends with a response that the user cuts, and nothing is asked for', () => {
    const session = calling();
    session.server({ type: 'input_audio_buffer.speech_started', item_id: 'item_v', audio_start_ms: 0 });
    const done = session.done('resp_1', 'cancelled');
    expect(notices(done, 'tool_settled')).toMatchObject([{ outcome: { status: 'cancelled' } }]);
    expect(session.state.owed).toEqual([]);
  });

  it('is given to another connection as a function with its output, in its place', () => {
    const session = calling();
    ended(session);
    told(session);
    session.done('resp_1');
    session.created('resp_2');
    session.server({
      type: 'conversation.item.added',
      item: {
        id: 'item_a',
        type: 'message',
        role: 'assistant',
        content: [{ type: 'output_text', text: 'Three.' }],
      },
      previous_item_id: 'item_m',
    });
    const [user, called, output, answer] = seedItems(session.state);
    expect(user).toMatchObject({ role: 'user' });
    expect(called).toMatchObject({ type: 'function_call', name: 'search', arguments: '{"q":1}' });
    expect(output).toMatchObject({ type: 'function_call_output', output: '{"hits":3}' });
    expect(output).toMatchObject({
      call_id: called !== undefined && 'call_id' in called ? called.call_id : '',
    });
    expect(answer).toMatchObject({ role: 'assistant' });
  });

  it('ends with its connection, and the next one is told that its outcome is unknown', () => {
    const session = calling();
    session.done('resp_1');
    const lost = session.lost();
    expect(notices(lost, 'tool_settled')).toMatchObject([{ outcome: { status: 'failed' } }]);
    session.fired('backoff');
    const taken = session.agreed();
    const outputs = sentEvents(taken, 'conversation.item.create').map((event) =>
      JSON.stringify(event['item']),
    );
    expect(outputs.join()).toContain('its outcome is unknown');
    expect(creates(taken)).toHaveLength(1);
  });

  it('keeps the conversation from moving to another connection', () => {
    const session = calling();
    session.done('resp_1');
    session.on({ type: 'session.reseat', reason: 'test' });
    expect(notices(session.agreed(), 'connection_changed')).toEqual([]);
  });
});

describe('a call that the provider asks for', () => {
  it('is refused where nobody is to be asked, and the model speaks about it', () => {
    const session = answering({ hosted: { docs: {} } });
    const effects = asked(session);
    expect(verdicts(effects)).toMatchObject([
      { type: 'mcp_approval_response', approval_request_id: 'item_q', approve: false },
    ]);
    expect(notices(effects, 'tool_settled')).toMatchObject([
      { outcome: { status: 'rejected', output: { code: 'tool.approval_not_asked' } } },
    ]);
    session.confirm(effects);
    expect(creates(session.done('resp_1'))).toHaveLength(1);
  });

  it('is put to the application, and made when that agrees', () => {
    const session = answering(approvable);
    expect(asked(session)).toContainEqual(expect.objectContaining({ type: 'tool.check', server: 'docs' }));
    const [notice] = notices(put(session), 'approval_requested');
    expect(notice).toMatchObject({ tool: 'search', server: 'docs', arguments: { q: 1 }, ttlMs: 9_000 });
    session.done('resp_1');
    const given = session.on({
      type: 'approval.given',
      approvalId: (notice as { approvalId: string }).approvalId,
      verdict: 'approved',
    });
    expect(verdicts(given)).toMatchObject([{ type: 'mcp_approval_response', approve: true }]);
    expect(creates(given)).toEqual([]);
    session.confirm(given);
    const item = { ...call, id: 'item_m', arguments: '{"q":1}', approval_request_id: 'item_q' };
    session.server({ type: 'conversation.item.added', item: { ...item, status: 'in_progress' } });
    expect(notices(started(session), 'tool_started')).toHaveLength(1);
    ended(session);
    expect(creates(told(session))).toHaveLength(1);
    expect(session.state.tools.calls.size).toBe(0);
  });

  it('is asked for with an answer where the server waits for that before it begins', () => {
    const session = answering(approvable);
    asked(session);
    const [notice] = notices(put(session), 'approval_requested');
    session.done('resp_1');
    session.on({
      type: 'approval.given',
      approvalId: (notice as { approvalId: string }).approvalId,
      verdict: 'approved',
    });
    expect(creates(session.fired('call:item_q'))).toHaveLength(1);
    session.created('resp_2');
    announced(session, 'item_m', 'resp_2');
    started(session);
    ended(session);
    told(session);
    expect(creates(session.done('resp_2'))).toHaveLength(1);
  });

  it('is made as the call that the response has named before', () => {
    const session = answering(approvable);
    announced(session);
    asked(session);
    const [notice] = notices(put(session), 'approval_requested');
    session.done('resp_1');
    session.on({
      type: 'approval.given',
      approvalId: (notice as { approvalId: string }).approvalId,
      verdict: 'approved',
    });
    expect([...session.state.tools.calls.keys()]).toEqual(['item_m']);
    started(session);
    ended(session);
    expect(creates(told(session))).toHaveLength(1);
  });

  it('is refused in words of the application, or when it says nothing in time', () => {
    for (const how of ['rejected', 'expired'] as const) {
      const session = answering(approvable);
      announced(session);
      asked(session);
      const [notice] = notices(put(session), 'approval_requested');
      session.done('resp_1');
      const effects =
        how === 'expired'
          ? session.fired('approval:item_q')
          : session.on({
              type: 'approval.given',
              approvalId: (notice as { approvalId: string }).approvalId,
              verdict: 'rejected',
              reason: 'too dear',
            });
      expect(verdicts(effects)).toMatchObject([
        { approve: false, reason: expect.stringContaining(how === 'expired' ? '9000' : 'too dear') },
      ]);
      expect(creates(effects)).toHaveLength(1);
      expect(session.state.tools.calls.size).toBe(0);
    }
  });

  it('is asked for no more when its connection is lost', () => {
    const session = answering(approvable);
    asked(session);
    put(session);
    session.done('resp_1');
    const lost = session.lost();
    expect(notices(lost, 'approval_settled')).toMatchObject([{ ending: 'cancelled' }]);
    expect(session.state.tools.calls.size).toBe(0);
  });
});
