// Calls of the provider's own, by a session with the real runner and a transport in memory.
import { ScriptedProvider, settlePromises, VirtualClock } from '@antiphon/testing';
import { describe, expect, it } from 'vitest';
import { createAntiphon } from '../src/create-antiphon.ts';
import { recordingLogger } from './support/recording-logger.ts';
import { startScripted } from './support/scripted-session.ts';

const item = { id: 'item_m', type: 'mcp_call', server_label: 'docs', name: 'search', arguments: '{"q":1}' };

describe('a connection that is lost while the provider makes a call', () => {
  it('is followed by one that is told that the outcome is unknown, and answers once', async () => {
    const { session, provider, clock, notices } = await startScripted();
    session.sendText('How much leave do I have?');
    await settlePromises();
    const { server } = provider;
    server.send(
      { type: 'response.created', response: { id: 'resp_1', status: 'in_progress', output: [] } },
      { type: 'response.output_item.added', response_id: 'resp_1', output_index: 0, item },
      { type: 'conversation.item.added', previous_item_id: null, item: { ...item, status: 'in_progress' } },
      { type: 'response.mcp_call.in_progress', item_id: 'item_m', output_index: 0 },
    );
    await settlePromises();
    expect(notices).toContainEqual(expect.objectContaining({ type: 'tool_started', server: 'docs' }));
    server.end({ code: 1006, reason: '' });
    await settlePromises();
    await clock.pass(1_000);
    const next = provider.server;
    expect(next).not.toBe(server);
    expect(notices).toContainEqual(
      expect.objectContaining({
        type: 'tool_settled',
        server: 'docs',
        outcome: expect.objectContaining({ status: 'failed' }),
      }),
    );
    const given = next.of('conversation.item.create').map((event) => event.item);
    expect(given).toMatchObject([
      { type: 'message', role: 'user' },
      { type: 'function_call', name: 'search', arguments: '{"q":1}' },
      { type: 'function_call_output', output: expect.stringContaining('outcome is unknown') },
    ]);
    expect(next.of('response.create')).toHaveLength(1);
    next.speak({ responseId: 'resp_1', itemId: 'item_a', text: 'I could not look.' });
    await settlePromises();
    expect(next.of('response.create')).toHaveLength(1);
    expect(next.refused).toEqual([]);
  });
});

describe('an agent whose user is to agree to calls of the provider', () => {
  it.each([
    ['spoken', false],
    ['app', true],
  ])('with confirm: %s is answered by its server, or not: %s', async (confirm, answers) => {
    const provider = new ScriptedProvider({ name: 'mine' });
    const entry = `{ type: mcp, server_label: docs, server_url: "https://m.example", confirm: ${confirm} }`;
    const text = `version: 1
default_agent: a
providers: { mine: { type: openai, model: m, api_key: none } }
agents: { a: { provider: mine, instructions: Help., tools: [${entry}] } }
`;
    await using antiphon = await createAntiphon({
      config: { file: 'agents.yaml', text },
      providers: { mine: provider },
      env: {},
      clock: new VirtualClock(),
      logger: recordingLogger(),
    });
    await antiphon.startSession();
    const [update] = provider.server.of('session.update');
    expect(update?.session).toMatchObject({ tools: [{ type: 'mcp', server_label: 'docs' }] });
    expect(JSON.stringify(update)).not.toContain('confirm');
    expect(JSON.stringify(update).includes('"create_response":false')).toBe(answers === false);
  });
});
