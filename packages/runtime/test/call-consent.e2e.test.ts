// Calls that somebody has to agree to, where the sound flows between the user and the provider: the question and the answer
// are known by events alone.
import { type FakePeer, spokenCallEvents, toolCallEvents } from '@antiphon/testing';
import { defineTool, type Tool, type ToolSettings } from '@antiphon/tools';
import { describe, expect, it } from 'vitest';
import { agree, callRig } from './support/call-rig.ts';

const question = 'Cancels an order. Order: 17. Shall I go ahead?';

async function joined(confirm: ToolSettings['confirm'], options: object = {}) {
  const runs: unknown[] = [];
  const cancel = defineTool({
    name: 'get_weather',
    description: 'Cancels an order.',
    input: { type: 'object', properties: { order: { type: 'integer' } }, required: ['order'] },
    ...(confirm !== undefined && { confirm }),
    execute: (input) => {
      runs.push(input);
      return { done: true };
    },
  }) as Tool;
  const rig = await callRig({ parts: { plugins: [cancel] } });
  const callId = rig.server.calls.begin();
  const arrival = rig.server.nextPeer();
  const starting = rig.antiphon.startSession({ callId, ...options });
  const peer = await arrival;
  await agree(peer);
  const session = await starting;
  userSays(peer, 'u1', 'Cancel my order, please.');
  for (const event of toolCallEvents('r1', [
    { itemId: 'f1', callId: 'c1', name: 'get_weather', arguments: '{"order":17}' },
  ]))
    peer.send(event);
  return { ...rig, peer, session, runs };
}

/** @param cut what the server does to its own voice when it hears the user. */
function userSays(peer: FakePeer, itemId: string, transcript: string, cut: readonly object[] = []): void {
  const item = {
    id: itemId,
    type: 'message',
    role: 'user',
    status: 'completed',
    content: [{ type: 'input_audio', transcript: null }],
  };
  for (const event of [
    { type: 'input_audio_buffer.speech_started', item_id: itemId, audio_start_ms: 100 },
    ...cut,
    { type: 'input_audio_buffer.speech_stopped', item_id: itemId, audio_end_ms: 900 },
    { type: 'input_audio_buffer.committed', item_id: itemId, previous_item_id: null },
    { type: 'conversation.item.added', previous_item_id: null, item },
    {
      type: 'conversation.item.input_audio_transcription.completed',
      item_id: itemId,
      content_index: 0,
      transcript,
    },
  ])
    peer.send(event as never);
}

/** The question is asked by the voice of the model, told to say exactly this. */
async function askedAloud(peer: FakePeer, responseId: string): Promise<void> {
  for (;;) {
    const { response } = await peer.expect('response.create');
    if (response === undefined) continue;
    expect(response).toMatchObject({ tool_choice: 'none', instructions: expect.stringContaining(question) });
    const [during, stopped] = spokenCallEvents({ responseId, itemId: `${responseId}_item`, text: question });
    for (const event of [...during, stopped]) peer.send(event);
    return;
  }
}

const outputOf = async (peer: FakePeer): Promise<string> => {
  const { item } = await peer.expect('conversation.item.create');
  return item.type === 'function_call_output' ? item.output : '';
};

describe('a call that the user has to agree to, whose sound flows elsewhere', () => {
  it.each([
    ['Yes, please.', '{"done":true}', [{ order: 17 }]],
    ['No, leave it.', 'tool.not_confirmed', []],
  ])('is asked for aloud, and run or not by what is heard: %s', async (reply, output, expected) => {
    const { peer, session, runs } = await joined('spoken');
    const asked = new Promise((resolve) => session.observe('approval_requested', resolve));
    await askedAloud(peer, 'r2');
    expect(await asked).toMatchObject({ by: 'spoken', question, arguments: { order: 17 } });
    userSays(peer, 'u2', reply);
    expect(await outputOf(peer)).toContain(output);
    expect(runs).toEqual(expected);
    await session.close({ mode: 'cancel' });
  });

  it.each([
    ['before', 0],
    ['after', 1],
  ])(
    'takes no yes that cuts the question off, and asks again: the cut is told %s its length',
    async (_when, at) => {
      const { peer, session, runs } = await joined('spoken');
      const [during] = spokenCallEvents({ responseId: 'r2', itemId: 'i2', text: question });
      await peer.expect('response.create');
      await peer.expect('response.create');
      for (const event of during) peer.send(event);
      const cut = [
        { type: 'conversation.item.truncated', item_id: 'i2', content_index: 0, audio_end_ms: 400 },
      ];
      userSays(
        peer,
        'u2',
        'Yes.',
        cut.toSpliced(at, 0, { type: 'output_audio_buffer.cleared', response_id: 'r2' } as never),
      );
      await askedAloud(peer, 'r3');
      expect(runs).toEqual([]);
      userSays(peer, 'u3', 'Yes.');
      expect(await outputOf(peer)).toBe('{"done":true}');
      expect(runs).toHaveLength(1);
      await session.close({ mode: 'cancel' });
    },
  );

  it('is answered in the call after the session has joined it again: its sound went on', async () => {
    const { server, peer, session, runs } = await joined('spoken');
    await askedAloud(peer, 'r2');
    await new Promise((resolve) => session.observe('approval_requested', resolve));
    const arrival = server.nextPeer();
    peer.reset();
    const again = await arrival;
    await agree(again);
    userSays(again, 'u2', 'Yes.');
    expect(await outputOf(again)).toBe('{"done":true}');
    expect(runs).toHaveLength(1);
    await session.close({ mode: 'cancel' });
  });
});

describe('a call that the application has to agree to, whose sound flows elsewhere', () => {
  it.each([
    [true, '{"done":true}', 1],
    [false, 'over the limit', 0],
  ])('is run or not as it says: %s', async (isAgreed, output, times) => {
    const { peer, session, runs } = await joined('app', {
      approve: () => (isAgreed ? true : { approved: false, reason: 'over the limit' }),
    });
    expect(await outputOf(peer)).toContain(output);
    expect(runs).toHaveLength(times);
    await session.close({ mode: 'cancel' });
  });
});
