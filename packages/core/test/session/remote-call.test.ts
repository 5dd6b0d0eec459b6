import { allItems, type Effect, isSettled } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import {
  asked,
  notices,
  SessionDriver,
  type SettingsChange,
  sent,
  sentEvents,
  testTool,
} from './session-driver.ts';

const voiced = { type: 'realtime', instructions: 'Help.', audio: { output: { voice: 'marin' } } } as const;

function call(changes: SettingsChange = {}): SessionDriver {
  return new SessionDriver({ callId: 'rtc_1', session: voiced, ...changes });
}

/** Joins a call: the server of one says nothing before it is told the settings. */
function join(session: SessionDriver): SessionDriver {
  session.on({ type: 'session.start' });
  const opened = session.on({ type: 'transport.opened', epoch: session.epoch });
  expect(sent(opened)).toEqual(['session.update']);
  session.server({ type: 'session.updated', session: {} });
  return session;
}

/** What follows on the settings when a call is joined again, which has agreed to such before. */
function rejoin(session: SessionDriver): readonly Effect[] {
  const opened = session.on({ type: 'transport.opened', epoch: session.epoch });
  expect(sent(opened)[0]).toBe('session.update');
  expect(asked(session.server({ type: 'session.updated', session: {} }))).toEqual(['timer.cancel']);
  return opened.filter(
    (effect) => effect.type !== 'transport.send' || effect.event.type !== 'session.update',
  );
}

/** An answer as it comes over a second channel: words, and no sound. */
function speak(session: SessionDriver, responseId: string, itemId: string, text: string): void {
  session.created(responseId);
  const item = { id: itemId, type: 'message', role: 'assistant', status: 'in_progress', content: [] };
  session.server({ type: 'response.output_item.added', response_id: responseId, output_index: 0, item });
  const part = { response_id: responseId, item_id: itemId, output_index: 0, content_index: 0 };
  session.server({ type: 'response.output_audio_transcript.delta', ...part, delta: text });
}

function buffer(session: SessionDriver, what: 'started' | 'stopped' | 'cleared', responseId: string) {
  return session.server({ type: `output_audio_buffer.${what}`, response_id: responseId });
}

/** An answer is heard, and another is over and waits behind it. */
function waiting(): SessionDriver {
  const session = join(call());
  speak(session, 'r1', 'i1', 'It is noon.');
  buffer(session, 'started', 'r1');
  session.done('r1');
  speak(session, 'r2', 'i2', 'And sunny.');
  session.done('r2');
  return session;
}

/** There is another agent, of another voice and without tools. */
function withBilling(session: SessionDriver): SessionDriver {
  const { settings } = session.state;
  const other = {
    ...settings.agents['concierge'],
    tools: [],
    session: { ...voiced, audio: { output: { voice: 'cedar' } } },
  };
  session.state = {
    ...session.state,
    settings: { ...settings, agents: { ...settings.agents, billing: other as never } },
  };
  return session;
}

const textOf = (session: SessionDriver, id: string) =>
  allItems(session.state.conversation).find((item) => item.id === id);

describe('joining a call', () => {
  it('waits for no session.created: the answer to the settings is the signal', () => {
    const session = call();
    session.on({ type: 'session.start' });
    const opened = session.on({ type: 'transport.opened', epoch: 1 });
    expect(sentEvents(opened, 'session.update')).toMatchObject([
      { session: { instructions: 'Help.', audio: { output: { voice: 'marin' } } } },
    ]);
    expect(notices(opened, 'connected')).toMatchObject([{ providerSessionId: 'rtc_1' }]);
    expect(session.server({ type: 'session.created', session: { id: 's' } })).toEqual([]);
    expect(notices(session.server({ type: 'session.updated', session: {} }), 'ready')).toHaveLength(1);
  });

  it('keeps the voice of a call that has spoken already', () => {
    const session = call();
    session.on({ type: 'session.start' });
    session.on({ type: 'transport.opened', epoch: 1 });
    const error = { type: 'invalid_request_error', code: 'cannot_update_voice', message: 'Too late.' };
    const again = session.server({ type: 'error', error });
    expect(sentEvents(again, 'session.update')).toMatchObject([{ session: { audio: { output: {} } } }]);
    expect(JSON.stringify(again)).not.toContain('marin');
    expect(notices(session.server({ type: 'session.updated', session: {} }), 'ready')).toHaveLength(1);
  });

  it('is not tried again when the first try is refused', () => {
    const session = call();
    session.on({ type: 'session.start' });
    const close = { code: 1006, reason: '', cause: 'HTTP 404', status: 404 };
    const refused = session.on({ type: 'transport.closed', epoch: 1, ...close });
    expect(notices(refused, 'closed')).toMatchObject([
      { outcome: { status: 'failed', error: { code: 'provider.not_found' } } },
    ]);
  });
});

describe('the sound of a call', () => {
  it('is heard from the start of the buffer of the server to its end, after the end of the response', () => {
    const session = join(call());
    speak(session, 'r1', 'i1', 'It is noon.');
    expect(session.state.playout.parts).toEqual([]);
    expect(notices(buffer(session, 'started', 'r1'), 'audio_started')).toEqual([
      { type: 'audio_started', responseId: 'r1', itemId: 'i1' },
    ]);
    const done = session.done('r1');
    expect(asked(done)).not.toContain('sink.end_part');
    expect(isSettled(session.state)).toBe(false);
    const stopped = buffer(session, 'stopped', 'r1');
    expect(notices(stopped, 'audio_done')).toEqual([
      {
        type: 'audio_done',
        itemId: 'i1',
        heardMs: undefined,
        receivedMs: undefined,
        heardText: 'It is noon.',
        unheardText: '',
      },
    ]);
    expect(notices(stopped, 'settled')).toHaveLength(1);
    expect(notices(stopped, 'activity')).toMatchObject([{ activity: 'listening' }]);
  });

  it('may begin before its item is named, and cover several items', () => {
    const session = join(call());
    session.created('r1');
    expect(notices(buffer(session, 'started', 'r1'), 'audio_started')).toEqual([]);
    expect(notices(session.on({ type: 'variables.set', values: {} }), 'activity')).toEqual([]);
    const part = { response_id: 'r1', output_index: 0, content_index: 0 };
    const delta = (item_id: string) =>
      session.server({ type: 'response.output_audio_transcript.delta', ...part, item_id, delta: 'Yes.' });
    expect(notices(delta('i1'), 'audio_started')).toHaveLength(1);
    expect(notices(delta('i1'), 'audio_started')).toHaveLength(0);
    expect(notices(delta('i2'), 'audio_started')).toHaveLength(1);
    session.done('r1');
    const heard = notices(buffer(session, 'stopped', 'r1'), 'audio_done');
    expect(heard.map(({ itemId }) => itemId)).toEqual(['i1', 'i2']);
  });

  it('waits behind that of another, and is heard after the end of its own response', () => {
    const session = waiting();
    buffer(session, 'stopped', 'r1');
    expect(notices(buffer(session, 'started', 'r2'), 'audio_started')).toMatchObject([{ itemId: 'i2' }]);
    expect(notices(buffer(session, 'stopped', 'r2'), 'audio_done')).toMatchObject([
      { itemId: 'i2', heardText: 'And sunny.' },
    ]);
    expect(isSettled(session.state)).toBe(true);
  });

  it('is not heard where the user cuts what it waits behind', () => {
    const session = waiting();
    buffer(session, 'cleared', 'r1');
    expect(session.state.playout).toMatchObject({
      kind: 'playing',
      parts: [],
      cut: { responseId: 'r1', itemIds: ['i1'] },
    });
  });

  it('is not waited for where the server threw it away before the end of the response', () => {
    const session = join(call());
    speak(session, 'r1', 'i1', 'It is noon.');
    buffer(session, 'started', 'r1');
    buffer(session, 'cleared', 'r1');
    session.done('r1');
    expect(session.state.playout).not.toHaveProperty('queued');
  });

  it('is a sign of life of its response where it begins and ends, or is cut', () => {
    const session = join(call());
    speak(session, 'r1', 'i1', 'It is noon.');
    session.fired('stall');
    buffer(session, 'started', 'r1');
    expect(asked(session.fired('stall'))).toEqual(['timer.start']);
    buffer(session, 'stopped', 'r1');
    expect(asked(session.fired('stall'))).toEqual(['timer.start']);
    buffer(session, 'started', 'r1');
    session.fired('stall');
    buffer(session, 'cleared', 'r1');
    expect(asked(session.fired('stall'))).toEqual(['timer.start']);
    expect(asked(session.fired('stall'))).toContain('transport.close');
  });

  it('ends where that of another begins, also when its own end is not told', () => {
    const session = join(call());
    speak(session, 'r1', 'i1', 'It is noon.');
    buffer(session, 'started', 'r1');
    session.done('r1');
    speak(session, 'r2', 'i2', 'And sunny.');
    expect(notices(buffer(session, 'started', 'r2'), 'audio_done')).toMatchObject([
      { itemId: 'i1', heardText: 'It is noon.' },
    ]);
  });

  it('of a response that was over before anybody listened begins no response', () => {
    const session = join(call());
    expect(notices(buffer(session, 'started', 'r1'), 'response_started')).toEqual([]);
    expect(session.state.response.kind).toBe('none');
  });

  it('that a server sends here all the same is left alone', () => {
    const session = join(call());
    speak(session, 'r1', 'i1', 'It is noon.');
    expect(session.audio('r1', 'i1', 100)).toEqual([]);
  });

  it('is cut by the server when the user speaks: nothing is cancelled or truncated from here', () => {
    const session = join(call());
    const text = 'It is a quarter past two in the afternoon, local time, on a Thursday.';
    speak(session, 'r1', 'i1', text);
    buffer(session, 'started', 'r1');
    const speech = { item_id: 'u1', audio_start_ms: 900 };
    const effects = [
      ...session.server({ type: 'input_audio_buffer.speech_started', ...speech }),
      ...buffer(session, 'cleared', 'r1'),
    ];
    const cut = session.server({
      type: 'conversation.item.truncated',
      item_id: 'i1',
      content_index: 0,
      audio_end_ms: 2_000,
    });
    const done = session.done('r1', 'cancelled');
    expect(sent([...effects, ...cut, ...done])).toEqual([]);
    expect(asked([...effects, ...cut, ...done])).not.toContain('sink.flush');
    expect(notices(cut, 'audio_done')).toMatchObject([
      { itemId: 'i1', heardMs: 2_000, receivedMs: undefined },
    ]);
    const [told] = notices(cut, 'audio_done');
    expect(`${String(told?.['heardText'])} ${String(told?.['unheardText'])}`).toBe(text);
    // 2 s of about 4.5 s.
    expect(String(told?.['heardText']).length).toBeGreaterThan(20);
    expect(String(told?.['heardText']).length).toBeLessThan(40);
    expect(textOf(session, 'i1')).toMatchObject({ heard: { text: told?.['heardText'] } });
  });

  it('is cut the same when the truncation is told first, and when nothing was heard', () => {
    const session = join(call());
    speak(session, 'r1', 'i1', 'It is noon.');
    buffer(session, 'started', 'r1');
    const at = { item_id: 'i1', content_index: 0, audio_end_ms: 0 };
    const cut = session.server({ type: 'conversation.item.truncated', ...at });
    expect(notices(cut, 'audio_done')).toMatchObject([{ heardText: '', unheardText: 'It is noon.' }]);
    expect(notices(buffer(session, 'cleared', 'r1'), 'audio_done')).toEqual([]);
  });

  it('was heard whole of the items before the one that is cut, whichever is told first', () => {
    for (const order of ['cleared', 'truncated']) {
      const session = join(call());
      speak(session, 'r1', 'i1', 'It is noon.');
      buffer(session, 'started', 'r1');
      const part = { response_id: 'r1', item_id: 'i2', output_index: 1, content_index: 0 };
      session.server({ type: 'response.output_audio_transcript.delta', ...part, delta: 'And sunny.' });
      if (order === 'cleared') buffer(session, 'cleared', 'r1');
      const at = { item_id: 'i2', content_index: 0, audio_end_ms: 0 };
      const cut = session.server({ type: 'conversation.item.truncated', ...at });
      expect(notices(cut, 'audio_done')).toMatchObject([
        { itemId: 'i1', heardMs: undefined, heardText: 'It is noon.' },
        { itemId: 'i2', heardMs: 0, unheardText: 'And sunny.' },
      ]);
      expect(notices(session.server({ type: 'conversation.item.truncated', ...at }), 'audio_done')).toEqual(
        [],
      );
      expect(isSettled({ ...session.state, response: { kind: 'none' } })).toBe(true);
    }
  });

  it('was heard whole of the parts before the one that is cut', () => {
    const session = join(call());
    speak(session, 'r1', 'i1', 'It is noon.');
    const part = { response_id: 'r1', item_id: 'i1', output_index: 0, content_index: 1 };
    session.server({ type: 'response.output_audio_transcript.delta', ...part, delta: 'And sunny.' });
    buffer(session, 'started', 'r1');
    const at = { item_id: 'i1', content_index: 1, audio_end_ms: 0 };
    expect(
      notices(session.server({ type: 'conversation.item.truncated', ...at }), 'audio_done'),
    ).toMatchObject([{ heardText: 'It is noon.', unheardText: 'And sunny.' }]);
  });

  it('was heard whole where nothing is said of it behind the cut', () => {
    const session = join(call());
    speak(session, 'r1', 'i1', 'It is noon.');
    buffer(session, 'started', 'r1');
    expect(buffer(session, 'cleared', 'r1')).toContainEqual({
      type: 'timer.start',
      timer: 'playout',
      delayMs: 10_000,
    });
    expect(notices(session.fired('playout'), 'audio_done')).toMatchObject([{ heardText: 'It is noon.' }]);
    const again = waiting();
    buffer(again, 'cleared', 'r1');
    speak(again, 'r3', 'i3', 'Well.');
    expect(notices(buffer(again, 'started', 'r3'), 'audio_done')).toMatchObject([{ itemId: 'i1' }]);
  });

  it('is taken for heard when its end is not told in time: what waited for it goes on', () => {
    const session = join(call({ tools: [testTool('f', { start: 'after_playback' })] }));
    speak(session, 'r1', 'i1', 'It is noon.');
    buffer(session, 'started', 'r1');
    session.call('r1', 'c1', 'f');
    const done = session.done('r1');
    expect(done).toContainEqual({ type: 'timer.start', timer: 'playout', delayMs: 10_000 + 2 * 65 * 11 });
    const over = session.fired('playout');
    expect(notices(over, 'audio_done')).toMatchObject([{ itemId: 'i1', heardText: 'It is noon.' }]);
    expect(asked(over)).toContain('tool.start');
    expect(session.fired('playout')).toEqual([]);
  });

  it('is given longer where its words are not known', () => {
    const session = join(call());
    expect(buffer(session, 'started', 'r1')).toContainEqual({
      type: 'timer.start',
      timer: 'playout',
      delayMs: 70_000,
    });
  });

  it('is not waited for any more when it was told to be over, and not while its response is under way', () => {
    const session = join(call());
    speak(session, 'r1', 'i1', 'It is noon.');
    expect(asked(buffer(session, 'started', 'r1'))).not.toContain('timer.start');
    session.done('r1');
    const cancel = { type: 'timer.cancel', timer: 'playout' };
    expect(buffer(session, 'stopped', 'r1')).toContainEqual(cancel);
    const again = waiting();
    expect(again.lost()).toContainEqual(cancel);
  });

  it('is silenced by the application with a cancel and a clear, in this order', () => {
    const session = join(call());
    speak(session, 'r1', 'i1', 'It is noon.');
    buffer(session, 'started', 'r1');
    expect(sent(session.on({ type: 'user.interrupt' }))).toEqual([
      'response.cancel',
      'output_audio_buffer.clear',
    ]);
    session.done('r1', 'cancelled');
    buffer(session, 'cleared', 'r1');
    expect(isSettled(session.state)).toBe(true);
  });

  it('is silenced after the end of its response by the clear alone', () => {
    const session = join(call());
    speak(session, 'r1', 'i1', 'It is noon.');
    buffer(session, 'started', 'r1');
    session.done('r1');
    expect(sent(session.on({ type: 'user.text', text: 'Stop' }))).toEqual([
      'output_audio_buffer.clear',
      'conversation.item.create',
      'response.create',
    ]);
  });

  it('holds nothing back for words that must be heard: the server lets the user cut them', () => {
    const session = join(call({ greeting: { say: 'Welcome.', protected: true } }));
    speak(session, 'r1', 'i1', 'Welcome.');
    buffer(session, 'started', 'r1');
    expect(session.state.input).toBe('flowing');
    session.server({ type: 'input_audio_buffer.speech_started', item_id: 'u1', audio_start_ms: 9 });
    expect(session.state.response.kind).toBe('cancelling');
    session.server({ type: 'input_audio_buffer.speech_stopped', item_id: 'u1', audio_end_ms: 99 });
    buffer(session, 'cleared', 'r1');
    session.done('r1', 'cancelled');
    session.server({ type: 'input_audio_buffer.committed', item_id: 'u1', previous_item_id: 'i1' });
    expect(session.state.response.kind).toBe('awaited');
  });

  it('is waited for by a tool that starts after playback', () => {
    const session = join(call({ tools: [testTool('f', { start: 'after_playback' })] }));
    speak(session, 'r1', 'i1', 'One moment.');
    buffer(session, 'started', 'r1');
    expect(asked(session.call('r1', 'c1', 'f'))).not.toContain('tool.start');
    session.done('r1');
    expect(asked(buffer(session, 'stopped', 'r1'))).toContain('tool.start');
  });
});

describe('keys', () => {
  it('of the telephone are told', () => {
    const session = join(call());
    const pressed = session.server({ type: 'input_audio_buffer.dtmf_event_received', event: '5' });
    expect(notices(pressed, 'key_pressed')).toEqual([{ type: 'key_pressed', key: '5' }]);
  });
});

describe('a call whose connection is lost', () => {
  it('is joined again and given nothing but what it lacks', () => {
    const session = join(call({ tools: [testTool('f')] }));
    session.spoken('u1');
    session.created('r1');
    session.call('r1', 'c1', 'f');
    session.call('r1', 'c2', 'f');
    session.done('r1');
    // The output of the first is sent and not confirmed; that of the second comes in the gap.
    expect(sent(session.settle('c1', '"one"'))).toEqual(['conversation.item.create']);
    const lost = session.lost();
    expect(asked(lost)).toContain('timer.start');
    expect(sent(session.settle('c2', '"two"'))).toEqual([]);
    session.fired('backoff');
    const back = rejoin(session);
    const given = sentEvents(back, 'conversation.item.create').map(({ item }) => item);
    expect(given).toMatchObject([
      { type: 'function_call_output', call_id: 'c1', output: '"one"' },
      { type: 'function_call_output', call_id: 'c2', output: '"two"' },
    ]);
    expect(sent(back).at(-1)).toBe('response.create');
    expect(notices(back, 'connection_changed')).toMatchObject([{ why: 'lost', items: 2 }]);
    expect(session.state.tools.undelivered).toEqual([]);
  });

  it('is given after the end of the process what it was not known to have got', () => {
    const session = join(call({ tools: [testTool('f')] }));
    session.spoken('u1');
    session.created('r1');
    session.call('r1', 'c1', 'f');
    session.done('r1');
    expect(sent(session.settle('c1', '"one"'))).toContain('conversation.item.create');
    session.on({ type: 'session.resume' });
    const given = sentEvents(rejoin(session), 'conversation.item.create').map(({ item }) => item);
    expect(given).toMatchObject([{ type: 'function_call_output', call_id: 'c1', output: '"one"' }]);
  });

  it('keeps its turns and its voice', () => {
    const session = join(call());
    session.spoken('u1');
    session.lost();
    session.fired('backoff');
    const opened = session.on({ type: 'transport.opened', epoch: session.epoch });
    expect(sentEvents(opened, 'session.update')).toMatchObject([{ session: { instructions: 'Help.' } }]);
    expect(JSON.stringify(opened)).not.toContain('marin');
    session.server({ type: 'session.updated', session: {} });
    expect(textOf(session, 'u1')).toBeDefined();
  });

  it('is heard from the moment it is joined again, before it has agreed to the settings of now', () => {
    const session = join(call({ tools: [testTool('f')] }));
    session.lost();
    session.fired('backoff');
    session.on({ type: 'transport.opened', epoch: session.epoch });
    expect(notices(session.created('r1'), 'response_started')).toHaveLength(1);
    expect(asked(session.call('r1', 'c1', 'f'))).toContain('tool.start');
    expect(sent(session.settle('c1'))).toEqual(['conversation.item.create']);
  });

  it('is left again when nothing is heard of it, and not when something is', () => {
    for (const isHeard of [false, true]) {
      const session = join(call());
      session.lost();
      session.fired('backoff');
      session.on({ type: 'transport.opened', epoch: session.epoch });
      if (isHeard) session.created('r1');
      const late = session.fired('connect');
      expect(asked(late).includes('transport.close')).toBe(!isHeard);
      const reason = 'no session.updated within 1 s';
      expect(notices(late, 'connection_lost')).toEqual(isHeard ? [] : [{ type: 'connection_lost', reason }]);
      expect(session.state.successor.kind).toBe(isHeard ? 'none' : 'waiting');
    }
  });

  it('is not left for a late timer where it agreed when it was joined', () => {
    const session = join(call());
    expect(asked(session.fired('connect'))).toEqual([]);
    expect(session.state.connection.kind).toBe('ready');
  });

  it('keeps its settings when it does not take those of now', () => {
    const session = join(call());
    session.lost();
    session.fired('backoff');
    const opened = session.on({ type: 'transport.opened', epoch: session.epoch });
    const [update] = sentEvents(opened, 'session.update');
    const error = { type: 'invalid_request_error', code: 'invalid_value', event_id: update?.['event_id'] };
    const refused = session.server({ type: 'error', error: { ...error, message: 'No.' } });
    expect(notices(refused, 'warning')).toMatchObject([{ code: 'provider.session_refused' }]);
    expect(session.state.connection.kind).toBe('ready');
  });

  it('is known to say which text a response says, where it has done so before', () => {
    const session = join(call({ greeting: { say: 'Hello.', protected: false } }));
    session.server({
      type: 'response.created',
      response: { id: 'r1', status: 'in_progress', metadata: { 'antiphon.say': 'Hello.' } },
    });
    session.done('r1');
    session.lost();
    session.fired('backoff');
    session.on({ type: 'agent.say', text: 'Goodbye.' });
    rejoin(session);
    // It has begun by itself, and says no text of ours: that one is still to come.
    session.server({
      type: 'response.created',
      response: { id: 'r2', status: 'in_progress', metadata: null },
    });
    expect(session.state.response).toMatchObject({ responseId: 'r2', request: undefined });
    expect(session.state.owed).toMatchObject([{ kind: 'say', text: 'Goodbye.' }]);
  });

  /** A text was asked for over a connection that is gone, and the call is joined again. */
  function owingText(): SessionDriver {
    const session = join(call());
    session.on({ type: 'agent.say', text: 'Mind the gap.', protected: true });
    session.lost();
    session.fired('backoff');
    rejoin(session);
    return session;
  }

  const mindTheGap = { 'antiphon.say': 'Mind the gap.', 'antiphon.protected': 'yes' };

  it.each([null, undefined])('may have begun what is no text of ours meanwhile (metadata %s)', (metadata) => {
    const session = owingText();
    session.created('r1', { metadata });
    expect(session.state.response).toMatchObject({ responseId: 'r1', request: undefined });
    expect(sent(session.on({ type: 'user.interrupt' }))).toContain('response.cancel');
    expect(sentEvents(session.done('r1', 'cancelled'), 'response.create')).toMatchObject([
      { response: { metadata: mindTheGap } },
    ]);
  });

  it('says a text that was asked for before once, where the end of its response names it', () => {
    const session = owingText();
    const part = { response_id: 'r1', item_id: 'i1', output_index: 0, content_index: 0 };
    session.server({ type: 'response.output_audio_transcript.delta', ...part, delta: 'Mind the gap.' });
    expect(sent(session.done('r1', 'completed', { metadata: mindTheGap }))).toEqual([]);
    expect(session.state.owed).toEqual([]);
  });

  it('says a text that was asked for before once, where its response had begun', () => {
    const session = join(call());
    session.on({ type: 'agent.say', text: 'Mind the gap.', protected: true });
    session.created('r1');
    session.lost();
    session.fired('backoff');
    rejoin(session);
    expect(sent(session.done('r1'))).toEqual([]);
    expect(session.state.owed).toEqual([]);
  });

  it('goes on speaking: what was said so far counts as heard and nothing is asked for', () => {
    const session = join(call());
    speak(session, 'r1', 'i1', 'It is');
    buffer(session, 'started', 'r1');
    expect(notices(session.lost(), 'audio_done')).toMatchObject([{ itemId: 'i1', heardText: 'It is' }]);
    session.fired('backoff');
    expect(sent(rejoin(session))).toEqual([]);
    // What still comes of the answer is taken up.
    const part = { response_id: 'r1', item_id: 'i1', output_index: 0, content_index: 0 };
    session.server({ type: 'response.output_audio_transcript.done', ...part, transcript: 'It is noon.' });
    session.done('r1');
    expect(textOf(session, 'i1')).toMatchObject({ text: 'It is noon.' });
    expect(isSettled(session.state)).toBe(true);
  });

  it('goes on speaking, and that is not the answer to what is asked for meanwhile', () => {
    const session = join(call());
    speak(session, 'r1', 'i1', 'It is');
    session.lost();
    session.on({ type: 'user.text', text: 'And?' });
    session.fired('backoff');
    expect(sent(rejoin(session))).toContain('response.create');
    const part = { response_id: 'r1', item_id: 'i1', output_index: 0, content_index: 0 };
    session.server({ type: 'response.output_audio_transcript.done', ...part, transcript: 'It is noon.' });
    expect(sent(session.done('r1'))).toEqual([]);
    expect(session.state.response.kind).toBe('requested');
    expect(textOf(session, 'i1')).toMatchObject({ text: 'It is noon.' });
    session.created('r2');
    expect(session.state.response).toMatchObject({ kind: 'active', responseId: 'r2' });
  });

  it('is asked again for an answer that had no words, when nothing of it comes', () => {
    const session = join(call());
    session.spoken('u1');
    session.created('r1');
    session.lost();
    session.fired('backoff');
    const back = rejoin(session);
    expect(sent(back)).toEqual([]);
    expect(back).toContainEqual({ type: 'timer.start', timer: 'response', delayMs: 2_000 });
    expect(sent(session.fired('response'))).toEqual(['response.create']);
  });

  it('is asked again for what it was asked over a connection that is gone, and that is no try', () => {
    const session = join(call({ responseRetries: 0 }));
    session.on({ type: 'user.text', text: 'Hi' });
    session.lost();
    session.fired('backoff');
    expect(sent(rejoin(session))).toEqual(['conversation.item.create']);
    expect(sent(session.fired('response'))).toEqual(['response.create']);
    expect(notices(session.fired('response'), 'warning')).toMatchObject([{ code: 'provider.stalled' }]);
  });

  it('is asked at once for what it turns out not to have got, whatever it answers meanwhile', () => {
    const session = join(call());
    session.on({ type: 'user.text', text: 'Hi' });
    session.lost();
    session.fired('backoff');
    const [given] = sentEvents(rejoin(session), 'conversation.item.create');
    const added = { type: 'conversation.item.added', item: given?.['item'], previous_item_id: 'i1' };
    const asking = session.server(added);
    expect(sent(asking)).toEqual(['response.create']);
    const [create] = sentEvents(asking, 'response.create');
    // The answer to what was said in the gap had begun before.
    const part = { response_id: 'r1', item_id: 'i1', output_index: 0, content_index: 0 };
    session.server({ type: 'response.output_audio_transcript.delta', ...part, delta: 'Bye.' });
    const code = 'conversation_already_has_active_response';
    const error = { type: 'invalid_request_error', code, message: 'No.', event_id: create?.['event_id'] };
    session.server({ type: 'error', error });
    expect(sent(session.done('r1'))).toEqual(['response.create']);
  });

  it('is asked behind an answer that began before it was given what it had not got', () => {
    const session = join(call());
    session.on({ type: 'user.text', text: 'Hi' });
    session.lost();
    session.fired('backoff');
    const [given] = sentEvents(rejoin(session), 'conversation.item.create');
    session.created('r1');
    session.server({ type: 'conversation.item.added', item: given?.['item'], previous_item_id: 'i1' });
    expect(sent(session.done('r1'))).toEqual(['response.create']);
  });

  it('is not asked while no connection leads to it', () => {
    const session = join(call());
    session.on({ type: 'user.text', text: 'Hi' });
    session.lost();
    const { response } = session.state;
    session.fired('response');
    expect(session.state.response).toBe(response);
  });

  it('is asked for an answer that was to be tried again, with what it was tried for', () => {
    const session = join(call());
    session.on({ type: 'user.text', text: 'Hi' });
    session.created('r1');
    session.done('r1', 'failed');
    expect(session.state.response.kind).toBe('retrying');
    expect(asked(session.lost())).toContain('timer.cancel');
    session.fired('backoff');
    expect(sent(rejoin(session)).at(-1)).toBe('response.create');
  });

  it('knows what was over before', () => {
    const session = join(call());
    session.created('r1');
    session.done('r1');
    session.lost();
    session.fired('backoff');
    rejoin(session);
    expect(notices(session.created('r1'), 'response_started')).toEqual([]);
  });

  it('answers what it was answering, when that goes on', () => {
    const session = join(call());
    session.on({ type: 'user.text', text: 'Hi' });
    session.created('r1');
    session.lost();
    session.fired('backoff');
    rejoin(session);
    expect(sent([...session.done('r1'), ...session.fired('response')])).toEqual([]);
    expect(isSettled(session.state)).toBe(true);
  });

  it('is asked for the calls that became complete meanwhile', () => {
    const session = join(call({ tools: [testTool('f')] }));
    session.created('r1');
    const item = { id: 'item_c1', type: 'function_call', call_id: 'c1', name: 'f' };
    const added = { ...item, status: 'in_progress', arguments: '' };
    session.server({ type: 'response.output_item.added', response_id: 'r1', output_index: 0, item: added });
    session.lost();
    session.fired('backoff');
    expect(sentEvents(rejoin(session), 'conversation.item.retrieve')).toMatchObject([{ item_id: 'item_c1' }]);
    const whole = { ...item, status: 'completed', arguments: '{"a":1}' };
    const got = session.server({ type: 'conversation.item.retrieved', item: whole });
    expect(got).toContainEqual(expect.objectContaining({ type: 'tool.start', argumentsJson: '{"a":1}' }));
    expect(sent(session.settle('c1'))).toEqual(['conversation.item.create']);
  });

  it('does not wait for ever for a call whose arguments had come before the end of the process', () => {
    const session = join(call({ tools: [testTool('f')] }));
    session.created('r1');
    const item = { id: 'item_c1', type: 'function_call', call_id: 'c1', name: 'f', arguments: '' };
    session.server({ type: 'response.output_item.added', response_id: 'r1', output_index: 0, item });
    const whole = { response_id: 'r1', item_id: 'item_c1', output_index: 0, call_id: 'c1', arguments: '{}' };
    session.server({ type: 'response.function_call_arguments.done', ...whole });
    expect(session.on({ type: 'session.resume' })).toContainEqual({
      type: 'timer.start',
      timer: 'call:c1',
      delayMs: session.state.settings.timeouts.callItemMs,
    });
    rejoin(session);
    expect(asked(session.fired('call:c1'))).toContain('tool.start');
  });

  it('goes on with the tools of the agent that was speaking, whoever is in charge by now', () => {
    const session = join(withBilling(call({ tools: [testTool('f')] })));
    session.spoken('u1');
    session.created('r1');
    session.on({ type: 'agent.handoff', agent: 'billing' });
    session.lost();
    session.fired('backoff');
    rejoin(session);
    expect(session.call('r1', 'c1', 'f')).toContainEqual(
      expect.objectContaining({ type: 'tool.start', agent: 'concierge' }),
    );
    session.done('r1');
    session.settle('c1');
    session.created('r2');
    expect(session.state.response).toMatchObject({ agent: 'billing' });
  });

  it('gives up a call of a tool that the server has not got', () => {
    const session = join(call({ tools: [testTool('f')] }));
    session.created('r1');
    const item = { id: 'item_c1', type: 'function_call', call_id: 'c1', name: 'f', arguments: '' };
    session.server({ type: 'response.output_item.added', response_id: 'r1', output_index: 0, item });
    session.lost();
    session.fired('backoff');
    const [ask] = sentEvents(rejoin(session), 'conversation.item.retrieve');
    const code = 'item_retrieve_invalid_item_id';
    const error = { type: 'invalid_request_error', code, message: 'None.', event_id: ask?.['event_id'] };
    expect(notices(session.server({ type: 'error', error }), 'tool_settled')).toMatchObject([
      { outcome: { status: 'cancelled' } },
    ]);
  });

  it('commits again what was to be committed, where that is ours to say', () => {
    const session = join(call({ turnTaking: 'manual' }));
    session.on({ type: 'user.speech_started' });
    const order = ['input_audio_buffer.commit', 'response.create'];
    expect(sent(session.on({ type: 'user.commit' }))).toEqual(order);
    session.lost();
    session.fired('backoff');
    expect(sent(rejoin(session))).toEqual(order);
  });

  it('is over when the server has it no more', () => {
    const session = join(call());
    session.lost();
    session.fired('backoff');
    const close = { code: 1006, reason: '', cause: 'HTTP 404: no such call', status: 404 };
    const over = session.on({ type: 'transport.closed', epoch: session.epoch, ...close });
    expect(notices(over, 'closed')).toMatchObject([
      { outcome: { status: 'completed', reason: 'the call is over: HTTP 404: no such call' } },
    ]);
  });

  it('is over when the server has it no more, and tools that run end first', () => {
    const session = join(call({ tools: [testTool('f')] }));
    session.created('r1');
    session.call('r1', 'c1', 'f');
    session.done('r1');
    session.lost();
    session.fired('backoff');
    const close = { code: 1006, reason: '', cause: 'HTTP 404', status: 404 };
    const over = session.on({ type: 'transport.closed', epoch: session.epoch, ...close });
    expect(asked(over)).not.toContain('tool.cancel');
    expect(over).toContainEqual({ type: 'timer.cancel', timer: 'outage' });
    expect(notices(session.settle('c1'), 'closed')).toMatchObject([
      { outcome: { status: 'completed', reason: 'the call is over: HTTP 404' } },
    ]);
  });
});

describe('the end of a call', () => {
  it('is the end of the session, whatever is owed; running tools end first', () => {
    const session = join(call({ tools: [testTool('f')] }));
    session.created('r1');
    session.call('r1', 'c1', 'f');
    speak(session, 'r1', 'i1', 'One moment');
    buffer(session, 'started', 'r1');
    expect(notices(session.lost(1000), 'closed')).toEqual([]);
    expect(notices(session.settle('c1'), 'closed')).toMatchObject([
      { outcome: { status: 'completed', reason: 'the call is over' } },
    ]);
  });

  it('is not followed by another try to join it after the end of the process: what may run again does, and ends', () => {
    const session = join(call({ tools: [testTool('f', { idempotent: true })] }));
    session.created('r1');
    session.call('r1', 'c1', 'f');
    session.done('r1');
    session.lost(1000);
    const resumed = session.on({ type: 'session.resume' });
    expect(asked(resumed)).toContain('tool.start');
    expect(asked(resumed)).not.toContain('transport.open');
    expect(resumed).not.toContainEqual(expect.objectContaining({ type: 'timer.start', timer: 'outage' }));
    expect(notices(session.settle('c1'), 'closed')).toMatchObject([{ outcome: { status: 'completed' } }]);
  });

  it('waits for the last words to be heard when it is ours', () => {
    const session = join(call());
    session.on({ type: 'agent.say', text: 'Goodbye.' });
    speak(session, 'r1', 'i1', 'Goodbye.');
    buffer(session, 'started', 'r1');
    session.done('r1');
    expect(notices(session.on({ type: 'session.close', mode: 'drain', reason: 'done' }), 'closed')).toEqual(
      [],
    );
    expect(notices(buffer(session, 'stopped', 'r1'), 'closed')).toMatchObject([
      { outcome: { status: 'completed' } },
    ]);
  });
});

describe('what a call cannot do', () => {
  it('moves to no other connection: another agent comes on this one, with the voice of the call', () => {
    const session = join(withBilling(call()));
    expect(session.on({ type: 'session.reseat', reason: 'test' })).toEqual([]);
    const over = session.on({ type: 'agent.handoff', agent: 'billing' });
    expect(sent(over)).toEqual(['session.update']);
    expect(asked(over)).not.toContain('transport.open');
    expect(JSON.stringify(over)).not.toContain('cedar');
  });

  it('says nothing in a voice of this machine', () => {
    const session = join(call({ deadAir: { afterMs: 1_000, say: 'One moment.' }, tools: [testTool('f')] }));
    session.created('r1');
    expect(session.state.silence.watching).toBe('dead_air');
    const broken = session.fired('dead_air');
    expect(asked(broken)).not.toContain('announce');
    expect(notices(broken, 'dead_air')).toHaveLength(1);
  });
});
