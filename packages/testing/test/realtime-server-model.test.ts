import { int16ToBytes, mulawEncode } from '@antiphon/audio';
import { type ClientEvent, encodeBase64, type JsonObject, ServerEventSchema } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import { RealtimeServerModel, type RealtimeServerModelOptions } from '../src/model/realtime-server-model.ts';
import { joined, silence, speechLike } from '../src/signals.ts';
import { VirtualClock } from '../src/virtual-clock.ts';

/** A client of a model, without a socket. */
function connect(model: RealtimeServerModel, clock: VirtualClock) {
  const events: JsonObject[] = [];
  const closes: number[] = [];
  const conversation = model.converse({
    send: (event) => events.push(event),
    close: (code) => closes.push(code),
  });
  const send = (...sent: readonly ClientEvent[]): void => {
    for (const event of sent) {
      conversation.receive(event);
    }
  };
  const types = (): unknown[] => events.map((event) => event['type']);
  const errors = (): unknown[] =>
    events.filter(({ type }) => type === 'error').map(({ error }) => (error as JsonObject)['code']);
  const hear = (samples: Int16Array): void => {
    for (let start = 0; start < samples.length; start += 2400) {
      const audio = encodeBase64(int16ToBytes(samples.subarray(start, start + 2400)));
      send({ type: 'input_audio_buffer.append', audio });
    }
  };
  return { clock, conversation, events, closes, send, types, errors, hear };
}

function modelOf(options: RealtimeServerModelOptions = {}) {
  const clock = new VirtualClock();
  const model = new RealtimeServerModel({ clock, ...options });
  return { model, clock, connect: () => connect(model, clock) };
}

const sampleRateHz = 24_000;
const speech = (durationMs: number) => speechLike({ durationMs, sampleRateHz });
const quiet = (durationMs: number) => silence({ durationMs, sampleRateHz });
const say = (text: string, id?: string): ClientEvent => ({
  type: 'conversation.item.create',
  item: {
    ...(id !== undefined && { id }),
    type: 'message',
    role: 'user',
    content: [{ type: 'input_text', text }],
  },
});
const create: ClientEvent = { type: 'response.create' };
const session = (input: object): ClientEvent =>
  ({ type: 'session.update', session: { type: 'realtime', audio: { input } } }) as ClientEvent;

describe('answers of the model', () => {
  it('speaks as the hosted service does, event by event', () => {
    const { clock, model, connect: dial } = modelOf();
    model.when({ said: 'hello' }).says('Hello there.', { ms: 250 });
    const client = dial();
    client.send(say('Hello!'), create);
    clock.advance(1000);
    expect(client.types()).toEqual([
      'session.created',
      'conversation.item.added',
      'conversation.item.done',
      'response.created',
      'response.output_item.added',
      'conversation.item.added',
      'response.content_part.added',
      'response.output_audio_transcript.delta',
      'response.output_audio.delta',
      'response.output_audio_transcript.delta',
      'response.output_audio.delta',
      'response.output_audio.delta',
      'response.output_audio.done',
      'response.output_audio_transcript.done',
      'response.content_part.done',
      'conversation.item.done',
      'response.output_item.done',
      'response.done',
      'rate_limits.updated',
    ]);
    for (const event of client.events) {
      expect(ServerEventSchema.safeParse(event).success).toBe(true);
    }
    expect(client.conversation.items).toMatchObject([
      { role: 'user', text: 'Hello!', madeBy: 'client' },
      { role: 'assistant', text: 'Hello there.', audioMs: 250, keptMs: undefined, status: 'completed' },
    ]);
    expect(clock.pendingMs).toEqual([]);
  });

  it('takes time in proportion to what it says', () => {
    const { clock, model, connect: dial } = modelOf({ pace: 2, thinkMs: 100 });
    model.otherwise().says('one two three four');
    const { send, conversation } = dial();
    send(say('Count.'), create);
    clock.advance(99);
    expect(conversation.items).toHaveLength(1);
    clock.advance(301);
    expect(conversation.activeResponses).toMatchObject([{ audioMs: 700 }]);
    clock.advance(300);
    expect(conversation.activeResponses).toEqual([]);
    expect(conversation.items[1]?.audioMs).toBe(1200);
  });

  it.each<[string, object, string]>([
    ['text', { output_modalities: ['text'] }, 'response.output_text.delta'],
    ['sound', {}, 'response.output_audio.delta'],
  ])('answers in %s when asked to', (_name, params, type) => {
    const { clock, connect: dial } = modelOf();
    const { send, types } = dial();
    send({ type: 'response.create', response: params } as ClientEvent);
    clock.advance(5000);
    expect(types()).toContain(type);
  });

  it.each<[string, (model: RealtimeServerModel) => unknown, object]>([
    [
      'a failure',
      (model) => model.otherwise().fails('rate_limit_exceeded'),
      {
        status: 'failed',
        status_details: { type: 'failed', error: { code: 'rate_limit_exceeded' } },
        output: [],
      },
    ],
    [
      'an incomplete answer',
      (model) => model.otherwise().answers({ says: 'On and on', incomplete: 'max_output_tokens' }),
      { status: 'incomplete', status_details: { reason: 'max_output_tokens' } },
    ],
    [
      'a call after words',
      (model) => model.otherwise().answers({ says: 'Let me see.', calls: [{ name: 'look' }] }),
      {
        status: 'completed',
        output: [{ type: 'message' }, { type: 'function_call', name: 'look', arguments: '{}' }],
      },
    ],
    [
      'several calls',
      (model) => model.otherwise().calls({ name: 'a', arguments: { n: 1 } }, { name: 'b', arguments: '{' }),
      {
        output: [
          { name: 'a', arguments: '{"n":1}' },
          { name: 'b', arguments: '{' },
        ],
      },
    ],
    [
      'what a function finds',
      (model) => model.otherwise().answers(({ said, turn }) => ({ types: `${turn}: ${said}` })),
      { output: [{ content: [{ type: 'output_text', text: '1: Go.' }] }] },
    ],
  ])('ends with %s', (_name, script, response) => {
    const { clock, model, connect: dial } = modelOf();
    script(model);
    const { send, events } = dial();
    send(say('Go.'), create);
    clock.advance(10_000);
    expect(events.findLast(({ type }) => type === 'response.done')).toMatchObject({ response });
  });

  it('goes by what was said, the turn, outputs and instructions, and by the first rule that may', () => {
    const { clock, model, connect: dial } = modelOf({ hears: ['what is the weather', 'thanks'] });
    model
      .when({ instructions: 'greet' })
      .says('Welcome.')
      .when({ output: 'get_weather' })
      .says('Nine degrees.')
      .when({ said: /WEATHER/i }, 1)
      .calls({ name: 'get_weather', callId: 'call_w' })
      .when({ turn: 2 })
      .says('You are welcome.');
    const client = dial();
    const answer = () => {
      clock.advance(5000);
      return client.conversation.items.at(-1)?.text;
    };
    client.send({ type: 'response.create', response: { instructions: 'Greet the caller.' } });
    expect(answer()).toBe('Welcome.');
    client.hear(joined(speech(500), quiet(300)));
    clock.advance(5000);
    client.send(
      {
        type: 'conversation.item.create',
        item: { type: 'function_call_output', call_id: 'call_w', output: '9' },
      },
      create,
    );
    expect(answer()).toBe('Nine degrees.');
    client.hear(joined(speech(500), quiet(300)));
    expect(answer()).toBe('You are welcome.');
    client.send(say('weather'), create);
    expect(answer()).toBe('All right.');
  });
});

describe('turns of the user', () => {
  it('are found by their sound, and answered', () => {
    const { clock, connect: dial } = modelOf({ hears: ['Good morning.'] });
    const client = dial();
    client.send(session({ transcription: { model: 'whisper-1' } }));
    client.hear(joined(quiet(500), speech(600), quiet(300)));
    clock.advance(5000);
    const [started] = client.conversation.sentOf('input_audio_buffer.speech_started');
    const [committed] = client.conversation.sentOf('input_audio_buffer.committed');
    expect(started).toMatchObject({ audio_start_ms: 200 });
    expect(client.conversation.sentOf('input_audio_buffer.speech_stopped')).toMatchObject([
      { audio_end_ms: 1300, item_id: started?.['item_id'] },
    ]);
    expect(committed).toMatchObject({ item_id: started?.['item_id'], previous_item_id: null });
    expect(client.conversation.sentOf('conversation.item.input_audio_transcription.completed')).toMatchObject(
      [{ transcript: 'Good morning.', item_id: started?.['item_id'] }],
    );
    expect(client.conversation.items).toMatchObject([
      { role: 'user', part: 'input_audio' },
      { role: 'assistant' },
    ]);
    expect(client.conversation.heard).toEqual({ ms: 1400, bytes: 67_200 });
  });

  it.each([
    [{ turn_detection: null }, 0, 0],
    [{ turn_detection: { type: 'server_vad', create_response: false } }, 1, 0],
    [{ turn_detection: { type: 'server_vad', silence_duration_ms: 900 } }, 0, 0],
    [{ turn_detection: { type: 'semantic_vad' } }, 1, 1],
  ])('are found and answered as %j says', (input, turns, answers) => {
    const { clock, connect: dial } = modelOf();
    const client = dial();
    client.send(session(input));
    client.hear(joined(speech(500), quiet(600)));
    clock.advance(5000);
    expect(client.conversation.items.filter(({ role }) => role === 'user')).toHaveLength(turns);
    expect(client.conversation.items.filter(({ role }) => role === 'assistant')).toHaveLength(answers);
  });

  it('are committed by hand, unless there is too little', () => {
    const { connect: dial } = modelOf();
    const client = dial();
    client.send(session({ turn_detection: null }));
    client.hear(speech(99));
    client.send({ type: 'input_audio_buffer.commit' });
    expect(client.errors()).toEqual(['input_audio_buffer_commit_empty']);
    client.hear(speech(1));
    client.send({ type: 'input_audio_buffer.commit' });
    expect(client.conversation.items).toHaveLength(1);
    client.hear(speech(200));
    client.send({ type: 'input_audio_buffer.clear' }, { type: 'input_audio_buffer.commit' });
    expect(client.errors()).toHaveLength(2);
  });

  it('may be heard as G.711', () => {
    const { clock, connect: dial } = modelOf();
    const client = dial();
    client.send(session({ format: { type: 'audio/pcmu' } }));
    const samples = joined(
      speechLike({ durationMs: 500, sampleRateHz: 8000 }),
      silence({ durationMs: 300, sampleRateHz: 8000 }),
    );
    client.send({ type: 'input_audio_buffer.append', audio: encodeBase64(mulawEncode(samples)) });
    clock.advance(100);
    expect(client.conversation.heard).toEqual({ ms: 800, bytes: 6400 });
    expect(client.conversation.items[0]).toMatchObject({ role: 'user' });
  });

  it('are forgotten when the buffer is cleared', () => {
    const { connect: dial } = modelOf();
    const client = dial();
    client.hear(speech(300));
    client.send({ type: 'input_audio_buffer.clear' });
    client.hear(quiet(1000));
    expect(client.types().slice(1)).toEqual([
      'input_audio_buffer.speech_started',
      'input_audio_buffer.cleared',
    ]);
  });

  it('mean the same when another connection hears them again, and only then', () => {
    const { clock, connect: dial } = modelOf({ hears: ['First.', 'Second.', 'Third.'] });
    const said = (client: ReturnType<typeof dial>): unknown[] =>
      client.conversation.items.flatMap(({ role, text }) => (role === 'user' ? [text] : []));
    const first = dial();
    first.hear(joined(speech(500), quiet(300)));
    first.hear(joined(speech(500), quiet(300)));
    first.conversation.end();
    const second = dial();
    second.hear(joined(quiet(100), speech(500), quiet(500)));
    second.hear(joined(speech(400), quiet(300)));
    clock.advance(5000);
    expect([said(first), said(second)]).toEqual([
      ['First.', 'Second.'],
      ['Second.', 'Third.'],
    ]);
  });

  it('time out', () => {
    const { clock, connect: dial } = modelOf();
    const client = dial();
    client.send(session({ turn_detection: { type: 'server_vad', idle_timeout_ms: 5000 } }), create);
    clock.advance(1000);
    client.hear(quiet(1000));
    clock.advance(5000);
    expect(client.types()).toContain('input_audio_buffer.timeout_triggered');
    expect(client.conversation.items.map(({ role }) => role).slice(0, 3)).toEqual([
      'assistant',
      'user',
      'assistant',
    ]);
    client.conversation.end();
    expect(clock.pendingMs).toEqual([]);
  });
});

describe('interruptions', () => {
  it('cut the answer after what was on its way', () => {
    const { clock, model, connect: dial } = modelOf({ pace: 1, cancelLagMs: 250 });
    model.otherwise().says('one two three four five six seven eight nine ten');
    const client = dial();
    client.send(create);
    clock.advance(1020);
    const before = client.conversation.sentOf('response.output_audio.delta').length;
    client.hear(speech(100));
    clock.advance(240);
    expect(client.conversation.sentOf('response.output_audio.delta').length - before).toBe(2);
    expect(client.conversation.activeResponses).toHaveLength(1);
    clock.advance(10);
    expect(client.conversation.sentOf('response.done')).toMatchObject([
      { response: { status: 'cancelled', status_details: { reason: 'turn_detected' } } },
    ]);
    expect(client.conversation.items[0]).toMatchObject({ status: 'incomplete', audioMs: 1300 });
    clock.advance(5000);
    expect(client.types().filter((type) => type === 'response.output_item.done')).toHaveLength(1);
  });

  it('do nothing when they may not', () => {
    const { clock, connect: dial } = modelOf({ pace: 1 });
    const client = dial();
    client.send(session({ turn_detection: { type: 'server_vad', interrupt_response: false } }), create);
    clock.advance(100);
    client.hear(joined(speech(300), quiet(300)));
    clock.advance(5000);
    expect(client.errors()).toEqual(['conversation_already_has_active_response']);
    expect(client.conversation.sentOf('response.done')).toMatchObject([
      { response: { status: 'completed' } },
    ]);
  });

  it.each([
    [{ type: 'response.cancel' } as ClientEvent],
    [{ type: 'response.cancel', response_id: 'resp_model_1' } as ClientEvent],
  ])('come from the client: %j', (cancel) => {
    const { clock, connect: dial } = modelOf({ pace: 1 });
    const client = dial();
    client.send(create);
    clock.advance(100);
    client.send(cancel, create);
    clock.advance(30);
    client.send({ type: 'response.cancel' });
    expect(client.errors()).toEqual([
      'conversation_already_has_active_response',
      'response_cancel_not_active',
    ]);
    expect(client.conversation.sentOf('response.done')).toMatchObject([
      { response: { status_details: { reason: 'client_cancelled' } } },
    ]);
  });

  it('leave a call with part of its arguments', () => {
    const { clock, model, connect: dial } = modelOf({ cancelLagMs: 0 });
    model.otherwise().calls({ name: 'look', arguments: { far: 'away' } });
    const client = dial();
    client.send(create);
    clock.advance(20);
    client.send({ type: 'response.cancel' });
    clock.advance(1);
    const [item] = client.conversation.items;
    expect(item).toMatchObject({ type: 'function_call', status: 'incomplete' });
    expect(() => JSON.parse(item?.arguments ?? '')).toThrow();
  });
});

describe('what may be done to items', () => {
  const output = (call_id: string): ClientEvent => ({
    type: 'conversation.item.create',
    event_id: 'mine',
    item: { type: 'function_call_output', call_id, output: '' },
  });
  const truncate = (item_id: string, audio_end_ms: number): ClientEvent => ({
    type: 'conversation.item.truncate',
    item_id,
    content_index: 0,
    audio_end_ms,
  });
  const spoken = () => {
    const { clock, model, connect: dial } = modelOf();
    model.otherwise().says('Hello.', { ms: 500 });
    const client = dial();
    client.send(say('Hi.', 'item_u'), create);
    clock.advance(1000);
    return { ...client, agentId: client.conversation.items[1]?.id ?? '' };
  };

  it.each<[string, ClientEvent, string | null]>([
    ['an item that exists', say('Hi.', 'item_u'), null],
    [
      'a place that does not',
      { ...say('x'), previous_item_id: 'nowhere' } as ClientEvent,
      'item_create_invalid_previous_item_id',
    ],
    ['an output of no call', output('call_none'), 'invalid_tool_call_id'],
    ['a cut of an unknown item', truncate('nowhere', 0), 'item_truncate_invalid_item_id'],
    ['a cut of the user', truncate('item_u', 0), 'unsupported_content_type'],
    [
      'the end of an unknown item',
      { type: 'conversation.item.delete', item_id: 'nowhere' },
      'item_delete_invalid_item_id',
    ],
    [
      'a look at an unknown item',
      { type: 'conversation.item.retrieve', item_id: 'nowhere' },
      'item_retrieve_invalid_item_id',
    ],
    ['the end of nothing', { type: 'response.cancel' }, 'response_cancel_not_active'],
    ['a flush over a WebSocket', { type: 'output_audio_buffer.clear' }, 'invalid_value'],
    [
      'another voice after sound',
      { type: 'session.update', session: { type: 'realtime', audio: { output: { voice: 'marin' } } } },
      'cannot_update_voice',
    ],
  ])('%s is refused', (_name, event, code) => {
    const client = spoken();
    client.send({ event_id: 'mine', ...event } as ClientEvent);
    expect(client.errors()).toEqual([code]);
    expect(client.events.at(-1)).toMatchObject({ error: { event_id: 'mine' } });
    expect(client.conversation.items).toHaveLength(2);
  });

  it('keeps what was heard of the agent, and no more than there was', () => {
    const client = spoken();
    client.send(truncate(client.agentId, 200));
    expect(client.conversation.items[1]?.keptMs).toBe(200);
    client.send({ type: 'conversation.item.retrieve', item_id: client.agentId });
    expect(client.events.at(-1)).toMatchObject({ item: { content: [{ transcript: null }] } });
    client.send(truncate(client.agentId, 501));
    expect(client.errors()).toEqual(['invalid_value']);
    expect(client.events.at(-2)).toMatchObject({
      error: { message: 'Audio content of 200ms is already shorter than 501ms' },
    });
    expect(client.events.at(-1)).toMatchObject({ type: 'conversation.item.truncated', audio_end_ms: 200 });
  });

  it('puts items where they belong', () => {
    const { connect: dial } = modelOf();
    const client = dial();
    const at = (id: string, previous_item_id?: string) =>
      client.send({
        ...say(id, id),
        ...(previous_item_id !== undefined && { previous_item_id }),
      } as ClientEvent);
    at('a');
    at('b');
    at('first', 'root');
    at('after a', 'a');
    at('last', '');
    expect(client.conversation.items.map(({ id }) => id)).toEqual(['first', 'a', 'after a', 'b', 'last']);
    const added = client.conversation.sentOf('conversation.item.added');
    expect(added.map((event) => event['previous_item_id'])).toEqual([null, 'a', null, 'a', 'b']);
    client.send({ type: 'conversation.item.delete', item_id: 'a' });
    expect(client.conversation.items).toHaveLength(4);
  });

  it('takes an output during a response only after it', () => {
    const { clock, model, connect: dial } = modelOf();
    model.otherwise().answers({ calls: [{ name: 'look', callId: 'call_1' }, { name: 'go' }] });
    const client = dial();
    client.send(create);
    clock.advance(21);
    client.send(output('call_1'));
    expect(client.conversation.items.some(({ type }) => type === 'function_call_output')).toBe(false);
    clock.advance(1000);
    expect(client.types().slice(-2)).toEqual(['conversation.item.added', 'conversation.item.done']);
    expect(client.conversation.items.at(-1)).toMatchObject({ callId: 'call_1', name: 'look' });
  });

  it('answers beside the conversation', () => {
    const { clock, model, connect: dial } = modelOf({ pace: 1 });
    model.when({ instructions: 'sum up' }).says('A sum.').otherwise().says('A long answer of many words.');
    const client = dial();
    client.send(create, {
      type: 'response.create',
      response: {
        conversation: 'none',
        instructions: 'Sum up.',
        output_modalities: ['text'],
        metadata: { a: 'b' },
      },
    });
    expect(client.conversation.activeResponses).toHaveLength(2);
    clock.advance(5000);
    expect(client.errors()).toEqual([]);
    expect(client.conversation.items).toHaveLength(1);
    expect(client.conversation.sentOf('response.done')[0]).toMatchObject({
      response: { conversation_id: null, metadata: { a: 'b' }, output: [{ content: [{ text: 'A sum.' }] }] },
    });
    expect(client.conversation.sentOf('conversation.item.added')).toHaveLength(1);
  });
});

describe('bad manners', () => {
  it('forgets requests', () => {
    const { clock, connect: dial } = modelOf({ dropsCreates: 1 });
    const client = dial();
    client.send(create);
    clock.advance(1000);
    expect(client.types()).toEqual(['session.created']);
    client.send(create);
    expect(client.types().at(-1)).toBe('response.created');
  });

  it('never agrees to settings, though it keeps to them', () => {
    const { connect: dial } = modelOf({ neverAgrees: true });
    const client = dial();
    client.send(session({ turn_detection: null }));
    expect(client.types()).toEqual(['session.created']);
    expect(client.conversation.session).toMatchObject({ audio: { input: { turn_detection: null } } });
  });

  it('says nothing after it has begun', () => {
    const { clock, model, connect: dial } = modelOf();
    model.otherwise().answers({ hangs: true });
    const client = dial();
    client.send(create);
    clock.advance(60_000);
    expect(client.types().at(-1)).toBe('response.created');
    client.send({ type: 'response.cancel' });
    clock.advance(30);
    expect(client.conversation.activeResponses).toEqual([]);
  });

  it('ends a session when its time is over', () => {
    const { clock, connect: dial } = modelOf({ expiresAfterMs: 2000, pace: 0.1 });
    const client = dial();
    client.send(create);
    clock.advance(2000);
    expect(client.errors()).toEqual(['session_expired']);
    expect(client.closes).toEqual([1001]);
    expect([client.conversation.isOver, clock.pendingMs]).toEqual([true, []]);
    client.send(create);
    expect(client.types().at(-1)).toBe('error');
  });
});

describe('long runs', () => {
  it('keep no sound when told not to', () => {
    const { clock, connect: dial } = modelOf({ forgetsAudio: true });
    const client = dial();
    client.hear(joined(speech(500), quiet(300)));
    clock.advance(2000);
    expect(client.types()).toContain('response.output_audio.delta');
    expect(client.conversation.sentOf('response.output_audio.delta')).toEqual([]);
    expect(client.conversation.received).toEqual([]);
    expect(client.conversation.heard.ms).toBe(800);
  });
});

describe('settings', () => {
  it('are merged, detections as a whole', () => {
    const { connect: dial } = modelOf();
    const client = dial();
    client.send(session({ turn_detection: { type: 'server_vad', threshold: 0.9 } }));
    client.send({ type: 'session.update', session: { type: 'realtime', instructions: '', tools: [] } });
    expect(client.events.at(-1)).toMatchObject({
      type: 'session.updated',
      session: {
        instructions: '',
        audio: {
          input: { turn_detection: { threshold: 0.9, silence_duration_ms: 200, create_response: true } },
          output: { voice: 'alloy' },
        },
      },
    });
  });

  it('may change the voice until it was heard', () => {
    const { connect: dial } = modelOf();
    const client = dial();
    client.send({
      type: 'session.update',
      session: { type: 'realtime', audio: { output: { voice: 'marin' } } },
    });
    expect(client.errors()).toEqual([]);
    expect(client.conversation.session).toMatchObject({ audio: { output: { voice: 'marin' } } });
  });

  it('are of one connection, the script and the turns of all', () => {
    const { clock, model, connect: dial } = modelOf();
    model.when({ turn: 2 }).says('Second.');
    const first = dial();
    first.send(session({ turn_detection: null }), say('One.'), create);
    clock.advance(1000);
    first.conversation.end();
    const second = dial();
    second.send(say('Two.'), create);
    clock.advance(1000);
    expect(second.conversation.items.at(-1)?.text).toBe('Second.');
    expect(second.conversation.session).not.toMatchObject({ audio: { input: { turn_detection: null } } });
    expect(model.conversations).toEqual([first.conversation, second.conversation]);
    expect(model.conversation).toBe(second.conversation);
    expect(second.conversation.received.map(({ event, atMs }) => [event.type, atMs])).toEqual([
      ['conversation.item.create', 1000],
      ['response.create', 1000],
    ]);
  });
});
