import type { JsonObject, Provider, SessionUpdate } from '@antiphon/core';
import { FakeRealtimeServer } from '../fake-realtime-server.ts';
import { toolSpec } from '../fake-tool-host.ts';
import { RealtimeServerModel } from '../model/realtime-server-model.ts';
import { speechLike } from '../signals.ts';
import type { ProviderBench, ProviderSubject } from './provider-contract.ts';

/** A provider of a server of the Realtime protocol, for {@link hostedProviderSubject}. */
export interface HostedProvider {
  /** Makes the provider for a server at `ws://HOST:PORT`, with {@link secret} as its key. */
  readonly create: (origin: string, secret: string) => Provider | Promise<Provider>;
  readonly session?: Partial<SessionUpdate>;
  /** Client events that show what the server takes beyond its dialect. */
  readonly takes?: readonly JsonObject[];
}

const secret = 'sk-contract-5f2c8a91d7';

/**
 * A subject for `providerContract`: the provider of a server of the Realtime protocol, against a fake one that is as
 * strict as the real ones, in the dialect that the provider asks for.
 */
export function hostedProviderSubject({ create, session, takes }: HostedProvider): ProviderSubject {
  return {
    ...(session && { session }),
    question: { text: 'Who are you?', answer: /a voice/i },
    toolQuestion: {
      text: 'What is the weather in Oslo?',
      tool: toolSpec('get_weather'),
      output: { celsius: 9 },
      answer: /nine degrees/i,
    },
    speech: { samples: speechLike({ durationMs: 600, sampleRateHz: 24_000 }), answer: /good morning/i },
    secrets: [secret],
    open: () => openBench(create, takes),
  };
}

async function openBench(
  create: HostedProvider['create'],
  takes: readonly JsonObject[] | undefined,
): Promise<ProviderBench> {
  const model = new RealtimeServerModel({ pace: 40, hears: ['Good morning.'] });
  model
    .when({ said: 'weather', output: 'get_weather' })
    .says('It is nine degrees.')
    .when({ said: 'weather' })
    .calls({ name: 'get_weather', arguments: { city: 'Oslo' } })
    .when({ said: 'Good morning' })
    .says('Good morning to you.')
    .otherwise()
    .says('I am a voice in a test.');
  const server = await FakeRealtimeServer.start(takes === undefined ? {} : { takes });
  server.onConnection(model.script);
  const refusing = await FakeRealtimeServer.start();
  refusing.rejectUpgrades({
    status: 401,
    body: JSON.stringify({ error: { message: `Bad key: ${secret}` } }),
  });
  const closing = await FakeRealtimeServer.start();
  closing.onConnection(async (peer) => {
    const message = `Incorrect API key provided: ${secret}.`;
    peer.send({
      type: 'error',
      error: { type: 'invalid_request_error', code: 'invalid_api_key', message, param: null, event_id: null },
    });
    peer.close(3000, 'invalid_request_error.invalid_api_key');
    await peer.closed;
  });
  const gone = await FakeRealtimeServer.start();
  const { origin: nowhere } = gone;
  await gone.close();
  return {
    provider: await create(server.origin, secret),
    endFromAfar: () => server.peers.at(-1)?.close(1001, 'the far end is done'),
    refused: () => server.peers.flatMap(({ refused }) => refused.map(({ message }) => message)),
    remembered: () => model.conversation.items.map(({ text }) => text ?? ''),
    broken: await Promise.all(
      [nowhere, refusing.origin, closing.origin].map(async (origin) => create(origin, secret)),
    ),
    async close() {
      await Promise.all([server.close(), refusing.close(), closing.close()]);
    },
  };
}
