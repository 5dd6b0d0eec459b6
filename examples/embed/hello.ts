import { createAntiphon } from '@antiphon/runtime';
import { defineTool } from '@antiphon/tools';
import { z } from 'zod';

const greet = defineTool({
  name: 'greet',
  description: 'Greets someone by name',
  input: z.object({ name: z.string().describe('Who is greeted') }),
  effects: 'none',
  intents: [{ match: ['(greet|say hello to) {name}'], reply: '{{result.words}}' }],
  execute: ({ name }) => ({ words: `Hello, ${name}!` }),
});

const agents = `
version: 1
agents:
  host: { instructions: You greet people., output_modalities: [text], tools: [greet] }
`;

/** Asks an agent one thing and returns its answer. */
export async function askHost(question: string): Promise<string> {
  await using antiphon = await createAntiphon({
    config: { file: 'hello.yaml', text: agents },
    plugins: [greet],
  });
  const session = await antiphon.startSession({ agent: 'host' });
  const answer = new Promise<string>((resolve) => {
    session.observe('transcript', ({ role, text, final }) => {
      if (role === 'agent' && final) resolve(text);
    });
  });
  session.sendText(question);
  const text = await answer;
  await session.close({ mode: 'drain' });
  return text;
}
