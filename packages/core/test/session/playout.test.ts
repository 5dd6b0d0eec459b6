import { describe, expect, it } from 'vitest';
import { asked, notices, SessionDriver, sent, sentEvents } from './session-driver.ts';

function speaking(ms: number): SessionDriver {
  const session = new SessionDriver().ready();
  session.created('resp_1');
  session.server({
    type: 'response.output_audio_transcript.delta',
    response_id: 'resp_1',
    item_id: 'item_a',
    delta: 'one two three four five six seven eight nine ten',
  });
  session.audio('resp_1', 'item_a', ms);
  return session;
}

function interruptAndFlush(session: SessionDriver) {
  const first = session.server({
    type: 'input_audio_buffer.speech_started',
    item_id: 'item_u',
    audio_start_ms: 0,
  });
  return [...first, ...session.on({ type: 'playout.flushed' })];
}

describe('playout', () => {
  it('hands wanted audio to the sink and ends when all of it was played', () => {
    const session = speaking(400);
    expect(session.state.playout.parts).toMatchObject([{ itemId: 'item_a', receivedBytes: 400 * 48 }]);
    session.server({
      type: 'response.output_audio.done',
      response_id: 'resp_1',
      item_id: 'item_a',
      content_index: 0,
    });
    session.done('resp_1');
    expect(notices(session.played('item_a', 399), 'settled')).toEqual([]);
    const effects = session.played('item_a', 400);
    expect(notices(effects, 'audio_done')).toMatchObject([{ heardMs: 400, receivedMs: 400 }]);
    expect(notices(effects, 'settled')).toHaveLength(1);
  });

  it('counts as heard what is cut within half a millisecond of its end', () => {
    const session = speaking(400);
    session.server({
      type: 'response.output_audio.done',
      response_id: 'resp_1',
      item_id: 'item_a',
      content_index: 0,
    });
    session.server({ type: 'input_audio_buffer.speech_started', item_id: 'item_u', audio_start_ms: 0 });
    session.played('item_a', 399.9);
    const effects = session.on({ type: 'playout.flushed' });
    expect(notices(effects, 'audio_done')).toMatchObject([{ unheardText: '' }]);
    expect(sent(effects)).toEqual([]);
  });

  it('stops at once when the user speaks, and drops what still arrives', () => {
    const session = speaking(400);
    const effects = session.server({
      type: 'input_audio_buffer.speech_started',
      item_id: 'item_u',
      audio_start_ms: 0,
    });
    expect(asked(effects)).toContain('sink.flush');
    session.on({ type: 'playout.flushed' });
    expect(asked(session.audio('resp_1', 'item_a', 100))).toEqual([]);
    session.done('resp_1', 'cancelled');
    expect(asked(session.audio('resp_1', 'item_a', 100))).toEqual([]);
    expect(session.state.counters.lateAudio).toBe(2);
  });

  it.each([
    { played: 250.9, received: 400, end: 250 },
    { played: 500, received: 400, end: 400 },
  ])('truncates at floor(min(played $played, received $received))', ({ played, received, end }) => {
    const session = speaking(received);
    session.played('item_a', played);
    expect(sentEvents(interruptAndFlush(session), 'conversation.item.truncate')).toMatchObject([
      { item_id: 'item_a', content_index: 0, audio_end_ms: end },
    ]);
  });

  it('deletes an item of which nothing was heard', () => {
    expect(sent(interruptAndFlush(speaking(400)))).toEqual(['conversation.item.delete']);
  });

  it('deletes an item once, though the server tells twice that it is gone', () => {
    const session = speaking(400);
    interruptAndFlush(session);
    for (let told = 0; told < 2; told++)
      session.server({ type: 'conversation.item.deleted', item_id: 'item_a' });
    const done = session.server({
      type: 'response.output_audio_transcript.done',
      response_id: 'resp_1',
      item_id: 'item_a',
      output_index: 0,
      content_index: 0,
      transcript: 'one two three four',
    });
    expect(sent([...done, ...session.done('resp_1', 'cancelled')])).toEqual([]);
  });

  it('cuts the items queued behind the one that is playing', () => {
    const session = speaking(400);
    session.audio('resp_1', 'item_b', 300);
    session.played('item_a', 100);
    expect(sent(interruptAndFlush(session))).toEqual([
      'conversation.item.truncate',
      'conversation.item.delete',
    ]);
  });

  it('records what was heard and what was not', () => {
    const session = speaking(1000);
    session.played('item_a', 500);
    const [done] = notices(interruptAndFlush(session), 'audio_done');
    expect(done).toMatchObject({ heardMs: 500, receivedMs: 1000, heardText: 'one two three four five' });
  });

  it('can be interrupted when generation is over and sound is left', () => {
    const session = speaking(400);
    session.done('resp_1');
    session.played('item_a', 100);
    expect(sent(interruptAndFlush(session))).toEqual(['conversation.item.truncate']);
  });

  it('goes on when the agent may not be interrupted', () => {
    const session = new SessionDriver({ interruptible: false }).ready();
    session.created('resp_1');
    session.audio('resp_1', 'item_a', 400);
    const effects = session.server({
      type: 'input_audio_buffer.speech_started',
      item_id: 'item_u',
      audio_start_ms: 0,
    });
    expect(asked(effects)).toEqual(['timer.start']);
  });

  it('cancels the response when the application interrupts', () => {
    expect(sent(speaking(400).on({ type: 'user.interrupt' }))).toEqual(['response.cancel']);
  });
});
