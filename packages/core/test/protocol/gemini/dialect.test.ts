import { describe, expect, it, test } from 'vitest';
import type { GeminiResumption } from '../../../src/protocol/gemini/state.ts';
import { eventOf, Line, spoken, typesOf, voice } from './line.ts';

const manual = { ...spoken, audio: { input: { transcription: {}, turn_detection: null } } };

const spokenEnd = ['input_audio_buffer.speech_stopped', 'input_audio_buffer.committed'];
const itemAdded = ['conversation.item.added', 'conversation.item.done'];
const messageBegun = [
  'response.created',
  'response.output_item.added',
  'conversation.item.added',
  'response.content_part.added',
];
const messageEnded = [
  'response.output_audio_transcript.done',
  'response.content_part.done',
  'response.output_item.done',
  'conversation.item.done',
];
const callWhole = [
  'response.output_item.added',
  'conversation.item.added',
  'response.function_call_arguments.delta',
  'response.function_call_arguments.done',
  'response.output_item.done',
  'conversation.item.done',
];

function doneOf(said: Parameters<typeof eventOf>[0]) {
  return eventOf(said, 'response.done')['response'];
}

describe('the beginning', () => {
  it('introduces the server, holds the settings until they are there, and tells when they are agreed to', () => {
    const line = new Line();
    expect(typesOf(line.note(line.dialect.open()))).toEqual(['session.created']);
    expect(line.sound().frames).toEqual([]);
    const asked = line.client({ type: 'session.update', session: { ...spoken, instructions: 'Be kind.' } });
    expect(asked.messages).toEqual([]);
    expect(asked.frames).toMatchObject([
      {
        setup: {
          model: 'models/gemini-2.5-flash-live',
          systemInstruction: { parts: [{ text: 'Be kind.' }] },
        },
      },
    ]);
    const agreed = line.server({ setupComplete: { sessionId: 'x' } });
    expect(typesOf(agreed)).toEqual(['session.updated']);
    expect(eventOf(agreed, 'session.updated')['session']).toMatchObject({ instructions: 'Be kind.' });
  });

  it('sends nothing else before they are', () => {
    const line = new Line();
    const typed = line.type('Hello.');
    expect(typed.frames).toEqual([]);
    expect(eventOf(typed, 'error')['error']).toMatchObject({ code: 'session_not_configured' });
    line.client({ type: 'session.update', session: spoken });
    expect(line.type('Hello.').frames).toEqual([]);
  });

  it('takes settings that change nothing, and asks for another connection where they do', () => {
    const line = Line.ready();
    expect(typesOf(line.client({ type: 'session.update', session: spoken }))).toEqual(['session.updated']);
    const changed = line.client({
      type: 'session.update',
      session: { ...spoken, instructions: 'Be brief.' },
    });
    expect(typesOf(changed)).toEqual(['session.updated', 'leaving']);
    expect(changed.frames).toEqual([]);
  });

  it('refuses a format that it cannot speak, by its name', () => {
    const line = new Line();
    const session = { ...spoken, audio: { output: { format: { type: 'audio/pcmu' as const } } } };
    const said = line.client({ type: 'session.update', session, event_id: 'e1' });
    expect(eventOf(said, 'error')['error']).toMatchObject({
      param: 'session.audio.output.format.type',
      event_id: 'e1',
    });
    expect(said.frames).toEqual([]);
  });
});

describe('a typed turn', () => {
  it('is one message, and its answer a response of the usual order', () => {
    const line = Line.ready();
    const typed = line.type('Hello.');
    expect(typesOf(typed)).toEqual(itemAdded);
    expect(typed.frames).toEqual([
      { clientContent: { turns: [{ role: 'user', parts: [{ text: 'Hello.' }] }], turnComplete: true } },
    ]);
    const first = line.content({ outputTranscription: { text: 'Good' } });
    expect(typesOf(first)).toEqual([...messageBegun, 'response.output_audio_transcript.delta']);
    expect(typesOf(line.content(voice()))).toEqual(['audio']);
    expect(typesOf(line.content({ outputTranscription: { text: ' day.' } }))).toEqual([
      'response.output_audio_transcript.delta',
    ]);
    expect(typesOf(line.content({ generationComplete: true }))).toEqual(['response.output_audio.done']);
    const end = line.server({
      serverContent: { turnComplete: true },
      usageMetadata: { promptTokenCount: 5, responseTokenCount: 3, totalTokenCount: 8 },
    });
    expect(typesOf(end)).toEqual([...messageEnded, 'response.done']);
    expect(doneOf(end)).toMatchObject({
      status: 'completed',
      usage: { total_tokens: 8, input_tokens: 5, output_tokens: 3 },
      output: [{ type: 'message', status: 'completed', content: [{ transcript: 'Good day.' }] }],
    });
  });

  it('is answered in writing where the agent writes; thoughts are kept from the user', () => {
    const line = Line.ready({}, { type: 'realtime', output_modalities: ['text'] });
    line.type('Hello.');
    const parts = [{ text: 'Hm.', thought: true }, { text: 'Good day.' }];
    expect(typesOf(line.content({ modelTurn: { parts } }))).toEqual([
      ...messageBegun,
      'response.output_text.delta',
    ]);
    const end = line.content({ turnComplete: true });
    expect(doneOf(end)).toMatchObject({
      output: [{ content: [{ type: 'output_text', text: 'Good day.' }] }],
    });
  });

  it('is not sent twice when the answer is asked for again', () => {
    const line = Line.ready();
    line.type('Hello.');
    expect(line.client({ type: 'response.create' }).frames).toEqual([]);
  });

  it('goes beside the sound to newer models', () => {
    const line = Line.ready({ model: 'gemini-3.8-live' });
    expect(line.type('Hello.').frames).toEqual([{ realtimeInput: { text: 'Hello.' } }]);
  });

  it('that the model passes over is answered by a response without a word', () => {
    const line = Line.ready();
    line.type('Hello.');
    const end = line.content({ turnComplete: true });
    expect(typesOf(end)).toEqual(['response.created', 'response.done']);
  });
});

describe('a spoken turn', () => {
  it('begins with its first words and ends when the answer begins', () => {
    const line = Line.ready();
    expect(line.sound(100).frames).toMatchObject([
      { realtimeInput: { audio: { mimeType: 'audio/pcm;rate=16000' } } },
    ]);
    const first = line.content({ inputTranscription: { text: 'Good' } });
    expect(typesOf(first)).toEqual([
      'input_audio_buffer.speech_started',
      'conversation.item.input_audio_transcription.delta',
    ]);
    line.content({ inputTranscription: { text: ' day' } });
    const answer = line.content(voice());
    expect(typesOf(answer)).toEqual([...spokenEnd, ...itemAdded, ...messageBegun, 'audio']);
    expect(eventOf(answer, 'input_audio_buffer.speech_stopped')['audio_end_ms']).toBe(100);
    // Words may be late.
    line.content({ inputTranscription: { text: '!' } });
    const end = line.content({ generationComplete: true });
    expect(eventOf(end, 'conversation.item.input_audio_transcription.completed')).toMatchObject({
      item_id: eventOf(first, 'input_audio_buffer.speech_started')['item_id'],
      transcript: 'Good day!',
    });
    const over = line.content({ turnComplete: true });
    expect(typesOf(over)).not.toContain('conversation.item.input_audio_transcription.completed');
    expect(doneOf(over)).toMatchObject({ status: 'completed' });
    // The answer is the model's own: asking for it again does nothing.
    const again = line.client({ type: 'response.create' });
    expect([again.frames, typesOf(again)]).toEqual([[], ['response.created', 'response.done']]);
  });

  it('is there without words too, when sound was sent and nothing was asked for', () => {
    const line = Line.ready();
    line.sound(100);
    expect(typesOf(line.content(voice())).slice(0, 5)).toEqual([
      'input_audio_buffer.speech_started',
      ...spokenEnd,
      ...itemAdded,
    ]);
  });

  it('is not made of a noise', () => {
    const line = Line.ready();
    line.sound(100);
    expect(typesOf(line.content({ inputTranscription: { text: ' <noise>' } }))).toEqual([]);
  });

  it('cuts the agent: speech, the end of the response, and only then the end of the turn that was cut', () => {
    const line = Line.ready();
    line.type('Tell me a story.');
    line.content(voice());
    line.content({ outputTranscription: { text: 'Once upon a' } });
    const cut = line.content({ interrupted: true });
    expect(typesOf(cut)).toEqual([
      'input_audio_buffer.speech_started',
      'response.output_audio.done',
      ...messageEnded,
      'response.done',
    ]);
    expect(doneOf(cut)).toMatchObject({
      status: 'cancelled',
      status_details: { type: 'cancelled', reason: 'turn_detected' },
      output: [{ status: 'incomplete', content: [{ transcript: 'Once upon a' }] }],
    });
    expect(typesOf(line.content({ turnComplete: true }))).toEqual([]);
    const words = line.content({ inputTranscription: { text: 'Stop.' } });
    expect(eventOf(words, 'conversation.item.input_audio_transcription.delta')['item_id']).toBe(
      eventOf(cut, 'input_audio_buffer.speech_started')['item_id'],
    );
    expect(typesOf(line.content(voice())).slice(0, 2)).toEqual(spokenEnd);
  });

  it('keeps words that come beside an answer nobody spoke for, until it is known whose they are', () => {
    const line = Line.ready();
    line.type('Tell me a story.');
    line.content(voice());
    expect(typesOf(line.content({ inputTranscription: { text: 'Wait' } }))).toEqual([]);
    const cut = line.content({ interrupted: true });
    expect(eventOf(cut, 'conversation.item.input_audio_transcription.delta')['delta']).toBe('Wait');
  });

  it('drops a caption that belongs to no answer', () => {
    const line = Line.ready();
    line.type('Hello.');
    line.content(voice());
    line.content({ turnComplete: true });
    expect(typesOf(line.content({ outputTranscription: { text: 'ghost' } }))).toEqual([]);
    line.type('Again.');
    const answer = line.content(voice());
    expect(typesOf(answer)).toContain('response.output_audio_transcript.delta');
  });
});

describe('turns that the client ends', () => {
  it('begin with their first sound, end with the commit, and are answered without being asked', () => {
    const line = Line.ready({}, manual);
    expect(line.sound().frames).toMatchObject([
      { realtimeInput: { activityStart: {} } },
      { realtimeInput: {} },
    ]);
    expect(line.sound().frames).toHaveLength(1);
    const committed = line.client({ type: 'input_audio_buffer.commit' });
    expect(committed.frames).toEqual([{ realtimeInput: { activityEnd: {} } }]);
    expect(typesOf(committed)).toEqual(['input_audio_buffer.committed', ...itemAdded]);
    const asked = line.client({ type: 'response.create', response: { metadata: { a: 'b' } } });
    expect([asked.frames, asked.messages]).toEqual([[], []]);
    const words = line.content({ inputTranscription: { text: 'Hello.' } });
    expect(typesOf(words)).toEqual(['conversation.item.input_audio_transcription.delta']);
    const answer = line.content(voice());
    expect(typesOf(answer)).toEqual([...messageBegun, 'audio']);
    expect(eventOf(answer, 'response.created')['response']).toMatchObject({ metadata: { a: 'b' } });
  });

  it('are not made of nothing', () => {
    const line = Line.ready({}, manual);
    const said = line.client({ type: 'input_audio_buffer.commit', event_id: 'e' });
    expect(eventOf(said, 'error')['error']).toMatchObject({ code: 'input_audio_buffer_commit_empty' });
  });

  it('do not begin while the agent speaks, unless it is cut: what is said waits', () => {
    const line = Line.ready({}, manual);
    line.type('Tell me a story.');
    line.content(voice());
    expect(line.sound().frames).toEqual([]);
    const cut = line.client({ type: 'response.cancel' });
    expect(doneOf(cut)).toMatchObject({
      status: 'cancelled',
      status_details: { reason: 'client_cancelled' },
    });
    const kinds = line
      .sound()
      .frames.map((frame) => Object.keys((frame as { realtimeInput: object }).realtimeInput)[0]);
    expect(kinds).toEqual(['activityStart', 'audio', 'audio']);
    // What the server still says of the cut answer is dropped.
    expect(typesOf(line.content(voice()))).toEqual([]);
    expect(typesOf(line.content({ interrupted: true }))).toEqual([]);
    expect(typesOf(line.content({ turnComplete: true }))).toEqual([]);
    line.client({ type: 'input_audio_buffer.commit' });
    expect(typesOf(line.content(voice()))).toContain('response.created');
  });

  it('begin when the agent has spoken', () => {
    const line = Line.ready({}, manual);
    line.type('Hello.');
    line.content(voice());
    line.sound();
    const end = line.content({ turnComplete: true });
    expect(end.frames).toMatchObject([{ realtimeInput: { activityStart: {} } }, { realtimeInput: {} }]);
  });
});

describe('function calls', () => {
  const toolCall = {
    functionCalls: [
      { id: 'c1', name: 'one', args: { a: 1 } },
      { id: 'c2', name: 'two' },
    ],
  };

  it('end a response at once, and their outputs go when an answer is wanted', () => {
    const line = Line.ready();
    line.type('Do both.');
    const called = line.server({ toolCall });
    expect(typesOf(called)).toEqual(['response.created', ...callWhole, ...callWhole, 'response.done']);
    expect(doneOf(called)).toMatchObject({
      status: 'completed',
      output: [
        { type: 'function_call', call_id: 'c1', name: 'one', arguments: '{"a":1}', status: 'completed' },
        { type: 'function_call', call_id: 'c2', name: 'two', arguments: '{}' },
      ],
    });
    expect(line.output('c2', '"text"').frames).toEqual([]);
    expect(line.output('c1', '{"n":1}').frames).toEqual([]);
    expect(line.client({ type: 'response.create' }).frames).toEqual([
      {
        toolResponse: {
          functionResponses: [
            { id: 'c2', name: 'two', response: { output: '"text"' } },
            { id: 'c1', name: 'one', response: { output: { n: 1 } } },
          ],
        },
      },
    ]);
    const answer = line.content(voice());
    expect(typesOf(answer)).toEqual([...messageBegun, 'audio']);
  });

  it('come after what the model says before them, in the same response', () => {
    const line = Line.ready();
    line.type('Do both.');
    line.content({ outputTranscription: { text: 'I look.' } });
    const called = line.server({ toolCall });
    expect(typesOf(called)).toEqual([...messageEnded, ...callWhole, ...callWhole, 'response.done']);
  });

  it('that failed are answered as errors', () => {
    const line = Line.ready();
    line.type('Do it.');
    line.server({ toolCall: { functionCalls: [{ id: 'c1', name: 'one' }] } });
    line.output('c1', '{"error":"No."}');
    expect(line.client({ type: 'response.create' }).frames).toMatchObject([
      { toolResponse: { functionResponses: [{ response: { error: 'No.' } }] } },
    ]);
  });

  it('that are taken back are told in words', () => {
    const line = Line.ready();
    line.type('Do it.');
    line.server({ toolCall: { functionCalls: [{ id: 'c1', name: 'one', args: { a: 1 } }] } });
    expect(line.server({ toolCallCancellation: { ids: ['c1', 'c9'] } }).messages).toEqual([
      { kind: 'calls_withdrawn', callIds: ['c1'] },
    ]);
    line.output('c1', '42');
    expect(line.client({ type: 'response.create' }).frames).toEqual([
      {
        clientContent: {
          turns: [
            {
              role: 'user',
              parts: [{ text: '(The function one was called with {"a":1} and returned: 42)' }],
            },
          ],
          turnComplete: true,
        },
      },
    ]);
  });

  it('that are taken back and gave nothing are not spoken of', () => {
    const line = Line.ready();
    line.type('Do it.');
    line.server({ toolCall: { functionCalls: [{ id: 'c1', name: 'one' }] } });
    line.server({ toolCallCancellation: { ids: ['c1'] } });
    line.output('c1', '{"error":"the call of one was cancelled","code":"tool.cancelled"}');
    expect(line.client({ type: 'response.create' }).frames).toEqual([
      { clientContent: { turnComplete: true } },
    ]);
  });

  it('are not held back from a user who speaks', () => {
    const line = Line.ready();
    line.type('Do it.');
    line.server({ toolCall: { functionCalls: [{ id: 'c1', name: 'one' }] } });
    line.output('c1', '42');
    expect(line.content({ inputTranscription: { text: 'And?' } }).frames).toHaveLength(1);
    line.server({ toolCall: { functionCalls: [{ id: 'c2', name: 'two' }] } });
    line.content({ turnComplete: true });
    line.content({ inputTranscription: { text: 'Well?' } });
    expect(line.output('c2', '43').frames).toHaveLength(1);
  });

  it('are answered together, whatever is asked for before all have given something', () => {
    const line = Line.ready();
    line.type('Do both.');
    line.server({ toolCall });
    line.output('c1', '1');
    expect(line.client({ type: 'response.create' }).frames).toEqual([]);
    expect(line.content({ inputTranscription: { text: 'And?' } }).frames).toEqual([]);
    line.server({ toolCall: { functionCalls: [{ id: 'c3', name: 'three' }] } });
    const answers = (ids: readonly string[]) => [
      { toolResponse: { functionResponses: ids.map((id) => ({ id })) } },
    ];
    line.output('c3', '3');
    expect(line.client({ type: 'response.create' }).frames).toMatchObject(answers(['c3']));
    line.output('c2', '2');
    expect(line.client({ type: 'response.create' }).frames).toMatchObject(answers(['c1', 'c2']));
  });

  it('are answered without one that was taken back', () => {
    const line = Line.ready();
    line.type('Do both.');
    line.server({ toolCall });
    line.output('c1', '1');
    line.server({ toolCallCancellation: { ids: ['c2'] } });
    line.output('c2', '{"error":"the call of two was cancelled","code":"tool.cancelled"}');
    expect(line.client({ type: 'response.create' }).frames).toMatchObject([
      { toolResponse: { functionResponses: [{ id: 'c1' }] } },
    ]);
  });

  it('of an answer that was cut are refused, so that its end comes', () => {
    const line = Line.ready();
    line.type('Do it.');
    line.content(voice());
    line.client({ type: 'response.cancel' });
    const called = line.server({ toolCall: { functionCalls: [{ id: 'c1', name: 'one' }] } });
    expect(called.messages).toEqual([]);
    expect(called.frames).toMatchObject([{ toolResponse: { functionResponses: [{ id: 'c1' }] } }]);
  });

  it('without an id, or with one that the protocol does not allow, are known by another', () => {
    const line = Line.ready();
    line.type('Do it.');
    const called = line.server({
      toolCall: { functionCalls: [{ id: 'a/b', name: 'one' }, { name: 'two' }] },
    });
    const [one, two] = (doneOf(called) as { output: { call_id: string }[] }).output;
    line.output(one?.call_id ?? '', '1');
    line.output(two?.call_id ?? '', '2');
    expect(line.client({ type: 'response.create' }).frames).toMatchObject([
      { toolResponse: { functionResponses: [{ id: 'a/b', name: 'one' }, { name: 'two' }] } },
    ]);
  });

  it('let nothing be said while they run', () => {
    const line = Line.ready();
    line.type('Do it.');
    line.server({ toolCall: { functionCalls: [{ id: 'c1', name: 'one' }] } });
    const said = line.client({ type: 'response.create', response: { instructions: 'Say: one moment.' } });
    expect([said.frames, typesOf(said)]).toEqual([[], ['response.created', 'response.done']]);
  });
});

describe('requests', () => {
  it('with instructions are a turn of the user, with their metadata in the answer', () => {
    const line = Line.ready();
    const said = line.client({
      type: 'response.create',
      response: { instructions: 'Say hello.', metadata: { 'antiphon.say': 'hello' } },
    });
    expect(said.frames).toEqual([
      { clientContent: { turns: [{ role: 'user', parts: [{ text: 'Say hello.' }] }], turnComplete: true } },
    ]);
    const answer = line.content(voice());
    expect(eventOf(answer, 'response.created')['response']).toMatchObject({
      metadata: { 'antiphon.say': 'hello' },
    });
  });

  test.each([
    [{ type: 'response.create', response: { conversation: 'none' } }, 'unsupported_request'],
    [{ type: 'response.cancel' }, 'response_cancel_not_active'],
    [{ type: 'conversation.item.retrieve', item_id: 'x' }, 'item_retrieve_invalid_item_id'],
    [{ type: 'session.update', session: { type: 'transcription' } }, 'unsupported_session'],
  ] as const)('that cannot be met are refused: %j', (event, code) => {
    const said = Line.ready().client({ ...event, event_id: 'e7' });
    expect(eventOf(said, 'error')['error']).toMatchObject({ code, event_id: 'e7' });
  });

  test.each([
    [
      { type: 'conversation.item.truncate', item_id: 'x', content_index: 0, audio_end_ms: 5 },
      'conversation.item.truncated',
    ],
    [{ type: 'conversation.item.delete', item_id: 'x' }, 'conversation.item.deleted'],
    [{ type: 'input_audio_buffer.clear' }, 'input_audio_buffer.cleared'],
    [{ type: 'output_audio_buffer.clear' }, 'output_audio_buffer.cleared'],
  ] as const)('that the server has no word for are answered: %j', (event, type) => {
    const said = Line.ready().client(event);
    expect([said.frames, typesOf(said)]).toEqual([[], [type]]);
  });

  it('while an answer is under way wait their turn', () => {
    const line = Line.ready();
    line.type('Hello.');
    line.content(voice());
    const said = line.client({ type: 'response.create', event_id: 'e' });
    expect(eventOf(said, 'error')['error']).toMatchObject({
      code: 'conversation_already_has_active_response',
    });
  });

  it('for an answer that was cut are met', () => {
    const line = Line.ready();
    line.type('Hello.');
    line.content(voice());
    line.client({ type: 'response.cancel' });
    expect(line.client({ type: 'response.create' }).frames).toEqual([
      { clientContent: { turnComplete: true } },
    ]);
    expect(typesOf(line.content({ interrupted: true }))).toEqual([]);
    expect(typesOf(line.content({ turnComplete: true }))).toEqual([]);
    expect(typesOf(line.content(voice()))).toContain('response.created');
  });

  it('that interrupt what the model was about to say are no speech of the user', () => {
    const line = Line.ready();
    line.type('Hello.');
    expect(typesOf(line.content({ interrupted: true }))).toEqual([]);
    expect(typesOf(line.content({ turnComplete: true }))).toEqual([]);
  });
});

describe('a conversation that moves', () => {
  function seed(line: Line): void {
    const message = { type: 'message' as const };
    line.client({
      type: 'conversation.item.create',
      item: { ...message, id: 'i1', role: 'user', content: [{ type: 'input_text', text: 'Hello.' }] },
    });
    line.client({
      type: 'conversation.item.create',
      item: { type: 'function_call', id: 'i2', call_id: 'c1', name: 'look', arguments: '{}' },
    });
    line.client({
      type: 'conversation.item.create',
      item: { type: 'function_call_output', id: 'i3', call_id: 'c1', output: '42' },
    });
    line.client({
      type: 'conversation.item.create',
      item: {
        ...message,
        id: 'i4',
        role: 'assistant',
        content: [{ type: 'output_text', text: 'It is 42.' }],
      },
    });
  }
  const history = [
    { role: 'user', parts: [{ text: 'Hello.' }] },
    { role: 'user', parts: [{ text: '(The function look was called with {} and returned: 42)' }] },
    { role: 'model', parts: [{ text: 'It is 42.' }] },
  ];

  it('is given as turns before the first sound', () => {
    const line = Line.ready({ conversation: 'goes_on' });
    seed(line);
    expect(line.sound().frames).toMatchObject([
      { clientContent: { turns: history, turnComplete: false } },
      { realtimeInput: {} },
    ]);
    expect(line.sound().frames).toHaveLength(1);
  });

  it('is told apart from what the user says now', () => {
    const line = Line.ready({ conversation: 'goes_on' });
    seed(line);
    expect(line.type('And now?').frames).toEqual([
      { clientContent: { turns: history, turnComplete: false } },
      { clientContent: { turns: [{ role: 'user', parts: [{ text: 'And now?' }] }], turnComplete: true } },
    ]);
  });

  it('is given to newer models before anything else', () => {
    const line = Line.ready({ model: 'gemini-3.8-live', conversation: 'goes_on' });
    seed(line);
    expect(line.type('And now?').frames).toEqual([
      { clientContent: { turns: history, turnComplete: true } },
      { realtimeInput: { text: 'And now?' } },
    ]);
    expect(line.type('And then?').frames).toEqual([{ realtimeInput: { text: 'And then?' } }]);
  });

  it('goes on where the server left off, and is not given again', () => {
    const places: (GeminiResumption | undefined)[] = [];
    const line = Line.ready({ onResumable: (place) => places.push(place) });
    line.client({
      type: 'conversation.item.create',
      item: { id: 'i1', type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello.' }] },
    });
    line.client({ type: 'response.create' });
    line.server({ toolCall: { functionCalls: [{ id: 'c1', name: 'look' }] } });
    line.server({ sessionResumptionUpdate: { resumable: false } });
    line.server({ sessionResumptionUpdate: { newHandle: 'h1', resumable: true } });
    expect(places.map((place) => place?.handle)).toEqual(['h1']);
    const [resume] = places;
    const next = new Line({ conversation: 'goes_on', ...(resume && { resume }) });
    next.note(next.dialect.open());
    expect(next.client({ type: 'session.update', session: spoken }).frames).toMatchObject([
      { setup: { sessionResumption: { handle: 'h1' } } },
    ]);
    next.server({ setupComplete: {} });
    next.client({
      type: 'conversation.item.create',
      item: { id: 'i1', type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello.' }] },
    });
    const call = line.all
      .flatMap(({ messages }) => messages)
      .find((message) => message.kind === 'event' && message.event.type === 'response.output_item.done');
    const id = call?.kind === 'event' && 'item' in call.event ? call.event.item.id : '';
    next.client({
      type: 'conversation.item.create',
      item: { id, type: 'function_call', call_id: 'c1', name: 'look', arguments: '{}' },
    });
    next.output('c1', '42');
    expect(next.client({ type: 'response.create' }).frames).toEqual([
      { toolResponse: { functionResponses: [{ id: 'c1', name: 'look', response: { output: '42' } }] } },
    ]);
  });

  it('does not count on what the server has not reacted to', () => {
    const places: (GeminiResumption | undefined)[] = [];
    const line = Line.ready({ onResumable: (place) => places.push(place) });
    const typed = line.type('Hello.');
    const { id } = eventOf(typed, 'conversation.item.added')['item'] as { id: string };
    line.server({ sessionResumptionUpdate: { newHandle: 'h1', resumable: true } });
    line.content(voice());
    line.server({ sessionResumptionUpdate: { newHandle: 'h2', resumable: true } });
    expect(places.map((place) => place?.itemIds.includes(id))).toEqual([false, true]);
  });

  it('is left in time', () => {
    const said = Line.ready().server({ goAway: { timeLeft: '9.5s' } });
    expect(said.messages).toEqual([{ kind: 'leaving', leftMs: 9500 }]);
  });
});

describe('what cannot be read', () => {
  test.each([
    ['no JSON', '{'],
    ['another shape', '{"serverContent":{"turnComplete":"yes"}}'],
    ['a list', '[]'],
  ])('is told and harms nothing: %s', (_, frame) => {
    const line = Line.ready();
    expect(line.note(line.dialect.receive(frame)).messages).toMatchObject([{ kind: 'invalid' }]);
  });

  it('and what nobody knows is passed over', () => {
    expect(Line.ready().server({ somethingNew: { a: null } }).messages).toEqual([]);
  });
});

describe('the end', () => {
  const close = (code: number, reason: string) => ({ code, reason });
  test.each([
    [
      'fresh',
      1007,
      'API key not valid. Please pass a valid API key.',
      'invalid_api_key',
      1007,
      /API key was not accepted/,
    ],
    [
      'fresh',
      1008,
      'models/x is not found for API version v1beta',
      'model_not_found',
      1008,
      /model is not known/,
    ],
    ['fresh', 1007, 'Request contains an invalid argument.', undefined, 1007, /session was refused/],
    [
      'fresh',
      1007,
      'User location is not supported for the API use.',
      'unsupported_country_region_territory',
      1007,
      /not offered/,
    ],
    ['ready', 1007, 'Request contains an invalid argument.', undefined, 1012, /invalid argument/],
    ['ready', 1008, 'Operation is not implemented.', undefined, 1012, /not implemented/],
    ['ready', 1011, 'You exceeded your current quota', 'rate_limit_exceeded', 1011, /quota/],
    ['ready', 1011, 'Internal error encountered.', undefined, 1011, undefined],
    ['ready', 1006, '', undefined, 1006, undefined],
  ] as const)('of a %s connection with %i %s means %s', (phase, code, reason, sign, seen, words) => {
    const line = phase === 'fresh' ? new Line() : Line.ready();
    const read = line.dialect.closed?.(close(code, reason));
    expect([read?.code, read?.reason]).toEqual([seen, sign ?? reason]);
    if (words !== undefined) expect(read?.error?.message).toMatch(words);
    else expect(read?.error).toBeUndefined();
  });

  it('of a connection that was to go on where another left off forgets the place, and is no refusal', () => {
    const places: unknown[] = [];
    const line = new Line({
      resume: { handle: 'h', itemIds: [], calls: new Map() },
      onResumable: (place) => places.push(place),
    });
    line.client({ type: 'session.update', session: spoken });
    expect(line.dialect.closed?.(close(1008, 'Session not found.'))?.code).toBe(1012);
    expect(places).toEqual([undefined]);
  });
});

describe('words that come late', () => {
  it('are of the turn that was answered without them, for a while', () => {
    const line = Line.ready();
    line.sound(100);
    const begun = line.content(voice());
    line.content({ turnComplete: true });
    line.sound(500);
    const late = line.content({ inputTranscription: { text: 'Hello.' } });
    expect(typesOf(late)).toEqual([
      'conversation.item.input_audio_transcription.delta',
      'conversation.item.input_audio_transcription.completed',
    ]);
    expect(eventOf(late, 'conversation.item.input_audio_transcription.completed')['item_id']).toBe(
      eventOf(begun, 'input_audio_buffer.committed')['item_id'],
    );
  });

  it('are of another turn afterwards', () => {
    const line = Line.ready();
    line.sound(100);
    line.content(voice());
    line.content({ turnComplete: true });
    line.sound(2000);
    expect(typesOf(line.content({ inputTranscription: { text: 'Hello.' } }))[0]).toBe(
      'input_audio_buffer.speech_started',
    );
  });
});

test('what a server says after an early end of the turn of a call is no answer to a turn of the user', () => {
  const line = Line.ready();
  line.type('Do it.');
  line.sound(100);
  line.server({ toolCall: { functionCalls: [{ id: 'c1', name: 'one' }] } });
  line.output('c1', '1');
  line.client({ type: 'response.create' });
  expect(typesOf(line.content({ turnComplete: true }))).toEqual(['response.created', 'response.done']);
  line.sound(100);
  expect(typesOf(line.content(voice()))).toEqual([...messageBegun, 'audio']);
});

describe('words beside an answer', () => {
  const polite = {
    ...spoken,
    audio: {
      input: {
        transcription: {},
        turn_detection: { type: 'server_vad' as const, interrupt_response: false },
      },
    },
  };

  it.each([
    ['of the turn it answers', spoken, []],
    [
      'of another turn where speech does not cut the agent',
      polite,
      ['input_audio_buffer.speech_started', 'conversation.item.input_audio_transcription.delta'],
    ],
  ] as const)('are %s', (_, session, begun) => {
    const line = Line.ready({}, session);
    line.sound(100);
    line.content({ inputTranscription: { text: 'A story.' } });
    line.content(voice());
    line.sound(2000);
    line.content({ inputTranscription: { text: ' Nice.' } });
    const end = typesOf(line.content({ turnComplete: true }));
    expect(end.slice(end.indexOf('response.done') + 1)).toEqual(begun);
  });
});

test('the caption of an answer that was cut begins no other', () => {
  const line = Line.ready();
  line.type('A story.');
  line.content(voice());
  line.content({ interrupted: true });
  expect(typesOf(line.content({ outputTranscription: { text: 'and so' } }))).toEqual([]);
  line.content({ turnComplete: true });
  line.content({ inputTranscription: { text: 'Stop.' } });
  const next = line.content({ outputTranscription: { text: 'Yes.' } });
  expect(eventOf(next, 'response.output_audio_transcript.delta')['delta']).toBe('Yes.');
});
