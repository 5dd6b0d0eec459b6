import { FakeRealtimeServer, type Fault, type FaultMoment, script } from '@antiphon/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { BareClient } from './support/bare-client.ts';

let server: FakeRealtimeServer;
beforeEach(async () => {
  server = await FakeRealtimeServer.start({ timeoutMs: 2_000 });
});
afterEach(async () => {
  await server.close();
});

const create = { type: 'response.create' };

/** A client of a server that answers each response with the same speech, up to an end. */
async function talk(fault: Fault, moment?: FaultMoment) {
  server.onConnection(
    script().greets().expects('response.create').speaks({ text: 'Hello.', ms: 300 }).build(),
  );
  server.inject(fault, moment);
  const client = await new BareClient(server.url).open();
  client.send(create);
  return client;
}

async function typesUntil(client: BareClient, last: string): Promise<string[]> {
  const types: string[] = [];
  while (types.at(-1) !== last) {
    const event = (await client.read()) as { type: string };
    types.push(event.type);
  }
  return types;
}

const wholeAnswer = [
  'session.created',
  'response.created',
  'response.output_item.added',
  'conversation.item.added',
  'response.content_part.added',
  'response.output_audio_transcript.delta',
  'response.output_audio.delta',
  'response.output_audio.delta',
  'response.output_audio.delta',
  'response.output_audio.done',
  'response.output_audio_transcript.done',
  'response.content_part.done',
  'conversation.item.done',
  'response.output_item.done',
  'response.done',
];

describe('a connection that goes wrong', () => {
  it('breaks within a frame after so much sound', async () => {
    const client = await talk({ kind: 'reset', midFrame: true }, { afterAudioBytes: 9_600 });
    expect(await client.closed).toBe(1006);
    expect(client.unread.filter((frame) => frame.includes('output_audio.delta'))).toHaveLength(2);
  });

  it('closes with a code as an event passes', async () => {
    const client = await talk({ kind: 'close', code: 1011, reason: 'gone' }, { onSent: 'response.created' });
    expect(await client.closed).toBe(1011);
    expect(client.unread).toHaveLength(2);
  });

  it.each([
    [true, 1],
    [false, 0],
  ])('falls silent with its connection alive; answers pings: %s', async (answersPings, pongs) => {
    const client = await talk({ kind: 'stall', answersPings }, { onSent: 'response.created' });
    expect(await typesUntil(client, 'response.created')).toHaveLength(2);
    expect(await client.pongsWithin(100)).toBe(pongs);
    expect(client.unread).toEqual([]);
    expect(client.isOpen).toBe(true);
  });

  it.each<[string, Fault, FaultMoment | undefined, string[]]>([
    [
      'repeats a frame',
      { kind: 'duplicate' },
      { onSent: 'response.created' },
      wholeAnswer.toSpliced(2, 0, 'response.created'),
    ],
    [
      'swaps two frames',
      { kind: 'reorder' },
      { onSent: 'response.created' },
      wholeAnswer.toSpliced(1, 2, 'response.output_item.added', 'response.created'),
    ],
    [
      'loses frames',
      { kind: 'lose', frames: 2, of: 'response.output_audio.delta' },
      undefined,
      wholeAnswer.toSpliced(6, 2),
    ],
    [
      'says what nobody knows',
      { kind: 'unknown_event', event: { type: 'ping' } },
      { afterFrames: 1 },
      wholeAnswer.toSpliced(1, 0, 'ping'),
    ],
    ['writes byte by byte', { kind: 'split', bytes: 7 }, undefined, wholeAnswer],
    ['is slow', { kind: 'slow', bytesPerSecond: 1_000_000, latencyMs: 20 }, undefined, wholeAnswer],
  ])('%s', async (_name, fault, moment, expected) => {
    const client = await talk(fault, moment);
    expect(await typesUntil(client, 'response.done')).toEqual(expected);
  });

  it('sends a frame that is no JSON', async () => {
    const client = await talk({ kind: 'malformed' }, { afterFrames: 1 });
    await client.read();
    expect(await client.readText()).toBe('{"type":"response.output_audio.delta","delta":"');
    expect(await typesUntil(client, 'response.done')).toEqual(wholeAnswer.slice(1));
  });

  it('takes an event and never answers it', async () => {
    server.inject({ kind: 'ignore', of: 'session.update' });
    server.onConnection(script().agrees().build());
    const client = await new BareClient(server.url).open();
    client.send({ type: 'session.update', session: { type: 'realtime' } });
    client.send({ type: 'session.update', session: { type: 'realtime', instructions: 'Second.' } });
    expect(await client.read()).toMatchObject({ session: { instructions: 'Second.' } });
    expect(server.peers[0]?.received).toHaveLength(2);
  });

  it('goes wrong only where it was told', async () => {
    server.onConnection(script().greets().build());
    server.inject({ kind: 'close', code: 1012 }, undefined, 1);
    const first = await new BareClient(server.url).open();
    expect(await first.read()).toMatchObject({ type: 'session.created' });
    expect(await (await new BareClient(server.url).open()).closed).toBe(1012);
  });

  it('takes down when each frame came', async () => {
    server.onConnection(script().expects('input_audio_buffer.commit').waits(30).sends({ type: 'x' }).build());
    const client = await new BareClient(server.url).open();
    client.send({ type: 'input_audio_buffer.append', audio: 'AAAA' });
    client.send({ type: 'input_audio_buffer.commit' });
    await client.read();
    client.send({ type: 'response.cancel', reason: 'x' });
    await client.read();
    const frames = server.peers[0]?.frames ?? [];
    expect(frames.map(({ event }) => event?.type)).toEqual([
      'input_audio_buffer.append',
      'input_audio_buffer.commit',
      undefined,
    ]);
    expect((frames[2]?.atMs ?? 0) - (frames[1]?.atMs ?? 0)).toBeGreaterThan(25);
  });
});

describe('a server for long runs', () => {
  it('keeps no sound', async () => {
    const lasting = await FakeRealtimeServer.start({ forgetsAudio: true });
    lasting.onConnection(script().expectsAudio().sends({ type: 'x' }).build());
    const client = await new BareClient(lasting.url).open();
    client.send({ type: 'input_audio_buffer.append', audio: 'AAAA' });
    await client.read();
    client.send({ type: 'input_audio_buffer.append', audio: 'AAAA' });
    client.send({ type: 'ping' });
    await client.read();
    const [peer] = lasting.peers;
    expect([peer?.received, peer?.frames.length]).toEqual([[], 1]);
    await lasting.close();
  });
});

describe('an upgrade that goes wrong', () => {
  const answerTo = (url: string) =>
    new Promise<{ status: number; retryAfter: string | undefined; body: string }>((resolve) => {
      const socket = new WebSocket(url);
      socket.on('error', () => {});
      socket.on('unexpected-response', (_request, response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => {
          body += chunk.toString();
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'], body }),
        );
      });
    });

  it('is refused with words and a time to come back, as often as told', async () => {
    server.rejectUpgrades({ status: 429, body: '{"error":"busy"}', retryAfterSeconds: 2, times: 1 });
    expect(await answerTo(server.url)).toEqual({ status: 429, retryAfter: '2', body: '{"error":"busy"}' });
    const client = await new BareClient(server.url).open();
    expect(client.isOpen).toBe(true);
  });

  it('comes late', async () => {
    server.delayUpgrades(50);
    const begun = performance.now();
    await new BareClient(server.url).open();
    expect(performance.now() - begun).toBeGreaterThan(45);
  });

  it('never comes', async () => {
    server.delayUpgrades(Number.POSITIVE_INFINITY);
    const client = new BareClient(server.url);
    expect(await client.pongsWithin(50)).toBe(0);
    expect(client.isOpen).toBe(false);
  });
});

describe('the dialect', () => {
  const preview = (version: string) => `${server.origin}/openai/realtime?api-version=${version}&deployment=d`;
  const flat = { type: 'session.update', session: { turn_detection: null } };

  it.each([
    ['a preview path', () => new BareClient(preview('2025-04-01-preview'))],
    ['the beta header', () => new BareClient(server.url, [], { 'OpenAI-Beta': 'realtime=v1' })],
    ['the beta protocol', () => new BareClient(server.url, ['realtime', 'openai-beta.realtime-v1'])],
  ])('is the beta one for %s', async (_name, connect) => {
    server.onConnection(script().greets().agrees().speaks({ text: 'Hi.', ms: 100 }).build());
    const client = await connect().open();
    expect(await client.read()).not.toHaveProperty('session.type');
    client.send(flat);
    expect(await client.read()).toMatchObject({ session: { turn_detection: null, temperature: 0.8 } });
    expect((await typesUntil(client, 'response.done')).filter((type) => /created|audio/.test(type))).toEqual([
      'response.created',
      'conversation.item.created',
      'response.audio_transcript.delta',
      'response.audio.delta',
      'response.audio.done',
      'response.audio_transcript.done',
    ]);
    expect(server.peers[0]?.received).toEqual([
      {
        type: 'session.update',
        session: { type: 'realtime', audio: { input: { turn_detection: null } } },
      },
    ]);
  });

  it('refuses what the other one says, and what an older server does not know', async () => {
    const nested = { type: 'session.update', session: { type: 'realtime' } };
    const early = { type: 'response.create', response: { metadata: {} } };
    const beta = await new BareClient(preview('2024-10-01-preview')).open();
    beta.send(nested);
    expect(await beta.read()).toMatchObject({ error: { param: 'session.type' } });
    beta.send(early);
    expect(await beta.read()).toMatchObject({ error: { param: 'response.metadata' } });
    const ga = await new BareClient(server.url).open();
    ga.send(flat);
    expect(await ga.read()).toMatchObject({ error: { param: 'session.type' } });
  });

  it('is what the server was told to speak', async () => {
    const beta = await FakeRealtimeServer.start({ dialect: { beta: '2024-12' } });
    const client = await new BareClient(beta.url).open();
    client.send({ type: 'conversation.item.retrieve', item_id: 'i' });
    expect(await client.read()).toMatchObject({ error: { param: 'type' } });
    await beta.close();
  });
});

describe('what strict servers refuse', () => {
  const session = (members: object) => ({
    type: 'session.update',
    session: { type: 'realtime', ...members },
  });
  it.each<[string, object, string, string]>([
    ['a null instruction', session({ instructions: null }), 'invalid_type', 'session.instructions'],
    ['null tools', session({ tools: null }), 'invalid_type', 'session.tools'],
    ['a null tool choice', session({ tool_choice: null }), 'invalid_type', 'session.tool_choice'],
    ['null sound', session({ audio: null }), 'invalid_type', 'session.audio'],
    [
      'a null format',
      session({ audio: { input: { format: null } } }),
      'invalid_type',
      'session.audio.input.format',
    ],
    [
      'a null voice',
      session({ audio: { output: { voice: null } } }),
      'invalid_type',
      'session.audio.output.voice',
    ],
    [
      'a null in detection',
      session({ audio: { input: { turn_detection: { type: 'server_vad', threshold: null } } } }),
      'invalid_type',
      'session.audio.input.turn_detection.threshold',
    ],
    ['a null model', session({ model: null }), 'invalid_type', 'session.model'],
    ['a null response', { type: 'response.create', response: null }, 'invalid_type', 'response'],
    ['a null identifier', { type: 'response.cancel', response_id: null }, 'invalid_type', 'response_id'],
    ['a null event_id', { type: 'response.cancel', event_id: null }, 'invalid_type', 'event_id'],
    [
      'a null call',
      {
        type: 'conversation.item.create',
        item: { type: 'function_call', name: 'f', arguments: '', call_id: null },
      },
      'invalid_type',
      'item.call_id',
    ],
    [
      'a strict tool',
      session({ tools: [{ type: 'function', name: 'f', strict: true }] }),
      'unknown_parameter',
      'session.tools[0].strict',
    ],
    ['an echoed id', session({ id: 'sess_1' }), 'unknown_parameter', 'session.id'],
    ['a ping', { type: 'ping' }, 'invalid_value', 'type'],
  ])('%s', async (_name, event, code, param) => {
    const client = await new BareClient(server.url).open();
    client.send(event);
    expect(await client.read()).toMatchObject({ type: 'error', error: { code, param } });
    expect(server.peers[0]?.received).toEqual([]);
  });

  it('but not the nulls that mean something', async () => {
    const client = await new BareClient(server.url).open();
    client.send(
      session({
        tracing: null,
        prompt: null,
        audio: { input: { turn_detection: null, transcription: null, noise_reduction: null } },
      }),
    );
    client.send({ type: 'response.create', response: { metadata: null } });
    client.send({ type: 'ping' });
    await client.read();
    expect(server.peers[0]?.received).toHaveLength(2);
  });
});

describe('a script', () => {
  it('holds a conversation, and may be used again', async () => {
    server.onConnection(
      script()
        .greets()
        .expectsAudio()
        .callsTools({ name: 'clock', arguments: { zone: 'UTC' }, callId: 'call_1' }, { name: 'echo' })
        .expects('conversation.item.create')
        .speaks({ text: 'Nine.', ms: 150 })
        .closes(1000, 'bye')
        .build(),
    );
    const responses = new Set<unknown>();
    for (let run = 0; run < 2; run++) {
      const client = await new BareClient(server.url).open();
      client.send({ type: 'input_audio_buffer.append', audio: 'AAAA' });
      const calls = await typesUntil(client, 'response.done');
      expect(calls.filter((type) => type === 'response.function_call_arguments.done')).toHaveLength(2);
      const item = { type: 'function_call_output', call_id: 'call_1', output: '9' };
      client.send({ type: 'conversation.item.create', item });
      const spoken = await typesUntil(client, 'response.done');
      expect(spoken.filter((type) => type === 'response.output_audio.delta')).toHaveLength(2);
      expect(await client.closed).toBe(1000);
      for (const event of client.seen as { type: string; response?: { id: string } }[]) {
        responses.add(event.response?.id);
      }
    }
    responses.delete(undefined);
    expect(responses.size).toBe(4);
  });
});
