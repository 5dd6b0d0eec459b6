// G.711 over real sockets: what the user says and what the agent says survive it, and the books are kept in its bytes.
import { alawDecode, bytesToInt16, mulawDecode, resample } from '@antiphon/audio';
import { decodeBase64 } from '@antiphon/core';
import { RecordingSink, speechLike } from '@antiphon/testing';
import { describe, expect, it } from 'vitest';
import { betaProvider } from './support/beta-provider.ts';
import { type LiveCall, liveCall, prepareCall } from './support/live-call.ts';
import { TalkingServer } from './support/talking-server.ts';

interface Format {
  readonly name: string;
  readonly wire: object;
  readonly rateHz: number;
  readonly bytesPerMs: number;
  readonly decode: (bytes: Uint8Array) => Int16Array;
}

const formats = {
  pcm16: {
    name: 'pcm16',
    wire: { type: 'audio/pcm', rate: 24_000 },
    rateHz: 24_000,
    bytesPerMs: 48,
    decode: bytesToInt16,
  },
  ulaw: {
    name: 'g711_ulaw',
    wire: { type: 'audio/pcmu' },
    rateHz: 8_000,
    bytesPerMs: 8,
    decode: mulawDecode,
  },
  alaw: {
    name: 'g711_alaw',
    wire: { type: 'audio/pcma' },
    rateHz: 8_000,
    bytesPerMs: 8,
    decode: alawDecode,
  },
} as const satisfies Record<string, Format>;

const agentOf = (input: Format, output: Format): string =>
  `input_audio_format: ${input.name}, output_audio_format: ${output.name}`;

/** The bytes that the server was sent. */
function uplinkOf({ server }: LiveCall): Uint8Array {
  const appends = (server.peers[0]?.received ?? []).flatMap((event) =>
    event.type === 'input_audio_buffer.append' ? [decodeBase64(event.audio) ?? new Uint8Array()] : [],
  );
  return new Uint8Array(Buffer.concat(appends));
}

/** How much louder the sound is than what differs, in decibels, where they fit best. */
function likenessDb(heard: Int16Array, said: Int16Array): number {
  const length = Math.min(heard.length, said.length) - 400;
  let best = Number.NEGATIVE_INFINITY;
  for (let shift = -200; shift <= 200; shift += 1) {
    let [sound, noise] = [0, 0];
    for (let at = 200; at < length; at += 1) {
      const wanted = said[at] ?? 0;
      sound += wanted ** 2;
      noise += ((heard[at + shift] ?? 0) - wanted) ** 2;
    }
    best = Math.max(best, 10 * Math.log10(sound / Math.max(noise, 1)));
  }
  return best;
}

const question = speechLike({ durationMs: 1_200, sampleRateHz: 24_000 });

describe('a conversation', () => {
  it.each<{ input: Format; output: Format }>([
    { input: formats.ulaw, output: formats.ulaw },
    { input: formats.alaw, output: formats.alaw },
    { input: formats.ulaw, output: formats.alaw },
    { input: formats.alaw, output: formats.pcm16 },
    { input: formats.pcm16, output: formats.ulaw },
  ])('in $input.name to $output.name', async ({ input, output }) => {
    const call = await liveCall({
      agent: agentOf(input, output),
      model: { hears: ['How are you?'], msPerWord: 300 },
      answers: (model) => model.when({ said: 'How are you?' }).says('I am very well thank you.'),
      caller: (caller) => caller.says(question).waitsForAnswer().hangsUp(),
    });
    await call.until('the caller has hung up', () => call.caller.stepsLeft === 0 && call.session.settled);
    const [update] = call.server.peers[0]?.received ?? [];
    const stated = (format: Format) => (format.name === 'pcm16' ? {} : { format: format.wire });
    expect(update).toMatchObject({ type: 'session.update' });
    expect(update).toMatchObject({
      session: { audio: { input: stated(input), output: stated(output) } },
    });

    const bytes = uplinkOf(call);
    const uplinkMs = bytes.length / input.bytesPerMs;
    expect(Math.abs(uplinkMs - call.caller.nowMs)).toBeLessThan(60);
    const [speech] = call.caller.said;
    const fromMs = speech?.startMs ?? 0;
    const heard = input.decode(bytes).subarray((fromMs * input.rateHz) / 1000);
    const said = resample(question, { fromHz: 24_000, toHz: input.rateHz });
    expect(likenessDb(heard, said)).toBeGreaterThan(25);

    const done = call.noticesOf('audio_done');
    expect(done.map(({ heardMs, receivedMs }) => [heardMs, receivedMs])).toEqual([[1_800, 1_800]]);
    const heardMs = call.caller.heard.reduce((sum, { ms }) => sum + ms, 0);
    expect(Math.abs(heardMs - 1_800)).toBeLessThanOrEqual(1);
    expect(call.agentTexts).toEqual(['I am very well thank you.']);
    expect(call.refusals).toEqual([]);
  });

  it('in the preview dialect of 2024-10', async () => {
    const call = await liveCall({
      agent: agentOf(formats.ulaw, formats.alaw),
      model: { hears: ['How are you?'] },
      answers: (model) => model.when({ said: 'How are you?' }).says('Well.'),
      caller: (caller) => caller.says(question).waitsForAnswer().hangsUp(),
      given: ({ origin }) => ({
        fake: betaProvider(`${origin}/openai/realtime?api-version=2024-10-01-preview`, '2024-10-01-preview'),
      }),
    });
    await call.until('the caller has hung up', () => call.caller.stepsLeft === 0 && call.session.settled);
    expect(call.server.peers[0]?.received[0]).toMatchObject({
      session: { audio: { input: { format: formats.ulaw.wire }, output: { format: formats.alaw.wire } } },
    });
    expect(call.noticesOf('audio_done')).toMatchObject([{ heardMs: 300, receivedMs: 300 }]);
    expect(call.refusals).toEqual([]);
  });
});

it('cut in on, tells the server what was heard to the millisecond', async () => {
  const server = new TalkingServer(8);
  const call = await prepareCall({ server: server.script, agent: agentOf(formats.ulaw, formats.ulaw) });
  const sink = new RecordingSink({ sampleRateHz: 24_000, clock: call.clock });
  const session = await call.start({ sink });
  session.sendText('Talk.');
  await call.pass(0);
  for (const playedMs of [0, 37, 200, 261, 440]) {
    server.talk([100, 160, 200]);
    await call.pass(0);
    call.clock.advance(playedMs);
    server.hear();
    await call.pass(0);
    const { itemId } = server;
    const told = server.peer.received.flatMap((event) => {
      if (event.type === 'conversation.item.truncate' && event.item_id === itemId)
        return [event.audio_end_ms];
      return event.type === 'conversation.item.delete' && event.item_id === itemId ? [0] : [];
    });
    expect(told).toEqual([Math.floor(sink.playedMs(itemId))]);
    expect(Math.abs((told[0] ?? 0) - playedMs)).toBeLessThanOrEqual(1);
    server.heard();
    await call.pass(0);
  }
  expect(server.peer.refused).toEqual([]);
});

it('keeps its formats when another agent takes over', async () => {
  const call = await liveCall({
    agent: `${agentOf(formats.ulaw, formats.ulaw)}, handoffs: [b] } , b: { provider: fake, speed: 1.2, input_audio_format: pcm16`,
    answers: (model) => model.when({ said: 'Talk.' }).says('All is well.'),
  });
  call.session.handOver('b');
  await call.turn('Talk.');
  const updates = (call.server.peers[0]?.received ?? []).filter(({ type }) => type === 'session.update');
  expect(updates).toMatchObject([
    {
      session: {
        audio: { input: { format: formats.ulaw.wire }, output: { format: formats.ulaw.wire, speed: 1 } },
      },
    },
    {
      session: {
        audio: { input: { format: formats.ulaw.wire }, output: { format: formats.ulaw.wire, speed: 1.2 } },
      },
    },
  ]);
  expect(call.noticesOf('audio_done')).toMatchObject([{ heardMs: 900, receivedMs: 900 }]);
  expect(call.refusals).toEqual([]);
});
