import { describe, expect, it } from 'vitest';
import { notices, SessionDriver, sent, sentEvents, testTool } from './session-driver.ts';

/** The texts that are asked for among effects; an answer is one without a text. */
function asksFor(effects: Parameters<typeof sentEvents>[0]): readonly unknown[] {
  return sentEvents(effects, 'response.create').map(
    (create) =>
      (create as { response?: { metadata?: Readonly<Record<string, string>> } }).response?.metadata?.[
        'antiphon.say'
      ] ?? 'an answer',
  );
}

const none = { metadata: null };
const says = (text: string) => ({ metadata: { 'antiphon.say': text } });

describe('a response that comes in the place of another', () => {
  it('is the answer that is expected where it says no text, and one that was given up may still come', () => {
    const session = new SessionDriver({ interruptible: false }).ready();
    session.on({ type: 'agent.say', text: 'One moment.' });
    session.spoken('item_u1');
    session.server({ type: 'input_audio_buffer.speech_started', item_id: 'item_u2', audio_start_ms: 900 });
    session.fired('response');
    session.spoken('item_u2');
    session.created('resp_late', none);
    expect(asksFor(session.done('resp_late'))).toEqual(['One moment.']);
    session.created('resp_answer', none);
    expect(session.state.response).not.toHaveProperty('request.text');
    expect(asksFor(session.done('resp_answer'))).toEqual(['One moment.']);
  });

  it('is known by the refusal of a turn when the end of one that was cancelled is not told: it can be cut', () => {
    const session = new SessionDriver().ready();
    session.spoken('item_u1');
    session.created('resp_1');
    session.on({ type: 'user.interrupt' });
    const message = 'Conversation already has an active response in progress: resp_2.';
    const error = {
      type: 'invalid_request_error',
      code: 'conversation_already_has_active_response',
      message,
    };
    session.server({ type: 'error', error });
    expect(session.state.response).toMatchObject({ kind: 'active', responseId: 'resp_2' });
    expect(sentEvents(session.on({ type: 'user.interrupt' }), 'response.cancel')).toMatchObject([
      { response_id: 'resp_2' },
    ]);
  });

  it('is another than a text that failed and is to be said again after the turn that was committed meanwhile', () => {
    const session = new SessionDriver({ interruptible: false }).ready();
    session.on({ type: 'agent.say', text: 'One moment.' });
    session.created('resp_1');
    session.done('resp_1', 'failed');
    expect(session.state.response.kind).toBe('retrying');
    session.spoken('item_u1');
    session.created('resp_2', none);
    expect(asksFor(session.done('resp_2'))).toEqual(['One moment.']);
  });

  it('is another than a text that fails after that turn was committed, and is to be said again', () => {
    const session = new SessionDriver({ interruptible: false }).ready();
    session.on({ type: 'agent.say', text: 'One moment.' });
    session.created('resp_1', says('One moment.'));
    session.spoken('item_u1');
    expect(asksFor(session.done('resp_1', 'failed'))).toEqual([]);
    session.created('resp_2', none);
    expect(asksFor(session.done('resp_2'))).toEqual(['One moment.']);
  });

  it('leaves an answer that pays for one that failed, and is not asked for again', () => {
    const session = new SessionDriver({ interruptible: false }).ready();
    session.on({ type: 'user.text', text: 'Hello' });
    session.created('resp_1');
    session.done('resp_1', 'failed');
    session.spoken('item_u1');
    session.created('resp_2');
    expect(sent(session.done('resp_2'))).toEqual([]);
  });

  it('leaves a text to be heard that comes behind it, though it was taken for that', () => {
    const session = new SessionDriver().ready();
    session.on({ type: 'agent.say', text: 'One moment.' });
    session.created('resp_answer', none);
    session.done('resp_answer');
    expect(sent(session.created('resp_text', says('One moment.')))).toEqual([]);
    expect(session.state.response).toMatchObject({ kind: 'active', request: { text: 'One moment.' } });
  });

  it('leaves a text owed that it was taken for when a later text is the next that begins', () => {
    const session = new SessionDriver().ready();
    session.on({ type: 'agent.say', text: 'One moment.' });
    session.on({ type: 'agent.say', text: 'Two moments.' });
    session.created('resp_answer', none);
    expect(asksFor(session.done('resp_answer'))).toEqual(['Two moments.']);
    session.created('resp_text', says('Two moments.'));
    expect(asksFor(session.done('resp_text'))).toEqual(['One moment.']);
    session.created('resp_first', says('One moment.'));
    expect(asksFor(session.done('resp_first'))).toEqual([]);
  });

  it.each([
    ['One moment.', 'cancelling', false],
    ['This call is recorded.', 'active', true],
  ] as const)(
    'leaves %s to be %s, which comes behind it when the user has cut in',
    (text, kind, isProtected) => {
      const session = new SessionDriver().ready();
      session.on({ type: 'agent.say', text, protected: isProtected });
      session.created('resp_answer', none);
      session.done('resp_answer');
      session.on({ type: 'user.interrupt' });
      session.created('resp_text', {
        metadata: { 'antiphon.say': text, ...(isProtected && { 'antiphon.protected': 'yes' }) },
      });
      expect(session.state.response.kind).toBe(kind);
    },
  );

  /** A text was cut before it began, and is not waited for any more: it comes late, and its beginning is not told. */
  function cutBeforeItBegan(): SessionDriver {
    const session = new SessionDriver().ready();
    session.on({ type: 'agent.say', text: 'One moment.' });
    session.on({ type: 'user.interrupt' });
    session.fired('response');
    return session;
  }

  function begunUntold(session: SessionDriver): void {
    const item = { id: 'item_late', type: 'message', role: 'assistant', content: [] };
    session.server({ type: 'response.output_item.added', response_id: 'resp_late', item });
  }

  it('leaves a text owed that it was taken for when its end says that it was one that was cut', () => {
    const session = cutBeforeItBegan();
    session.on({ type: 'agent.say', text: 'Two moments.' });
    begunUntold(session);
    expect(asksFor(session.done('resp_late', 'incomplete', says('One moment.')))).toEqual(['Two moments.']);
  });

  it('is not asked for again where it was cut, comes all the same and fails', () => {
    const session = cutBeforeItBegan();
    begunUntold(session);
    session.audio('resp_late', 'item_late', 500);
    session.done('resp_late', 'failed', says('One moment.'));
    expect(session.state.response).toEqual({ kind: 'none' });
    expect(session.state.owed).toEqual([]);
  });

  it('leaves an answer owed that is given once, though one of the two requests for it is refused', () => {
    const session = new SessionDriver().ready();
    session.on({ type: 'user.text', text: 'Hello' });
    session.created('resp_text', says('One moment.'));
    expect(asksFor(session.done('resp_text', 'cancelled'))).toEqual(['an answer']);
    session.created('resp_answer', none);
    session.server({
      type: 'error',
      error: {
        type: 'invalid_request_error',
        code: 'conversation_already_has_active_response',
        message: 'Conversation already has an active response in progress: resp_answer.',
        event_id: null,
      },
    });
    expect(sent(session.done('resp_answer'))).toEqual([]);
  });

  it('is to an earlier turn where nothing is told of it but that it was cut, and the answer to a later one is waited for', () => {
    const session = new SessionDriver().ready();
    session.spoken('item_u1');
    session.spoken('item_u2');
    expect(session.state.response).toEqual({ kind: 'awaited', fate: 'wanted' });
    session.done('resp_1', 'cancelled', none);
    expect(session.state.response).toEqual({ kind: 'awaited', fate: 'wanted' });
    session.created('resp_2', none);
    expect(sent(session.done('resp_2'))).toEqual([]);
  });

  it('is no text where it calls a tool and says nothing, which is heeded once for a text', () => {
    const session = new SessionDriver({ tools: [testTool('f')] }).ready();
    session.on({ type: 'agent.say', text: 'One moment.' });
    const calls = (responseId: string, callId: string) => {
      session.created(responseId, none);
      const item = { id: `item_${callId}`, type: 'function_call', call_id: callId, name: 'f', arguments: '' };
      session.server({ type: 'response.output_item.added', response_id: responseId, item });
      session.call(responseId, callId, 'f');
      return sentEvents(session.done(responseId), 'response.create');
    };
    expect(calls('resp_1', 'call_1')).toMatchObject([
      { response: { metadata: { 'antiphon.say': 'One moment.' } } },
    ]);
    expect(calls('resp_2', 'call_2')).toEqual([]);
    expect(session.state.owed).toEqual([]);
  });

  it('is none of the words that must be heard where those did not come, though neither its beginning nor its end was told', () => {
    const session = new SessionDriver().ready();
    session.on({ type: 'agent.say', text: 'Mind the gap.', protected: true });
    const part = { response_id: 'resp_1', item_id: 'item_a', output_index: 0, content_index: 0 };
    session.server({ type: 'response.output_audio_transcript.delta', ...part, delta: 'It is noon.' });
    session.created('resp_2', none);
    expect(session.state.owed).toMatchObject([{ kind: 'say', text: 'Mind the gap.', protected: true }]);
  });

  it('is the words that must be heard where those came, though neither its beginning nor its end was told', () => {
    const session = new SessionDriver().ready();
    session.on({ type: 'agent.say', text: 'Mind the gap.', protected: true });
    const part = { response_id: 'resp_1', item_id: 'item_a', output_index: 0, content_index: 0 };
    session.server({ type: 'response.output_audio_transcript.delta', ...part, delta: 'Mind the gap.' });
    session.created('resp_2', none);
    expect(session.state.owed).toEqual([]);
  });

  it('leaves the answer to a turn to be waited for, though it says only after it has begun that it is a text', () => {
    const session = new SessionDriver({ interruptible: false }).ready();
    session.on({ type: 'agent.say', text: 'One moment.' });
    session.server({ type: 'input_audio_buffer.speech_started', item_id: 'item_u1', audio_start_ms: 0 });
    session.fired('response');
    session.spoken('item_u1');
    const item = { id: 'item_a', type: 'message', role: 'assistant', content: [] };
    session.server({ type: 'response.output_item.added', response_id: 'resp_late', item });
    session.created('resp_late', says('One moment.'));
    session.done('resp_late');
    expect(session.state.response).toEqual({ kind: 'awaited', fate: 'wanted' });
  });

  it('is a text that is told as given up where it stops over a second connection, and the answer behind it is owed', () => {
    const session = new SessionDriver({ interruptible: false }).ready();
    session.on({ type: 'agent.say', text: 'One moment.' });
    while (session.state.connection.kind === 'ready') session.fired('response');
    session.fired('backoff');
    session.agreed();
    session.server({ type: 'input_audio_buffer.speech_started', item_id: 'item_u1', audio_start_ms: 0 });
    session.fired('response');
    session.spoken('item_u1');
    const item = { id: 'item_a', type: 'message', role: 'assistant', content: [] };
    session.server({ type: 'response.output_item.added', response_id: 'resp_late', item });
    session.created('resp_late', says('One moment.'));
    session.fired('stall');
    expect(notices(session.fired('stall'), 'warning')).toMatchObject([
      { code: 'response.missing' },
      { code: 'provider.stalled' },
    ]);
    expect(session.state.owed).toMatchObject([{ kind: 'answer' }]);
  });

  it('goes on though the user spoke over it before it said that it must be heard', () => {
    const session = new SessionDriver().ready();
    const metadata = { 'antiphon.say': 'This call is recorded.', 'antiphon.protected': 'yes' };
    session.on({ type: 'agent.say', text: 'This call is recorded.', protected: true });
    session.server({
      type: 'error',
      error: {
        type: 'invalid_request_error',
        code: 'conversation_already_has_active_response',
        message: 'Conversation already has an active response in progress: resp_1.',
        event_id: null,
      },
    });
    session.server({ type: 'input_audio_buffer.speech_started', item_id: 'item_u1', audio_start_ms: 0 });
    expect(session.state.response.kind).toBe('cancelling');
    session.created('resp_1', { metadata });
    expect(session.state).toMatchObject({ response: { kind: 'active' }, input: 'held', owed: [] });
    expect(session.audio('resp_1', 'item_a', 500)).toContainEqual(
      expect.objectContaining({ type: 'sink.write', itemId: 'item_a' }),
    );
  });

  it('leaves the answer that is out to begin before its own end is told: that answer is given once', () => {
    const session = new SessionDriver().ready();
    session.on({ type: 'user.text', text: 'Hello' });
    session.created('resp_text', says('One moment.'));
    session.created('resp_answer', none);
    expect(session.state).toMatchObject({ response: { request: { kind: 'answer' } }, owed: [] });
    expect(sent(session.done('resp_answer'))).toEqual([]);
  });

  /** A request that an earlier answer was taken for is refused while the answer to a later turn is waited for: `resp_2` is active. */
  function refusedBehind(session: SessionDriver): void {
    session.spoken('item_u1');
    const [create] = sentEvents(session.fired('response'), 'response.create');
    session.server({ type: 'input_audio_buffer.speech_started', item_id: 'item_u2', audio_start_ms: 900 });
    session.done('resp_1', 'cancelled', none);
    session.spoken('item_u2');
    session.server({
      type: 'error',
      error: {
        type: 'invalid_request_error',
        code: 'conversation_already_has_active_response',
        message: 'Conversation already has an active response in progress: resp_2.',
        event_id: create?.['event_id'],
      },
    });
  }

  it('is the answer that is waited for where a refused request tells of it: no other is asked for', () => {
    const session = new SessionDriver().ready();
    refusedBehind(session);
    expect(session.state.response).toMatchObject({ kind: 'active', responseId: 'resp_2', proof: 'awaited' });
    expect(sent(session.fired('response'))).toEqual([]);
    session.created('resp_2', none);
    expect(sent(session.done('resp_2'))).toEqual([]);
  });

  it('leaves the answer to be waited for where a refused request told of it, and then only its end is told', () => {
    const session = new SessionDriver().ready();
    refusedBehind(session);
    session.done('resp_2', 'cancelled', none);
    expect(session.state.response).toEqual({ kind: 'awaited', fate: 'wanted' });
  });

  /** An answer was cut before it began, more was typed and asked for, and `resp_late` begins. */
  function begunLate(session: SessionDriver): unknown {
    session.on({ type: 'user.text', text: 'One.' });
    session.on({ type: 'user.text', text: 'Two.' });
    const [create] = sentEvents(session.fired('response'), 'response.create');
    session.created('resp_late', none);
    return create?.['event_id'];
  }

  function refuse(session: SessionDriver, event_id: unknown): ReturnType<SessionDriver['server']> {
    const error = { type: 'server_error', code: 'server_error', message: 'overloaded', event_id };
    return session.server({ type: 'error', error });
  }

  it.each(['before', 'after'])(
    'answers no request that is refused %s its end: that is asked for again',
    (when) => {
      const session = new SessionDriver().ready();
      const eventId = begunLate(session);
      if (when === 'before') refuse(session, eventId);
      const effects = session.done('resp_late', 'completed', none);
      if (when === 'after') refuse(session, eventId);
      expect(asksFor(when === 'before' ? effects : session.fired('response.retry'))).toEqual(['an answer']);
      session.created('resp_answer', none);
      expect(sent(session.done('resp_answer', 'completed', none))).toEqual([]);
      expect(session.state.connection).toMatchObject({ lateAnswers: 0 });
    },
  );

  it('does not say a text whose request is refused when the server has begun another since', () => {
    const session = new SessionDriver().ready();
    const [asked] = sentEvents(session.on({ type: 'agent.say', text: 'One.' }), 'response.create');
    session.on({ type: 'agent.say', text: 'Two.' });
    session.created('resp_late');
    expect(asksFor(session.done('resp_late'))).toEqual(['Two.']);
    session.created('resp_own');
    refuse(session, asked?.['event_id']);
    expect(session.state.response).toMatchObject({ request: { text: 'Two.' } });
    expect(asksFor(session.done('resp_own'))).toEqual(['One.']);
  });

  it.each([
    { name: 'was cut', next: (session: SessionDriver) => session.on({ type: 'user.interrupt' }) },
    {
      name: 'is followed by another',
      next: (session: SessionDriver) => session.created('resp_answer', none),
    },
  ])('is not made good for once it $name', ({ next }) => {
    const session = new SessionDriver().ready();
    const eventId = begunLate(session);
    next(session);
    session.done('resp_late', 'cancelled', none);
    refuse(session, eventId);
    expect(session.state).toMatchObject({ owed: [], connection: { doubtful: [] } });
    expect(session.state.response.kind).not.toBe('retrying');
  });

  const busy = {
    type: 'invalid_request_error',
    code: 'conversation_already_has_active_response',
    message: 'Conversation already has an active response in progress: resp_late.',
  };

  it.each([busy, { type: 'server_error', code: 'server_error', message: 'overloaded' }])(
    'fails for the request it was taken to answer, once: that is given up though it is refused as well ($code)',
    (error) => {
      const session = new SessionDriver({ responseRetries: 0, fallback: 'Sorry.' }).ready();
      const event_id = begunLate(session);
      const failed = session.done('resp_late', 'failed', none);
      expect(failed).toContainEqual(expect.objectContaining({ type: 'announce', text: 'Sorry.' }));
      expect(session.server({ type: 'error', error: { ...error, event_id } })).toEqual([]);
    },
  );

  it('is no failure of a request that is refused since it stood in the way: that is asked for again at once', () => {
    const session = new SessionDriver({ responseRetries: 0 }).ready();
    const event_id = begunLate(session);
    session.done('resp_late', 'completed', none);
    expect(asksFor(session.server({ type: 'error', error: { ...busy, event_id } }))).toEqual(['an answer']);
  });

  it.each([busy, { type: 'server_error', code: 'server_error', message: 'overloaded' }])(
    'leaves the request that is out by then alone when an earlier one is refused: it is made once ($code)',
    (error) => {
      const session = new SessionDriver().ready();
      const event_id = begunLate(session);
      session.done('resp_late', 'completed', none);
      session.on({ type: 'user.text', text: 'Three.' });
      expect(sent(session.server({ type: 'error', error: { ...error, event_id } }))).toEqual([]);
      expect(session.state).toMatchObject({ response: { kind: 'requested' }, owed: [] });
    },
  );

  /** A request is out, and a response comes of which nothing says what it is. */
  function taken(session: SessionDriver, event: Parameters<SessionDriver['on']>[0]): unknown {
    const [create] = sentEvents(session.on(event), 'response.create');
    session.created('resp_late');
    return create?.['event_id'];
  }

  it.each([
    { of: 'an answer', event: { type: 'user.text', text: 'Hello' } as const },
    { of: 'One moment.', event: { type: 'agent.say', text: 'One moment.' } as const },
  ])("was the server's own where the request for $of is refused after its end", ({ of, event }) => {
    const session = new SessionDriver().ready();
    const event_id = taken(session, event);
    session.done('resp_late');
    expect(asksFor(session.server({ type: 'error', error: { ...busy, event_id } }))).toEqual([of]);
  });

  it('leaves a text that was cut meanwhile unsaid, though its request is refused', () => {
    const session = new SessionDriver().ready();
    const event_id = taken(session, { type: 'agent.say', text: 'One moment.' });
    session.done('resp_late');
    session.on({ type: 'user.interrupt' });
    expect(sent(session.server({ type: 'error', error: { ...busy, event_id } }))).toEqual([]);
  });

  it('is another, cut before it began, than a text that must be heard: that is owed once though it is refused as well', () => {
    const session = new SessionDriver().ready();
    session.on({ type: 'agent.say', text: 'One moment.' });
    session.on({ type: 'user.interrupt' });
    session.on({ type: 'agent.say', text: 'Must be heard.', protected: true });
    const [create] = sentEvents(session.fired('response'), 'response.create');
    session.server({ type: 'input_audio_buffer.speech_started', item_id: 'item_u1', audio_start_ms: 0 });
    session.done('resp_late', 'cancelled', says('One moment.'));
    refuse(session, create?.['event_id']);
    const { owed, response } = session.state;
    expect([...owed, ...('request' in response ? [response.request] : [])]).toMatchObject([
      { text: 'Must be heard.' },
    ]);
  });

  it('is the answer that is out where an earlier request is refused once it has begun', () => {
    const session = new SessionDriver().ready();
    const [cut] = sentEvents(session.on({ type: 'user.text', text: 'One.' }), 'response.create');
    session.on({ type: 'user.text', text: 'Two.' });
    session.fired('response');
    session.created('resp_answer', none);
    session.server({ type: 'error', error: { ...busy, event_id: cut?.['event_id'] } });
    expect(sent(session.done('resp_answer', 'completed', none))).toEqual([]);
  });

  it('is the answer to what was asked for twice, though the second request is refused', () => {
    const session = new SessionDriver().ready();
    session.on({ type: 'user.text', text: 'One.' });
    const [again] = sentEvents(session.fired('response'), 'response.create');
    session.created('resp_late', none);
    session.done('resp_late', 'completed', none);
    refuse(session, again?.['event_id']);
    expect(session.state).toMatchObject({ response: { kind: 'none' }, owed: [] });
  });

  it('leaves what a refused request was for to the answer that is waited for by then', () => {
    const session = new SessionDriver().ready();
    const eventId = begunLate(session);
    session.done('resp_late', 'completed', none);
    session.spoken('item_u1');
    refuse(session, eventId);
    expect(session.state).toMatchObject({ response: { kind: 'awaited' }, owed: [] });
  });

  it.each(['made an item of', 'found no words in'])('answers no turn that the server has %s since', (how) => {
    const session = new SessionDriver({ turnTaking: 'manual' }).ready();
    session.on({ type: 'user.text', text: 'One.' });
    session.on({ type: 'user.interrupt' });
    session.fired('response');
    session.on({ type: 'user.speech_started' });
    const effects = session.on({ type: 'user.commit' });
    const [create] = sentEvents(effects, 'response.create');
    const [commit] = sentEvents(effects, 'input_audio_buffer.commit');
    session.created('resp_late', none);
    if (how === 'made an item of')
      session.server({ type: 'input_audio_buffer.committed', item_id: 'item_u1', previous_item_id: null });
    else {
      const error = {
        type: 'invalid_request_error',
        code: 'input_audio_buffer_commit_empty',
        message: 'empty',
      };
      session.server({ type: 'error', error: { ...error, event_id: commit?.['event_id'] } });
    }
    refuse(session, create?.['event_id']);
    const owed = how === 'made an item of' ? [{ kind: 'answer', when: 'now', attempt: 0 }] : [];
    expect(session.state.owed).toEqual(owed);
  });
});
