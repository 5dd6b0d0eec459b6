import {
  createXaiDialect,
  type InboundMessage,
  type JsonObject,
  type SessionUpdate,
  type TransportClose,
  type WireDialect,
  type XaiConversation,
} from '@antiphon/core';
import { describe, expect, it } from 'vitest';

function sent(session: SessionUpdate): unknown {
  const { frames = [] } = createXaiDialect().send({ type: 'session.update', session, event_id: 'e' });
  return frames.map((frame) => JSON.parse(frame) as unknown);
}

describe('the dialect of xAI', () => {
  it('has turns and the voice beside the sound, and has what is said kept for another connection', () => {
    const format = { type: 'audio/pcm', rate: 24_000 } as const;
    const turn_detection = { type: 'server_vad', silence_duration_ms: 500 } as const;
    expect(
      sent({
        type: 'realtime',
        instructions: 'Help.',
        audio: { input: { format, turn_detection }, output: { format, voice: 'ara' } },
      }),
    ).toEqual([
      {
        type: 'session.update',
        event_id: 'e',
        session: {
          instructions: 'Help.',
          voice: 'ara',
          turn_detection,
          audio: { input: { format }, output: { format } },
          resumption: { enabled: true },
        },
      },
    ]);
  });

  it('says that no turns are to be found, and nothing of sound that is not spoken of', () => {
    expect(sent({ type: 'realtime', audio: { input: { turn_detection: null }, output: {} } })).toEqual([
      {
        type: 'session.update',
        event_id: 'e',
        session: { turn_detection: null, resumption: { enabled: true } },
      },
    ]);
  });

  it('tells in pieces what was heard so far, and leaves what was heard otherwise to the whole text', () => {
    const dialect = createXaiDialect();
    const hear = (item_id: unknown, transcript: unknown) =>
      dialect.receive(
        JSON.stringify({
          type: 'conversation.item.input_audio_transcription.updated',
          event_id: 'e',
          item_id,
          transcript,
        }),
      ).messages;
    const piece = (item_id: string, delta: string) => [
      {
        kind: 'event',
        event: {
          type: 'conversation.item.input_audio_transcription.delta',
          item_id,
          content_index: 0,
          delta,
        },
      },
    ];
    expect(hear('item_1', 'Good')).toEqual(piece('item_1', 'Good'));
    expect(hear('item_1', 'Good morn')).toEqual(piece('item_1', ' morn'));
    expect(hear('item_1', 'Good mourning')).toEqual(piece('item_1', ''));
    expect(hear('item_1', 'Good morning')).toEqual(piece('item_1', 'ing'));
    expect(hear('item_2', 'Good')).toEqual(piece('item_2', 'Good'));
    expect(hear('item_2', null)).toMatchObject([{ event: { type: 'unknown' } }]);
  });

  it('asks a server that does not keep what is said for no more than the settings', () => {
    const dialect = createXaiDialect();
    dialect.send({ type: 'session.update', session: { type: 'realtime', instructions: 'Help.' } });
    const refusal = (param: string) => JSON.stringify({ type: 'error', error: { type: 'x', param } });
    expect(dialect.receive(refusal('session.instructions')).messages).toHaveLength(1);
    const { frames, messages } = dialect.receive(refusal('session.resumption'));
    expect(messages).toBeUndefined();
    expect(frames?.map((frame) => JSON.parse(frame) as unknown)).toEqual([
      { type: 'session.update', session: { instructions: 'Help.' } },
    ]);
    expect(dialect.receive(refusal('session.resumption')).messages).toHaveLength(1);
  });

  it('is the GA dialect in all else', () => {
    const dialect = createXaiDialect();
    expect(dialect.send({ type: 'response.create' })).toEqual({ frames: ['{"type":"response.create"}'] });
    const frame = '{"type":"ping","timestamp":1}';
    expect(dialect.receive(frame).messages).toMatchObject([{ kind: 'event', event: { type: 'unknown' } }]);
  });
});

const say = (dialect: WireDialect, event: JsonObject): readonly InboundMessage[] =>
  dialect.receive(JSON.stringify(event)).messages ?? [];

const message = (id: string, role: 'user' | 'assistant', text: string) => ({
  id,
  type: 'message',
  role,
  status: 'completed',
  content: [{ type: 'text', text }],
});

const added = (item: JsonObject) => ({ type: 'conversation.item.added', item });
const begun = (id: string) => ({ type: 'conversation.created', conversation: { id } });

function give(dialect: WireDialect, role: 'user' | 'assistant', text: string, id = 'item_again_1') {
  const type = role === 'user' ? ('input_text' as const) : ('output_text' as const);
  const item = { id, type: 'message', role, content: [{ type, text }] };
  return dialect.send({ type: 'conversation.item.create', item } as Parameters<WireDialect['send']>[0]);
}

/** Talks over a connection, and tells where another one can go on. */
function talk(end: TransportClose, ...events: readonly JsonObject[]) {
  const places: (XaiConversation | undefined)[] = [];
  const dialect = createXaiDialect({ onLeft: (place) => places.push(place) });
  for (const event of events) say(dialect, event);
  dialect.closed?.(end);
  return places[0];
}

const broken: TransportClose = { code: 1006, reason: '' };
const call = {
  id: 'c',
  type: 'function_call',
  name: 'f',
  call_id: 'call_1',
  arguments: '{}',
  status: 'completed',
};

describe('a conversation that xAI takes up on another connection', () => {
  const place = talk(
    broken,
    begun('conv_1'),
    added(message('u1', 'user', 'Hello.')),
    added({ ...message('a1', 'assistant', ''), status: 'in_progress' }),
    {
      type: 'response.output_audio_transcript.done',
      response_id: 'r',
      item_id: 'a1',
      transcript: 'Good day to you.',
    },
    added({ id: 'u2', type: 'message', role: 'user', content: [{ type: 'input_audio', transcript: null }] }),
    { type: 'response.output_item.done', response_id: 'r', item: call },
    added({ ...message('u3', 'user', 'Never mind.') }),
    { type: 'conversation.item.deleted', item_id: 'u3' },
  );

  function resumed(id = 'conv_1') {
    const places: (XaiConversation | undefined)[] = [];
    const dialect = createXaiDialect({
      ...(place !== undefined && { resume: place }),
      onLeft: (next) => places.push(next),
    });
    const told = say(dialect, begun(id));
    return { dialect, places, told };
  }

  it('is known by its items', () => {
    expect(place).toEqual({
      id: 'conv_1',
      items: [
        { id: 'u1', key: 'user', text: 'Hello.' },
        { id: 'a1', key: 'assistant', text: 'Good day to you.' },
        { id: 'u2', key: 'user', text: '' },
        { id: 'c', key: 'function_call call_1', text: '' },
      ],
    });
  });

  it('is not told of what it has, under names of its own, and is not given it', () => {
    const { dialect } = resumed();
    expect(say(dialect, added(message('x', 'assistant', 'Good day to you.')))).toEqual([]);
    expect(say(dialect, { type: 'session.updated', session: {} })).toHaveLength(1);
    const known = give(dialect, 'user', 'Hello.');
    expect(known.frames).toBeUndefined();
    expect(known.messages).toMatchObject([
      { event: { type: 'conversation.item.added', item: { id: 'item_again_1', status: 'completed' } } },
      { event: { type: 'conversation.item.done' } },
    ]);
    // Of an answer that was cut, what was heard is its beginning; sound may have no words.
    expect(give(dialect, 'assistant', 'Good day').frames).toBeUndefined();
    expect(give(dialect, 'user', '[unintelligible]').frames).toBeUndefined();
    const again = {
      id: 'item_again_4',
      type: 'function_call',
      name: 'f',
      call_id: 'call_1',
      arguments: '{}',
    };
    const output = { id: 'item_out_5', type: 'function_call_output', call_id: 'call_1', output: '42' };
    const create = (item: object) =>
      dialect.send({ type: 'conversation.item.create', item } as Parameters<WireDialect['send']>[0]);
    expect(create(again).frames).toBeUndefined();
    expect(create(output).frames).toHaveLength(1);
    expect(give(dialect, 'user', 'What now?').frames).toHaveLength(1);
  });

  it('tells who said it, and takes words that the server never wrote down for what it heard', () => {
    const { dialect } = resumed();
    say(dialect, { type: 'session.updated', session: {} });
    expect(give(dialect, 'assistant', 'Hello.').frames).toHaveLength(1);
    expect(give(dialect, 'user', 'Hello.').frames).toBeUndefined();
    expect(give(dialect, 'user', 'Really?').frames).toBeUndefined();
  });

  it('is known whole when this connection breaks too', () => {
    const { dialect, places } = resumed();
    say(dialect, { type: 'session.updated', session: {} });
    say(dialect, added(message('u9', 'user', 'Still there?')));
    dialect.closed?.(broken);
    expect(places[0]?.items).toEqual([
      ...(place?.items ?? []),
      { id: 'u9', key: 'user', text: 'Still there?' },
    ]);
  });

  it('takes what is said again for said again', () => {
    const { dialect } = resumed();
    say(dialect, { type: 'session.updated', session: {} });
    dialect.send({ type: 'response.create' });
    expect(give(dialect, 'user', 'Hello.').frames).toHaveLength(1);
    expect(say(dialect, added(message('n', 'user', 'Hello.')))).toHaveLength(1);
  });

  it('is given whole where the server begins another', () => {
    const { dialect, places } = resumed('conv_2');
    say(dialect, { type: 'session.updated', session: {} });
    expect(give(dialect, 'user', 'Hello.').frames).toHaveLength(1);
    dialect.closed?.(broken);
    expect(places).toEqual([{ id: 'conv_2', items: [] }]);
  });

  it.each([
    ['a connection that breaks', broken, place, broken],
    [
      'a key that is not taken',
      { code: 1006, reason: 'x', status: 401 },
      place,
      { code: 1006, reason: 'x', status: 401 },
    ],
    ['a refusal', { code: 4000, reason: 'no such conversation' }, undefined, { code: 1012, reason: '' }],
    ['a refused upgrade', { code: 1006, reason: 'x', status: 404 }, undefined, { code: 1012, reason: '' }],
  ] as const)('after %s', (_of, close, next, told) => {
    const places: (XaiConversation | undefined)[] = [];
    const dialect = createXaiDialect({
      ...(place !== undefined && { resume: place }),
      onLeft: (left) => places.push(left),
    });
    expect(dialect.closed?.(close)).toEqual(told);
    expect(places).toEqual([next]);
  });
});
