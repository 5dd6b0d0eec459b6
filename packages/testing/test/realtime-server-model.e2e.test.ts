import { FakeRealtimeServer, RealtimeServerModel } from '@antiphon/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BareClient } from './support/bare-client.ts';

let server: FakeRealtimeServer;
beforeEach(async () => {
  server = await FakeRealtimeServer.start();
});
afterEach(async () => {
  await server.close();
});

async function typesUntil(client: BareClient, last: string): Promise<string[]> {
  const types: string[] = [];
  while (types.at(-1) !== last) {
    const event = (await client.read()) as { type: string };
    types.push(event.type);
  }
  return types;
}

describe('a model behind a server', () => {
  it.each([
    [
      'ga',
      'input_text',
      { type: 'realtime', output_modalities: ['audio'] },
      ['conversation.item.added', 'conversation.item.done', 'response.output_audio.delta'],
    ],
    [
      'beta',
      'input_text',
      { modalities: ['audio', 'text'] },
      ['conversation.item.created', 'response.audio.delta'],
    ],
  ] as const)('holds a conversation in the %s dialect', async (dialect, partType, session, expected) => {
    const model = new RealtimeServerModel({ pace: 50 }).when({ said: 'hello' }).says('Hello there.');
    server.onConnection(model.script);
    const path = dialect === 'ga' ? '/v1/realtime' : '/openai/realtime?api-version=2025-04-01-preview';
    const client = await new BareClient(`${server.origin}${path}`).open();
    client.send({ type: 'session.update', session });
    const item = { type: 'message', role: 'user', content: [{ type: partType, text: 'Hello.' }] };
    client.send({ type: 'conversation.item.create', item });
    client.send({ type: 'response.create' });
    const types = await typesUntil(client, 'response.done');
    expect(types).toEqual(expect.arrayContaining([...expected]));
    expect(model.conversation.items.map(({ text }) => text)).toEqual(['Hello.', 'Hello there.']);
    expect(server.peers[0]?.refused).toEqual([]);
  });

  it('falls silent with its connection', async () => {
    const model = new RealtimeServerModel({ pace: 1 })
      .otherwise()
      .says('A very long answer to nothing at all.');
    server.onConnection(model.script);
    server.inject({ kind: 'reset' }, { onSent: 'response.output_audio.delta' });
    const client = await new BareClient(server.url).open();
    client.send({ type: 'response.create' });
    expect(await client.closed).toBe(1006);
    await server.peers[0]?.closed;
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(model.conversation.isOver).toBe(true);
    expect(model.conversation.activeResponses).toEqual([]);
  });
});
