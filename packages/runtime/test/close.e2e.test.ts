// After the end nothing is left, in whatever state the session was: no timer, no socket, no listener, no running tool.
import { getEventListeners } from 'node:events';
import { createAntiphon, type Session } from '@antiphon/runtime';
import { FakeRealtimeServer, RealtimeServerModel, ScriptedCaller } from '@antiphon/testing';
import { defineTool } from '@antiphon/tools';
import { describe, expect, it } from 'vitest';
import { watchHoldings } from './support/leaks.ts';
import { recordingLogger } from './support/recording-logger.ts';

interface Scene {
  readonly session: Session;
  readonly server: FakeRealtimeServer;
  /** The signals that tools were given. */
  readonly signals: readonly AbortSignal[];
}

async function until(condition: () => boolean): Promise<void> {
  const endMs = performance.now() + 5_000;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error('it never came to that');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

const scenes: readonly (readonly [string, (scene: Scene) => Promise<void>])[] = [
  ['nothing happens', async () => {}],
  [
    'the agent speaks',
    async ({ session }) => {
      let sounds = 0;
      session.observe('audio_started', () => (sounds += 1));
      session.sendText('Talk.');
      await until(() => sounds > 0);
    },
  ],
  [
    'a tool runs that does not obey',
    async ({ session, signals }) => {
      session.sendText('Work.');
      await until(() => signals.length > 0);
    },
  ],
  [
    'the connection is lost and the next one is waited for',
    async ({ session, server }) => {
      let losses = 0;
      session.observe('connection_lost', () => (losses += 1));
      server.peers.at(-1)?.reset();
      await until(() => losses > 0);
    },
  ],
  [
    'the next connection is dialled and the server does not answer',
    async ({ session, server }) => {
      let dials = 0;
      session.inspect(({ effects }) => {
        dials += effects.filter(({ type }) => type === 'transport.open').length;
      });
      server.delayUpgrades(Number.POSITIVE_INFINITY);
      server.peers.at(-1)?.reset();
      await until(() => dials > 0);
    },
  ],
  [
    'the server has gone mute',
    async ({ session, server }) => {
      server.peers.at(-1)?.stall();
      session.sendText('Talk.');
      await new Promise((resolve) => setTimeout(resolve, 20));
    },
  ],
];

describe.each(['session', 'runtime', 'signal'] as const)('closed by its %s', (closer) => {
  it.each(scenes)('while %s', async (name, play) => {
    const settle = await watchHoldings();
    const server = await FakeRealtimeServer.start();
    const model = new RealtimeServerModel({ thinkMs: 5, pace: 20 })
      .when({ said: 'work' })
      .calls({ name: 'work' })
      .otherwise()
      .says('One two three four five six seven eight nine ten.');
    server.onConnection(model.script);
    const signals: AbortSignal[] = [];
    const work = defineTool({
      name: 'work',
      description: 'Works.',
      input: { type: 'object', properties: {} },
      execute: (_input, { signal }) => {
        signals.push(signal);
        return new Promise<never>(() => {});
      },
    });
    const antiphon = await createAntiphon({
      config: {
        file: 'agents.yaml',
        text: `version: 1
default_agent: a
providers: { fake: { type: openai, model: m, base_url: "${server.origin}/v1", api_key: none } }
agents: { a: { provider: fake, instructions: Help., tools: ["*"] } }
`,
      },
      plugins: [work],
      env: {},
      logger: recordingLogger(),
    });
    const caller = new ScriptedCaller().staysSilent(60_000);
    const ended = new AbortController();
    const { source, sink } = caller;
    const session = await antiphon.startSession({ source, sink, signal: ended.signal });
    await play({ session, server, signals });

    if (closer === 'session') await session.close({ mode: 'cancel' });
    if (closer === 'signal') ended.abort();
    await antiphon.close();
    await session.closed;
    // A connection that a deaf server holds is known to be gone on this side only.
    const codes = server.peers.slice(-1).flatMap((peer) => (name.includes('mute') ? [] : [peer.closed]));
    for (const { code } of await Promise.all(codes)) expect([1000, 1006]).toContain(code);
    await server.close();
    expect(signals.filter(({ aborted }) => !aborted)).toEqual([]);
    expect(getEventListeners(ended.signal, 'abort')).toEqual([]);
    await settle();
  });
});
