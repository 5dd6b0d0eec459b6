import type { Effect } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import { SessionDriver, sentEvents } from './session-driver.ts';

function understood(session: SessionDriver, itemId: string): readonly Effect[] {
  return session.server({
    type: 'conversation.item.input_audio_transcription.completed',
    item_id: itemId,
    content_index: 0,
    transcript: `${itemId}.`,
  });
}

function forgotten(effects: readonly Effect[]): readonly string[] {
  return effects.flatMap((effect) => (effect.type === 'source.forget' ? [effect.itemId] : []));
}

function given(effects: readonly Effect[]): readonly unknown[] {
  return sentEvents(effects, 'conversation.item.create').map(({ item }) => (item as { id: string }).id);
}

describe('the sound of a turn', () => {
  it('is kept after it is understood while the server has told of another that is not', () => {
    const session = new SessionDriver().ready();
    session.spoken('first');
    session.spoken('second');
    expect(forgotten(understood(session, 'first'))).toEqual([]);
    expect(forgotten(understood(session, 'second'))).toEqual(['second']);
  });

  it('goes to the next connection with that of the one behind it', () => {
    const session = new SessionDriver().ready();
    session.spoken('first');
    session.spoken('second');
    understood(session, 'first');
    session.lost();
    session.fired('backoff');
    const effects = session.agreed();
    expect(given(effects)).toEqual([]);
    expect(effects).toContainEqual({ type: 'source.route', epoch: 2, replay: 'open_turn' });
  });

  it('is kept while the server hears another, and let go when that was none', () => {
    const session = new SessionDriver().ready();
    session.spoken('first');
    session.server({ type: 'input_audio_buffer.speech_started', item_id: 'second', audio_start_ms: 0 });
    expect(forgotten(understood(session, 'first'))).toEqual([]);
    expect(forgotten(session.server({ type: 'input_audio_buffer.cleared' }))).toEqual(['first']);
  });

  it('is kept when it ended after the response began that is heard now', () => {
    const session = new SessionDriver({ interruptible: false }).ready();
    session.spoken('first');
    session.created('resp_1');
    session.spoken('second');
    const item = { id: 'answer', type: 'message', role: 'assistant', content: [] };
    expect(
      forgotten(session.server({ type: 'response.output_item.added', response_id: 'resp_1', item })),
    ).toEqual(['first']);
    session.done('resp_1');
    session.created('resp_2');
    const next = { ...item, id: 'answer_2' };
    expect(
      forgotten(session.server({ type: 'response.output_item.added', response_id: 'resp_2', item: next })),
    ).toEqual(['second']);
  });

  it('is let go with all of it when the agent answers, also while the server hears another', () => {
    const session = new SessionDriver({ interruptible: false }).ready();
    session.spoken('first');
    session.created('resp_1');
    session.server({ type: 'input_audio_buffer.speech_started', item_id: 'second', audio_start_ms: 0 });
    const item = { id: 'answer', type: 'message', role: 'assistant', content: [] };
    const effects = session.server({ type: 'response.output_item.added', response_id: 'resp_1', item });
    expect(forgotten(effects)).toEqual(['first']);
  });

  it('ends where the server has found its end, by the time it has counted', () => {
    const session = new SessionDriver().ready();
    session.server({ type: 'input_audio_buffer.speech_started', item_id: 'first', audio_start_ms: 400 });
    session.server({ type: 'input_audio_buffer.speech_stopped', item_id: 'first', audio_end_ms: 2_100 });
    const effects = session.server({
      type: 'input_audio_buffer.committed',
      item_id: 'first',
      previous_item_id: null,
    });
    expect(effects).toContainEqual({ type: 'source.mark', itemId: 'first', audioEndMs: 2_100 });
  });

  it('ends with what was given where the server has not told of its end', () => {
    const session = new SessionDriver().ready();
    session.server({ type: 'input_audio_buffer.speech_started', item_id: 'first', audio_start_ms: 400 });
    const committed = { type: 'input_audio_buffer.committed', item_id: 'first', previous_item_id: null };
    expect(session.server(committed)).toContainEqual({ type: 'source.mark', itemId: 'first' });
  });

  it('is not kept where we have ended the turn: it goes up to there', () => {
    const session = new SessionDriver({ turnTaking: 'manual' }).ready();
    for (const itemId of ['first', 'second']) {
      session.on({ type: 'user.commit' });
      session.server({ type: 'input_audio_buffer.committed', item_id: itemId, previous_item_id: null });
    }
    expect(forgotten(understood(session, 'first'))).toEqual(['first']);
  });

  it('stands for the turn also where a server has given that another name', () => {
    const session = new SessionDriver().ready();
    session.spoken('spoken');
    session.created('resp_1');
    session.done('resp_1');
    session.on({ type: 'session.reseat', reason: 'asked to' });
    expect(given(session.agreed())).toEqual(['spoken']);
    const content = [{ type: 'input_text', text: '[unintelligible]' }];
    const item = { id: 'server_1', type: 'message', role: 'user', status: 'completed', content };
    session.server({ type: 'conversation.item.added', previous_item_id: null, item });
    session.lost();
    session.fired('backoff');
    expect(given(session.agreed())).toEqual([]);
  });
});
