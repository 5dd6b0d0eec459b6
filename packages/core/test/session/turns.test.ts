import { type AgentSettings, allItems, defaultLimits } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import {
  asked,
  notices,
  SessionDriver,
  type SettingsChange,
  sent,
  sentEvents,
  testSettings,
  testTool,
} from './session-driver.ts';

/** The agent says something of which `playedMs` of 1,000 ms were heard. */
function speaking(playedMs: number, changes: SettingsChange = {}): SessionDriver {
  const session = new SessionDriver(changes).ready();
  session.on({ type: 'user.text', text: 'Tell me.' });
  session.created('resp_1');
  session.server({
    type: 'response.output_item.added',
    response_id: 'resp_1',
    item: { id: 'item_a', type: 'message', role: 'assistant', status: 'in_progress', content: [] },
  });
  session.server({
    type: 'response.output_audio_transcript.delta',
    response_id: 'resp_1',
    item_id: 'item_a',
    content_index: 0,
    delta: 'one two three four',
  });
  session.audio('resp_1', 'item_a', 1_000);
  if (playedMs > 0) session.played('item_a', playedMs);
  return session;
}

/** The answer to a turn that is ended here is asked for right behind its commit. */
const commitAndCreate = ['input_audio_buffer.commit', 'response.create'];

function startSpeech(session: SessionDriver, itemId = 'item_u') {
  return session.server({ type: 'input_audio_buffer.speech_started', item_id: itemId, audio_start_ms: 0 });
}

describe('a false interruption', () => {
  it('is followed by the rest of what was being said, when all of it was written', () => {
    const session = speaking(500);
    session.done('resp_1');
    startSpeech(session);
    session.on({ type: 'playout.flushed' });
    const effects = session.server({ type: 'input_audio_buffer.cleared' });
    expect(notices(effects, 'speech_resumed')).toMatchObject([{ itemId: 'item_a' }]);
    expect(sentEvents(effects, 'response.create')).toMatchObject([
      { response: { metadata: { 'antiphon.say': 'three four' } } },
    ]);
  });

  it('is followed by nothing when there are no words of what was cut', () => {
    const session = speaking(500);
    session.audio('resp_1', 'item_b', 500);
    session.done('resp_1');
    startSpeech(session);
    session.played('item_a', 1_000);
    session.on({ type: 'playout.flushed' });
    const effects = session.server({ type: 'input_audio_buffer.cleared' });
    expect(notices(effects, 'speech_resumed')).toEqual([]);
    expect(sentEvents(effects, 'response.create')).toEqual([]);
  });

  it('is followed by nothing when a limit was reached meanwhile: only last words are said', () => {
    const session = speaking(500, { limits: { ...defaultLimits, sessionMs: 60_000, wrapUp: 'Goodbye.' } });
    session.done('resp_1');
    startSpeech(session);
    session.on({ type: 'playout.flushed' });
    session.fired('limit');
    session.fired('limit');
    const effects = session.server({ type: 'input_audio_buffer.cleared' });
    expect(notices(effects, 'speech_resumed')).toEqual([]);
    expect(sentEvents(effects, 'response.create')).toMatchObject([
      { response: { metadata: { 'antiphon.say': 'Goodbye.' } } },
    ]);
  });

  it('is followed by the rest also where the connection has changed since', () => {
    const session = speaking(500);
    session.done('resp_1');
    session.lost();
    session.fired('backoff');
    session.agreed();
    startSpeech(session);
    const heard = { item: { content: [{ text: 'one two' }] } };
    const cut = session.on({ type: 'playout.flushed' });
    expect(sentEvents(cut, 'conversation.item.create')).toMatchObject([heard]);
    const effects = session.server({ type: 'input_audio_buffer.cleared' });
    expect(sentEvents(effects, 'response.create')).toMatchObject([
      { response: { metadata: { 'antiphon.say': 'three four' } } },
    ]);
  });

  it('is followed by the rest of the answer, when the model was not done with it', () => {
    const session = speaking(500);
    startSpeech(session);
    session.on({ type: 'playout.flushed' });
    session.done('resp_1', 'cancelled');
    const effects = session.server({ type: 'input_audio_buffer.cleared' });
    expect(JSON.stringify(sentEvents(effects, 'response.create'))).toContain('after: \\"one two\\"');
  });

  it('is left alone where the agent does not resume', () => {
    const session = speaking(500, { resumeFalseInterruption: false });
    startSpeech(session);
    session.on({ type: 'playout.flushed' });
    session.done('resp_1', 'cancelled');
    expect(sent(session.server({ type: 'input_audio_buffer.cleared' }))).toEqual([]);
  });

  it('of a local detector clears what the server was given', () => {
    const session = speaking(500, { turnTaking: 'manual' });
    expect(asked(session.on({ type: 'user.speech_started' }))).toContain('sink.flush');
    session.on({ type: 'playout.flushed' });
    session.done('resp_1', 'cancelled');
    expect(sent(session.on({ type: 'user.speech_dropped' }))).toEqual([
      'input_audio_buffer.clear',
      'response.create',
    ]);
  });
});

describe('what was heard', () => {
  it('is counted by content part, and the item is cut there', () => {
    const session = speaking(1_000);
    session.server({
      type: 'response.output_audio.done',
      response_id: 'resp_1',
      item_id: 'item_a',
      content_index: 0,
    });
    session.server({
      type: 'response.output_audio_transcript.delta',
      response_id: 'resp_1',
      item_id: 'item_a',
      content_index: 1,
      delta: 'five six',
    });
    session.on({
      type: 'server.audio',
      epoch: 1,
      responseId: 'resp_1',
      itemId: 'item_a',
      contentIndex: 1,
      byteLength: 48_000,
    });
    session.on({ type: 'playout.progress', itemId: 'item_a', contentIndex: 1, playedMs: 620 });
    startSpeech(session);
    const effects = session.on({ type: 'playout.flushed' });
    expect(sentEvents(effects, 'conversation.item.truncate')).toMatchObject([
      { item_id: 'item_a', content_index: 1, audio_end_ms: 620 },
    ]);
    expect(notices(effects, 'audio_done')).toMatchObject([
      { heardText: 'one two three four five', unheardText: 'six' },
    ]);
  });

  it('of a cut response is nothing for the messages that were never played: they are deleted', () => {
    const session = speaking(500);
    startSpeech(session);
    session.on({ type: 'playout.flushed' });
    session.server({
      type: 'response.output_item.added',
      response_id: 'resp_1',
      item: { id: 'item_b', type: 'message', role: 'assistant', status: 'in_progress', content: [] },
    });
    session.server({
      type: 'conversation.item.added',
      previous_item_id: 'item_a',
      item: { id: 'item_b', type: 'message', role: 'assistant', status: 'in_progress', content: [] },
    });
    expect(sentEvents(session.done('resp_1', 'cancelled'), 'conversation.item.delete')).toMatchObject([
      { item_id: 'item_b' },
    ]);
  });

  it('of an item that another connection holds as text is put in its place', () => {
    const session = speaking(500);
    session.server({
      type: 'conversation.item.added',
      previous_item_id: null,
      item: { id: 'item_a', type: 'message', role: 'assistant', status: 'in_progress', content: [] },
    });
    session.lost();
    session.fired('backoff');
    session.agreed();
    session.on({ type: 'user.interrupt' });
    const effects = session.on({ type: 'playout.flushed' });
    expect(sent(effects)).toEqual(['conversation.item.delete', 'conversation.item.create']);
    expect(JSON.stringify(sentEvents(effects, 'conversation.item.create'))).toContain('"one two"');
    session.on({ type: 'user.text', text: 'Wait.' });
    session.server({
      type: 'conversation.item.added',
      previous_item_id: 'item_a',
      item: { id: 'item_b', type: 'message', role: 'assistant', status: 'in_progress', content: [] },
    });
    const order = allItems(session.state.conversation).map(({ id }) => id.replace(/\d+/, 'N'));
    expect(order.slice(0, 2)).toEqual(['item_heard_N', 'item_b']);
  });
});

describe('what was heard of an item that has left the history', () => {
  it('is told to no connection but the one that it came over: another was not given the item', () => {
    const session = speaking(500, { historyItems: 2 });
    for (const id of ['item_a', 'item_b', 'item_c'])
      session.server({
        type: 'conversation.item.added',
        item: { id, type: 'message', role: 'assistant', status: 'in_progress', content: [] },
      });
    session.lost();
    session.fired('backoff');
    session.agreed();
    session.on({ type: 'user.interrupt' });
    const effects = session.on({ type: 'playout.flushed' });
    expect(notices(effects, 'audio_done')).toMatchObject([{ itemId: 'item_a', heardMs: 500 }]);
    expect(sent(effects)).toEqual([]);
  });
});

describe('what was heard of an item without a whole word of it', () => {
  it('stays, though the next connection is told to forget the text, and tells twice that it did', () => {
    const session = speaking(100);
    session.server({
      type: 'conversation.item.added',
      previous_item_id: null,
      item: { id: 'item_a', type: 'message', role: 'assistant', status: 'in_progress', content: [] },
    });
    session.lost();
    session.fired('backoff');
    session.agreed();
    session.on({ type: 'user.interrupt' });
    expect(sent(session.on({ type: 'playout.flushed' }))).toEqual(['conversation.item.delete']);
    for (let told = 0; told < 2; told++)
      session.server({ type: 'conversation.item.deleted', item_id: 'item_a' });
    expect(allItems(session.state.conversation).map(({ id }) => id)).toContain('item_a');
  });
});

describe('protected speech', () => {
  const greeting = { say: 'This call is recorded.', protected: true };

  it('is not cut, and the voice of the user waits until it was heard', () => {
    const session = new SessionDriver({ greeting });
    session.on({ type: 'session.start' });
    expect(asked(session.agreed())).toContain('source.hold');
    session.created('resp_1');
    session.audio('resp_1', 'item_g', 500);
    session.played('item_g', 100);
    const speech = startSpeech(session);
    expect(asked(speech)).toEqual(['timer.start']);
    expect(sent(session.on({ type: 'user.interrupt' }))).toEqual([]);
    expect(asked(session.done('resp_1'))).not.toContain('source.release');
    expect(asked(session.played('item_g', 500))).toContain('source.release');
  });

  it.each([
    { name: 'over the connection it was sent to', lost: 'no', order: ['input_audio_buffer.clear'] },
    { name: 'over the next connection', lost: 'yes', order: commitAndCreate },
  ])('still waits for a commit when a sound after it was no turn: $name', ({ lost, order }) => {
    const session = new SessionDriver({ turnTaking: 'manual' }).ready();
    session.on({ type: 'user.speech_started' });
    session.on({ type: 'user.commit' });
    session.on({ type: 'user.speech_started' });
    if (lost === 'yes') session.lost();
    const dropped = session.on({ type: 'user.speech_dropped' });
    if (lost === 'yes') session.fired('backoff');
    expect(sent(lost === 'yes' ? session.agreed() : dropped)).toEqual(order);
    expect(session.state.userTurn).toMatchObject({ kind: 'committing', commit: 'sent' });
  });

  it('commits a turn that is ended without a connection over the next one', () => {
    const session = new SessionDriver({ turnTaking: 'manual' }).ready();
    session.lost();
    expect(sent(session.on({ type: 'user.commit' }))).toEqual([]);
    session.fired('backoff');
    expect(sent(session.agreed())).toEqual(commitAndCreate);
  });

  it('ends no turn before it has begun', () => {
    const session = new SessionDriver({ turnTaking: 'manual' });
    session.on({ type: 'user.commit' });
    expect(session.state.userTurn.kind).toBe('silent');
  });

  it('gives up a turn that began without a connection and was never heard', () => {
    const session = new SessionDriver().ready();
    session.lost();
    session.on({ type: 'user.speech_started' });
    expect(notices(session.fired('commit'), 'warning')).toMatchObject([{ code: 'turn.missing' }]);
    expect(session.state.userTurn.kind).toBe('silent');
  });

  it('lets a turn that was ended meanwhile be committed when it was heard', () => {
    const session = new SessionDriver({ greeting, turnTaking: 'manual' });
    session.on({ type: 'session.start' });
    session.agreed();
    session.created('resp_1');
    session.audio('resp_1', 'item_g', 500);
    session.done('resp_1');
    session.on({ type: 'user.speech_started' });
    expect(sent(session.on({ type: 'user.commit' }))).toEqual([]);
    const effects = session.played('item_g', 500);
    expect(asked(effects).filter((type) => type.startsWith('source') || type === 'transport.send')).toEqual([
      'source.release',
      'transport.send',
      'source.commit',
      'transport.send',
    ]);
    expect(sent(effects)).toEqual(commitAndCreate);
  });
});

describe('turns that are ended by hand one upon the other', () => {
  const committed = (session: SessionDriver, itemId: string) =>
    session.server({ type: 'input_audio_buffer.committed', item_id: itemId, previous_item_id: null });
  const refused = (session: SessionDriver, eventId?: string) =>
    session.server({
      type: 'error',
      error: {
        type: 'invalid_request_error',
        code: 'input_audio_buffer_commit_empty',
        message: 'empty',
        event_id: eventId,
      },
    });

  /** Two turns have ended before the server has made an item of the first. */
  function twice(button: 'with a button' | 'without'): SessionDriver {
    const session = new SessionDriver({ turnTaking: 'manual' }).ready();
    for (const _ of [1, 2]) {
      if (button === 'with a button') session.on({ type: 'user.speech_started' });
      expect(sent(session.on({ type: 'user.commit' }))[0]).toBe('input_audio_buffer.commit');
    }
    return session;
  }

  it.each([
    { button: 'with a button', status: 'cancelled', says: 'the last of them is answered, the first was cut' },
    { button: 'without', status: 'completed', says: 'each is answered' },
  ] as const)('are all committed, and answered: $button, $says', ({ button, status }) => {
    const session = twice(button);
    expect(committed(session, 'item_1')).toContainEqual({
      type: 'timer.start',
      timer: 'commit',
      delayMs: 2_000,
    });
    expect(session.state.userTurn).toMatchObject({ kind: 'committing', commit: 'sent' });
    expect(sent(committed(session, 'item_2'))).toEqual([]);
    expect(session.state.userTurn.kind).toBe('silent');
    const created = sent(session.created('resp_1'));
    expect(created).toEqual(status === 'cancelled' ? ['response.cancel'] : []);
    expect(sent(session.done('resp_1', status))).toEqual(['response.create']);
    session.created('resp_2');
    expect(sent(session.done('resp_2'))).toEqual([]);
  });

  it('are not answered while the next one is spoken', () => {
    const session = new SessionDriver({ turnTaking: 'manual' }).ready();
    session.on({ type: 'user.commit' });
    session.on({ type: 'user.speech_started' });
    expect(sent(committed(session, 'item_1'))).toEqual([]);
    expect(session.state.userTurn.kind).toBe('speaking');
    session.on({ type: 'user.commit' });
    expect(sent(committed(session, 'item_2'))).toEqual([]);
    expect(sent(session.created('resp_1'))).toEqual(['response.cancel']);
    expect(sent(session.done('resp_1', 'cancelled'))).toEqual(['response.create']);
  });

  it('leave the sound of the second when the first is understood', () => {
    const session = new SessionDriver({ turnTaking: 'manual' }).ready();
    const [commit] = session.on({ type: 'user.commit' }).filter(({ type }) => type === 'source.commit');
    session.on({ type: 'user.commit' });
    expect(committed(session, 'item_1')).toContainEqual({ ...commit, type: 'source.mark', itemId: 'item_1' });
  });

  it('are waited for one by one when one was too short', () => {
    const session = twice('without');
    const [first] = session.state.userTurn.kind === 'committing' ? session.state.userTurn.commits : [];
    expect(sent(refused(session, first))).toEqual([]);
    expect(session.state.userTurn).toMatchObject({ kind: 'committing', commit: 'sent' });
    expect(sent(session.created('resp_1'))).toEqual(['response.cancel']);
    expect(sent(session.done('resp_1', 'cancelled'))).toEqual(['response.create']);
    expect(sent(committed(session, 'item_2'))).toEqual([]);
  });

  it('are over when all were too short', () => {
    const session = twice('without');
    refused(session);
    refused(session);
    expect(session.state.userTurn.kind).toBe('silent');
    expect(session.state.owed).toEqual([]);
    expect(sent(session.created('resp_1'))).toEqual(['response.cancel']);
    expect(sent(session.done('resp_1', 'cancelled'))).toEqual([]);
  });

  it('keep an end that is due when a commit before it was too short', () => {
    const session = new SessionDriver({ turnTaking: 'manual' }).ready();
    session.on({ type: 'agent.say', text: 'This call is recorded.', protected: true });
    session.on({ type: 'user.commit' });
    refused(session);
    expect(session.state.userTurn).toMatchObject({ kind: 'committing', commit: 'due' });
  });

  it('are given up as one where the server does not answer them all, and what was said is answered', () => {
    const session = twice('without');
    committed(session, 'item_1');
    const effects = session.fired('commit');
    expect(notices(effects, 'warning')).toMatchObject([{ code: 'turn.missing' }]);
    session.created('resp_1');
    expect(sent(session.done('resp_1'))).toEqual([]);
  });

  it('are told as long as not too many are on their way', () => {
    const session = new SessionDriver({ turnTaking: 'manual' }).ready();
    const all = Array.from({ length: 20 }, () => sent(session.on({ type: 'user.commit' }))).flat();
    expect(all.filter((type) => type === 'input_audio_buffer.commit')).toHaveLength(16);
    committed(session, 'item_1');
    expect(sent(session.on({ type: 'user.commit' }))).toEqual(['input_audio_buffer.commit']);
  });

  it('do not keep a connection that is mute from being noticed', () => {
    const session = new SessionDriver({ turnTaking: 'manual' }).ready();
    const starts = () =>
      [session.on({ type: 'user.speech_started' }), session.on({ type: 'user.commit' })].flatMap((effects) =>
        effects.filter(({ type }) => type === 'timer.start'),
      );
    expect(starts()).toMatchObject([
      { delayMs: 60_000 },
      { timer: 'commit', delayMs: 2_000 },
      { timer: 'response', delayMs: 2_000 },
    ]);
    expect(starts()).toEqual([]);
    expect(notices(session.fired('commit'), 'warning')).toMatchObject([{ code: 'provider.stalled' }]);
  });

  it('leave a turn that goes on, when the one before it is not answered', () => {
    const session = new SessionDriver({ turnTaking: 'manual' }).ready();
    session.on({ type: 'user.commit' });
    session.on({ type: 'user.speech_started' });
    session.server({ type: 'rate_limits.updated', rate_limits: [] });
    session.fired('commit');
    session.server({ type: 'rate_limits.updated', rate_limits: [] });
    expect(session.fired('commit')).toContainEqual({ type: 'timer.start', timer: 'commit', delayMs: 60_000 });
    expect(session.state.userTurn).toMatchObject({ kind: 'speaking', commits: [] });
  });

  it('are said over another connection when nothing but what was on its way came since', () => {
    const session = new SessionDriver({ turnTaking: 'manual' }).ready();
    session.on({ type: 'user.commit' });
    session.server({ type: 'rate_limits.updated', rate_limits: [] });
    expect(session.fired('commit')).toEqual([{ type: 'timer.start', timer: 'commit', delayMs: 2_000 }]);
    expect(notices(session.fired('commit'), 'warning')).toMatchObject([{ code: 'provider.stalled' }]);
    session.fired('backoff');
    expect(sent(session.agreed())).toContain('input_audio_buffer.commit');
  });

  it('are given up at once when the answer that was asked for behind them has begun', () => {
    const session = new SessionDriver({ turnTaking: 'manual' }).ready();
    session.on({ type: 'user.commit' });
    session.created('resp_1');
    expect(notices(session.fired('commit'), 'warning')).toMatchObject([{ code: 'turn.missing' }]);
  });

  it('are one turn over the next connection, and one that goes on is heard to its end first', () => {
    const session = new SessionDriver({ turnTaking: 'manual' }).ready();
    session.on({ type: 'user.commit' });
    session.on({ type: 'user.speech_started' });
    committed(session, 'item_1');
    session.lost();
    session.fired('backoff');
    expect(sent(session.agreed())).toEqual([]);
    // An answer was owed already: it waits for the turn.
    expect(sent(session.on({ type: 'user.commit' }))).toEqual(['input_audio_buffer.commit']);
    expect(sent(committed(session, 'item_2'))).toEqual(['response.create']);
  });
});

describe('silence', () => {
  const idle = { afterMs: 8_000, say: 'Still there?', times: 1, lastly: 'close' } as const;
  const startIdle = { type: 'timer.start', timer: 'idle', delayMs: 8_000 };

  it('of both sides is broken by the agent, and ends the session when nobody answers', () => {
    const session = new SessionDriver({ idle });
    session.on({ type: 'session.start' });
    expect(session.agreed()).toContainEqual(startIdle);
    expect(sentEvents(session.fired('idle'), 'response.create')).toMatchObject([
      { response: { metadata: { 'antiphon.say': 'Still there?' } } },
    ]);
    session.created('resp_1');
    session.audio('resp_1', 'item_a', 100);
    expect(session.done('resp_1')).not.toContainEqual(startIdle);
    expect(session.played('item_a', 100)).toContainEqual(startIdle);
    expect(notices(session.fired('idle'), 'closed')).toMatchObject([
      { outcome: { status: 'completed', reason: 'nobody was there' } },
    ]);
  });

  it('is none while a tool runs or the user speaks', () => {
    const session = new SessionDriver({ idle, tools: [testTool('f')] }).ready();
    session.created('resp_1');
    session.call('resp_1', 'call_1', 'f');
    session.done('resp_1');
    expect(session.state.silence.watching).toBe('nothing');
    const user = new SessionDriver({ idle }).ready();
    expect(startSpeech(user)).toContainEqual({ type: 'timer.cancel', timer: 'idle' });
  });

  it('while something is owed is dead air: the agent says so, by its own voice when the model is busy', () => {
    const deadAir = { afterMs: 2_000, say: 'One moment.' };
    const session = new SessionDriver({ deadAir }).ready();
    expect(session.on({ type: 'user.text', text: 'Hi' })).toContainEqual({
      type: 'timer.start',
      timer: 'dead_air',
      delayMs: 2_000,
    });
    const effects = session.fired('dead_air');
    expect(notices(effects, 'dead_air')).toMatchObject([{ activity: 'thinking' }]);
    expect(effects).toContainEqual(expect.objectContaining({ type: 'announce', text: 'One moment.' }));
    const [announced] = effects.filter((effect) => effect.type === 'announce');
    const itemId = announced?.type === 'announce' ? announced.itemId : '';
    expect(asked(session.on({ type: 'announcement.audio', itemId, byteLength: 4_800 }))).toContain(
      'sink.write',
    );
    expect(session.on({ type: 'announcement.audio', itemId, byteLength: 4_800 })).toEqual([]);
  });

  it('while the turn of the user is open is filled by its own voice: nothing is put before the answer', () => {
    const deadAir = { afterMs: 2_000, say: 'One moment.' };
    const session = new SessionDriver({ deadAir, turnTaking: 'manual' }).ready();
    session.on({ type: 'user.commit' });
    expect(session.state.userTurn.kind).toBe('committing');
    expect(session.fired('dead_air')).toContainEqual(
      expect.objectContaining({ type: 'announce', text: 'One moment.' }),
    );
    expect(session.state.owed).toEqual([]);
  });

  it('of a running tool is filled, unless the agent or the user speaks', () => {
    const tools = [testTool('f', { filler: { afterMs: 900, say: 'Looking it up.' } })];
    const session = new SessionDriver({ tools }).ready();
    session.created('resp_1');
    expect(session.call('resp_1', 'call_1', 'f')).toContainEqual({
      type: 'timer.start',
      timer: 'filler:call_1',
      delayMs: 900,
    });
    session.done('resp_1');
    expect(JSON.stringify(sentEvents(session.fired('filler:call_1'), 'response.create'))).toContain(
      'Looking it up.',
    );
    expect(session.settle('call_1')).toContainEqual({ type: 'timer.cancel', timer: 'filler:call_1' });
  });
});

describe('limits', () => {
  it('of tokens warn, then end the session with last words', () => {
    const limits = { ...defaultLimits, tokens: 100, wrapUp: 'We have to stop.' };
    const session = new SessionDriver({ limits }).ready();
    const spend = (responseId: string, tokens: number) => {
      session.on({ type: 'user.text', text: 'Hi' });
      session.created(responseId);
      return session.done(responseId, 'completed', {
        usage: { total_tokens: tokens, input_tokens: tokens, output_tokens: 0 },
      });
    };
    expect(notices(spend('resp_1', 85), 'limit')).toEqual([
      { type: 'limit', limit: 'tokens', reached: false },
    ]);
    const reached = spend('resp_2', 20);
    expect(notices(reached, 'limit')).toEqual([{ type: 'limit', limit: 'tokens', reached: true }]);
    expect(JSON.stringify(sentEvents(reached, 'response.create'))).toContain('We have to stop.');
    session.created('resp_3');
    expect(sent(session.on({ type: 'user.text', text: 'But' }))).not.toContain('response.create');
    session.on({ type: 'playout.flushed' });
    expect(notices(session.done('resp_3'), 'closed')).toMatchObject([{ outcome: { status: 'completed' } }]);
  });

  it('hold also where the server ends its connection in order, and the process goes', () => {
    const limits = { ...defaultLimits, tokens: 100 };
    const session = new SessionDriver({ limits }).ready();
    session.created('resp_1');
    session.audio('resp_1', 'item_a', 1_000);
    session.server({
      type: 'response.output_audio_transcript.done',
      response_id: 'resp_1',
      item_id: 'item_a',
      content_index: 0,
      transcript: 'one two three four',
    });
    session.done('resp_1', 'completed', {
      usage: { total_tokens: 100, input_tokens: 100, output_tokens: 0 },
    });
    session.lost(1000);
    session.played('item_a', 500);
    session.on({ type: 'session.resume' });
    expect(session.state.lifecycle).toMatchObject({ reason: 'the limit of tokens was reached' });
    expect(sent(session.agreed())).not.toContain('response.create');
  });

  it('of calls refuse the next call and end the session', () => {
    const limits = { ...defaultLimits, toolCalls: 1 };
    const session = new SessionDriver({ limits, tools: [testTool('f')] }).ready();
    session.created('resp_1');
    session.call('resp_1', 'call_1', 'f');
    const effects = session.call('resp_1', 'call_2', 'f');
    expect(asked(effects)).not.toContain('tool.start');
    expect(notices(effects, 'tool_settled')).toMatchObject([{ outcome: { status: 'rejected' } }]);
    expect(session.state.lifecycle).toMatchObject({ kind: 'draining', manner: 'wrap_up' });
  });

  it('of answers without a word of the user end a loop of tools', () => {
    const limits = { ...defaultLimits, responsesWithoutUser: 3, toolCallsPerTurn: 99 };
    const session = new SessionDriver({ limits, tools: [testTool('f')] }).ready();
    session.on({ type: 'user.text', text: 'Hi' });
    let effects: ReturnType<SessionDriver['on']> = [];
    for (const at of [1, 2, 3]) {
      session.created(`resp_${at}`);
      session.call(`resp_${at}`, `call_${at}`, 'f');
      session.done(`resp_${at}`);
      effects = session.settle(`call_${at}`);
    }
    expect(notices(effects, 'limit')).toEqual([
      { type: 'limit', limit: 'responses_without_user', reached: true },
    ]);
    expect(session.state.lifecycle.kind).toBe('closed');
  });

  it('of time warn, then end the session', () => {
    const limits = { ...defaultLimits, sessionMs: 60_000 };
    const session = new SessionDriver({ limits });
    expect(session.on({ type: 'session.start' })).toContainEqual({
      type: 'timer.start',
      timer: 'limit',
      delayMs: 48_000,
    });
    session.agreed();
    expect(session.fired('limit')).toContainEqual({ type: 'timer.start', timer: 'limit', delayMs: 12_000 });
    expect(notices(session.fired('limit'), 'closed')).toMatchObject([{ outcome: { status: 'completed' } }]);
  });
});

describe('a user who speaks while the agent changes', () => {
  /** What one agent says is being heard, in front of a user who has pressed a button. */
  function pressed(agent: 'firm' | 'concierge'): SessionDriver {
    const agentWith = (change: SettingsChange) => testSettings({ turnTaking: 'manual', ...change }).agents;
    const agents = {
      ...agentWith({}),
      firm: { ...agentWith({ interruptible: false })['concierge'] },
    } as Record<string, AgentSettings>;
    const session = speaking(500, { agentName: agent, agents });
    session.done('resp_1');
    session.on({ type: 'user.speech_started' });
    return session;
  }

  it('cuts what may be cut now, and has the rest said where they said nothing', () => {
    const session = pressed('firm');
    session.on({ type: 'agent.handoff', agent: 'concierge' });
    expect(asked(session.on({ type: 'user.speech_started' }))).toContain('sink.flush');
    session.on({ type: 'playout.flushed' });
    expect(notices(session.on({ type: 'user.speech_dropped' }), 'speech_resumed')).toMatchObject([
      { itemId: 'item_a' },
    ]);
  });

  it('has the rest of what they cut said, also where the next agent cannot be cut', () => {
    const session = pressed('concierge');
    session.on({ type: 'playout.flushed' });
    session.on({ type: 'agent.handoff', agent: 'firm' });
    startSpeech(session);
    expect(notices(session.on({ type: 'user.speech_dropped' }), 'speech_resumed')).toMatchObject([
      { itemId: 'item_a' },
    ]);
  });
});
