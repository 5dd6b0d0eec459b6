// Calls whose sound flows between the user and the provider, over real sockets.
import { setTimeout as delay } from 'node:timers/promises';
import { jsonlSessionStore, readIncomingCall, stderrLogger } from '@antiphon/runtime';
import { formParts, spokenCallEvents, toolCallEvents } from '@antiphon/testing';
import { defineTool, type Tool } from '@antiphon/tools';
import { describe, expect, it } from 'vitest';
import { agree, callRig, sdpOffer, speak } from './support/call-rig.ts';
import { tempFolder } from './support/temp-folder.ts';

const spokenTurn = (itemId: string) => [
  { type: 'input_audio_buffer.speech_started', item_id: itemId, audio_start_ms: 100 },
  { type: 'input_audio_buffer.speech_stopped', item_id: itemId, audio_end_ms: 900 },
  { type: 'input_audio_buffer.committed', item_id: itemId, previous_item_id: null },
];

describe('a client secret', () => {
  it('begins calls of the agent from a browser, and the session joins by the id of the call', async () => {
    const { server, antiphon } = await callRig();
    const secret = await antiphon.createClientSecret({ expiresInSeconds: 60, variables: { who: 'Ada' } });
    const [asked] = server.calls.requests;
    expect(asked?.path).toBe('/client_secrets');
    expect(asked?.headers).toMatchObject({
      authorization: 'Bearer sk-secret-1',
      'content-type': 'application/json',
    });
    const body = JSON.parse(asked?.body ?? '') as { expires_after: object; session: Record<string, unknown> };
    expect(body.expires_after).toEqual({ anchor: 'created_at', seconds: 60 });
    expect(body.session).toMatchObject({
      type: 'realtime',
      model: 'gpt-realtime',
      instructions: 'Help Ada.',
      tools: [{ name: 'get_weather' }],
      audio: { input: { turn_detection: { type: 'server_vad' } }, output: { voice: 'marin' } },
    });
    // The two ends of a call agree upon formats by themselves.
    expect(body.session).not.toHaveProperty('audio.input.format');
    expect(body.session).not.toHaveProperty('audio.output.format');
    expect(secret.value).toMatch(/^ek_/);
    expect(secret.expiresAtMs).toBeGreaterThan(Date.now() + 50_000);
    expect(secret.callsUrl).toBe(`${server.origin.replace('ws', 'http')}/v1/realtime/calls`);

    const headers = { Authorization: `Bearer ${secret.value}`, 'Content-Type': 'application/sdp' };
    const answer = await fetch(secret.callsUrl, { method: 'POST', headers, body: sdpOffer });
    expect(answer.status).toBe(201);
    const callId = answer.headers.get('location')?.split('/').at(-1) ?? '';
    const arrival = server.nextPeer();
    const starting = antiphon.startSession({ callId });
    const peer = await arrival;
    expect(peer.request.query.get('call_id')).toBe(callId);
    expect(peer.request.query.has('model')).toBe(false);
    expect(peer.request.headers.authorization).toBe('Bearer sk-secret-1');
    await agree(peer);
    const session = await starting;
    expect(session.call?.id).toBe(callId);
    await session.close();
  });

  it.each([
    [9, 'expiresInSeconds is 9'],
    [7_201, 'expiresInSeconds is 7201'],
    [60.5, 'expiresInSeconds is 60.5'],
  ])('cannot live for %d seconds', async (expiresInSeconds, message) => {
    const { server, antiphon } = await callRig();
    const refused = antiphon.createClientSecret({ expiresInSeconds });
    await expect(refused).rejects.toMatchObject({
      code: 'call.bad_value',
      message: expect.stringContaining(message) as string,
    });
    expect(server.calls.requests).toEqual([]);
  });
});

describe('a call that is begun for a browser', () => {
  it('is answered, joined, and its tools run here', async () => {
    const { server, antiphon, runs } = await callRig();
    const arrival = server.nextPeer();
    const creating = antiphon.createCall({ sdpOffer });
    const peer = await arrival;
    const settings = await agree(peer);
    const { callId, sdpAnswer, session } = await creating;
    expect(settings).toMatchObject({ instructions: 'Help the guest.', tools: [{ name: 'get_weather' }] });
    expect(settings).not.toHaveProperty('audio.output.format');
    expect(sdpAnswer).toMatch(/^v=0/);
    const [begun] = server.calls.requests;
    const parts = formParts(begun?.headers['content-type'] ?? '', begun?.body ?? '');
    expect(parts.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'sdp application/sdp',
      'session application/json',
    ]);
    expect(parts[0]?.text).toBe(sdpOffer);
    expect(JSON.parse(parts[1]?.text ?? '')).toMatchObject({
      model: 'gpt-realtime',
      instructions: 'Help the guest.',
    });

    const heard = new Promise((resolve) => session.observe('audio_done', resolve));
    for (const event of spokenTurn('u1')) peer.send(event);
    for (const event of toolCallEvents('r1', [
      { itemId: 'f1', callId: 'c1', name: 'get_weather', arguments: '{"city":"Oslo"}' },
    ]))
      peer.send(event);
    const { item } = await peer.expect('conversation.item.create');
    expect(item).toMatchObject({ type: 'function_call_output', call_id: 'c1', output: '{"celsius":9}' });
    peer.send({ type: 'conversation.item.added', previous_item_id: 'f1', item: item as never });
    await peer.expect('response.create');
    speak(peer, { responseId: 'r2', itemId: 'i2', previousItemId: item.id ?? '' }, 'It is nine degrees.');
    expect(await heard).toMatchObject({ itemId: 'i2', heardText: 'It is nine degrees.', unheardText: '' });
    expect(runs).toEqual([{ city: 'Oslo' }]);
    expect(session.history.map(({ kind }) => kind).toSorted()).toEqual([
      'function_call',
      'function_call_output',
      'message',
      'message',
    ]);
    expect(session.settled).toBe(true);

    expect(await session.close()).toMatchObject({ status: 'completed' });
    expect(server.calls.requests.at(-1)?.path).toBe(`/calls/${callId}/hangup`);
    expect(server.calls.stateOf(callId)).toBe('ended');
    expect(peer.refused).toEqual([]);
    expect(peer.frames.filter(({ event }) => event?.type === 'input_audio_buffer.append')).toEqual([]);
  });

  it('is cut by the server when the user speaks, and by us with a cancel and a clear', async () => {
    const { server, antiphon } = await callRig();
    const arrival = server.nextPeer();
    const creating = antiphon.createCall({ sdpOffer });
    const peer = await arrival;
    await agree(peer);
    const { session } = await creating;
    const done: unknown[] = [];
    session.observe('audio_done', (notice) => done.push(notice));
    const text = 'It is a quarter past two in the afternoon, local time.';
    const [during] = spokenCallEvents({ responseId: 'r1', itemId: 'i1', text });
    for (const event of during) peer.send(event);
    for (const event of [
      spokenTurn('u1')[0],
      { type: 'output_audio_buffer.cleared', response_id: 'r1' },
      { type: 'conversation.item.truncated', item_id: 'i1', content_index: 0, audio_end_ms: 1500 },
      ...spokenTurn('u1').slice(1),
    ])
      peer.send(event ?? {});
    const [second] = spokenCallEvents({ responseId: 'r2', itemId: 'i2', text: 'As you like.' });
    const started = new Promise<void>((resolve) => {
      session.observe('audio_started', ({ itemId }) => {
        if (itemId === 'i2') resolve();
      });
    });
    for (const event of second.slice(0, 6)) peer.send(event);
    await started;
    expect(done).toMatchObject([{ itemId: 'i1', heardMs: 1500, heardText: 'It is a quarter past' }]);
    expect(session.activity).toBe('speaking');
    session.interrupt();
    await peer.expect('response.cancel');
    await peer.expect('output_audio_buffer.clear');
    expect(peer.received.map(({ type }) => type)).not.toContain('conversation.item.truncate');
    await session.close({ mode: 'cancel' });
  });

  it('is ended again when nobody can join it', async () => {
    const { server, antiphon } = await callRig();
    server.rejectUpgrades({ status: 403, body: '{"error":{"message":"sk-secret-1 may not."}}' });
    const error = await antiphon.createCall({ sdpOffer }).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'provider.rejected' });
    expect(String(error)).not.toContain('sk-secret-1');
    expect(server.calls.requests.map(({ path }) => path)).toEqual(['/calls', '/calls/rtc_fake_1/hangup']);
  });

  it('begins with an offer, or not at all', async () => {
    const { server, antiphon } = await callRig();
    await expect(antiphon.createCall({ sdpOffer: '{"type":"offer"}' })).rejects.toMatchObject({
      code: 'call.bad_value',
    });
    expect(server.calls.requests).toEqual([]);
  });
});

describe('a session in a call', () => {
  async function joined(change: Parameters<typeof callRig>[0] = {}, options: object = {}) {
    const rig = await callRig(change);
    const callId = rig.server.calls.begin();
    const arrival = rig.server.nextPeer();
    const starting = rig.antiphon.startSession({ callId, ...options });
    const peer = await arrival;
    await agree(peer);
    return { ...rig, callId, peer, session: await starting };
  }

  it('joins it again after a drop: what it had to say is said, and nothing else', async () => {
    let finish: (value: unknown) => void = () => {};
    const { server, session, peer, runs } = await joined({
      weather: () =>
        new Promise((resolve) => {
          finish = resolve;
        }),
    });
    for (const event of spokenTurn('u1')) peer.send(event);
    const calls = [{ itemId: 'f1', callId: 'c1', name: 'get_weather', arguments: '{"city":"Oslo"}' }];
    const running = new Promise((resolve) => session.observe('tool_started', resolve));
    for (const event of toolCallEvents('r1', calls)) peer.send(event);
    await running;
    const lost = new Promise((resolve) => session.observe('connection_lost', resolve));
    const arrival = server.nextPeer();
    peer.reset();
    await lost;
    finish({ celsius: 9 });
    const again = await arrival;
    expect(again.request.query.get('call_id')).toBe(peer.request.query.get('call_id'));
    await agree(again);
    expect(await again.expect('conversation.item.create')).toMatchObject({
      item: { type: 'function_call_output', call_id: 'c1', output: '{"celsius":9}' },
    });
    await again.expect('response.create');
    speak(again, { responseId: 'r2', itemId: 'i2' }, 'It is nine degrees.');
    await new Promise((resolve) => session.observe('audio_done', resolve));
    expect(runs).toHaveLength(1);
    expect(again.received.map(({ type }) => type)).toEqual([
      'session.update',
      'conversation.item.create',
      'response.create',
    ]);
    await session.close();
  });

  it('asks after a call of the provider that went on during a drop', async () => {
    const { server, session, peer } = await joined();
    for (const event of spokenTurn('u1')) peer.send(event);
    const item = { id: 'm1', type: 'mcp_call', server_label: 'docs', name: 'search', arguments: '{"q":1}' };
    const response = { id: 'r1', object: 'realtime.response', output: [] };
    const running = new Promise((resolve) => session.observe('tool_started', resolve));
    const place = { item_id: 'm1', output_index: 0 };
    peer.send({ type: 'response.created', response: { ...response, status: 'in_progress' } });
    peer.send({ type: 'response.output_item.added', response_id: 'r1', output_index: 0, item });
    peer.send({ type: 'response.mcp_call.in_progress', ...place });
    await running;
    const settled = new Promise((resolve) => session.observe('tool_settled', resolve));
    const arrival = server.nextPeer();
    peer.reset();
    const again = await arrival;
    await agree(again);
    expect(await again.expect('conversation.item.retrieve')).toMatchObject({ item_id: 'm1' });
    again.send({ type: 'conversation.item.retrieved', item: { ...item, output: 'three hits' } });
    expect(await settled).toMatchObject({ server: 'docs', outcome: { status: 'completed' } });
    await again.expect('response.create');
    await session.close({ mode: 'cancel' });
  });

  it('is over when the other side hangs up', async () => {
    const { server, session, callId, logger } = await joined();
    server.calls.end(callId);
    expect(await session.closed).toEqual({ status: 'completed', reason: 'the call is over' });
    // Ending what is over is no failure.
    expect(server.calls.requests.map(({ path }) => path)).toEqual([`/calls/${callId}/hangup`]);
    expect(logger.lines.filter((line) => line.includes('could not'))).toEqual([]);
  });

  it('is over when the call has ended during a drop', async () => {
    const { server, session, peer, callId } = await joined();
    server.calls.onEnd(() => {});
    const lost = new Promise((resolve) => session.observe('connection_lost', resolve));
    peer.reset();
    await lost;
    server.calls.end(callId);
    expect(await session.closed).toMatchObject({
      status: 'completed',
      reason: expect.stringMatching(/^the call is over: /) as string,
    });
  });

  it.each([
    ['leaves it when it was started so', { atEnd: 'leave' }, {}, 0],
    ['leaves it when it is closed so', {}, { call: 'leave' }, 0],
    ['hangs up when it is closed so', { atEnd: 'leave' }, { call: 'hang_up' }, 1],
  ] as const)('%s', async (_name, options, close, hangUps) => {
    const { server, session, callId } = await joined({}, options);
    await session.close(close);
    expect(server.calls.requests).toHaveLength(hangUps);
    expect(server.calls.stateOf(callId)).toBe(hangUps === 0 ? 'open' : 'ended');
  });

  it('says so when a call cannot be ended', async () => {
    const { server, session, logger } = await joined();
    server.calls.refuseNext({ status: 503, body: 'busy' });
    expect(await session.close()).toMatchObject({ status: 'completed' });
    expect(logger.lines.join('\n')).toContain('the call could not be ended');
  });

  it('passes it on', async () => {
    const { server, session } = await joined();
    await session.call?.refer('tel:+15551234567');
    expect(JSON.parse(server.calls.requests[0]?.body ?? '')).toEqual({ target_uri: 'tel:+15551234567' });
    await expect(session.call?.refer('javascript:alert(1)')).rejects.toMatchObject({
      code: 'call.bad_value',
    });
  });

  it('is passed on by tools, which press no keys on it', async () => {
    const tool = defineTool({
      name: 'get_weather',
      description: 'Transfers.',
      input: { type: 'object' },
      execute: async (_input, { session: { callControl } }) => {
        await callControl?.transfer?.('tel:+15551234567', new AbortController().signal);
        return Object.keys(callControl ?? {});
      },
    }) as Tool;
    const { server, session } = await joined({ parts: { plugins: [tool] } });
    expect(await session.callTool('get_weather', {})).toMatchObject({ output: ['transfer'] });
    expect(server.calls.requests[0]).toMatchObject({
      path: expect.stringMatching(/refer$/) as string,
      body: '{"target_uri":"tel:+15551234567"}',
    });
  });

  it.each(['source', 'sink'])('takes no %s', async (end) => {
    const { server, antiphon } = await callRig();
    const given = { callId: 'rtc_1', [end]: {} };
    await expect(antiphon.startSession(given)).rejects.toMatchObject({
      code: 'call.sound_elsewhere',
      data: { end },
    });
    expect(server.peers).toEqual([]);
  });

  it('is named by the entry of the provider, too', async () => {
    const { server, antiphon } = await callRig({
      provider: (origin) => `{ type: openai, base_url: "${origin}/v1", api_key: none, call_id: rtc_by_file }`,
    });
    const arrival = server.nextPeer();
    const starting = antiphon.startSession({ atEnd: 'leave' });
    const peer = await arrival;
    expect(peer.request.query.get('call_id')).toBe('rtc_by_file');
    await agree(peer);
    await (await starting).close();
  });

  it('finds turns at the server where the agent would find them itself', async () => {
    const { peer } = await joined({
      agent: '    turn_detection: { type: local_vad, silence_duration_ms: 700 }\n',
    });
    expect(peer.received[0]).toMatchObject({
      session: { audio: { input: { turn_detection: { type: 'server_vad', silence_duration_ms: 700 } } } },
    });
  });

  it('is taken up by another process', async () => {
    const folder = tempFolder();
    const store = () => jsonlSessionStore(folder, { logger: stderrLogger('error'), redact: (text) => text });
    const first = await joined({ parts: { store: store() } });
    for (const event of spokenTurn('u1')) first.peer.send(event);
    await new Promise((resolve) => first.session.observe('user_turn', resolve));
    // What is in the log is what a process leaves that is gone.
    await delay(50);
    const second = await callRig({
      provider: () => `{ type: openai, base_url: "${first.server.url}", api_key: none }`,
      parts: { store: store() },
    });
    const arrival = first.server.nextPeer();
    const resuming = second.antiphon.resumeSession(first.session.id, { atEnd: 'leave' });
    const peer = await arrival;
    expect(peer.request.query.get('call_id')).toBe(first.callId);
    await agree(peer);
    const resumed = await resuming;
    expect(resumed.call?.id).toBe(first.callId);
    expect(resumed.history).toMatchObject([{ id: 'u1' }]);
    await resumed.close({ mode: 'cancel' });
  });
});

describe('calls by telephone', () => {
  it('are read from the webhook, accepted with the settings of the agent, and joined', async () => {
    const { server, antiphon } = await callRig();
    const callId = server.calls.ring();
    const body = JSON.stringify({
      type: 'realtime.call.incoming',
      data: { call_id: callId, sip_headers: [{ name: 'From', value: 'sip:+15551234567@x' }] },
    });
    const incoming = readIncomingCall({ body, headers: {}, secret: null });
    expect(incoming).toMatchObject({ callId, from: 'sip:+15551234567@x', to: undefined });
    const arrival = server.nextPeer();
    const accepting = antiphon.acceptCall({ callId, variables: { who: 'a caller' } });
    const peer = await arrival;
    await agree(peer);
    const session = await accepting;
    expect(server.calls.requests[0]).toMatchObject({ path: `/calls/${callId}/accept` });
    expect(JSON.parse(server.calls.requests[0]?.body ?? '')).toMatchObject({
      type: 'realtime',
      instructions: 'Help a caller.',
    });
    const pressed = new Promise((resolve) => session.observe('key_pressed', resolve));
    peer.send({ type: 'input_audio_buffer.dtmf_event_received', event: '#' });
    expect(await pressed).toEqual({ type: 'key_pressed', key: '#' });
    await session.close();
    expect(server.calls.stateOf(callId)).toBe('ended');
  });

  it('are rejected, passed on and ended', async () => {
    const { server, antiphon } = await callRig();
    const [first, second, third] = [server.calls.ring(), server.calls.ring(), server.calls.begin()];
    await antiphon.rejectCall({ callId: first, statusCode: 486 });
    await antiphon.rejectCall({ callId: second });
    await antiphon.referCall({ callId: third, targetUri: 'sip:desk@example.com' });
    await antiphon.hangUpCall({ callId: third });
    expect(server.calls.requests.map(({ path, body }) => [path, body])).toEqual([
      [`/calls/${first}/reject`, '{"status_code":486}'],
      [`/calls/${second}/reject`, '{"status_code":603}'],
      [`/calls/${third}/refer`, '{"target_uri":"sip:desk@example.com"}'],
      [`/calls/${third}/hangup`, ''],
    ]);
    const gone = antiphon.hangUpCall({ callId: third });
    await expect(gone).rejects.toMatchObject({
      code: 'call.refused',
      message: expect.stringContaining(`No call ${third}.`) as string,
    });
    await expect(antiphon.rejectCall({ callId: '../x' })).rejects.toMatchObject({ code: 'call.bad_value' });
    await expect(antiphon.rejectCall({ callId: first, statusCode: 200 })).rejects.toMatchObject({
      code: 'call.bad_value',
    });
  });
});

describe('Azure', () => {
  const azure = (more: string) => (origin: string) =>
    `{ type: azure, endpoint: "${origin.replace('ws', 'http')}", deployment: my-realtime, api_key: az-secret-1${more} }`;

  it('has the same calls at its own address, with its own key', async () => {
    const { server, antiphon } = await callRig({ provider: azure('') });
    const secret = await antiphon.createClientSecret();
    expect(secret.callsUrl).toBe(
      `${server.origin.replace('ws', 'http')}/openai/v1/realtime/calls?webrtcfilter=on`,
    );
    const arrival = server.nextPeer();
    const creating = antiphon.createCall({ sdpOffer });
    const peer = await arrival;
    expect(peer.request.path).toBe('/openai/v1/realtime');
    expect(Object.fromEntries(peer.request.query)).toEqual({ call_id: 'rtc_fake_2' });
    await agree(peer);
    const { session } = await creating;
    await session.close();
    for (const { headers } of server.calls.requests) expect(headers['api-key']).toBe('az-secret-1');
    expect(server.calls.requests[1]?.query.get('webrtcfilter')).toBe('on');
    expect(JSON.parse(server.calls.requests[0]?.body ?? '')).toMatchObject({
      session: { model: 'my-realtime' },
    });
  });

  it('of the preview has none; nor has a model on this machine', async () => {
    const preview = await callRig({ provider: azure(', api_version: 2024-10-01-preview') });
    const unsupported = { code: 'call.unsupported' };
    await expect(preview.antiphon.createClientSecret()).rejects.toMatchObject(unsupported);
    await expect(preview.antiphon.startSession({ callId: 'rtc_1' })).rejects.toMatchObject(unsupported);
    await expect(preview.antiphon.createCall({ provider: 'local', sdpOffer })).rejects.toMatchObject(
      unsupported,
    );
  });
});
