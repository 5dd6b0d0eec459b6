import { allItems } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import { notices, SessionDriver } from './session-driver.ts';

const item = (text: string | undefined, status = 'completed') => ({
  id: 'item_a',
  type: 'message',
  role: 'assistant',
  status,
  content: text === undefined ? [] : [{ type: 'output_text', text }],
});

const place = { response_id: 'resp_1', item_id: 'item_a', output_index: 0 };

function answering(): SessionDriver {
  const session = new SessionDriver().ready();
  session.on({ type: 'user.text', text: 'Hi' });
  session.created('resp_1');
  return session;
}

function added(session: SessionDriver): void {
  session.server({ type: 'response.output_item.added', ...place, item: item(undefined, 'in_progress') });
}

function textOf(session: SessionDriver, itemId = 'item_a'): unknown {
  const found = allItems(session.state.conversation).find(({ id }) => id === itemId);
  return found?.kind === 'message' ? found.text : undefined;
}

describe('a text that did not come by itself', () => {
  it.each([
    ['conversation.item.done', { previous_item_id: null }],
    ['response.output_item.done', place],
  ])('is taken from %s, and told once', (type, more) => {
    const session = answering();
    added(session);
    const effects = [...session.server({ type, ...more, item: item('Whole.') })];
    effects.push(...session.server({ type: 'response.output_item.done', ...place, item: item('Whole.') }));
    effects.push(...session.done('resp_1', 'completed', { output: [item('Whole.')] }));
    expect(notices(effects, 'transcript')).toMatchObject([
      { role: 'agent', itemId: 'item_a', text: 'Whole.', final: true },
    ]);
    expect(textOf(session)).toBe('Whole.');
  });

  it('is taken from the end of its response when nothing was told before', () => {
    const session = answering();
    const effects = session.done('resp_1', 'completed', { output: [item('Whole.')] });
    expect(notices(effects, 'transcript')).toMatchObject([{ text: 'Whole.', final: true }]);
    expect(textOf(session)).toBe('Whole.');
  });

  it('is what was written where the server ends it without a word', () => {
    const session = answering();
    added(session);
    session.server({ type: 'response.output_text.delta', ...place, content_index: 0, delta: 'In pieces.' });
    const effects = session.server({
      type: 'response.output_text.done',
      ...place,
      content_index: 0,
      text: '',
    });
    expect(notices(effects, 'transcript')).toMatchObject([{ text: 'In pieces.', final: true }]);
    session.done('resp_1', 'completed', { output: [item('')] });
    expect(textOf(session)).toBe('In pieces.');
  });

  it('of several parts is told part by part', () => {
    const session = answering();
    added(session);
    const part = (content_index: number, type: string, more: object) =>
      session.server({ type: `response.${type}`, ...place, content_index, ...more });
    part(1, 'output_audio_transcript.delta', { delta: 'Here' });
    const first = part(0, 'output_text.done', { text: 'Map:' });
    const second = part(1, 'output_audio_transcript.done', { transcript: 'Here it is.' });
    expect(notices(first, 'transcript')).toMatchObject([{ text: 'Map:', final: true }]);
    expect(notices(second, 'transcript')).toMatchObject([{ text: 'Here it is.', final: true }]);
    session.done('resp_1');
    expect(textOf(session)).toBe('Map: Here it is.');
  });

  it('is whole at the end of its response when it came in pieces', () => {
    const session = answering();
    added(session);
    for (const delta of ['In ', 'pieces.']) {
      session.server({ type: 'response.output_text.delta', ...place, content_index: 0, delta });
    }
    const effects = session.done('resp_1', 'completed', { output: [item('In pieces.')] });
    expect(notices(effects, 'transcript')).toMatchObject([{ text: 'In pieces.', final: true }]);
    expect(textOf(session)).toBe('In pieces.');
  });

  it.each(['cancelled', 'failed'])('is not taken from the end of a response that was %s', (status) => {
    const session = answering();
    const effects = session.done('resp_1', status, { output: [item('Whole.', 'incomplete')] });
    expect(notices(effects, 'transcript')).toEqual([]);
    expect(textOf(session)).toBeUndefined();
  });

  it('is not taken of a response that the user has cut', () => {
    const session = answering();
    added(session);
    session.on({ type: 'user.interrupt' });
    const effects = session.server({ type: 'response.output_item.done', ...place, item: item('Whole.') });
    expect(notices(effects, 'transcript')).toEqual([]);
  });

  it.each([
    ['conversation.item.added', 'completed'],
    ['conversation.item.created', 'completed'],
    ['conversation.item.done', 'completed'],
    ['conversation.item.done', 'incomplete'],
  ])('is told once of an item that only %s tells of, %s', (type, status) => {
    const session = answering();
    const told = { previous_item_id: null, item: item('Whole.', status) };
    const effects = [...session.server({ type, ...told })];
    effects.push(...session.server({ type: 'conversation.item.done', ...told }));
    effects.push(...session.done('resp_1'));
    expect(notices(effects, 'transcript')).toMatchObject([
      { role: 'agent', itemId: 'item_a', text: 'Whole.', final: true },
    ]);
    expect(textOf(session)).toBe('Whole.');
  });

  it('is told where an item that was announced before is added with it', () => {
    const session = answering();
    added(session);
    const effects = [
      ...session.server({ type: 'conversation.item.added', item: item('Whole.') }),
      ...session.server({ type: 'response.output_item.done', ...place, item: item('Whole.') }),
      ...session.done('resp_1'),
    ];
    expect(notices(effects, 'transcript')).toMatchObject([{ text: 'Whole.', final: true }]);
  });

  it('is told of what another client writes, and not of what is heard', () => {
    const session = new SessionDriver().ready();
    const write = (id: string, content: object) => ({
      previous_item_id: null,
      item: { id, type: 'message', role: 'user', status: 'completed', content: [content] },
    });
    const written = write('item_w', { type: 'input_text', text: 'Hello?' });
    const heard = write('item_h', { type: 'input_audio', transcript: 'Hello?' });
    const effects = ['conversation.item.added', 'conversation.item.done'].flatMap((type) => [
      ...session.server({ type, ...written }),
      ...session.server({ type, ...heard }),
    ]);
    expect(notices(effects, 'transcript')).toEqual([
      { type: 'transcript', role: 'user', itemId: 'item_w', text: 'Hello?', final: true },
    ]);
  });

  it('is told of what another client writes where a full history has no room for it, and once', () => {
    const session = new SessionDriver({ historyItems: 2 }).ready();
    const write = (id: string, previous: string | null) => ({
      previous_item_id: previous,
      item: {
        id,
        type: 'message',
        role: 'user',
        status: 'completed',
        content: [{ type: 'input_text', text: `Said in ${id}.` }],
      },
    });
    session.server({ type: 'conversation.item.added', ...write('item_1', null) });
    session.server({ type: 'conversation.item.added', ...write('item_2', 'item_1') });
    const effects = ['conversation.item.added', 'conversation.item.done'].flatMap((type) =>
      session.server({ type, ...write('item_0', null) }),
    );
    expect(notices(effects, 'transcript')).toMatchObject([{ itemId: 'item_0', text: 'Said in item_0.' }]);
  });

  it('keeps the place of what another client writes beside a picture', () => {
    const session = new SessionDriver().ready();
    const content = [
      { type: 'input_image', image_url: 'data:image/png;base64,AAAA' },
      { type: 'input_text', text: 'What is this?' },
    ];
    const shown = { id: 'item_w', type: 'message', role: 'user', status: 'completed', content };
    session.server({ type: 'conversation.item.added', previous_item_id: null, item: shown });
    session.server({ type: 'conversation.item.done', previous_item_id: null, item: shown });
    expect(textOf(session, 'item_w')).toBe('What is this?');
  });

  it('is not told of the turns that a connection is given of the conversation so far', () => {
    const session = new SessionDriver().ready();
    const turn = {
      type: 'conversation.item.added',
      previous_item_id: null,
      item: {
        id: 'item_h',
        type: 'message',
        role: 'user',
        status: 'completed',
        content: [{ type: 'input_audio' }],
      },
    };
    session.server(turn);
    const content = [{ type: 'input_text', text: '[unintelligible]' }];
    const effects = session.server({ ...turn, item: { ...turn.item, content } });
    expect(notices(effects, 'transcript')).toEqual([]);
  });

  it('is not told of an item that a response which is over had', () => {
    const session = answering();
    session.on({ type: 'user.interrupt' });
    const effects = session.server({ type: 'conversation.item.done', item: item('Whole.') });
    expect(notices(effects, 'transcript')).toEqual([]);
  });

  it('is no answer when its item belongs to no response', () => {
    const session = new SessionDriver().ready();
    const effects = session.server({
      type: 'conversation.item.done',
      previous_item_id: null,
      item: item('From before.'),
    });
    expect(notices(effects, 'transcript')).toEqual([]);
    expect(textOf(session)).toBe('From before.');
  });
});

describe('a text of several parts', () => {
  it('keeps what was written of one part when another ends', () => {
    const session = answering();
    added(session);
    const write = (content_index: number, delta: string) =>
      session.server({ type: 'response.output_text.delta', ...place, content_index, delta });
    write(0, 'Spo');
    write(1, 'Written.');
    session.server({ type: 'response.output_text.done', ...place, content_index: 1, text: 'Written.' });
    write(0, 'ken.');
    session.done('resp_1');
    expect(textOf(session)).toBe('Spoken. Written.');
  });
});
