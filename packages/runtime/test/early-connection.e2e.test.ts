// A connection is being made before its session is put together: where that comes to nothing, nothing is left of it.
import type { SessionStore } from '@antiphon/core';
import { type Antiphon, createAntiphon } from '@antiphon/runtime';
import { FakeRealtimeServer } from '@antiphon/testing';
import { expect, it } from 'vitest';
import { watchHoldings } from './support/leaks.ts';
import { recordingLogger } from './support/recording-logger.ts';

/** The server stays until the end: it is not what ends connections. */
async function start(begin: (antiphon: Antiphon) => Promise<unknown>, store?: SessionStore): Promise<void> {
  const server = await FakeRealtimeServer.start();
  const settle = await watchHoldings();
  const antiphon = await createAntiphon({
    config: {
      file: 'agents.yaml',
      text: `version: 1
providers: { fake: { type: openai, model: m, base_url: "${server.origin}/v1", api_key: none } }
agents: { a: { provider: fake, instructions: Help. } }
`,
    },
    env: {},
    logger: recordingLogger(),
    ...(store && { store }),
  });
  await begin(antiphon);
  await antiphon.close();
  await settle();
  await server.close();
}

it('ends it when the log of the session cannot be opened', async () => {
  const store: SessionStore = {
    open() {
      throw new Error('the disk is full');
    },
    read: async () => undefined,
  };
  await start(async (antiphon) => {
    await expect(antiphon.startSession()).rejects.toThrow('the disk is full');
  }, store);
});

it.each(['signal', 'runtime'] as const)('ends it when the %s ends the session meanwhile', async (closer) => {
  const ended = new AbortController();
  await start(async (antiphon) => {
    const starting = antiphon.startSession({ signal: ended.signal });
    const rejected = expect(starting).rejects.toMatchObject({
      code: closer === 'signal' ? 'session.closed' : 'session.closed_runtime',
    });
    if (closer === 'signal') ended.abort();
    else await antiphon.close();
    await rejected;
  });
});
