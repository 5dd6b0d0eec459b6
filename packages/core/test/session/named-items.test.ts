import { allItems } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import { notices, SessionDriver, sentEvents, testTool } from './session-driver.ts';

const longId = '34cfce46-63ab-4176-bbeb-e16221f719db';

function orderOf(session: SessionDriver): readonly string[] {
  return allItems(session.state.conversation).map((item) => item.id);
}

function added(session: SessionDriver, item: object, previous_item_id: string | null = null): void {
  session.server({
    type: 'conversation.item.added',
    previous_item_id,
    item: { status: 'completed', ...item },
  } as never);
}

function user(id: string, text: string): object {
  return { id, type: 'message', role: 'user', content: [{ type: 'input_text', text }] };
}

describe('a server that names items itself', () => {
  it('has its name for what the user typed, at its place', () => {
    const session = new SessionDriver().ready();
    session.on({ type: 'user.text', text: 'Hello.' });
    expect(orderOf(session)).toEqual(['item_user_2']);
    added(session, user(longId, 'Hello.'));
    expect(orderOf(session)).toEqual([longId]);
    expect([...session.state.pending.values()].map(({ type }) => type)).toEqual(['response.create']);
    added(session, { id: 'agent', type: 'message', role: 'assistant', content: [] }, longId);
    expect(orderOf(session)).toEqual([longId, 'agent']);
  });

  it('tells of no text as new where an answer of its own began before that came', () => {
    const session = new SessionDriver().ready();
    session.on({ type: 'user.text', text: 'Hello.' });
    session.spoken('item_u1');
    session.created('resp_own');
    const item = { ...user('server_1', 'Hello.'), status: 'completed' };
    const event = { type: 'conversation.item.added', item, previous_item_id: 'item_u1' };
    expect(notices(session.server(event as never), 'transcript')).toEqual([]);
    expect(orderOf(session)).not.toContain('item_user_2');
  });

  it('has its name for the second of two equal texts too', () => {
    const session = new SessionDriver().ready();
    session.on({ type: 'user.text', text: 'Yes.' });
    session.on({ type: 'user.text', text: 'Yes.' });
    added(session, user('server_1', 'Yes.'));
    added(session, user('server_2', 'Yes.'), 'server_1');
    expect(orderOf(session)).toEqual(['server_1', 'server_2']);
  });

  it('tells of no text as new that left the conversation before its server told of it', () => {
    const session = new SessionDriver({ historyItems: 2 }).ready();
    for (let count = 0; count < 3; count++) session.on({ type: 'user.text', text: 'Yes.' });
    added(session, user('server_1', 'Yes.'));
    added(session, user('server_2', 'Yes.'), 'server_1');
    const item = { ...user('server_3', 'Yes.'), status: 'completed' };
    const event = { type: 'conversation.item.added', item, previous_item_id: 'server_2' };
    expect(session.server(event as never)).toEqual([]);
    expect(orderOf(session)).toEqual(['server_2', 'server_3']);
  });

  it('brings no output back that left the conversation before its server told of it', () => {
    const session = new SessionDriver({ historyItems: 2, tools: [testTool('look')] }).ready();
    session.created('resp_1');
    session.call('resp_1', 'call_1', 'look');
    session.settle('call_1');
    for (const text of ['One.', 'Two.']) session.on({ type: 'user.text', text });
    const before = orderOf(session);
    const output = { id: 'server_1', type: 'function_call_output', call_id: 'call_1', output: 'done' };
    added(session, output, 'server_0');
    expect(orderOf(session)).toEqual(before);
    added(session, user('server_2', 'One.'), 'server_1');
    added(session, user('server_3', 'Two.'), 'server_2');
    expect(orderOf(session)).toEqual(['server_2', 'server_3']);
  });

  it('has what is ours behind what stood before a call that was cut, where it puts it behind that', () => {
    const session = new SessionDriver({ tools: [testTool('look')] }).ready();
    session.on({ type: 'user.text', text: 'One.' });
    const cut = { id: 'call', type: 'function_call', name: 'look', call_id: 'call_1', arguments: '' };
    session.created('resp_1');
    added(session, { id: 'agent', type: 'message', role: 'assistant', content: [] }, 'unheard_of');
    session.server({ type: 'response.output_item.added', response_id: 'resp_1', item: cut });
    added(session, { ...cut, status: 'in_progress' }, 'agent');
    session.done('resp_1', 'cancelled');
    added(session, user('item_user_2', 'One.'), 'call');
    expect(orderOf(session)).toEqual(['agent', 'item_user_2']);
  });

  it('has each behind its predecessor also where that is told after it', () => {
    const session = new SessionDriver().ready();
    session.on({ type: 'user.text', text: 'One.' });
    session.on({ type: 'user.text', text: 'Two.' });
    added(session, user('server_2', 'Two.'), 'server_1');
    added(session, { id: 'agent', type: 'message', role: 'assistant', content: [] }, 'unheard_of');
    added(session, user('server_1', 'One.'), 'agent');
    expect(orderOf(session)).toEqual(['agent', 'server_1', 'server_2']);
  });

  it('has what comes behind an item that was taken out in its place, though it has named the one before that since', () => {
    const session = new SessionDriver({ tools: [testTool('look')] }).ready();
    session.on({ type: 'user.text', text: 'Hello.' });
    session.on({ type: 'user.text', text: 'Are you there?' });
    const cut = { id: 'call', type: 'function_call', name: 'look', call_id: 'call_1', arguments: '' };
    session.created('resp_1');
    session.server({ type: 'response.output_item.added', response_id: 'resp_1', item: cut });
    added(session, { ...cut, status: 'in_progress' }, 'server_1');
    session.done('resp_1', 'cancelled');
    added(session, user('server_1', 'Are you there?'));
    added(session, user('server_2', 'One.'), 'server_1');
    added(session, user('server_3', 'Two.'), 'call');
    expect(orderOf(session).slice(1)).toEqual(['server_1', 'server_2', 'server_3']);
  });

  it('has its name also for what was sent after the request that it answers', () => {
    const session = new SessionDriver().ready();
    session.on({ type: 'user.text', text: 'Hello.' });
    session.on({ type: 'user.text', text: 'Are you there?' });
    session.created('resp_1');
    added(session, user('server_2', 'Are you there?'));
    expect(orderOf(session)).toContain('server_2');
    expect(orderOf(session)).toHaveLength(2);
  });

  it('has its name for an output that it tells of when it has answered a later request', () => {
    const session = new SessionDriver({ tools: [testTool('f')] }).ready();
    session.created('resp_1');
    session.call('resp_1', 'call_1', 'f');
    session.done('resp_1');
    session.settle('call_1', 'rain');
    session.created('resp_2');
    const output = { type: 'function_call_output', call_id: 'call_1', output: 'rain' };
    added(session, { id: 'server_1', ...output });
    const outputs = allItems(session.state.conversation).filter(({ kind }) => kind === output.type);
    expect(outputs).toMatchObject([{ id: 'server_1' }]);
  });

  it('is told by its name what was heard of an answer that went over with the conversation', () => {
    const session = new SessionDriver().ready();
    session.created('resp_1');
    session.server({
      type: 'response.output_audio_transcript.done',
      response_id: 'resp_1',
      item_id: 'item_a',
      content_index: 0,
      transcript: 'one two three four',
    });
    session.audio('resp_1', 'item_a', 1_000);
    session.done('resp_1');
    session.lost();
    session.fired('backoff');
    session.agreed();
    const content = [{ type: 'output_text', text: 'one two three four' }];
    added(session, { id: 'server_1', type: 'message', role: 'assistant', content });
    session.played('item_a', 500);
    session.on({ type: 'user.interrupt' });
    const cut = session.on({ type: 'playout.flushed' });
    expect(sentEvents(cut, 'conversation.item.delete')).toMatchObject([{ item_id: 'server_1' }]);
    expect(sentEvents(cut, 'conversation.item.create')).toMatchObject([
      { item: { content: [{ text: 'one two' }] } },
    ]);
    expect(orderOf(session)).toHaveLength(1);
  });

  it('has its name for words that nobody has written down, and for what was heard of the agent', () => {
    const session = new SessionDriver().ready();
    session.server({ type: 'input_audio_buffer.committed', item_id: 'item_u', previous_item_id: null });
    session.created('resp_1');
    session.server({
      type: 'response.output_audio_transcript.delta',
      response_id: 'resp_1',
      item_id: 'item_a',
      content_index: 0,
      delta: 'one two three four',
    });
    session.audio('resp_1', 'item_a', 1_000);
    session.played('item_a', 500);
    session.on({ type: 'user.interrupt' });
    session.on({ type: 'playout.flushed' });
    session.done('resp_1', 'cancelled');
    session.lost();
    session.fired('backoff');
    const given = sentEvents(session.agreed(), 'conversation.item.create').map(({ item }) => item);
    for (const [at, item] of given.entries()) added(session, { ...(item as object), id: `server_${at}` });
    expect(orderOf(session)).toEqual(given.map((_, at) => `server_${at}`));
  });

  it.each([
    ['words that nobody typed here', user('other', 'Something else.')],
    ['what another said', { ...user('other', 'Hello.'), role: 'system' }],
    [
      'sound',
      { id: 'other', type: 'message', role: 'user', content: [{ type: 'input_audio', transcript: null }] },
    ],
  ])('does not give it to %s', (_what, item) => {
    const session = new SessionDriver().ready();
    session.on({ type: 'user.text', text: 'Hello.' });
    added(session, item);
    expect(orderOf(session)).toHaveLength(2);
    expect(orderOf(session)).toContain('item_user_2');
  });
});

describe('an item whose id is too long for a client', () => {
  it('is given to the next connection under another', () => {
    const session = new SessionDriver().ready();
    added(session, user(longId, 'Hello.'));
    session.lost();
    session.fired('backoff');
    const effects = session.agreed();
    const [given] = sentEvents(effects, 'conversation.item.create');
    const { id = '' } = (given?.['item'] ?? {}) as { readonly id?: string };
    expect(id).toMatch(/^.{1,32}$/);
    expect(orderOf(session)).toEqual([id]);
  });
});

describe('the history of before', () => {
  const history = [
    { kind: 'message', role: 'user', text: 'Is it late?' },
    { kind: 'function_call', callId: 'call_1', name: 'clock', argumentsJson: '{}' },
    { kind: 'function_call_output', callId: 'call_1', output: '"22:00"' },
    { kind: 'message', role: 'agent', text: 'It is ten.' },
  ] as const;

  it('is given to the model before anything else', () => {
    const session = new SessionDriver({ history });
    session.on({ type: 'session.start' });
    const effects = session.agreed();
    expect(orderOf(session)).toEqual(['prior_1', 'prior_2', 'prior_3', 'prior_4']);
    const given = sentEvents(effects, 'conversation.item.create').map(({ item }) => item);
    expect(given).toEqual([
      {
        id: 'prior_1',
        type: 'message',
        role: 'user',
        content: [{ type: 'input_text', text: 'Is it late?' }],
      },
      { id: 'prior_2', type: 'function_call', call_id: 'call_1', name: 'clock', arguments: '{}' },
      { id: 'prior_3', type: 'function_call_output', call_id: 'call_1', output: '"22:00"' },
      {
        id: 'prior_4',
        type: 'message',
        role: 'assistant',
        content: [{ type: 'output_text', text: 'It is ten.' }],
      },
    ]);
  });
});
