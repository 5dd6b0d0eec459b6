import { describe, expect, it } from 'vitest';
import { asked, SessionDriver, sent, sentEvents } from './session-driver.ts';

const greeting = 'This call is recorded.';

/** A session whose request for a text was given up once and made again; returns the second one. */
function askedTwice(session: SessionDriver): Readonly<Record<string, unknown>> | undefined {
  session.on({ type: 'agent.say', text: greeting, protected: true });
  return sentEvents(session.fired('response'), 'response.create')[0];
}

/** The user begins to speak over a text that was asked for, and the request is given up. */
function spokenOverInVain(session: SessionDriver): void {
  session.on({ type: 'agent.say', text: greeting, protected: true });
  session.server({ type: 'input_audio_buffer.speech_started', item_id: 'item_u1', audio_start_ms: 0 });
  session.fired('response');
}

function refuseBusy(session: SessionDriver, eventId: unknown, event_id?: string): void {
  session.server({
    type: 'error',
    ...(event_id !== undefined && { event_id }),
    error: {
      type: 'invalid_request_error',
      code: 'conversation_already_has_active_response',
      message: 'Conversation already has an active response in progress: resp_late.',
      event_id: eventId,
    },
  });
}

describe('a response that comes late', () => {
  it('is the text that was asked for twice, when nothing else was asked for', () => {
    const session = new SessionDriver().ready();
    refuseBusy(session, askedTwice(session)?.['event_id']);
    expect(session.state.input).toBe('held');
    expect(session.state.response).toMatchObject({ kind: 'active', request: { text: greeting, attempt: 0 } });
    expect(sent(session.done('resp_late'))).toEqual([]);
  });

  it('is said where it must be heard, though an answer that was waited for meanwhile was cut', () => {
    const session = new SessionDriver().ready();
    spokenOverInVain(session);
    session.spoken('item_u1');
    session.on({ type: 'user.interrupt' });
    expect(session.state.response).toEqual({ kind: 'awaited', fate: 'cut' });
    const told = session.created('resp_late', {
      metadata: { 'antiphon.say': greeting, 'antiphon.protected': 'yes' },
    });
    expect(sent(told)).toEqual([]);
    expect(session.state.response).toMatchObject({ kind: 'active', request: { text: greeting } });
  });

  it('is not cancelled where its end alone is told', () => {
    const session = new SessionDriver().ready();
    session.spoken('item_u1');
    session.on({ type: 'user.interrupt' });
    expect(session.state.response).toEqual({ kind: 'awaited', fate: 'cut' });
    expect(sent(session.done('resp_cut', 'cancelled'))).toEqual([]);
    expect(session.state.response.kind).toBe('none');
  });

  it('is waited for where it is told of before a request that failed is made again', () => {
    const session = new SessionDriver().ready();
    const [first] = sentEvents(session.on({ type: 'agent.say', text: greeting }), 'response.create');
    const error = {
      type: 'server_error',
      code: 'server_error',
      message: 'no',
      event_id: first?.['event_id'],
    };
    session.server({ type: 'error', error });
    refuseBusy(session, null);
    expect(sent(session.fired('response.retry'))).toEqual([]);
    expect(session.state.response).toMatchObject({ kind: 'active', responseId: 'resp_late' });
    expect(sent(session.done('resp_late'))).toEqual(['response.create']);
  });

  it('is not the answer that is waited for where it says a text', () => {
    const session = new SessionDriver().ready();
    session.on({ type: 'agent.say', text: 'One moment.' });
    session.server({ type: 'input_audio_buffer.speech_started', item_id: 'item_u1', audio_start_ms: 0 });
    session.fired('response');
    session.spoken('item_u1');
    session.created('resp_late', { metadata: { 'antiphon.say': 'One moment.' } });
    session.done('resp_late', 'cancelled');
    expect(session.state.response.kind).toBe('awaited');
  });

  it('is the text also where the refusal is told twice', () => {
    const session = new SessionDriver().ready();
    const create = askedTwice(session);
    refuseBusy(session, create?.['event_id']);
    refuseBusy(session, create?.['event_id']);
    expect(session.state.input).toBe('held');
    expect(sent(session.done('resp_late'))).toEqual([]);
  });

  it('is not the text where the request before was refused, and cannot be late', () => {
    const session = new SessionDriver().ready();
    const [first] = sentEvents(
      session.on({ type: 'agent.say', text: greeting, protected: true }),
      'response.create',
    );
    const error = {
      type: 'server_error',
      code: 'server_error',
      message: 'no',
      event_id: first?.['event_id'],
    };
    session.server({ type: 'error', error });
    const [second] = sentEvents(session.fired('response.retry'), 'response.create');
    refuseBusy(session, second?.['event_id']);
    expect(session.state.input).toBe('flowing');
    expect(sentEvents(session.done('resp_late'), 'response.create')).toMatchObject([
      { response: { metadata: { 'antiphon.say': greeting } } },
    ]);
  });

  it.each(['ours', 'nobody'])(
    'may be the answer to a turn of the user that came meanwhile, told of by a refusal that names an event of %s',
    (whose) => {
      const session = new SessionDriver({ interruptible: false }).ready();
      const create = askedTwice(session);
      session.spoken('item_u1');
      refuseBusy(session, whose === 'ours' ? create?.['event_id'] : null);
      expect(session.state.input).toBe('flowing');
      expect(sentEvents(session.done('resp_late'), 'response.create')).toMatchObject([
        { response: { metadata: { 'antiphon.say': greeting } } },
      ]);
    },
  );

  it('may be the answer to a turn that was cut before it began', () => {
    const session = new SessionDriver().ready();
    spokenOverInVain(session);
    session.spoken('item_u1');
    session.on({ type: 'user.interrupt' });
    const [create] = sentEvents(session.fired('response'), 'response.create');
    refuseBusy(session, create?.['event_id']);
    expect(sentEvents(session.done('resp_late'), 'response.create')).toMatchObject([
      { response: { metadata: { 'antiphon.say': greeting } } },
    ]);
  });

  it('is no text that was asked for over another connection', () => {
    const session = new SessionDriver().ready();
    spokenOverInVain(session);
    session.lost();
    expect(session.state.owed).toMatchObject([{ text: greeting, attempt: 0 }]);
  });

  it.each(['at once', 'behind an error'] as const)('is not heard when it was cut before, told %s', (how) => {
    const session = new SessionDriver().ready();
    session.on({ type: 'agent.say', text: 'One moment.' });
    session.on({ type: 'user.interrupt' });
    session.fired('response');
    const [create] = sentEvents(session.on({ type: 'user.text', text: 'Hello' }), 'response.create');
    if (how === 'behind an error') refuseBusy(session, create?.['event_id']);
    const told = session.created('resp_late', { metadata: { 'antiphon.say': 'One moment.' } });
    expect(sentEvents(told, 'response.cancel')).toMatchObject([{ response_id: 'resp_late' }]);
    expect(asked(session.audio('resp_late', 'item_a', 20))).not.toContain('sink.write');
    expect(sentEvents(session.done('resp_late', 'cancelled'), 'response.create')).toEqual([
      expect.not.objectContaining({ response: expect.anything() as unknown }),
    ]);
  });

  it('leaves a text owed that it says and that nobody hears, since it was taken for an answer that a turn has cut', () => {
    const session = new SessionDriver().ready();
    spokenOverInVain(session);
    session.spoken('item_u1');
    refuseBusy(session, null);
    session.created('resp_late', { metadata: { 'antiphon.say': greeting, 'antiphon.protected': 'yes' } });
    expect(session.state.response).toMatchObject({ kind: 'cancelling', responseId: 'resp_late' });
    expect(sentEvents(session.done('resp_late', 'cancelled'), 'response.create')).toMatchObject([
      { response: { metadata: { 'antiphon.say': greeting } } },
    ]);
  });

  it('is known to be no text of ours by what its end says of it, where its beginning was not told', () => {
    const session = new SessionDriver({ interruptible: false }).ready();
    session.spoken('item_u1');
    session.on({ type: 'agent.say', text: greeting, protected: true });
    session.fired('response');
    const item = { id: 'item_a', type: 'message', role: 'assistant', content: [] };
    session.server({ type: 'response.output_item.added', response_id: 'resp_late', item });
    expect(
      sentEvents(session.done('resp_late', 'completed', { metadata: null }), 'response.create'),
    ).toMatchObject([{ response: { metadata: { 'antiphon.say': greeting } } }]);
  });

  it('stays the text that it is known to be when the refusal of another request for it is told twice', () => {
    const session = new SessionDriver().ready();
    askedTwice(session);
    session.created('resp_late');
    for (let told = 0; told < 2; told++) refuseBusy(session, null, 'event_refusal');
    expect(session.state.response).toMatchObject({ kind: 'active', request: { text: greeting, attempt: 0 } });
    expect(session.state.input).toBe('held');
  });

  it('is asked for again when it must be heard and the server has cut it by itself', () => {
    const session = new SessionDriver().ready();
    session.on({ type: 'agent.say', text: greeting, protected: true });
    session.created('resp_1', { metadata: { 'antiphon.say': greeting, 'antiphon.protected': 'yes' } });
    expect(sentEvents(session.done('resp_1', 'cancelled'), 'response.create')).toMatchObject([
      { response: { metadata: { 'antiphon.say': greeting } } },
    ]);
  });

  it('leaves the answer to a turn owed that was to follow it when its connection is lost', () => {
    const session = new SessionDriver({ interruptible: false }).ready();
    session.on({ type: 'agent.say', text: 'One moment.' });
    session.created('resp_1', { metadata: { 'antiphon.say': 'One moment.' } });
    session.spoken('item_u1');
    const words = { item_id: 'item_u1', content_index: 0, transcript: 'How late is it?' };
    session.server({ type: 'conversation.item.input_audio_transcription.completed', ...words });
    session.lost();
    session.fired('backoff');
    session.agreed();
    session.created('resp_2', { metadata: { 'antiphon.say': 'One moment.' } });
    expect(sent(session.done('resp_2'))).toEqual(['response.create']);
  });

  it('leaves nothing that was not heard in the conversation when it gets stuck after it was cut', () => {
    const session = new SessionDriver().ready();
    session.spoken('item_u1');
    session.created('resp_1');
    session.fired('stall');
    session.fired('backoff');
    session.agreed();
    session.on({ type: 'user.text', text: 'Hello' });
    session.created('resp_2');
    const item = { id: 'item_a', type: 'message', role: 'assistant', content: [] };
    session.server({ type: 'conversation.item.added', item });
    session.server({ type: 'response.output_item.added', response_id: 'resp_2', item });
    const part = { response_id: 'resp_2', item_id: 'item_a', content_index: 0 };
    session.server({ type: 'response.output_audio_transcript.done', ...part, transcript: 'Good morning.' });
    session.on({ type: 'user.interrupt' });
    session.fired('stall');
    expect(sentEvents(session.fired('stall'), 'conversation.item.delete')).toMatchObject([
      { item_id: 'item_a' },
    ]);
  });

  it('was not the answer to a request where what was sent ahead of that is put behind what it said', () => {
    const session = new SessionDriver().ready();
    session.spoken('item_u1');
    const typed = session.on({ type: 'user.text', text: 'And this?' });
    expect(sent(session.fired('response'))).toEqual(['response.create']);
    session.created('resp_late');
    const item = { id: 'item_a', type: 'message', role: 'assistant', status: 'in_progress', content: [] };
    session.server({ type: 'response.output_item.added', response_id: 'resp_late', item });
    session.server({ type: 'conversation.item.added', previous_item_id: 'item_u1', item });
    session.done('resp_late');
    expect(session.state.response.kind).toBe('none');
    const own = sentEvents(typed, 'conversation.item.create')[0]?.['item'];
    session.server({ type: 'conversation.item.added', previous_item_id: 'item_a', item: own });
    expect(session.state).toMatchObject({
      response: { kind: 'requested', request: { kind: 'answer' } },
      connection: { lateAnswers: 0 },
    });
    expect(sent(session.fired('response'))).toEqual(['response.create']);
  });

  it('was the answer to a request where what was sent behind that is put behind what it said', () => {
    const session = new SessionDriver().ready();
    session.spoken('item_u1');
    session.fired('response');
    session.created('resp_1');
    const item = { id: 'item_a', type: 'message', role: 'assistant', status: 'in_progress', content: [] };
    session.server({ type: 'response.output_item.added', response_id: 'resp_1', item });
    session.server({ type: 'conversation.item.added', previous_item_id: 'item_u1', item });
    session.done('resp_1');
    const typed = session.on({ type: 'user.text', text: 'And this?' });
    session.created('resp_2');
    session.done('resp_2');
    const own = sentEvents(typed, 'conversation.item.create')[0]?.['item'];
    session.server({ type: 'conversation.item.added', previous_item_id: 'item_a', item: own });
    expect(session.state.response.kind).toBe('none');
  });
});
