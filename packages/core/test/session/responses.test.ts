import type { Effect } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import { asked, notices, SessionDriver, sent, sentEvents } from './session-driver.ts';

/** A server that is busy refuses something, perhaps its own answer: it names no event of ours. */
function refuseBusy(session: SessionDriver, responseId: string): readonly Effect[] {
  return session.server({
    type: 'error',
    error: {
      type: 'invalid_request_error',
      code: 'conversation_already_has_active_response',
      message: `Conversation already has an active response in progress: ${responseId}.`,
      event_id: null,
    },
  });
}

function startTurn(session: SessionDriver): void {
  session.server({ type: 'input_audio_buffer.speech_started', item_id: 'item_u', audio_start_ms: 0 });
}

function endTurn(session: SessionDriver): void {
  session.server({ type: 'input_audio_buffer.speech_stopped', item_id: 'item_u', audio_end_ms: 900 });
  session.server({ type: 'input_audio_buffer.committed', item_id: 'item_u', previous_item_id: null });
}

describe('the arbiter of responses', () => {
  it('leaves the answer of a committed turn to a server that answers by itself', () => {
    const session = new SessionDriver().ready();
    expect(sent(session.spoken('item_u1'))).toEqual([]);
    expect(session.state.response.kind).toBe('awaited');
    session.created('resp_1');
    expect(session.state.response).toMatchObject({ kind: 'active', responseId: 'resp_1' });
  });

  it('asks for the answer itself where the server only commits', () => {
    const session = new SessionDriver({ turnTaking: 'server_commits' }).ready();
    expect(sent(session.spoken('item_u1'))).toEqual(['response.create']);
  });

  it('asks for the answer itself when the awaited one does not come', () => {
    const session = new SessionDriver().ready();
    session.spoken('item_u1');
    expect(sent(session.on({ type: 'timer.fired', timer: 'response' }))).toEqual(['response.create']);
  });

  it('has one request out at a time and keeps the others for after response.done', () => {
    const session = new SessionDriver().ready();
    expect(sent(session.on({ type: 'agent.say', text: 'One.' }))).toEqual(['response.create']);
    expect(sent(session.on({ type: 'agent.say', text: 'Two.' }))).toEqual([]);
    session.created('resp_1');
    const effects = session.done('resp_1');
    expect(sentEvents(effects, 'response.create')).toMatchObject([
      { response: { metadata: { 'antiphon.say': 'Two.' } } },
    ]);
  });

  it('keeps a request that was refused because another response is active, and repeats it after that one', () => {
    const session = new SessionDriver().ready();
    const [create] = sentEvents(session.on({ type: 'user.text', text: 'Hello' }), 'response.create');
    const refusal = session.server({
      type: 'error',
      error: {
        type: 'invalid_request_error',
        code: 'conversation_already_has_active_response',
        message: 'Conversation already has an active response in progress: resp_other.',
        event_id: create?.['event_id'],
      },
    });
    expect(notices(refusal, 'warning')).toEqual([]);
    expect(session.state.response).toMatchObject({ kind: 'active', responseId: 'resp_other' });
    expect(sent(session.done('resp_other'))).toEqual(['response.create']);
  });

  it('knows of a response by a refusal that names it, also where nothing is under way here', () => {
    const session = new SessionDriver().ready();
    refuseBusy(session, 'resp_1');
    expect(session.state.response).toMatchObject({ kind: 'active', responseId: 'resp_1' });
    const effects = session.on({ type: 'agent.say', text: 'Hello.' });
    expect(sent(effects)).toEqual([]);
    expect(sent(session.done('resp_1'))).toEqual(['response.create']);
    session.created('resp_2');
    session.done('resp_2');
    refuseBusy(session, 'resp_2');
    expect(session.state.response.kind).toBe('none');
  });

  it('asks for the answer to a turn that the server refuses since one that it cut before was not announced', () => {
    const session = new SessionDriver().ready();
    session.spoken('item_u1');
    session.spoken('item_u2');
    expect(sent(refuseBusy(session, 'resp_1'))).toEqual(['response.cancel']);
    session.created('resp_1');
    expect(asked(session.audio('resp_1', 'item_a', 20))).not.toContain('sink.write');
    expect(sent(session.done('resp_1', 'cancelled'))).toEqual(['response.create']);
  });

  it('does not take the answer to a turn for the text that is asked for after the time of another', () => {
    const session = new SessionDriver().ready();
    session.on({ type: 'agent.say', text: 'Welcome.' });
    startTurn(session);
    session.on({ type: 'agent.say', text: 'This call is recorded.', protected: true });
    endTurn(session);
    expect(sentEvents(session.fired('response'), 'response.create')).toMatchObject([
      { response: { metadata: { 'antiphon.say': 'This call is recorded.' } } },
    ]);
    session.created('resp_1', { metadata: null });
    expect(sentEvents(session.done('resp_1'), 'response.create')).toMatchObject([
      { response: { metadata: { 'antiphon.say': 'This call is recorded.' } } },
    ]);
  });

  it.each([
    { name: 'an answer that was given up', say: 'none', followed: 'given_up' },
    { name: "the server's own answer to a turn", say: 'none', followed: 'turn' },
    { name: 'another text', say: 'Earlier.', followed: 'nothing' },
  ])('does not take $name for the text it asked for', ({ say, followed }) => {
    const session = new SessionDriver().ready();
    if (followed === 'given_up') session.spoken('item_u1');
    session.on({ type: 'agent.say', text: 'Must be heard.', protected: true });
    if (followed === 'given_up') session.fired('response');
    if (followed === 'turn') session.spoken('item_u1');
    expect(session.state.response).toMatchObject({ kind: 'requested', request: { text: 'Must be heard.' } });
    session.created('resp_other', { metadata: say === 'none' ? null : { 'antiphon.say': say } });
    expect(session.state.input).toBe('flowing');
    const [create] = sentEvents(session.done('resp_other'), 'response.create');
    expect(create).toMatchObject({ response: { metadata: { 'antiphon.say': 'Must be heard.' } } });
  });

  it('does not ask again for a text that the server says after its own answer has failed', () => {
    const session = new SessionDriver().ready();
    session.on({ type: 'agent.say', text: 'Must be heard.', protected: true });
    session.spoken('item_u1');
    session.created('resp_own', { metadata: null });
    session.done('resp_own', 'failed', { status_details: { type: 'failed', error: { code: 'odd' } } });
    session.created('resp_text', {
      metadata: { 'antiphon.say': 'Must be heard.', 'antiphon.protected': 'yes' },
    });
    const part = { response_id: 'resp_text', item_id: 'item_a', content_index: 0 };
    session.server({ type: 'response.output_audio_transcript.delta', ...part, delta: 'Must be heard.' });
    expect(sentEvents(session.done('resp_text'), 'response.create')).toEqual([
      expect.not.objectContaining({ response: expect.anything() as unknown }),
    ]);
    session.created('resp_answer', { metadata: null });
    expect(sent(session.done('resp_answer'))).toEqual([]);
  });

  it("learns from a late announcement that a response is the server's own answer to a turn", () => {
    const session = new SessionDriver().ready();
    session.on({ type: 'agent.say', text: 'Must be heard.', protected: true });
    session.spoken('item_u1');
    const item = { id: 'item_a', type: 'message', role: 'assistant', status: 'in_progress', content: [] };
    session.server({ type: 'response.output_item.added', response_id: 'resp_other', item });
    expect(session.state.response).toMatchObject({ kind: 'active', request: { text: 'Must be heard.' } });
    session.created('resp_other', { metadata: null });
    expect(sentEvents(session.done('resp_other'), 'response.create')).toMatchObject([
      { response: { metadata: { 'antiphon.say': 'Must be heard.' } } },
    ]);
  });

  it.each([
    { name: 'begins by itself', code: undefined },
    { name: 'names in a refusal', code: 'conversation_already_has_active_response' },
  ])(
    'does not take a response that the server $name for a text, where it says which text a response is',
    ({ code }) => {
      const session = new SessionDriver().ready();
      session.on({ type: 'agent.say', text: 'Earlier.' });
      session.created('resp_1', { metadata: { 'antiphon.say': 'Earlier.' } });
      session.done('resp_1');
      session.on({ type: 'agent.say', text: 'Must be heard.', protected: true });
      if (code !== undefined) {
        session.fired('response');
        refuseBusy(session, 'resp_other');
      }
      session.created('resp_other', { metadata: null });
      expect(session.state.response).not.toMatchObject({ request: { text: 'Must be heard.' } });
      expect(sentEvents(session.done('resp_other'), 'response.create')).toMatchObject([
        { response: { metadata: { 'antiphon.say': 'Must be heard.' } } },
      ]);
    },
  );

  it('takes a response for the text it asked for where the server does not say which one it is', () => {
    const session = new SessionDriver().ready();
    session.spoken('item_u1');
    session.on({ type: 'agent.say', text: 'Must be heard.', protected: true });
    session.fired('response');
    session.created('resp_1');
    expect(session.state.response).toMatchObject({ request: { text: 'Must be heard.' } });
  });

  it.each([
    { name: 'again when not all of it came', said: 'Must be', again: ['response.create'] },
    { name: 'once when all of it came', said: 'Must be heard.', again: [] },
  ])('says a text that must be heard and whose response is incomplete $name', ({ said, again }) => {
    const session = new SessionDriver({ responseRetries: 1 }).ready();
    session.on({ type: 'agent.say', text: 'Must be heard.', protected: true });
    session.created('resp_1');
    const part = { response_id: 'resp_1', item_id: 'item_a', content_index: 0 };
    session.server({ type: 'response.output_audio_transcript.delta', ...part, delta: said });
    session.done('resp_1', 'incomplete', {
      status_details: { type: 'incomplete', reason: 'max_output_tokens' },
    });
    expect(sent(session.fired('response.retry'))).toEqual(again);
  });

  it.each([
    { name: 'once where nothing has come up since', isMore: false, again: [] },
    { name: 'again where a result has come up since', isMore: true, again: ['response.create'] },
  ])('answers a turn whose answer is late $name', ({ isMore, again }) => {
    const session = new SessionDriver({ turnTaking: 'server_commits' }).ready();
    session.created('resp_0');
    session.call('resp_0', 'call_1', 'look_up');
    session.done('resp_0');
    session.spoken('item_u1');
    if (isMore) session.confirm(session.settle('call_1'));
    session.fired('response');
    refuseBusy(session, 'resp_1');
    expect(session.state.response).toMatchObject({ kind: 'active', responseId: 'resp_1' });
    session.created('resp_1', { metadata: null });
    expect(sent(session.done('resp_1'))).toEqual(again);
  });

  it.each([
    { name: 'before a word of it came', said: '', ends: false, again: ['response.create'] },
    { name: 'before all its sound came', said: 'Must be heard.', ends: false, again: ['response.create'] },
    { name: 'when all of it had come', said: 'Must be heard.', ends: true, again: [] },
  ])('says a text that must be heard again where the server takes it back $name', ({ said, ends, again }) => {
    const session = new SessionDriver().ready();
    session.on({ type: 'agent.say', text: 'Must be heard.', protected: true });
    session.created('resp_1', {
      metadata: { 'antiphon.say': 'Must be heard.', 'antiphon.protected': 'yes' },
    });
    const part = { response_id: 'resp_1', item_id: 'item_a', content_index: 0 };
    if (said !== '') {
      session.server({ type: 'response.output_audio_transcript.delta', ...part, delta: said });
      session.audio('resp_1', 'item_a', 20);
    }
    if (ends) session.server({ type: 'response.output_audio.done', ...part });
    const effects = session.done('resp_1', 'cancelled', {
      status_details: { type: 'cancelled', reason: 'turn_detected' },
    });
    expect(sent(effects)).toEqual(again);
  });

  it('asks for the answer that a busy server refuses to give by itself', () => {
    const session = new SessionDriver().ready();
    session.on({ type: 'agent.say', text: 'One moment.' });
    session.created('resp_1', { metadata: { 'antiphon.say': 'One moment.' } });
    session.spoken('item_u1');
    refuseBusy(session, 'resp_1');
    const effects = session.done('resp_1');
    expect(sentEvents(effects, 'response.create')).toEqual([
      expect.not.objectContaining({ response: expect.anything() as unknown }),
    ]);
    session.created('resp_2', { metadata: null });
    expect(sent(session.done('resp_2'))).toEqual([]);
  });

  it('learns from its announcement that a response known by an error is the one it asked for', () => {
    const session = new SessionDriver().ready();
    session.on({ type: 'agent.say', text: 'Must be heard.', protected: true });
    session.spoken('item_u1');
    refuseBusy(session, 'resp_1');
    expect(session.state.input).toBe('flowing');
    const metadata = { 'antiphon.say': 'Must be heard.', 'antiphon.protected': 'yes' };
    session.created('resp_1', { metadata });
    expect(session.state.input).toBe('held');
    expect(sentEvents(session.done('resp_1'), 'response.create')).toEqual([
      expect.not.objectContaining({ response: expect.anything() as unknown }),
    ]);
  });

  it('retries a failed response after a growing delay, then reports it', () => {
    const session = new SessionDriver({ responseRetries: 2 }).ready();
    session.on({ type: 'user.text', text: 'Hello' });
    const failure = {
      status_details: { type: 'failed', error: { code: 'server_error', message: 'overloaded' } },
    };
    for (const [attempt, delayMs] of [500, 1_000].entries()) {
      session.created(`resp_${attempt}`);
      expect(session.done(`resp_${attempt}`, 'failed', failure)).toContainEqual({
        type: 'timer.start',
        timer: 'response.retry',
        delayMs,
      });
      expect(sent(session.on({ type: 'timer.fired', timer: 'response.retry' }))).toEqual(['response.create']);
    }
    session.created('resp_last');
    const effects = session.done('resp_last', 'failed', failure);
    expect(notices(effects, 'warning')).toMatchObject([
      { code: 'response.failed', message: 'server_error: overloaded' },
    ]);
    expect(notices(effects, 'settled')).toHaveLength(1);
  });

  it('does not retry what cannot succeed', () => {
    const session = new SessionDriver().ready();
    session.on({ type: 'user.text', text: 'Hello' });
    session.created('resp_1');
    const effects = session.done('resp_1', 'failed', {
      status_details: { type: 'failed', error: { code: 'insufficient_quota', message: 'no credit' } },
    });
    expect(notices(effects, 'warning')).toHaveLength(1);
    expect(session.state.response.kind).toBe('none');
  });

  it('gives up a turn that the server heard and never commits', () => {
    const session = new SessionDriver().ready();
    session.server({ type: 'input_audio_buffer.speech_started', item_id: 'item_u1', audio_start_ms: 0 });
    const stopped = session.server({
      type: 'input_audio_buffer.speech_stopped',
      item_id: 'item_u1',
      audio_end_ms: 900,
    });
    expect(stopped).toContainEqual({ type: 'timer.start', timer: 'commit', delayMs: 2_000 });
    session.server({ type: 'rate_limits.updated', rate_limits: [] });
    const effects = session.on({ type: 'timer.fired', timer: 'commit' });
    expect(notices(effects, 'warning')).toMatchObject([{ code: 'turn.missing' }]);
    expect(notices(effects, 'settled')).toHaveLength(1);
  });

  it('stops waiting for a commit when it comes', () => {
    const session = new SessionDriver().ready();
    expect(session.spoken('item_u1')).toContainEqual({ type: 'timer.cancel', timer: 'commit' });
  });

  it('holds an owed answer back while the user speaks', () => {
    const session = new SessionDriver().ready();
    session.server({ type: 'input_audio_buffer.speech_started', item_id: 'item_u1', audio_start_ms: 0 });
    expect(sent(session.on({ type: 'agent.say', text: 'Later.' }))).toEqual([]);
  });

  it('takes any event that names a response as its beginning', () => {
    const session = new SessionDriver().ready();
    session.spoken('item_u1');
    session.audio('resp_silent_start', 'item_a1', 100);
    expect(session.state.response).toMatchObject({ kind: 'active', responseId: 'resp_silent_start' });
  });
});
