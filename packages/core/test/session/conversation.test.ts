import { allItems } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import { broughtBehind } from '../../src/session/conversation-pages.ts';
import { splitHeard } from '../../src/session/heard-text.ts';
import { splitSpeech } from '../../src/session/split-speech.ts';
import { notices, SessionDriver, sent, sentEvents, testTool } from './session-driver.ts';

function added(session: SessionDriver, id: string, previousItemId: string | null, text = id): void {
  session.server({
    type: 'conversation.item.added',
    previous_item_id: previousItemId,
    item: { id, type: 'message', role: 'user', status: 'completed', content: [{ type: 'input_text', text }] },
  });
}

function orderOf(session: SessionDriver): readonly string[] {
  return allItems(session.state.conversation).map((item) => item.id);
}

function itemOf(session: SessionDriver, id: string): unknown {
  return allItems(session.state.conversation).find((item) => item.id === id);
}

describe('the conversation', () => {
  it('is ordered by previous_item_id, not by arrival', () => {
    const session = new SessionDriver().ready();
    added(session, 'b', null);
    added(session, 'd', 'b');
    added(session, 'c', 'b');
    added(session, 'a', null);
    added(session, 'e', 'unknown');
    expect(orderOf(session)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('is without what somebody else has taken out, and keeps the place of what follows', () => {
    const session = new SessionDriver().ready();
    added(session, 'a', null);
    added(session, 'b', 'a');
    added(session, 'c', 'b');
    session.server({ type: 'conversation.item.deleted', item_id: 'b' });
    session.server({ type: 'conversation.item.deleted', item_id: 'unknown' });
    added(session, 'd', 'b');
    expect(orderOf(session)).toEqual(['a', 'd', 'c']);
  });

  it.each([
    ['b', 'c'],
    ['c', 'b'],
  ])('keeps the place of what stood behind one another and was taken out: %s, then %s', (first, second) => {
    const session = new SessionDriver().ready();
    added(session, 'a', null);
    added(session, 'b', 'a');
    added(session, 'c', 'b');
    for (const item_id of [first, second]) session.server({ type: 'conversation.item.deleted', item_id });
    added(session, 'd', 'b');
    added(session, 'e', 'c');
    expect(orderOf(session)).toEqual(['a', 'd', 'e']);
  });

  it('keeps that place when as many others were taken out since as are remembered', () => {
    const session = new SessionDriver().ready();
    const takeOut = (item_id: string) => session.server({ type: 'conversation.item.deleted', item_id });
    added(session, 'a', null);
    added(session, 'b', 'a');
    added(session, 'c', 'b');
    added(session, 'last', 'c');
    takeOut('b');
    takeOut('c');
    for (let number = 1; number < 32; number++) {
      added(session, `other_${number}`, 'last');
      takeOut(`other_${number}`);
    }
    added(session, 'd', 'c');
    expect(orderOf(session)).toEqual(['a', 'd', 'last']);
  });

  it('puts what the server tells behind an item of ours, before it tells that one, behind all it has told', () => {
    const session = new SessionDriver().ready();
    added(session, 'first', null);
    session.on({ type: 'user.text', text: 'typed' });
    const own = orderOf(session).at(-1) ?? '';
    added(session, 'spoken', 'an item that was deleted');
    added(session, 'answer', own);
    added(session, own, 'spoken', 'typed');
    expect(orderOf(session)).toEqual(['first', 'spoken', own, 'answer']);
  });

  it('puts it before what we sent after that one, and the server has told already', () => {
    const session = new SessionDriver().ready();
    added(session, 'first', null);
    session.on({ type: 'user.text', text: 'typed' });
    const own = orderOf(session).at(-1) ?? '';
    session.on({ type: 'user.text', text: 'typed later' });
    const later = orderOf(session).at(-1) ?? '';
    added(session, later, 'answer', 'typed later');
    added(session, 'answer', own);
    added(session, own, 'first', 'typed');
    expect(orderOf(session)).toEqual(['first', own, 'answer', later]);
  });

  it('puts it behind what came before all that we sent and it has not told', () => {
    const session = new SessionDriver().ready();
    added(session, 'first', null);
    session.on({ type: 'user.text', text: 'typed' });
    const own = orderOf(session).at(-1) ?? '';
    session.on({ type: 'user.text', text: 'typed later' });
    const later = orderOf(session).at(-1) ?? '';
    added(session, 'spoken', 'an item that was deleted');
    added(session, 'answer', own);
    added(session, own, 'spoken', 'typed');
    added(session, later, 'answer', 'typed later');
    expect(orderOf(session)).toEqual(['first', 'spoken', own, 'answer', later]);
  });

  it.each([
    ['behind others', ['a', 'b', 'c'], 'c', 'a', ['a', 'c', 'b']],
    ['before its predecessor', ['c', 'a', 'b'], 'c', 'a', ['a', 'c', 'b']],
    ['right behind its predecessor', ['a', 'c', 'b'], 'c', 'a', ['a', 'c', 'b']],
    ['behind what nobody heard', ['a', 'unheard', 'c', 'b'], 'c', 'a', ['a', 'unheard', 'c', 'b']],
    ['without its predecessor', ['b', 'c'], 'c', 'a', ['b', 'c']],
  ])('brings an item right behind another: %s', (_where, before, id, previous, after) => {
    const session = new SessionDriver().ready();
    for (const name of before) added(session, name, null, name);
    const order = [...before].toReversed();
    const unheard = { text: '', unheard: 'all', shares: [0] };
    const page = session.state.conversation.pages[0];
    const items = new Map(
      [...(page?.items ?? [])].map(([key, item]) => [
        key,
        key === 'unheard' && item.kind === 'message'
          ? { ...item, role: 'agent' as const, heard: unheard }
          : item,
      ]),
    );
    expect(orderOf(session)).toEqual(order);
    const conversation = { ...session.state.conversation, pages: [{ order: before, items }] };
    expect(allItems(broughtBehind(conversation, id, previous, new Set())).map((item) => item.id)).toEqual(
      after,
    );
  });

  it('puts a turn before what the server has yet to delete, and what comes then behind both', () => {
    const session = new SessionDriver().ready();
    added(session, 'first', null);
    session.created('resp_1');
    session.server({
      type: 'response.output_item.added',
      response_id: 'resp_1',
      item: { id: 'cut', type: 'message', role: 'assistant', status: 'in_progress', content: [] },
    });
    session.server({
      type: 'conversation.item.added',
      previous_item_id: 'first',
      item: { id: 'cut', type: 'message', role: 'assistant', status: 'in_progress', content: [] },
    });
    session.on({ type: 'user.interrupt' });
    expect(sent(session.done('resp_1', 'cancelled'))).toContain('conversation.item.delete');
    session.server({
      type: 'input_audio_buffer.committed',
      item_id: 'spoken',
      previous_item_id: 'first',
    });
    added(session, 'answer', 'cut');
    expect(orderOf(session)).toEqual(['first', 'spoken', 'cut', 'answer']);
  });

  it('puts a turn where a call stood that was cut, and before what came since', () => {
    const session = new SessionDriver().ready();
    added(session, 'first', null);
    session.created('resp_1');
    const call = { id: 'call', type: 'function_call', call_id: 'call_1', name: 'f', status: 'in_progress' };
    session.server({ type: 'response.output_item.added', response_id: 'resp_1', item: call });
    session.server({ type: 'conversation.item.added', previous_item_id: 'first', item: call });
    session.done('resp_1', 'failed');
    expect(orderOf(session)).toEqual(['first']);
    added(session, 'report', 'call');
    added(session, 'spoken', 'call');
    expect(orderOf(session)).toEqual(['first', 'spoken', 'report']);
    added(session, 'before the call', 'first');
    added(session, 'behind the call', 'call');
    expect(orderOf(session)).toEqual(['first', 'before the call', 'behind the call', 'spoken', 'report']);
  });

  it('puts what follows a call that was cut behind a turn that was put before the call', () => {
    const session = new SessionDriver().ready();
    added(session, 'first', null);
    session.created('resp_1');
    const cut = { id: 'cut', type: 'message', role: 'assistant', status: 'in_progress', content: [] };
    session.server({ type: 'response.output_item.added', response_id: 'resp_1', item: cut });
    session.server({ type: 'conversation.item.added', previous_item_id: 'first', item: cut });
    session.on({ type: 'user.interrupt' });
    session.done('resp_1', 'cancelled');
    session.server({ type: 'conversation.item.deleted', item_id: 'cut' });
    session.created('resp_2');
    const call = { id: 'call', type: 'function_call', call_id: 'call_1', name: 'f', status: 'in_progress' };
    session.server({ type: 'response.output_item.added', response_id: 'resp_2', item: call });
    session.server({ type: 'conversation.item.added', previous_item_id: 'first', item: call });
    session.done('resp_2', 'failed');
    expect(orderOf(session)).toEqual(['first', 'cut']);
    added(session, 'spoken', 'first');
    added(session, 'answer', 'call');
    expect(orderOf(session)).toEqual(['first', 'cut', 'spoken', 'answer']);
  });

  it('puts a turn before an answer of which less than a word was heard', () => {
    const session = new SessionDriver().ready();
    added(session, 'first', null);
    session.created('resp_1');
    session.server({
      type: 'conversation.item.added',
      previous_item_id: 'first',
      item: { id: 'cut', type: 'message', role: 'assistant', status: 'in_progress', content: [] },
    });
    session.server({
      type: 'response.output_audio_transcript.delta',
      response_id: 'resp_1',
      item_id: 'cut',
      content_index: 0,
      delta: 'Certainly not.',
    });
    session.audio('resp_1', 'cut', 1_000);
    session.played('cut', 20);
    session.on({ type: 'user.interrupt' });
    expect(sent(session.on({ type: 'playout.flushed' }))).toEqual(['conversation.item.truncate']);
    added(session, 'spoken', 'first');
    expect(orderOf(session)).toEqual(['first', 'spoken', 'cut']);
  });

  it('keeps the place of what the user said when its text comes after the answer', () => {
    const session = new SessionDriver().ready();
    session.spoken('item_u');
    session.created('resp_1');
    session.server({
      type: 'conversation.item.added',
      previous_item_id: 'item_u',
      item: { id: 'item_a', type: 'message', role: 'assistant', status: 'in_progress', content: [] },
    });
    session.server({
      type: 'response.output_audio_transcript.done',
      response_id: 'resp_1',
      item_id: 'item_a',
      transcript: 'Hello!',
    });
    const late = session.server({
      type: 'conversation.item.input_audio_transcription.completed',
      item_id: 'item_u',
      content_index: 0,
      transcript: 'Hi there.',
    });
    expect(orderOf(session)).toEqual(['item_u', 'item_a']);
    expect(notices(late, 'transcript')).toMatchObject([{ role: 'user', text: 'Hi there.', final: true }]);
  });

  it('takes a text that comes before its item', () => {
    const session = new SessionDriver().ready();
    session.server({
      type: 'conversation.item.input_audio_transcription.delta',
      item_id: 'item_u',
      content_index: 0,
      delta: 'Hi',
    });
    session.spoken('item_u');
    session.server({
      type: 'conversation.item.input_audio_transcription.completed',
      item_id: 'item_u',
      content_index: 0,
      transcript: 'Hi.',
    });
    expect(itemOf(session, 'item_u')).toMatchObject({ role: 'user', text: 'Hi.' });
    expect(session.state.conversation.writing.size).toBe(0);
  });

  it('forgets the oldest items beyond its limit, and counts them', () => {
    const session = new SessionDriver({ historyItems: 3 }).ready();
    for (const id of ['a', 'b', 'c', 'd', 'e']) added(session, id, orderOf(session).at(-1) ?? null);
    expect(orderOf(session)).toEqual(['c', 'd', 'e']);
    expect(session.state.conversation).toMatchObject({ size: 3, textLength: 3, forgotten: 2 });
  });

  it('puts what the server tells behind an item that has left before all that is left', () => {
    const session = new SessionDriver({ historyItems: 3 }).ready();
    for (const id of ['a', 'b', 'c', 'd']) added(session, id, orderOf(session).at(-1) ?? null);
    session.server({ type: 'conversation.item.deleted', item_id: 'd' });
    added(session, 'x', 'a');
    expect(orderOf(session)).toEqual(['x', 'b', 'c']);
  });

  it('keeps a call as long as its output, and another connection is given both', () => {
    const session = new SessionDriver({ historyItems: 3, tools: [testTool('f')] }).ready();
    session.created('resp_1');
    session.call('resp_1', 'call_1', 'f');
    session.done('resp_1');
    for (const id of ['a', 'b', 'c']) added(session, id, orderOf(session).at(-1) ?? null);
    session.lost();
    session.settle('call_1', 'rain');
    session.fired('backoff');
    const given = sentEvents(session.agreed(), 'conversation.item.create').map(({ item }) => item);
    expect(given).toMatchObject([
      { type: 'function_call', call_id: 'call_1' },
      { id: 'c' },
      { type: 'function_call_output', call_id: 'call_1', output: 'rain' },
    ]);
    for (const id of ['d', 'e']) added(session, id, orderOf(session).at(-1) ?? null);
    expect(orderOf(session)).toEqual(['d', 'e']);
    expect(session.state.conversation.size).toBe(2);
  });

  it('keeps what the user heard, whole', () => {
    const session = new SessionDriver().ready();
    session.created('resp_1');
    session.server({
      type: 'response.output_audio_transcript.done',
      response_id: 'resp_1',
      item_id: 'item_a',
      transcript: 'It is noon.',
    });
    session.audio('resp_1', 'item_a', 300);
    session.done('resp_1');
    session.played('item_a', 200);
    session.played('item_a', 100);
    expect(session.state.playout.parts).toMatchObject([{ playedMs: 200 }]);
    const [done] = notices(session.played('item_a', 300), 'audio_done');
    expect(done).toMatchObject({ heardText: 'It is noon.' });
    expect(itemOf(session, 'item_a')).toMatchObject({
      heard: { text: 'It is noon.', unheard: '' },
    });
  });
});

describe('splitHeard', () => {
  it.each([
    ['one two three', 1, 'one two three', ''],
    ['one two three', 0.5, 'one', 'two three'],
    ['one two three', 0, '', 'one two three'],
    ['one', 0.9, '', 'one'],
    ['', 0.5, '', ''],
  ])('%j at %d', (text, share, heard, unheard) => {
    expect(splitHeard(text, share)).toEqual({ text: heard, unheard });
  });
});

describe('splitSpeech', () => {
  it('leaves short texts whole and says nothing for nothing', () => {
    expect(splitSpeech(' Hello. ')).toEqual(['Hello.']);
    expect(splitSpeech('   ')).toEqual([]);
  });

  it('cuts long texts at the ends of sentences, losing nothing', () => {
    const text = Array.from({ length: 40 }, (_, index) => `This is sentence number ${index}.`).join(' ');
    const pieces = splitSpeech(text);
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(512);
    expect(pieces.every((piece) => piece.endsWith('.'))).toBe(true);
    expect(pieces.join(' ')).toBe(text);
  });
});

describe('client events', () => {
  it('have ids of their own and stay pending until the server settles them', () => {
    const session = new SessionDriver().ready();
    const effects = session.on({ type: 'user.text', text: 'Hello' });
    expect(sent(effects)).toEqual(['conversation.item.create', 'response.create']);
    const [create] = sentEvents(effects, 'conversation.item.create');
    expect(new Set([...session.state.pending.keys()]).size).toBe(2);
    const item = create?.['item'] as { id: string };
    added(session, item.id, null, 'Hello');
    session.created('resp_1');
    expect(session.state.pending.size).toBe(0);
  });

  it('are settled by an error that names them', () => {
    const session = new SessionDriver().ready();
    const [create] = sentEvents(session.on({ type: 'user.text', text: 'Hello' }), 'conversation.item.create');
    const before = session.state.pending.size;
    session.server({
      type: 'error',
      error: { code: 'invalid_value', message: 'no', event_id: create?.['event_id'] },
    });
    expect(session.state.pending.size).toBe(before - 1);
  });
});
