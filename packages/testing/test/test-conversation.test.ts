import { setTimeout as sleep } from 'node:timers/promises';
import { defineTool } from '@antiphon/tools';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { testConversation } from '../src/index.ts';

const weather = defineTool({
  name: 'get_weather',
  description: 'The weather in a city',
  input: z.object({ city: z.string() }),
  async execute({ city }, { say, session }) {
    if (city === 'Oslo') say('Let me look.');
    await sleep(20);
    return { temperature_c: 22, tenant: session.caller['tenant'] ?? 'none' };
  },
});

describe('testConversation', () => {
  it('holds turns with the real runtime and a scripted model', async () => {
    await using conversation = await testConversation({ plugins: [weather], caller: { tenant: 'acme' } });
    const first = await conversation.turn({
      user: 'How is the weather in Rome?',
      calls: [{ name: 'get_weather', arguments: { city: 'Rome' } }],
      agent: 'It is {{get_weather.temperature_c}} degrees.',
    });
    expect(first).toEqual({
      calls: [
        {
          name: 'get_weather',
          arguments: { city: 'Rome' },
          status: 'completed',
          output: { temperature_c: 22, tenant: 'acme' },
          modelText: '{"temperature_c":22,"tenant":"acme"}',
        },
      ],
      said: ['It is 22 degrees.'],
      agent: 'It is 22 degrees.',
    });
    const second = await conversation.turn({ user: 'Thank you.', agent: 'You are welcome.' });
    expect(second).toEqual({ calls: [], said: ['You are welcome.'], agent: 'You are welcome.' });
    expect(conversation.logs.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('shows what the tool has said, and calls that are refused', async () => {
    await using conversation = await testConversation({ plugins: [weather] });
    const { calls, said } = await conversation.turn({
      user: 'And in Oslo, and there?',
      calls: [
        { name: 'get_weather', arguments: { city: 'Oslo' } },
        { name: 'get_weather', arguments: { place: 'there' } },
        { name: 'get_wether' },
      ],
      agent: 'I only know Oslo.',
    });
    expect(calls.map(({ status }) => status).toSorted()).toEqual(['completed', 'rejected', 'rejected']);
    expect(said).toEqual(['Let me look.', 'I only know Oslo.']);
  });

  it('takes an agent file, whatever its provider needs', async () => {
    const text =
      'version: 1\nagents: { desk: { provider: openai, instructions: "You greet {{name}}.", tools: [get_weather] } }\n';
    await using conversation = await testConversation({
      config: { file: 'agents.yaml', text },
      env: {},
      plugins: [weather],
      variables: { name: 'Ann' },
    });
    expect((await conversation.turn({ user: 'Hello', agent: 'Hello, Ann.' })).agent).toBe('Hello, Ann.');
    expect(conversation.session.agentName).toBe('desk');
  });
});
