import { defaultReconnect, type SessionEvent } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import { asked, notices, SessionDriver, sent, sentEvents, testTool } from './session-driver.ts';

/** A session in which the user typed, a tool was called and answered, and the agent said something that was heard. */
function talked(): SessionDriver {
  const session = new SessionDriver({ tools: [testTool('f')] }).ready();
  session.on({ type: 'user.text', text: 'Weather?' });
  session.created('resp_1');
  session.call('resp_1', 'call_1', 'f', '{"city":"Oslo"}');
  session.done('resp_1');
  session.settle('call_1', '"rain"');
  session.created('resp_2');
  session.server({
    type: 'response.output_item.added',
    response_id: 'resp_2',
    item: { id: 'item_a', type: 'message', role: 'assistant', status: 'in_progress', content: [] },
  });
  session.server({
    type: 'response.output_audio_transcript.done',
    response_id: 'resp_2',
    item_id: 'item_a',
    content_index: 0,
    transcript: 'It rains.',
  });
  session.audio('resp_2', 'item_a', 100);
  session.done('resp_2');
  session.played('item_a', 100);
  return session;
}

/** The conversation as a connection is given it, in words. */
function seeded(effects: Parameters<typeof sentEvents>[0]): readonly string[] {
  return sentEvents(effects, 'conversation.item.create').map(({ item }) => {
    const { type, role, content, name, call_id, output } = item as Record<string, never> & {
      content?: { text: string }[];
    };
    if (type === 'message') return `${role}: ${content?.map(({ text }) => text).join('')}`;
    return type === 'function_call' ? `call ${call_id} ${name}` : `output ${call_id} ${output}`;
  });
}

describe('a lost connection', () => {
  it('is replaced by another, which is given the conversation with its calls and outputs in order', () => {
    const session = talked();
    const lost = session.lost();
    expect(asked(lost)).toEqual(expect.arrayContaining(['source.detach', 'timer.start']));
    expect(notices(lost, 'connection_lost')).toHaveLength(1);
    expect(asked(session.fired('backoff'))).toEqual(['timer.start', 'transport.open']);
    const effects = session.agreed();
    expect(seeded(effects)).toEqual([
      'user: Weather?',
      'call call_1 f',
      'output call_1 "rain"',
      'assistant: It rains.',
    ]);
    expect(effects).toContainEqual({ type: 'source.route', epoch: 2, replay: 'open_turn' });
    expect(notices(effects, 'connection_changed')).toMatchObject([{ why: 'lost', items: 4 }]);
    expect(notices(effects, 'ready')).toEqual([]);
    expect(sent(effects)).not.toContain('response.create');
  });

  it.each([
    [1000, 'provider.lost'],
    [1002, 'provider.lost'],
    [1008, 'provider.lost'],
  ])('is not replaced after code %d', (code, error) => {
    const session = new SessionDriver().ready();
    session.on({ type: 'user.text', text: 'Hi' });
    const effects = session.lost(code);
    expect(notices(effects, 'closed')).toMatchObject([{ outcome: { error: { code: error } } }]);
    expect(asked(effects)).not.toContain('transport.open');
  });

  it('is dialled after a delay within its bounds that grows, and given up after the last attempt', () => {
    const session = new SessionDriver().ready();
    const delays: number[] = [];
    for (let effects = session.lost(); session.state.lifecycle.kind === 'running'; ) {
      const timer = effects.find((effect) => effect.type === 'timer.start' && effect.timer === 'backoff');
      if (timer?.type === 'timer.start') delays.push(timer.delayMs);
      session.fired('backoff');
      effects = session.lost();
    }
    const { attempts, minDelayMs, firstDelayMs, maxDelayMs } = defaultReconnect;
    expect(delays).toHaveLength(attempts - 1);
    for (const [attempt, delayMs] of delays.entries()) {
      expect(delayMs).toBeGreaterThanOrEqual(minDelayMs);
      expect(delayMs).toBeLessThanOrEqual(Math.min(maxDelayMs, firstDelayMs * 2 ** attempt));
    }
    expect(session.state.lifecycle).toMatchObject({ outcome: { error: { code: 'provider.lost' } } });
  });

  it('waits as long as the server asks', () => {
    const session = new SessionDriver().ready();
    const closed: SessionEvent = {
      type: 'transport.closed',
      epoch: 1,
      code: 1013,
      reason: '',
      cause: undefined,
      retryAfterMs: 3_000,
    };
    expect(session.on(closed)).toContainEqual({ type: 'timer.start', timer: 'backoff', delayMs: 3_000 });
  });

  it('is given up when the outage lasts too long', () => {
    const session = new SessionDriver().ready();
    session.lost();
    expect(notices(session.fired('outage'), 'closed')).toMatchObject([
      { outcome: { error: { code: 'provider.lost' } } },
    ]);
  });

  it('leaves the tools running; what they give in the gap is in the seed, what comes later follows it', () => {
    const session = new SessionDriver({ tools: [testTool('f')] }).ready();
    session.created('resp_1');
    session.call('resp_1', 'call_1', 'f');
    session.call('resp_1', 'call_2', 'f');
    session.done('resp_1');
    session.lost();
    expect(sent(session.settle('call_1', '1'))).toEqual([]);
    session.fired('backoff');
    const effects = session.agreed();
    expect(seeded(effects)).toEqual(['call call_1 f', 'call call_2 f', 'output call_1 1']);
    expect(sent(effects)).not.toContain('response.create');
    expect(sent(session.settle('call_2', '2'))).toEqual(['conversation.item.create', 'response.create']);
  });

  it.each([
    { name: 'also where a tool has an answer to give', settles: true },
    { name: 'and by a word of theirs no more', settles: false },
  ])('asks the user for what was lost, $name', ({ settles }) => {
    const session = new SessionDriver({ tools: [testTool('f')] }).ready();
    session.call('resp_1', 'call_1', 'f');
    session.done('resp_1');
    session.server({ type: 'input_audio_buffer.speech_started', item_id: 'item_u', audio_start_ms: 0 });
    session.lost();
    session.fired('backoff');
    session.agreed();
    session.on({ type: 'user.speech_started' });
    session.lost();
    session.fired('commit');
    if (settles) session.settle('call_1', '1');
    else session.on({ type: 'user.text', text: 'Never mind.' });
    session.fired('backoff');
    const asked = JSON.stringify(sentEvents(session.agreed(), 'response.create'));
    if (settles) expect(asked).toContain('say it again');
    else expect(asked).not.toContain('say it again');
  });

  it('drops calls that were not complete, with one outcome and no output', () => {
    const session = new SessionDriver({ tools: [testTool('f')] }).ready();
    session.created('resp_1');
    session.server({
      type: 'response.output_item.added',
      response_id: 'resp_1',
      item: { id: 'item_c', type: 'function_call', call_id: 'call_1', name: 'f', arguments: '' },
    });
    const lost = session.lost();
    expect(notices(lost, 'tool_settled')).toMatchObject([{ outcome: { status: 'cancelled' } }]);
    session.fired('backoff');
    const effects = session.agreed();
    expect(seeded(effects)).toEqual([]);
    expect(sentEvents(effects, 'response.create')).toHaveLength(1);
  });

  it('asks again for an answer of which nothing was heard, and for the rest of one that broke off', () => {
    const session = new SessionDriver().ready();
    session.on({ type: 'user.text', text: 'Tell me.' });
    session.lost();
    session.fired('backoff');
    expect(sentEvents(session.agreed(), 'response.create')).toEqual([
      expect.not.objectContaining({ response: expect.anything() as unknown }),
    ]);
    session.created('resp_2');
    session.server({
      type: 'response.output_audio_transcript.delta',
      response_id: 'resp_2',
      item_id: 'item_a',
      content_index: 0,
      delta: 'Once upon a time',
    });
    session.audio('resp_2', 'item_a', 200);
    session.lost();
    session.fired('backoff');
    const effects = session.agreed();
    expect(seeded(effects)).toEqual(['user: Tell me.', 'assistant: Once upon a time']);
    expect(JSON.stringify(sentEvents(effects, 'response.create'))).toContain('Once upon a time');
  });

  it('goes on with an answer that broke off where it announced a call', () => {
    const session = new SessionDriver().ready();
    session.on({ type: 'user.text', text: 'Tell me.' });
    session.created('resp_1');
    const part = { response_id: 'resp_1', item_id: 'item_a', content_index: 0 };
    session.server({ type: 'response.output_audio_transcript.delta', ...part, delta: 'Let me look' });
    session.audio('resp_1', 'item_a', 200);
    const item = { id: 'item_c', type: 'function_call', call_id: 'call_1', name: 'f', status: 'in_progress' };
    session.server({
      type: 'response.output_item.added',
      response_id: 'resp_1',
      output_index: 1,
      item: { ...item, arguments: '' },
    });
    expect(notices(session.lost(), 'tool_settled')).toMatchObject([{ outcome: { status: 'cancelled' } }]);
    session.fired('backoff');
    const creates = sentEvents(session.agreed(), 'response.create');
    expect(creates).toMatchObject([{ response: { instructions: expect.stringContaining('Let me look') } }]);
  });

  it.each([
    {
      name: 'says the rest of a text that broke off',
      isProtected: false,
      said: 'Calls are',
      rest: 'recorded here.',
    },
    { name: 'says a text that must be heard anew where it broke off', said: 'Calls are' },
    { name: 'says a text that must be heard anew where other words were said', said: 'Er, calls' },
    {
      name: 'says a text that must be heard anew where the sound of its last words is missing',
      said: 'Er: Calls are recorded here.',
      sound: 'in_part',
    },
    {
      name: 'does not repeat a text of which all was said',
      said: 'Er: Calls are recorded here.',
      rest: null,
    },
  ])('$name', ({ said, sound = 'whole', isProtected = true, rest = 'Calls are recorded here.' }) => {
    const session = new SessionDriver().ready();
    session.on({ type: 'agent.say', text: 'Calls are recorded here.', protected: isProtected });
    session.created('resp_1');
    const part = { response_id: 'resp_1', item_id: 'item_a', content_index: 0 };
    session.server({ type: 'response.output_audio_transcript.delta', ...part, delta: said });
    session.audio('resp_1', 'item_a', 200);
    if (sound === 'whole') session.server({ type: 'response.output_audio.done', ...part });
    session.lost();
    session.fired('backoff');
    const creates = sentEvents(session.agreed(), 'response.create');
    expect(creates).toMatchObject(
      rest === null ? [] : [{ response: { metadata: { 'antiphon.say': rest } } }],
    );
  });

  it('brings no item back that was replaced by what was heard of it', () => {
    const session = talked();
    session.on({ type: 'user.text', text: 'More.' });
    session.created('resp_3');
    session.server({
      type: 'response.output_audio_transcript.done',
      response_id: 'resp_3',
      item_id: 'item_b',
      content_index: 0,
      transcript: 'one two three four',
    });
    session.audio('resp_3', 'item_b', 400);
    session.done('resp_3');
    session.lost();
    session.fired('backoff');
    session.agreed();
    session.played('item_b', 200);
    session.on({ type: 'user.interrupt' });
    session.on({ type: 'playout.flushed' });
    const content = [{ type: 'output_text', text: 'one two three four' }];
    const item = { id: 'item_b', type: 'message', role: 'assistant', content };
    session.server({ type: 'conversation.item.added', item });
    session.lost();
    session.fired('backoff');
    expect(seeded(session.agreed()).slice(-2)).toEqual(['user: More.', 'assistant: one two']);
  });

  it('hears a turn again that nobody had understood', () => {
    const session = new SessionDriver().ready();
    const effects = session.spoken('item_u');
    expect(effects).toContainEqual({ type: 'source.mark', itemId: 'item_u', audioEndMs: 900 });
    session.lost();
    session.fired('backoff');
    const taken = session.agreed();
    expect(seeded(taken)).toEqual([]);
    expect(taken).toContainEqual({ type: 'source.route', epoch: 2, replay: 'open_turn' });
    expect(sent(taken)).not.toContain('response.create');
  });

  it('commits a turn again that the application had ended', () => {
    const session = new SessionDriver({ turnTaking: 'manual' }).ready();
    session.on({ type: 'user.commit' });
    session.lost();
    session.fired('backoff');
    expect(sent(session.agreed())).toContain('input_audio_buffer.commit');
  });

  it('keeps what is typed meanwhile', () => {
    const session = talked();
    session.lost();
    expect(sent(session.on({ type: 'user.text', text: 'And tomorrow?' }))).toEqual([]);
    session.fired('backoff');
    const effects = session.agreed();
    expect(seeded(effects).at(-1)).toBe('user: And tomorrow?');
    expect(sent(effects).at(-1)).toBe('response.create');
  });

  it('may use ids of responses again', () => {
    const session = talked();
    session.lost();
    session.fired('backoff');
    session.agreed();
    session.on({ type: 'user.text', text: 'More' });
    session.created('resp_1');
    expect(asked(session.audio('resp_1', 'item_b', 20))).toEqual(['sink.write']);
  });
});

describe('a list of providers', () => {
  const providers = ['first', 'second'].map((name) => ({
    name,
    voice: name === 'second' ? 'echo' : undefined,
    sessionLimitMs: undefined,
  }));

  it('is tried in turn from the start, and each gets its own voice', () => {
    const session = new SessionDriver({ providers });
    session.on({ type: 'session.start' });
    const effects = session.lost(1006, 'ECONNREFUSED');
    expect(effects).toContainEqual({
      type: 'transport.open',
      epoch: 2,
      provider: 'second',
      agent: 'concierge',
    });
    expect(notices(effects, 'provider_changed')).toMatchObject([{ provider: 'second' }]);
    const created = session.server({ type: 'session.created', session: { id: 'p' } });
    expect(sentEvents(created, 'session.update')).toMatchObject([
      { session: { audio: { output: { voice: 'echo' } } } },
    ]);
    expect(notices(session.server({ type: 'session.updated', session: {} }), 'ready')).toHaveLength(1);
  });

  it('carries the conversation over', () => {
    const session = new SessionDriver({ providers }).ready();
    session.on({ type: 'user.text', text: 'Hi' });
    session.server({ type: 'error', error: { code: 'insufficient_quota', message: 'no credit' } });
    const effects = session.lost(1008);
    expect(effects).toContainEqual({
      type: 'transport.open',
      epoch: 2,
      provider: 'second',
      agent: 'concierge',
    });
    expect(seeded(session.agreed())).toEqual(['user: Hi']);
  });
});

describe('a connection that its server will end', () => {
  const providers = [{ name: 'scripted', voice: undefined, sessionLimitMs: 2_000 }];

  it('is replaced before that at a quiet moment, without a gap', () => {
    const session = new SessionDriver({ providers });
    session.on({ type: 'session.start' });
    const created = session.server({ type: 'session.created', session: { id: 'p' } });
    expect(created).toContainEqual({ type: 'timer.start', timer: 'rollover:1', delayMs: 1_600 });
    expect(created).toContainEqual({ type: 'timer.start', timer: 'rollover.force:1', delayMs: 1_900 });
    session.server({ type: 'session.updated', session: {} });
    session.on({ type: 'user.text', text: 'Hi' });
    session.created('resp_1');
    expect(asked(session.fired('rollover:1'))).toEqual(['timer.start', 'transport.open']);
    expect(sent(session.agreed())).toEqual([]);
    expect(session.state.connection).toMatchObject({ kind: 'ready', epoch: 1 });
    session.audio('resp_1', 'item_a', 20);
    const effects = session.done('resp_1');
    expect(asked(effects)).not.toContain('transport.close');
    const played = session.played('item_a', 20);
    expect(played).toContainEqual({ type: 'transport.close', epoch: 1, code: 1000, reason: '' });
    expect(played).toContainEqual({ type: 'source.route', epoch: 2, replay: 'open_turn' });
    expect(session.state.connection).toMatchObject({ kind: 'ready', epoch: 2 });
  });

  it('is left in the middle of things when its time is up', () => {
    const session = new SessionDriver({ providers }).ready();
    session.on({ type: 'user.text', text: 'Hi' });
    session.created('resp_1');
    session.fired('rollover:1');
    session.agreed();
    const effects = session.fired('rollover.force:1');
    expect(effects).toContainEqual({ type: 'transport.close', epoch: 1, code: 1000, reason: '' });
    expect(sent(effects)).toEqual(['conversation.item.create', 'response.create']);
  });

  it('is left for a connection that was made after its time was up', () => {
    const session = new SessionDriver({ providers }).ready();
    session.on({ type: 'user.text', text: 'Hi' });
    session.created('resp_1');
    session.fired('rollover:1');
    expect(session.fired('rollover.force:1')).toEqual([
      { type: 'timer.start', timer: 'rollover.force:1', delayMs: 250 },
    ]);
    session.agreed();
    expect(session.state.connection).toMatchObject({ kind: 'ready', epoch: 1 });
    const effects = session.fired('rollover.force:1');
    expect(effects).toContainEqual({ type: 'transport.close', epoch: 1, code: 1000, reason: '' });
    expect(session.state.connection).toMatchObject({ kind: 'ready', epoch: 2 });
  });

  it('explains its own end with its error, and not that of the next one', () => {
    const session = new SessionDriver({ providers }).ready();
    session.fired('rollover:1');
    const expired = { type: 'error', error: { code: 'session_expired', message: 'over' } };
    session.on({ type: 'server.event', epoch: 1, event: { event_id: 'event_test', ...expired } as never });
    session.agreed();
    expect(session.state.connection).toMatchObject({ kind: 'ready', epoch: 2 });
    session.on({ type: 'user.text', text: 'Hi' });
    expect(notices(session.lost(1002), 'closed')).toMatchObject([
      { outcome: { error: { code: 'provider.lost' } } },
    ]);
  });

  it('is kept when no other can be had', () => {
    const session = new SessionDriver({ providers }).ready();
    session.fired('rollover:1');
    const effects = session.on({
      type: 'transport.closed',
      epoch: 2,
      code: 1008,
      reason: 'no more',
      cause: undefined,
    });
    expect(notices(effects, 'warning')).toMatchObject([{ code: 'provider.no_successor' }]);
    expect(session.state.connection).toMatchObject({ kind: 'ready', epoch: 1 });
  });
});

describe('reseat', () => {
  it('asks anew over the next connection for what was asked for in vain', () => {
    const session = new SessionDriver().ready();
    session.on({ type: 'user.text', text: 'Hi' });
    session.on({ type: 'session.reseat', reason: 'sick' });
    expect(sent(session.agreed())).toEqual([]);
    expect(sent(session.fired('response'))).toEqual(['conversation.item.create', 'response.create']);
    expect(session.state.response).toMatchObject({ kind: 'requested', request: { attempt: 0 } });
    expect(session.state.response).not.toHaveProperty('request.again');
  });

  it('moves the conversation to a new connection', () => {
    const session = talked();
    session.on({ type: 'session.reseat', reason: 'sick' });
    const effects = session.agreed();
    expect(notices(effects, 'connection_changed')).toMatchObject([{ why: 'reseat', items: 4 }]);
    expect(effects).toContainEqual({ type: 'transport.close', epoch: 1, code: 1000, reason: '' });
  });
});

describe('a server that is mute', () => {
  it('is left for another connection once the request for a response was repeated, and the answer is asked for there', () => {
    const session = new SessionDriver({ responseRetries: 1, fallback: 'Sorry.' }).ready();
    session.on({ type: 'user.text', text: 'Hi' });
    expect(sent(session.fired('response'))).toEqual(['response.create']);
    const effects = session.fired('response');
    expect(asked(effects)).toContain('transport.close');
    session.fired('backoff');
    expect(sent(session.agreed())).toEqual(['conversation.item.create', 'response.create']);
    session.fired('response');
    const fallback = session.fired('response');
    expect(notices(fallback, 'warning')).toMatchObject([
      { code: 'response.missing' },
      { code: 'provider.stalled' },
    ]);
    expect(fallback).toContainEqual(expect.objectContaining({ type: 'announce', text: 'Sorry.' }));
    expect(notices(fallback, 'settled')).toHaveLength(1);
    session.fired('backoff');
    expect(sent(session.agreed())).toEqual(['conversation.item.create']);
  });

  it('is left with the turn also where it took the place of another one, and a third time the turn is given up', () => {
    const session = new SessionDriver({ turnTaking: 'manual' }).ready();
    session.on({ type: 'user.speech_started' });
    session.on({ type: 'user.commit' });
    for (const _ of ['first', 'second']) {
      expect(notices(session.fired('commit'), 'warning')).toMatchObject([{ code: 'provider.stalled' }]);
      session.fired('backoff');
      expect(sent(session.agreed())).toContain('input_audio_buffer.commit');
    }
    expect(notices(session.fired('commit'), 'warning')).toMatchObject([{ code: 'turn.missing' }]);
  });

  it('is kept where no other connection can be made, and the session goes on', () => {
    const session = new SessionDriver({ reconnect: { ...defaultReconnect, attempts: 2 } }).ready();
    const speakOn = () => {
      session.server({ type: 'input_audio_buffer.speech_started', item_id: 'item_u', audio_start_ms: 0 });
      return notices(session.fired('commit'), 'warning');
    };
    expect(speakOn()).toMatchObject([{ code: 'provider.stalled' }]);
    session.fired('backoff');
    session.agreed();
    expect(speakOn()).toMatchObject([{ code: 'turn.missing' }]);
    expect(session.state.lifecycle.kind).toBe('running');
    expect(session.state.connection.kind).toBe('ready');
  });

  it('in the middle of a response is noticed by a watch that each event of it renews', () => {
    const session = new SessionDriver().ready();
    session.on({ type: 'user.text', text: 'Hi' });
    session.created('resp_1');
    session.audio('resp_1', 'item_a', 20);
    expect(session.fired('stall')).toEqual([{ type: 'timer.start', timer: 'stall', delayMs: 5_000 }]);
    expect(asked(session.fired('stall'))).toEqual(
      expect.arrayContaining(['transport.close', 'source.detach']),
    );
  });
});
