import type { JsonObject } from '@antiphon/core';
import { createAntiphon } from '@antiphon/runtime';
import { FakeRealtimeServer, type PeerScript, RealtimeServerModel } from '@antiphon/testing';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';

/** What this server keeps to itself. */
const silences = [
  'session.created',
  'session.updated',
  'conversation.item.added',
  'conversation.item.done',
  'conversation.item.created',
  'conversation.item.truncated',
  'rate_limits.updated',
];

let server: FakeRealtimeServer;
let model: RealtimeServerModel;

beforeEach(async () => {
  server = await FakeRealtimeServer.start();
  model = new RealtimeServerModel().when({ said: 'name' }).says('I am small.').otherwise().says('Yes.');
});
afterEach(() => server.close());

/** A model behind a server that tells less than others, and sends pings as events. */
const tacit: PeerScript = async (peer) => {
  const conversation = model.converse({
    send: (event: JsonObject) => void (silences.includes(event['type'] as string) || peer.send(event)),
    close: (code, reason) => peer.close(code, reason),
  });
  peer.onEvent((event) => {
    peer.sendRaw('{"type":"ping","event_id":"p","timestamp":1}');
    conversation.receive(event);
  });
  await peer.closed;
};

async function start(dialect: 'ga' | 'beta') {
  const antiphon = await createAntiphon({
    config: {
      file: 'agents.yaml',
      text: `version: 1
agents: { a: { provider: small, speed: 1.2, max_output_tokens: 99, temperature: 0.7, noise_reduction: { type: near_field } } }
providers:
  small:
    type: openai_compatible
    base_url: "${server.origin}/v1"
    dialect: ${dialect}
    capabilities:
      rejects_settings: [audio.output.speed, max_output_tokens, audio.input.noise_reduction]
      rejects_events: [conversation.item.truncate]
      never_sends: [${silences.filter((type) => type !== 'conversation.item.created').join(', ')}]
`,
    },
    env: {},
  });
  onTestFinished(() => antiphon.close());
  return antiphon.startSession();
}

describe.each(['ga', 'beta'] as const)(
  'a server of the %s dialect that says and takes less than others',
  (dialect) => {
    it('is spoken to within its limits', async () => {
      server.onConnection(tacit);
      const session = await start(dialect);
      const said: string[] = [];
      const warnings: unknown[] = [];
      session.observe(
        'transcript',
        ({ role, text, final }) => void (role === 'agent' && final && said.push(text)),
      );
      session.observe('warning', (warning) => warnings.push(warning));
      for (const question of ['What is your name?', 'Is that so?']) {
        const answered = new Promise<void>((resolve) => {
          const stop = session.observe('audio_done', () => {
            stop();
            resolve();
          });
        });
        session.sendText(question);
        await answered;
      }
      expect(said).toEqual(['I am small.', 'Yes.']);
      expect(warnings).toEqual([]);
      const [peer] = server.peers;
      expect(peer?.refused).toEqual([]);
      expect(peer?.request.path).toBe('/v1/realtime');
      expect(peer?.request.query.toString()).toBe('');
      expect(peer?.request.headers['openai-beta']).toBe(dialect === 'beta' ? 'realtime=v1' : undefined);
      const update = peer?.received.find((event) => event.type === 'session.update');
      expect(JSON.stringify(update)).not.toMatch(/speed|max_output_tokens|noise_reduction|null/);
      await session.close({ mode: 'drain' });
    });
  },
);
