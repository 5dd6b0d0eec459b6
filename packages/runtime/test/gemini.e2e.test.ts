// Conversations with Gemini Live over real sockets.
import { existsSync, readFileSync } from 'node:fs';
import type { AntiphonError, AudioSource, JsonObject } from '@antiphon/core';
import { type GeminiPeer, parseRecording, readGeminiFrame } from '@antiphon/testing';
import { defineTool, type Tool } from '@antiphon/tools';
import { describe, expect, it } from 'vitest';
import { geminiCall } from './support/gemini-call.ts';

const recordings = new URL('../../../../shared/data/recordings/', import.meta.url);

interface Content {
  readonly outputTranscription?: { readonly text?: string };
  readonly modelTurn?: { readonly parts?: readonly { readonly inlineData?: { readonly data: string } }[] };
}

function recorded(name: string) {
  const file = new URL(`${name}.yaml`, recordings);
  return existsSync(file) ? parseRecording(readFileSync(file, 'utf8'), name) : undefined;
}

const round = recorded('gemini-live-tool-call-round');

describe.skipIf(round === undefined)('a recorded session (skipped without shared/data/recordings)', () => {
  const steps = round?.steps ?? [];
  const received = steps.flatMap((step) => (step.kind === 'received' ? [step.raw] : []));
  const sent = steps.flatMap((step) => (step.kind === 'sent' ? [step.raw] : []));

  it('was held with messages that the strict server takes', () => {
    for (const message of sent) expect(readGeminiFrame(JSON.stringify(message))).toMatchObject({ ok: true });
  });

  it('drives the session to the same words, calls, sound and history', async () => {
    const record = defineTool({
      name: 'record_reading',
      description: 'Store the supplied sensor value.',
      input: {
        type: 'object',
        properties: { zqx_measurement: { type: 'integer' }, qbf_note: { type: ['string', 'null'] } },
        required: ['zqx_measurement'],
      },
      execute: () => Promise.resolve('Recorded 5 (steady).'),
    }) as Tool;
    const { server, start } = await geminiCall({
      instructions: 'Use record_reading when asked to record a reading, then confirm it in one sentence.',
      agent: 'tools: [record_reading]',
      tools: [record],
    });
    const playing = server.playRecording(round ?? { name: '', steps: [] });
    const call = await start();
    call.session.sendText('Please record a reading of 5 with the note "steady".');
    const [peer] = await playing;
    await call.until('the end', () => call.of('response_done').length === 2 && call.session.settled);

    const contents = received.flatMap(
      ({ serverContent }) => (serverContent ?? []) as unknown as Content | [],
    );
    const text = contents.map(({ outputTranscription }) => outputTranscription?.text ?? '').join('');
    const sound = Buffer.concat(
      contents
        .flatMap(({ modelTurn }) => modelTurn?.parts ?? [])
        .flatMap(({ inlineData }) => (inlineData ? [Buffer.from(inlineData.data, 'base64')] : [])),
    );
    expect(text).toBe('I have recorded a reading of 5 with the note "steady."');
    expect(call.words).toEqual([
      'user: Please record a reading of 5 with the note "steady".',
      'record_reading({"zqx_measurement":5,"qbf_note":"steady"})',
      '-> Recorded 5 (steady).',
      `agent: ${text}`,
    ]);
    const agentItem = call.session.history.at(-1)?.id ?? '';
    expect(Buffer.from(call.bytesOf(agentItem))).toEqual(sound.subarray(0, sound.length & ~1));
    expect(call.of('tool_settled')).toMatchObject([
      { name: 'record_reading', outcome: { status: 'completed' } },
    ]);
    expect(call.of('response_done').map(({ status, usage }) => [status, usage?.total_tokens])).toEqual([
      ['completed', undefined],
      ['completed', 1370],
    ]);
    expect(call.of('response_done')[1]?.usage).toMatchObject({
      input_tokens: 1267,
      output_tokens: 103,
      input_token_details: { text_tokens: 1267 },
      output_token_details: { text_tokens: 22, audio_tokens: 81 },
    });

    expect(peer?.refusal).toBeUndefined();
    expect(peer?.leftOver).toEqual([]);
    expect(peer?.story).toEqual(['setup', 'clientContent', 'toolResponse']);
    const asked = sent.map((message) => {
      const read = readGeminiFrame(JSON.stringify(message));
      return read.ok ? read.message : undefined;
    });
    expect(peer?.received[0]).toMatchObject(asked[0] ?? {});
    expect(peer?.received.slice(1)).toEqual(asked.slice(1));
  });
});

/** The model's voice: so many milliseconds of it. */
function voice(ms: number, level = 1): JsonObject {
  const data = Buffer.from(new Int16Array(ms * 24).fill(level).buffer).toString('base64');
  return {
    serverContent: { modelTurn: { parts: [{ inlineData: { mimeType: 'audio/pcm;rate=24000', data } }] } },
  };
}

const said = (text: string): JsonObject => ({ serverContent: { outputTranscription: { text } } });
const heard = (text: string): JsonObject => ({ serverContent: { inputTranscription: { text } } });
const generated: JsonObject = { serverContent: { generationComplete: true } };
const over: JsonObject = { serverContent: { turnComplete: true } };
const interrupted: JsonObject = { serverContent: { interrupted: true } };

/** A whole answer of the model. */
function answer(peer: GeminiPeer, text: string): void {
  for (const message of [said(text), voice(20), generated, over]) peer.send(message);
}

/** A microphone that gives what it is told to. */
class HandSource implements AudioSource {
  readonly sampleRateHz = 24_000;
  readonly kind = 'live';
  #waiting: ((samples: Int16Array | undefined) => void) | undefined;
  readonly #ready: Int16Array[] = [];

  give(samples: Int16Array): void {
    if (this.#waiting === undefined) this.#ready.push(samples);
    else this.#waiting(samples);
  }

  async *frames(signal: AbortSignal): AsyncGenerator<Int16Array> {
    signal.addEventListener('abort', () => this.#waiting?.(undefined), { once: true });
    while (!signal.aborted) {
      const samples =
        this.#ready.shift() ??
        (await new Promise<Int16Array | undefined>((resolve) => {
          this.#waiting = resolve;
        }));
      this.#waiting = undefined;
      if (samples === undefined) return;
      yield samples;
    }
  }
}

function slow(name: string): { readonly tool: Tool; readonly end: (output: string) => void } {
  let end: (output: string) => void = () => {};
  const promise = new Promise<string>((resolve) => {
    end = resolve;
  });
  const tool = defineTool({
    name,
    description: `The ${name} tool.`,
    input: { type: 'object', properties: {} },
    execute: () => promise,
  }) as Tool;
  return { tool, end: (output) => end(output) };
}

describe('a spoken turn', () => {
  it('is heard at 16 kHz, written down, and answered byte for byte', async () => {
    const source = new HandSource();
    const { server, start } = await geminiCall({ source });
    const peers = server.nextPeer();
    const starting = start();
    const peer = await peers;
    await peer.agree();
    const call = await starting;
    const tone = Int16Array.from({ length: 24_000 }, (_, at) => Math.round(8000 * Math.sin(at / 8)));
    source.give(tone);
    await peer.expect('audio');
    peer.send(heard('What time'));
    peer.send(heard(' is it?'));
    await call.until('speech', () => call.of('speech_started').length === 1);
    answer(peer, 'It is noon.');
    await call.until('the answer', () => call.session.settled && call.of('response_done').length === 1);
    expect(call.words).toEqual(['user: What time is it?', 'agent: It is noon.']);
    // A second of sound less what the resampler still holds.
    const samples = peer.audio.byteLength / 2;
    expect(samples).toBeGreaterThan(15_900);
    expect(samples).toBeLessThanOrEqual(16_000);
    expect([...call.bytesOf(call.session.history.at(-1)?.id ?? '')].filter((_, at) => at % 2 === 0)).toEqual(
      new Array(480).fill(1),
    );
    expect(peer.story).toEqual(['setup', 'audio']);
    expect(peer.refusal).toBeUndefined();
  });

  it('cuts the agent short: what was heard is known, and nothing more is played', async () => {
    const source = new HandSource();
    const { server, start } = await geminiCall({ source });
    const peers = server.nextPeer();
    const starting = start();
    const peer = await peers;
    await peer.agree();
    const call = await starting;
    call.session.sendText('Tell me a story.');
    await peer.expect('clientContent');
    peer.send(said('Once upon a time'));
    peer.send(voice(100));
    await call.until('a voice', () => call.of('audio_started').length === 1);
    for (const message of [interrupted, over, heard('Stop.')]) peer.send(message);
    await call.until('the cut', () => call.of('response_done').length === 1);
    expect(call.of('response_done')).toMatchObject([{ status: 'cancelled' }]);
    expect(call.sink.flushes).toBe(1);
    answer(peer, 'I stop.');
    await call.until('the answer', () => call.of('response_done').length === 2 && call.session.settled);
    expect(call.words).toEqual([
      'user: Tell me a story.',
      'agent: Once upon a time',
      'user: Stop.',
      'agent: I stop.',
    ]);
    expect(peer.refusal).toBeUndefined();
  });

  it('is ended by the application where it says so', async () => {
    const source = new HandSource();
    const { server, start } = await geminiCall({ source, agent: 'turn_detection: { type: push_to_talk }' });
    const peers = server.nextPeer();
    const starting = start();
    const peer = await peers;
    await peer.agree();
    const call = await starting;
    call.session.startTurn();
    source.give(new Int16Array(4800).fill(100));
    await peer.expect('activityStart');
    await peer.expect('audio');
    call.session.commit();
    await peer.expect('activityEnd');
    peer.send(heard('Hello.'));
    answer(peer, 'Good day.');
    await call.until('the answer', () => call.of('response_done').length === 1 && call.session.settled);
    expect(call.words).toEqual(['user: Hello.', 'agent: Good day.']);
    // Pressing the button while the agent speaks cuts it.
    call.session.sendText('Go on.');
    await peer.expect('clientContent');
    peer.send(said('And'));
    peer.send(voice(50));
    await call.until('a voice', () => call.of('audio_started').length === 2);
    call.session.startTurn();
    source.give(new Int16Array(4800).fill(100));
    await peer.expect('activityStart');
    for (const message of [voice(50), interrupted, over]) peer.send(message);
    call.session.commit();
    await peer.expect('activityEnd');
    answer(peer, 'Yes?');
    await call.until('the end', () => call.of('response_done').length === 3 && call.session.settled);
    expect(call.of('response_done').map(({ status }) => status)).toEqual([
      'completed',
      'cancelled',
      'completed',
    ]);
    expect(peer.refusal).toBeUndefined();
    expect(peer.leftOver).toEqual([]);
  });
});

describe('tools', () => {
  it('two calls at once run side by side and are answered together', async () => {
    const [one, two] = [slow('one'), slow('two')];
    const { server, start } = await geminiCall({ agent: 'tools: ["*"]', tools: [one.tool, two.tool] });
    const peers = server.nextPeer();
    const starting = start();
    const peer = await peers;
    await peer.agree();
    const call = await starting;
    call.session.sendText('Do both.');
    await peer.expect('clientContent');
    peer.send({
      toolCall: {
        functionCalls: [
          { id: 'function-call-1', name: 'one', args: {} },
          { id: 'function-call-2', name: 'two', args: {} },
        ],
      },
    });
    await call.until('both', () => call.of('tool_started').length === 2);
    two.end('second');
    await call.until('the second', () => call.of('tool_settled').length === 1);
    one.end('first');
    const { toolResponse } = await peer.expect('toolResponse');
    expect(toolResponse.functionResponses).toEqual([
      { id: 'function-call-2', name: 'two', response: { output: 'second' } },
      { id: 'function-call-1', name: 'one', response: { output: 'first' } },
    ]);
    answer(peer, 'Done.');
    await call.until('the answer', () => call.of('response_done').length === 2 && call.session.settled);
    expect(call.words).toEqual([
      'user: Do both.',
      'one({})',
      'two({})',
      '-> second',
      '-> first',
      'agent: Done.',
    ]);
    expect(peer.refusal).toBeUndefined();
    expect(peer.leftOver).toEqual([]);
  });
});

describe('calls that the server takes back', () => {
  it('are never answered; one whose tool says so is stopped, another goes on and is told of in words', async () => {
    const kept = slow('kept');
    let stopped: () => void = () => {};
    const isStopped = new Promise<void>((resolve) => {
      stopped = resolve;
    });
    const cut = defineTool({
      name: 'cut',
      description: 'The cut tool.',
      input: { type: 'object', properties: {} },
      onInterrupt: 'cancel',
      execute: (_input, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            stopped();
            reject(new Error('stopped'));
          });
        }),
    }) as Tool;
    const { server, start } = await geminiCall({ agent: 'tools: ["*"]', tools: [kept.tool, cut] });
    const peers = server.nextPeer();
    const starting = start();
    const peer = await peers;
    await peer.agree();
    const call = await starting;
    call.session.sendText('Do both.');
    await peer.expect('clientContent');
    peer.send({
      toolCall: {
        functionCalls: [
          { id: 'function-call-1', name: 'kept', args: {} },
          { id: 'function-call-2', name: 'cut', args: {} },
        ],
      },
    });
    await call.until('both', () => call.of('tool_started').length === 2);
    peer.send({ toolCallCancellation: { ids: ['function-call-1', 'function-call-2'] } });
    await isStopped;
    await call.until('the end of one', () => call.of('tool_settled').length === 1);
    peer.send(heard('Never mind.'));
    answer(peer, 'All right.');
    await call.until('an answer', () => call.of('response_done').length === 2);
    kept.end('done');
    await call.until('the end of the other', () => call.of('tool_settled').length === 2);
    expect(JSON.stringify(await peer.expect('clientContent'))).toContain(
      'The function kept was called with {} and returned: done',
    );
    answer(peer, 'By the way, it is done.');
    await call.until('the end', () => call.of('response_done').length === 3 && call.session.settled);
    expect(call.of('tool_settled').map(({ name, outcome }) => [name, outcome.status])).toEqual([
      ['cut', 'cancelled'],
      ['kept', 'completed'],
    ]);
    expect(peer.received.filter((message) => 'toolResponse' in message)).toEqual([]);
    expect(peer.refusal).toBeUndefined();
  });
});

describe('a conversation that outlasts its connection', () => {
  it.each([
    ['older', 'gemini-2.5-flash-native-audio-preview-09-2025', false],
    ['newer', 'gemini-3.8-live', true],
  ] as const)('begins with what was said before: %s models', async (_, model, isAtOnce) => {
    const { server, start } = await geminiCall({
      provider: `api_key: k, model: ${model}`,
      history: [
        { kind: 'message', role: 'user', text: 'My name is Ann.' },
        { kind: 'message', role: 'agent', text: 'Hello Ann.' },
      ],
    });
    const first = server.nextPeer();
    const starting = start();
    const peer = await first;
    await peer.agree();
    const call = await starting;
    call.session.sendText('Who am I?');
    expect((await peer.expect('clientContent')).clientContent).toEqual({
      turns: [
        { role: 'user', parts: [{ text: 'My name is Ann.' }] },
        { role: 'model', parts: [{ text: 'Hello Ann.' }] },
      ],
      turnComplete: isAtOnce,
    });
    const asked = isAtOnce
      ? (await peer.expect('text')).realtimeInput
      : (await peer.expect('clientContent')).clientContent;
    expect(asked).toEqual(
      isAtOnce
        ? { text: 'Who am I?' }
        : { turns: [{ role: 'user', parts: [{ text: 'Who am I?' }] }], turnComplete: true },
    );
    answer(peer, 'Ann.');
    await call.until('the answer', () => call.of('response_done').length === 1 && call.session.settled);
    expect(peer.refusal).toBeUndefined();
    expect(call.words).toHaveLength(4);
  });

  it('goes on where the server left off, and is given only what the server does not know', async () => {
    const { server, start } = await geminiCall();
    const first = server.nextPeer();
    const starting = start();
    const peer = await first;
    await peer.agree();
    const call = await starting;
    call.session.sendText('My name is Ann.');
    await peer.expect('clientContent');
    answer(peer, 'Hello Ann.');
    await call.until('the answer', () => call.of('response_done').length === 1 && call.session.settled);
    peer.send({ sessionResumptionUpdate: { newHandle: 'handle-1', resumable: true } });
    call.session.sendText('I live in Rome.');
    await peer.expect('clientContent');
    answer(peer, 'In Rome.');
    await call.until('the answer', () => call.of('response_done').length === 2 && call.session.settled);
    const second = server.nextPeer();
    peer.reset();
    const next = await second;
    const setup = await next.agree();
    expect(setup).toMatchObject({ setup: { sessionResumption: { handle: 'handle-1' } } });
    await call.until('back', () => call.of('connection_changed').length === 1);
    call.session.sendText('Who am I?');
    const contents = [await next.expect('clientContent'), await next.expect('clientContent')];
    expect(contents.map(({ clientContent }) => clientContent)).toEqual([
      {
        turns: [
          { role: 'user', parts: [{ text: 'I live in Rome.' }] },
          { role: 'model', parts: [{ text: 'In Rome.' }] },
        ],
        turnComplete: false,
      },
      { turns: [{ role: 'user', parts: [{ text: 'Who am I?' }] }], turnComplete: true },
    ]);
    answer(next, 'Ann of Rome.');
    await call.until('the answer', () => call.of('response_done').length === 3 && call.session.settled);
    expect(next.leftOver).toEqual([]);
    expect(next.refusal).toBeUndefined();
    expect(call.words.at(-1)).toBe('agent: Ann of Rome.');
  });

  it('is given whole where the server does not let it go on', async () => {
    const { server, start } = await geminiCall();
    const first = server.nextPeer();
    const starting = start();
    const peer = await first;
    await peer.agree();
    const call = await starting;
    call.session.sendText('My name is Ann.');
    await peer.expect('clientContent');
    answer(peer, 'Hello Ann.');
    await call.until('the answer', () => call.of('response_done').length === 1 && call.session.settled);
    peer.send({ sessionResumptionUpdate: { newHandle: 'stale', resumable: true } });
    peer.send({ goAway: {} });
    const second = await server.nextPeer();
    expect(await second.expect('setup')).toMatchObject({ setup: { sessionResumption: { handle: 'stale' } } });
    second.close(1008, 'Session handle is not valid.');
    const third = await server.nextPeer();
    expect(await third.agree()).toMatchObject({ setup: { sessionResumption: {} } });
    await call.until('moved', () => call.of('connection_changed').length === 1);
    call.session.sendText('Who am I?');
    expect((await third.expect('clientContent')).clientContent).toEqual({
      turns: [
        { role: 'user', parts: [{ text: 'My name is Ann.' }] },
        { role: 'model', parts: [{ text: 'Hello Ann.' }] },
      ],
      turnComplete: false,
    });
    answer(third, 'Ann.');
    await call.until('the answer', () => call.of('response_done').length === 2 && call.session.settled);
  });

  it('leaves a server that goes away, at the end of what is being said', async () => {
    const { server, start } = await geminiCall();
    const first = server.nextPeer();
    const starting = start();
    const peer = await first;
    await peer.agree();
    const call = await starting;
    call.session.sendText('Hello.');
    await peer.expect('clientContent');
    peer.send(said('Good'));
    peer.send(voice(20));
    peer.send({ goAway: { timeLeft: '50s' } });
    const next = await server.nextPeer();
    await next.agree();
    peer.send(said(' day.'));
    peer.send(generated);
    peer.send(over);
    await call.until('moved', () => call.of('connection_changed').length === 1);
    expect(call.of('connection_changed')).toMatchObject([{ why: 'rollover' }]);
    expect((await peer.closed).code).toBe(1000);
    expect(call.words).toEqual(['user: Hello.', 'agent: Good day.']);
  });

  it('leaves it in the midst of things when there is no more time', async () => {
    const { server, start } = await geminiCall();
    const first = server.nextPeer();
    const starting = start();
    const peer = await first;
    await peer.agree();
    const call = await starting;
    call.session.sendText('Hello.');
    await peer.expect('clientContent');
    peer.send(said('Good'));
    peer.send(voice(20));
    peer.send({ goAway: { timeLeft: '0.2s' } });
    const next = await server.nextPeer();
    await next.agree();
    await call.until('moved', () => call.of('connection_changed').length === 1);
    const contents = [await next.expect('clientContent'), await next.expect('clientContent')];
    expect(contents[1]?.clientContent.turns?.[0]?.parts[0]).toMatchObject({
      text: expect.stringContaining('cut off after: "Good"') as string,
    });
    answer(next, 'day.');
    await call.until('the answer', () => call.session.settled && call.words.at(-1) === 'agent: day.');
  });
});

describe('a recording in several connections', () => {
  it('is played to its end: a spoken turn, a drop, and a typed turn where the server left off', async () => {
    const received = (data: object) => ({ kind: 'message', direction: 'received', data });
    const sent = (data: object) => ({ kind: 'message', direction: 'sent', data });
    const sound = sent({ realtime_input: { audio: { data: 'AAAA', mime_type: 'audio/pcm;rate=16000' } } });
    const setup = (handle: object) => sent({ setup: { model: 'models/m', sessionResumption: handle } });
    const recording = parseRecording(
      JSON.stringify({
        interactions: [
          setup({}),
          received({ setupComplete: {} }),
          sound,
          sound,
          received(heard('Hel')),
          sound,
          received(heard('lo.')),
          received(said('Good day.')),
          received(voice(20)),
          sound,
          received(generated),
          received(over),
          received({ sessionResumptionUpdate: { newHandle: 'h1', resumable: true } }),
          { kind: 'close', code: 1011, reason: 'Internal error encountered.' },
          setup({ handle: 'h1' }),
          received({ setupComplete: {} }),
          sent({
            client_content: { turns: [{ role: 'user', parts: [{ text: 'And now?' }] }], turn_complete: true },
          }),
          received(said('Now, too.')),
          received(voice(20)),
          received(over),
        ],
      }),
      'spoken, dropped and typed',
    );
    const source = new HandSource();
    const { server, start } = await geminiCall({ source });
    const playing = server.playRecording(recording);
    const call = await start();
    source.give(new Int16Array(4800).fill(500));
    await call.until('back', () => call.of('connection_changed').length === 1);
    call.session.sendText('And now?');
    const peers = await playing;
    await call.until('the answer', () => call.of('response_done').length === 2 && call.session.settled);
    expect(call.words).toEqual(['user: Hello.', 'agent: Good day.', 'user: And now?', 'agent: Now, too.']);
    expect(peers.map(({ refusal, leftOver }) => [refusal, leftOver])).toEqual([
      [undefined, []],
      [undefined, []],
    ]);
    expect(peers[1]?.received[0]).toMatchObject({ setup: { sessionResumption: { handle: 'h1' } } });
  });
});

describe('several agents', () => {
  it('the other agent answers, over a connection with its own settings', async () => {
    const { server, start } = await geminiCall({
      agent: 'handoffs: [b]',
      moreAgents: '  b: { provider: google, instructions: Bill. }',
    });
    const first = server.nextPeer();
    const starting = start();
    const peer = await first;
    await peer.agree();
    const call = await starting;
    call.session.sendText('Billing, please.');
    await peer.expect('clientContent');
    peer.send({ toolCall: { functionCalls: [{ id: 'f1', name: 'transfer_to_b', args: {} }] } });
    const next = await server.nextPeer();
    expect(await next.agree()).toMatchObject({
      setup: { systemInstruction: { parts: [{ text: 'Bill.' }] } },
    });
    expect((await next.expect('clientContent')).clientContent).toEqual({
      turns: [
        { role: 'user', parts: [{ text: 'Billing, please.' }] },
        {
          role: 'user',
          parts: [{ text: '(The function transfer_to_b was called with {} and returned: {"agent":"b"})' }],
        },
      ],
      turnComplete: true,
    });
    answer(next, 'Billing here.');
    await call.until('the answer', () => call.of('response_done').length === 2 && call.session.settled);
    expect(call.session.agent).toBe('b');
    // The agent that is left is not told the outcome: it would have gone on by itself.
    expect(peer.story).toEqual(['setup', 'clientContent']);
  });

  it('new values of the instructions come with another connection', async () => {
    const { server, start } = await geminiCall({
      instructions: 'You work for {{firm}}.',
      agent: 'variables: { firm: A }',
    });
    const first = server.nextPeer();
    const starting = start();
    const peer = await first;
    await peer.agree();
    const call = await starting;
    call.session.setVariables({ firm: 'B' });
    const next = await server.nextPeer();
    expect(await next.agree()).toMatchObject({
      setup: { systemInstruction: { parts: [{ text: 'You work for B.' }] } },
    });
    await call.until('moved', () => call.of('connection_changed').length === 1);
  });
});

describe('a refusal', () => {
  it.each([['a wrong key', { apiKey: 'other' }, /API key was not accepted.*API key not valid/]])(
    'of %s is told, and the key is not',
    async (_, server, words) => {
      const { start } = await geminiCall({ server });
      const failed = await start().then(
        () => undefined,
        (error: unknown) => error as AntiphonError,
      );
      expect(failed?.code).toBe('provider.rejected');
      expect(failed?.message).toMatch(words);
      expect(JSON.stringify([failed, failed?.message, failed?.stack])).not.toContain('secret-key');
    },
  );

  it('of the settings is told in the words of the server', async () => {
    const { server, start } = await geminiCall({ provider: 'api_key: secret-key, model: nonesuch' });
    const peers = server.nextPeer();
    const starting = start().then(
      () => undefined,
      (error: unknown) => error as AntiphonError,
    );
    const peer = await peers;
    await peer.expect('setup');
    peer.close(1008, 'models/nonesuch is not found for API version v1beta');
    const failed = await starting;
    expect(failed?.code).toBe('provider.not_found');
    expect(failed?.message).toMatch(/the model is not known.*nonesuch/);
    expect(server.peers).toHaveLength(1);
  });

  it('of a connection that broke in the midst of talk is no end', async () => {
    const { server, start } = await geminiCall();
    const first = server.nextPeer();
    const starting = start();
    const peer = await first;
    await peer.agree();
    const call = await starting;
    call.session.sendText('Hello.');
    await peer.expect('clientContent');
    peer.close(1011, 'Internal error encountered.');
    const next = await server.nextPeer();
    await next.agree();
    expect((await next.expect('clientContent')).clientContent).toMatchObject({ turnComplete: true });
    answer(next, 'Good day.');
    await call.until('the answer', () => call.session.settled && call.words.length === 2);
    expect(JSON.stringify(call.logger)).not.toContain('secret-key');
  });
});

describe('the address', () => {
  it.each([
    [
      'a key',
      'api_key: k',
      '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent',
      { key: 'k' },
    ],
    [
      'a token for a short time',
      'access_token: auth_tokens/t',
      '/ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateContentConstrained',
      { access_token: 'auth_tokens/t' },
    ],
    [
      'Vertex AI',
      'model: m, vertex: { project: p, location: europe-west4, token: t }',
      '/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent',
      {},
    ],
  ])('is that of the service for %s', async (_, provider, path, query) => {
    const { server, start } = await geminiCall({ provider });
    const peers = server.nextPeer();
    const starting = start();
    const peer = await peers;
    const setup = await peer.agree();
    await starting;
    expect(peer.path).toBe(path);
    expect(Object.fromEntries(peer.query)).toEqual(query);
    if (provider.includes('vertex')) {
      expect(peer.headers.authorization).toBe('Bearer t');
      expect(setup).toMatchObject({
        setup: { model: 'projects/p/locations/europe-west4/publishers/google/models/m' },
      });
    }
  });
});
