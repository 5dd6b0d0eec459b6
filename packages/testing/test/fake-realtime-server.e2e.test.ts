import { existsSync, readFileSync } from 'node:fs';
import type { JsonObject } from '@antiphon/core';
import { FakeRealtimeServer, parseRecording, type Recording, type RecordingStep } from '@antiphon/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BareClient } from './support/bare-client.ts';

const folder = new URL('../../../../shared/data/recordings/', import.meta.url);

let server: FakeRealtimeServer;
beforeEach(async () => {
  server = await FakeRealtimeServer.start({ timeoutMs: 2_000 });
});
afterEach(async () => {
  await server.close();
});

function recorded(name: string): Recording {
  return parseRecording(readFileSync(new URL(`${name}.yaml`, folder), 'utf8'), name);
}

describe('a scripted server', () => {
  it('tells how the client asked, and picks the protocol browsers need', async () => {
    const arrival = server.nextPeer();
    const client = await new BareClient(
      `${server.url}?model=gpt-x`,
      ['openai-insecure-api-key.k', 'realtime'],
      { 'x-test': '1' },
    ).open();
    const { request } = await arrival;
    expect([request.path, request.query.get('model'), request.headers['x-test']]).toEqual([
      '/v1/realtime',
      'gpt-x',
      '1',
    ]);
    expect(client.protocol).toBe('realtime');
  });

  it('follows its script and keeps what it was sent', async () => {
    server.onConnection(async (peer) => {
      peer.send({ type: 'session.created', session: { id: 'sess_1' } });
      const update = await peer.expect('session.update');
      peer.send({ type: 'session.updated', session: { instructions: update.session.type } });
      expect(await peer.expectAudio()).toHaveLength(2);
    });
    const client = await new BareClient(server.url).open();
    expect(await client.read()).toEqual({
      type: 'session.created',
      event_id: 'event_1',
      session: { id: 'sess_1' },
    });
    client.send({ type: 'input_audio_buffer.append', audio: 'AAAA' });
    client.send({ type: 'input_audio_buffer.append', audio: 'AAAA' });
    client.send({ type: 'session.update', session: { type: 'realtime' } });
    expect(await client.read()).toMatchObject({
      type: 'session.updated',
      session: { instructions: 'realtime' },
    });
    client.send({ type: 'response.cancel' });
    client.close();
    await server.peers[0]?.closed;
    expect(server.peers[0]?.received.map((event) => event.type)).toEqual([
      'input_audio_buffer.append',
      'input_audio_buffer.append',
      'session.update',
      'response.cancel',
    ]);
    expect(server.peers[0]?.leftOver).toEqual([{ type: 'response.cancel' }]);
  });

  it('refuses what the hosted service refuses, and goes on', async () => {
    const client = await new BareClient(server.url).open();
    for (const [frame, code] of [
      ['{', 'invalid_json'],
      [Uint8Array.of(1), 'invalid_event'],
      [{ type: 'session.update', session: { type: 'realtime', foo: 1 } }, 'unknown_parameter'],
      [{ type: 'response.create', response: null }, 'invalid_type'],
    ] as const) {
      client.send(frame);
      expect(await client.read()).toMatchObject({ type: 'error', error: { code } });
    }
    expect(server.peers[0]?.refused).toHaveLength(4);
    expect(server.peers[0]?.received).toEqual([]);
  });

  it('fails a script that waits in vain, and says what was left over', async () => {
    const lone = await FakeRealtimeServer.start({ timeoutMs: 30 });
    lone.onConnection(async (peer) => void (await peer.expect('response.create')));
    const client = await new BareClient(lone.url).open();
    client.send({ type: 'input_audio_buffer.commit' });
    const [peer] = lone.peers;
    await expect(peer?.expect('response.cancel')).rejects.toThrow(
      'expected response.cancel, but nothing came within 30 ms; left over: input_audio_buffer.commit',
    );
    await expect(lone.close()).rejects.toThrow('expected response.create, but nothing came within 30 ms');
  });

  it('fails a script whose client has left', async () => {
    const arrival = server.nextPeer();
    const client = await new BareClient(server.url).open();
    const waiting = (await arrival).expect('session.update');
    client.close();
    await expect(waiting).rejects.toThrow(
      'expected session.update, but the connection ended; left over: nothing',
    );
  });

  it.each([
    ['a close code', 3000, (peer: { close(code: number): void }) => peer.close(3000)],
    ['a reset', 1006, (peer: { reset(): void }) => peer.reset()],
  ])('can end a connection with %s', async (_name, code, end) => {
    const arrival = server.nextPeer();
    const client = await new BareClient(server.url).open();
    end(await arrival);
    expect(await client.closed).toBe(code);
  });

  it('can send what is no event, and fall silent', async () => {
    const brief = await FakeRealtimeServer.start({ timeoutMs: 50 });
    const arrival = brief.nextPeer();
    const client = await new BareClient(brief.url).open();
    const peer = await arrival;
    peer.sendRaw('{"type":');
    expect(await client.readText()).toBe('{"type":');
    peer.stall();
    peer.send({ type: 'input_audio_buffer.cleared' });
    client.send({ type: 'response.cancel' });
    await expect(peer.expect('response.cancel')).rejects.toThrow('nothing came');
    await brief.close();
  });

  it('can refuse the upgrade', async () => {
    server.rejectUpgrades(401);
    expect(await new BareClient(server.url).closed).toBe(1006);
    expect(server.peers).toEqual([]);
  });
});

describe('a recording is played strictly', () => {
  const created = {
    kind: 'received',
    raw: { type: 'session.created', session: { id: 's', type: 'realtime' } },
  } as const;
  const updated = {
    kind: 'received',
    raw: { type: 'session.updated', session: { id: 's', type: 'realtime' } },
  } as const;
  const sent = (raw: JsonObject) => ({ kind: 'sent', raw, event: undefined }) as const;
  const received = (raw: JsonObject) => ({ kind: 'received', raw }) as const;
  const update = sent({
    type: 'session.update',
    session: { type: 'realtime', resumption: { enabled: true } },
  });
  const typed = (text: string) => ({
    type: 'message',
    role: 'user',
    content: [{ type: 'input_text', text }],
  });

  function play(...steps: RecordingStep[]) {
    const playing = server.playRecording({ name: 'r', steps });
    playing.catch(() => {});
    return playing;
  }

  it.each([
    [
      'a member that nobody knows',
      { type: 'realtime', colour: 1 },
      "recording r: the client sent what the server does not take at session.colour (unknown_parameter): Unknown parameter: 'session.colour'.",
    ],
    [
      'a null that means nothing',
      { type: 'realtime', instructions: null },
      'recording r: the client sent what the server does not take at session.instructions (invalid_type)',
    ],
  ])('%s is answered with an error and fails it', async (_what, session, message) => {
    const playing = play(created, update, updated);
    const client = await new BareClient(server.url).open();
    client.send({ type: 'session.update', session });
    await client.read();
    expect(await client.read()).toMatchObject({ type: 'error', error: { type: 'invalid_request_error' } });
    await expect(playing).rejects.toThrow(message);
  });

  it('members that the recorded client sent are taken', async () => {
    const playing = play(created, update, updated);
    const client = await new BareClient(server.url).open();
    client.send(update.raw);
    await playing;
    expect(server.peers[0]?.received).toEqual([{ type: 'session.update', session: { type: 'realtime' } }]);
  });

  it('what another client may leave out is skipped, with its answer', async () => {
    const cut = { type: 'conversation.item.truncate', item_id: 'i', content_index: 0, audio_end_ms: 5 };
    const playing = play(
      created,
      update,
      updated,
      sent(cut),
      received({ ...cut, type: 'conversation.item.truncated' }),
      sent({ type: 'response.create', response: { voice: 'x' } }),
      received({
        type: 'error',
        error: { type: 'invalid_request_error', code: 'unknown_parameter', param: 'response.voice' },
      }),
      received({ type: 'rate_limits.updated', rate_limits: [] }),
    );
    const client = await new BareClient(server.url).open();
    client.send({ type: 'session.update', session: { type: 'realtime' } });
    const types = [];
    for (let at = 0; at < 3; at += 1) types.push(((await client.read()) as { type: string }).type);
    expect(types).toEqual(['session.created', 'session.updated', 'rate_limits.updated']);
    expect((await playing).skipped.map(({ entry }) => entry)).toEqual([3, 5]);
  });

  it('what the recorded client did not say is answered as any server does', async () => {
    const playing = play(
      created,
      update,
      updated,
      sent({ type: 'input_audio_buffer.commit' }),
      received({ type: 'input_audio_buffer.committed', item_id: 'u' }),
    );
    const client = await new BareClient(server.url).open();
    client.send({ type: 'session.update', session: { type: 'realtime' } });
    client.send({ type: 'conversation.item.create', item: { id: 'mine', ...typed('Before.') } });
    client.send({ type: 'conversation.item.delete', item_id: 'mine' });
    client.send({ type: 'response.create' });
    client.send({ type: 'input_audio_buffer.commit' });
    const { unexpected } = await playing;
    expect(unexpected.map(({ type }) => type)).toEqual([
      'conversation.item.create',
      'conversation.item.delete',
      'response.create',
    ]);
    const told = client.unread.map(
      (text) => JSON.parse(text) as { type: string; response?: { status: string } },
    );
    expect(told.map(({ type }) => type)).toEqual(
      expect.arrayContaining([
        'conversation.item.added',
        'conversation.item.deleted',
        'input_audio_buffer.committed',
      ]),
    );
    expect(told.find(({ type }) => type === 'response.done')?.response?.status).toBe('failed');
  });

  it('what a client gives again over its next connection is not what the user says next', async () => {
    const hello = { id: 'u1', status: 'completed', ...typed('Hello.') };
    const playing = play(
      created,
      update,
      updated,
      sent({ type: 'conversation.item.create', item: typed('Hello.') }),
      received({ type: 'conversation.item.added', previous_item_id: null, item: hello }),
      { kind: 'close', code: 1001, reason: '' },
      created,
      update,
      updated,
      sent({ type: 'conversation.item.create', item: typed('And now?') }),
      received({
        type: 'conversation.item.added',
        previous_item_id: null,
        item: { ...hello, id: 'u2', ...typed('And now?') },
      }),
    );
    const first = await new BareClient(server.url).open();
    first.send({ type: 'session.update', session: { type: 'realtime' } });
    first.send({ type: 'conversation.item.create', item: { id: 'a', ...typed('Hello.') } });
    await first.closed;
    const second = await new BareClient(server.url).open();
    second.send({ type: 'session.update', session: { type: 'realtime' } });
    second.send({ type: 'conversation.item.create', item: { id: 'a', ...typed('Hello.') } });
    second.send({ type: 'conversation.item.create', item: { id: 'b', ...typed('And now?') } });
    await playing;
    const told = second.unread.map((text) => JSON.parse(text) as { type: string; item?: { id: string } });
    expect(told.flatMap(({ type, item }) => (type === 'conversation.item.added' ? [item?.id] : []))).toEqual([
      'a',
      'b',
    ]);
  });

  it('speech is heard where it is in the sound', async () => {
    const append = sent({ type: 'input_audio_buffer.append', audio: 'AAAA' });
    const playing = play(
      created,
      append,
      received({ type: 'input_audio_buffer.speech_started', audio_start_ms: 40, item_id: 'u' }),
    );
    const client = await new BareClient(server.url).open();
    await client.read();
    const frame = { type: 'input_audio_buffer.append', audio: Buffer.alloc(960).toString('base64') };
    client.send(frame);
    await client.pongsWithin(30);
    expect(client.unread).toEqual([]);
    client.send(frame);
    expect(await client.read()).toMatchObject({ type: 'input_audio_buffer.speech_started' });
    await playing;
  });

  it('a client of the other dialect is told so', async () => {
    const item = { id: 'u', ...typed('Hi.') };
    const playing = play(received({ type: 'conversation.item.created', previous_item_id: null, item }));
    await new BareClient(server.url).open();
    await expect(playing).rejects.toThrow(
      'recording r: it is of the beta dialect, and the client asked for the ga one',
    );
  });

  it('a connection that is not made is named', async () => {
    const brief = await FakeRealtimeServer.start({ timeoutMs: 30 });
    const playing = brief.playRecording({ name: 'r', steps: [created] });
    await expect(playing).rejects.toThrow('recording r: connection 1 was not made within 30 ms');
    await brief.close();
  });
});

describe.skipIf(!existsSync(folder))('a recorded session (skipped without shared/data/recordings)', () => {
  it.each([
    'openai-ga-server-vad-turn',
    'openai-ga-text-in-audio-out',
    'openai-ga-tool-call-round',
    'azure-ga-text-in-audio-out',
    'azure-ga-tool-call-round',
  ])('%s is played to its end, to a client that does what the recorded one did', async (name) => {
    const recording = recorded(name);
    const playing = server.playRecording(recording);
    const client = await new BareClient(server.url).open();
    for (const step of recording.steps) {
      if (step.kind === 'sent') {
        client.send(step.raw);
      } else if (step.kind === 'received') {
        expect(await client.read()).toEqual(step.raw);
      }
    }
    expect((await playing).unexpected).toEqual([]);
  });

  it('is played to a client with a pace, ids and values of its own', async () => {
    const recording = recorded('openai-ga-tool-call-round');
    const playing = server.playRecording(recording);
    const client = await new BareClient(server.url).open();
    const message = { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Weather?' }] };
    client.send({ type: 'session.update', session: { type: 'realtime' } });
    client.send({ type: 'conversation.item.create', item: { ...message, id: 'mine' } });
    client.send({ type: 'response.create', response: { metadata: { turn: '1' } } });
    const events: Record<string, unknown>[] = [];
    const readUntil = async (type: string) => {
      for (;;) {
        const event = (await client.read()) as Record<string, unknown>;
        events.push(event);
        if (event['type'] === type) return event;
      }
    };
    // The recorded client sent its output before the call was done; this one waits for the whole response.
    const done = await readUntil('response.done');
    expect(done).toMatchObject({ response: { metadata: { turn: '1' }, output: [{ name: 'get_weather' }] } });
    const call_id = 'call_uMNE0Myi2tDTPu0w';
    client.send({
      type: 'conversation.item.create',
      item: { type: 'function_call_output', call_id, output: 'Sun.' },
    });
    client.send({ type: 'response.cancel' });
    client.send({ type: 'response.create' });
    await readUntil('response.done');
    const playback = await playing;

    const added = events.filter((event) => event['type'] === 'conversation.item.added');
    expect(added[0]).toMatchObject({ item: { ...message, id: 'mine', status: 'completed' } });
    expect(added[1]).toMatchObject({ previous_item_id: 'mine' });
    expect(added[2]).toMatchObject({ item: { call_id, output: 'Sun.' } });
    expect(playback.unexpected).toEqual([{ type: 'response.cancel' }]);
  });

  it('is played in the beta dialect to a client that speaks it', async () => {
    const beta = await FakeRealtimeServer.start({ dialect: 'beta', timeoutMs: 2_000 });
    const playing = beta.playRecording(recorded('azure-voice-live-beta-server-vad-turn'));
    const client = await new BareClient(beta.url).open();
    client.send({ type: 'session.update', session: { modalities: ['text', 'audio'] } });
    client.send({ type: 'input_audio_buffer.append', audio: 'AAAA' });
    const types: unknown[] = [];
    while (types.at(-1) !== 'response.done') {
      types.push(((await client.read()) as { type: string }).type);
    }
    await playing;
    expect(types.slice(0, 3)).toEqual([
      'session.created',
      'session.updated',
      'input_audio_buffer.speech_started',
    ]);
    expect(types.filter((type) => type === 'response.audio.delta').length).toBeGreaterThan(10);
    await beta.close();
  });

  it('names what the client did not send', async () => {
    const impatient = await FakeRealtimeServer.start({ timeoutMs: 400 });
    const playing = impatient.playRecording(recorded('openai-ga-tool-call-round'));
    const client = await new BareClient(impatient.url).open();
    client.send({ type: 'session.update', session: { type: 'realtime' } });
    client.send({ type: 'response.create' });
    await expect(playing).rejects.toThrow(
      'recording openai-ga-tool-call-round: fake server: expected conversation.item.create of user message (entry 3), but nothing came within 400 ms; left over: response.create',
    );
    await impatient.close();
  });

  it('goes on with the next connection after a recorded close', async () => {
    const hello = (id: string) =>
      ({ kind: 'received', raw: { type: 'session.created', session: { id } } }) as const;
    const playing = server.playRecording({
      name: 'drop',
      steps: [
        hello('one'),
        { kind: 'close', code: 1011, reason: 'gone' },
        hello('two'),
        { kind: 'close', code: 1006, reason: '' },
      ],
    });
    const first = await new BareClient(server.url).open();
    expect(await first.read()).toMatchObject({ session: { id: 'one' } });
    expect(await first.closed).toBe(1011);
    const second = await new BareClient(server.url).open();
    expect(await second.read()).toMatchObject({ session: { id: 'two' } });
    expect(await second.closed).toBe(1006);
    expect((await playing).peers).toHaveLength(2);
  });
});
