import { describe, expect, it } from 'vitest';
import type { ClientEvent } from '../../src/protocol/client-events.ts';
import { gaDialect } from '../../src/protocol/ga-dialect.ts';
import { type DialectLimits, limitDialect } from '../../src/protocol/limited-dialect.ts';
import type { SettingPath } from '../../src/protocol/setting-paths.ts';

const none: DialectLimits = { rejectsSettings: [], rejectsEvents: [], neverSends: [] };

function limited(limits: Partial<DialectLimits>) {
  const dialect = limitDialect(gaDialect, { ...none, ...limits });
  const told = (messages: ReturnType<typeof dialect.open>['messages'] = []) =>
    messages.map((message) => (message.kind === 'event' ? message.event : message));
  return {
    opened: () => told(dialect.open().messages),
    sent: (event: ClientEvent) => {
      const { frames = [], messages } = dialect.send(event);
      return { frames: frames.map((frame) => JSON.parse(frame) as unknown), told: told(messages) };
    },
    heard: (event: object) => told(dialect.receive(JSON.stringify(event)).messages),
    dialect,
  };
}

const typed: Extract<ClientEvent, { type: 'conversation.item.create' }>['item'] = {
  type: 'message',
  role: 'user',
  content: [{ type: 'input_text', text: 'Hi' }],
};

const session = {
  type: 'realtime',
  instructions: 'Help.',
  parallel_tool_calls: true,
  audio: {
    input: {
      format: { type: 'audio/pcm', rate: 24_000 },
      transcription: { model: 'w', language: 'en' },
      noise_reduction: null,
      turn_detection: { type: 'semantic_vad', eagerness: 'low', create_response: true },
    },
    output: { voice: { id: 'v' }, speed: 1.2 },
  },
} as const;

describe('a setting that a server does not take', () => {
  function update(paths: readonly SettingPath[]) {
    const [frame] = limited({ rejectsSettings: paths }).sent({ type: 'session.update', session }).frames;
    return (frame as { session: typeof session }).session;
  }

  it.each<[SettingPath[], object]>([
    [[], session],
    [['parallel_tool_calls'], { ...session, parallel_tool_calls: undefined }],
    [['audio.output.speed'], { ...session, audio: { ...session.audio, output: { voice: { id: 'v' } } } }],
    [['audio.output.voice.id'], { ...session, audio: { ...session.audio, output: { speed: 1.2 } } }],
    [['audio.output.voice', 'audio.output.speed'], { ...session, audio: { input: session.audio.input } }],
    [
      ['audio.input.noise_reduction', 'audio.input.transcription.language'],
      {
        ...session,
        audio: {
          ...session.audio,
          input: {
            format: session.audio.input.format,
            transcription: { model: 'w' },
            turn_detection: session.audio.input.turn_detection,
          },
        },
      },
    ],
    [
      ['audio.input.turn_detection.semantic_vad'],
      {
        ...session,
        audio: {
          ...session.audio,
          input: { ...session.audio.input, turn_detection: { type: 'server_vad', create_response: true } },
        },
      },
    ],
  ])('is left out: %j', (paths, expected) => {
    expect(update(paths)).toEqual(JSON.parse(JSON.stringify(expected)));
  });

  it('is left out of single responses too, and null stays where it means something', () => {
    const { sent } = limited({ rejectsSettings: ['max_output_tokens', 'audio.output.voice'] });
    const response = { max_output_tokens: 5, audio: { output: { voice: 'x' } }, metadata: null };
    expect(sent({ type: 'response.create', response }).frames).toEqual([
      { type: 'response.create', response: { metadata: null } },
    ]);
    expect(sent({ type: 'response.create' }).frames).toEqual([{ type: 'response.create' }]);
  });

  it('is not replaced by null', () => {
    const { frames } = limited({}).sent({
      type: 'conversation.item.create',
      item: typed,
      previous_item_id: null,
    });
    expect(frames).toEqual([{ type: 'conversation.item.create', item: typed }]);
  });
});

describe('an event that a server does not take', () => {
  it('is not sent and counts as done', () => {
    const { sent } = limited({ rejectsEvents: ['conversation.item.truncate', 'input_audio_buffer.commit'] });
    const cut = { item_id: 'i', content_index: 0, audio_end_ms: 90 };
    expect(sent({ type: 'conversation.item.truncate', ...cut, event_id: 'e1' })).toEqual({
      frames: [],
      told: [{ type: 'conversation.item.truncated', ...cut }],
    });
    expect(sent({ type: 'input_audio_buffer.commit', event_id: 'e2' })).toMatchObject({
      frames: [],
      told: [{ type: 'error', error: { code: 'input_audio_buffer_commit_empty', event_id: 'e2' } }],
    });
    expect(sent({ type: 'response.cancel' }).frames).toHaveLength(1);
  });
});

describe('what a server never sends', () => {
  it('is said when the connection opens, and when the settings are sent', () => {
    const { opened, sent, heard } = limited({ neverSends: ['session.created', 'session.updated'] });
    expect(opened()).toMatchObject([{ type: 'session.created' }]);
    const { frames, told } = sent({ type: 'session.update', session });
    expect(frames).toHaveLength(1);
    expect(told).toMatchObject([{ type: 'session.updated', session: { instructions: 'Help.' } }]);
    expect(heard({ type: 'session.updated', session: {} })).toEqual([]);
  });

  it('is said of the items of the client, in their order', () => {
    const { sent, heard } = limited({ neverSends: ['conversation.item.added', 'conversation.item.done'] });
    heard({ type: 'input_audio_buffer.committed', item_id: 'spoken' });
    expect(sent({ type: 'conversation.item.create', item: { ...typed, id: 'a' } }).told).toMatchObject([
      { type: 'conversation.item.added', previous_item_id: 'spoken', item: { id: 'a', status: 'completed' } },
      { type: 'conversation.item.done', previous_item_id: 'spoken', item: { id: 'a' } },
    ]);
    expect(sent({ type: 'conversation.item.create', item: { ...typed, id: 'b' } }).told).toMatchObject([
      { previous_item_id: 'a' },
      {},
    ]);
    expect(
      sent({ type: 'conversation.item.create', item: { ...typed, id: 'c' }, previous_item_id: 'root' }).told,
    ).toMatchObject([{ previous_item_id: null }, {}]);
    expect(heard({ type: 'conversation.item.added', item: { ...typed, id: 'a' } })).toEqual([]);
    expect(heard({ type: 'conversation.item.added', item: { ...typed, id: 'other' } })).toHaveLength(1);
  });

  it('is said when a turn is over: at its end, at its item, or at once', () => {
    const spoken = { type: 'message', role: 'user', content: [{ type: 'input_audio' }], id: 'u' };
    const detected = limited({ neverSends: ['input_audio_buffer.committed'] });
    expect(
      detected.heard({ type: 'input_audio_buffer.speech_stopped', item_id: 'u', audio_end_ms: 9 }),
    ).toMatchObject([
      { type: 'input_audio_buffer.speech_stopped' },
      { type: 'input_audio_buffer.committed', item_id: 'u' },
    ]);
    expect(detected.heard({ type: 'conversation.item.added', item: spoken })).toHaveLength(1);

    const manual = limited({ neverSends: ['input_audio_buffer.committed'] });
    expect(manual.sent({ type: 'input_audio_buffer.commit' }).told).toEqual([]);
    expect(manual.heard({ type: 'conversation.item.added', item: spoken })).toMatchObject([
      { type: 'input_audio_buffer.committed', item_id: 'u', previous_item_id: null },
      { type: 'conversation.item.added' },
    ]);

    const silent = limited({ neverSends: ['input_audio_buffer.committed', 'conversation.item.added'] });
    expect(silent.sent({ type: 'input_audio_buffer.commit' }).told).toMatchObject([
      { type: 'input_audio_buffer.committed', item_id: 'item_local_1' },
    ]);
  });

  it.each<[ClientEvent, string]>([
    [{ type: 'conversation.item.delete', item_id: 'i' }, 'conversation.item.deleted'],
    [{ type: 'input_audio_buffer.clear' }, 'input_audio_buffer.cleared'],
    [{ type: 'output_audio_buffer.clear' }, 'output_audio_buffer.cleared'],
    [
      { type: 'conversation.item.truncate', item_id: 'i', content_index: 0, audio_end_ms: 0 },
      'conversation.item.truncated',
    ],
  ])('is said to %j', (event, type) => {
    const { sent } = limited({ neverSends: [type as 'conversation.item.deleted'] });
    const { frames, told } = sent(event);
    expect(frames).toEqual([event]);
    expect(told).toMatchObject([{ type }]);
    expect(limited({}).sent(event).told).toEqual([]);
  });
});

it('passes events it does not know, such as the ping of some servers', () => {
  expect(limited({}).heard({ type: 'ping', timestamp: 1 })).toMatchObject([
    { type: 'unknown', rawType: 'ping' },
  ]);
});
