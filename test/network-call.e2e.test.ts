// A call to the server of examples/network-call over real sockets, through a network that delays, reorders and loses.
import { createSocket, type Socket } from 'node:dgram';
import type { JitterCounts } from '@antiphon/audio';
import { type Antiphon, createAntiphon } from '@antiphon/runtime';
import { ModelProvider, RealtimeServerModel, speechLike } from '@antiphon/testing';
import { expect, it } from 'vitest';

const sampleRateHz = 16_000;

interface Example {
  answerCalls(options: {
    antiphon: Antiphon;
    log: (line: string) => void;
  }): Promise<{ readonly port: number; close(): Promise<void> }>;
  placeCall(options: {
    port: number;
    samples: Int16Array;
    replyMs: number;
  }): Promise<{ readonly heard: Int16Array; readonly counts: JitterCounts }>;
}

async function example(file: 'server' | 'client'): Promise<Example> {
  return (await import(new URL(`../examples/network-call/${file}.mjs`, import.meta.url).href)) as Example;
}

/** Reproducible uniform numbers in (0, 1]. */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** Passes datagrams on to `toPort` and answers back: each takes 5–65 ms, so that they overtake each other, and 2 % are lost. */
async function badNetwork(toPort: number) {
  const next = uniform(42);
  const [outside, inside] = [createSocket('udp4'), createSocket('udp4')];
  let callerPort = 0;
  const carry = (socket: Socket, bytes: Uint8Array, port: number): void => {
    if (next() > 0.02) setTimeout(() => port > 0 && socket.send(bytes, port, '127.0.0.1'), 5 + 60 * next());
  };
  outside.on('message', (bytes, { port }) => {
    callerPort = port;
    carry(inside, bytes, toPort);
  });
  inside.on('message', (bytes) => carry(outside, bytes, callerPort));
  for (const socket of [outside, inside])
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return {
    port: outside.address().port,
    close: async () => {
      await new Promise((resolve) => setTimeout(resolve, 80));
      outside.close();
      inside.close();
    },
  };
}

/** Where sound begins and ends, in ms; pauses shorter than 300 ms are none. */
function utterances(samples: Int16Array): { fromMs: number; toMs: number }[] {
  const found: { fromMs: number; toMs: number }[] = [];
  samples.forEach((value, i) => {
    if (value === 0) return;
    const ms = (i * 1000) / sampleRateHz;
    const last = found.at(-1);
    if (last !== undefined && ms - last.toMs < 300) last.toMs = ms;
    else found.push({ fromMs: ms, toMs: ms });
  });
  return found;
}

it('talks, is interrupted, and knows what was heard', async () => {
  const model = new RealtimeServerModel({ hears: ['Tell me everything.', 'Thank you.'] });
  model
    .when({ turn: 1 })
    .says('This is a long story with many words that nobody will ever hear to its end today.')
    .when({ turn: 2 })
    .says('You are welcome.')
    .otherwise()
    .says('Good day.');
  const antiphon = await createAntiphon({
    config: {
      file: 'agents.yaml',
      text: 'version: 1\nproviders: { m: { type: local } }\nagents: { a: { provider: m, greeting: { say: Good day. } } }',
    },
    providers: { m: new ModelProvider(model) },
    env: {},
  });
  const lines: string[] = [];
  const [{ answerCalls }, { placeCall }] = [await example('server'), await example('client')];
  const server = await answerCalls({ antiphon, log: (line) => lines.push(line) });
  const network = await badNetwork(server.port);
  const speech = speechLike({ durationMs: 600, sampleRateHz });
  const samples = new Int16Array(3.2 * sampleRateHz);
  samples.set(speech);
  samples.set(speech, 2.6 * sampleRateHz);
  const { heard, counts } = await placeCall({ port: network.port, samples, replyMs: 1500 });
  await network.close();
  await server.close();

  const said = lines.filter((line) => /^(agent|user): /.test(line));
  expect(said).toEqual([
    'agent: Good day.',
    'user: Tell me everything.',
    expect.stringMatching(/^agent: This is/),
    'user: Thank you.',
    'agent: You are welcome.',
  ]);
  const [, story, thanks] = utterances(heard);
  const heardMs = (story?.toMs ?? 0) - (story?.fromMs ?? 0);
  const cut = model.conversation.items.find(({ keptMs }) => keptMs !== undefined);
  // What counts as heard was heard; the news of the last of it was still on its way.
  expect(cut?.keptMs).toBeLessThanOrEqual(heardMs + 40);
  expect(cut?.keptMs).toBeGreaterThan(heardMs - 350);
  expect(heardMs).toBeLessThan(2500);
  expect((thanks?.toMs ?? 0) - (thanks?.fromMs ?? 0)).toBeGreaterThan(700);
  expect(counts.concealedMs).toBeGreaterThan(0);
  expect(lines.find((line) => line.includes('From there'))).toMatch(/"concealedMs":[1-9]/);
  expect(lines.find((line) => line.startsWith('To there'))).toMatch(/"packets":[1-9]\d.*"unacknowledgedMs":/);
});
