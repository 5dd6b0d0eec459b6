import type { Project } from './write-project.ts';

/** What the package is built and tested with. */
export const pluginVersions = {
  antiphon: '^0.1.0',
  '@antiphon/testing': '^0.1.0',
  '@antiphon/tools': '^0.1.0',
  '@types/node': '^20.19.25',
  typescript: '^7.0.2',
  zod: '^4.6.7',
} as const;

const source = `import { defineTool, ToolError } from '@antiphon/tools';
import { z } from 'zod';

const days = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

export default defineTool({
  name: 'opening_hours',
  description: 'When the shop is open on a day of the week',
  input: z.object({ day: z.enum(days).describe('Day of the week') }),
  effects: 'none',
  intents: [{ match: ['when are you open on {day}'], reply: 'On {{day}} we are open {{result.hours}}.' }],
  execute({ day }) {
    if (day === 'sunday') throw new ToolError('The shop is closed on Sundays.');
    return { day, hours: day === 'saturday' ? 'from ten to two' : 'from nine to six' };
  },
});
`;

const test = `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testConversation, testTool } from '@antiphon/testing';
import openingHours from './index.js';

test('tells the hours of a day', async () => {
  const tool = await testTool(openingHours);
  const { status, output } = await tool.call({ day: 'saturday' });
  assert.equal(status, 'completed');
  assert.deepEqual(output, { day: 'saturday', hours: 'from ten to two' });
  await tool.close();
});

test('tells the model what is wrong', async () => {
  const tool = await testTool(openingHours);
  const closed = await tool.call({ day: 'sunday' });
  assert.match(closed.modelText, /closed on Sundays/);
  const unknown = await tool.call({ day: 'someday' });
  assert.equal(unknown.status, 'rejected');
  assert.match(unknown.modelText, /monday/);
  await tool.close();
});

test('an agent answers with it', async () => {
  const conversation = await testConversation({ plugins: [openingHours] });
  const { calls, agent } = await conversation.turn({
    user: 'When are you open on Monday?',
    calls: [{ name: 'opening_hours', arguments: { day: 'monday' } }],
    agent: 'We are open {{opening_hours.hours}}.',
  });
  assert.equal(calls[0]?.status, 'completed');
  assert.equal(agent, 'We are open from nine to six.');
  await conversation.close();
});
`;

const agentFile = `version: 1
plugins: [./src/index.ts]
agents:
  shop:
    instructions: You answer for a small shop, in one short sentence.
    tools: [opening_hours]
    greeting: { say: "Hello! When would you like to come?" }
`;

const compilerOptions = {
  target: 'es2023',
  module: 'nodenext',
  rootDir: 'src',
  outDir: 'dist',
  declaration: true,
  strict: true,
  skipLibCheck: true,
  types: ['node'],
};

/** A package with one tool, its tests, and an agent that uses it. */
export function pluginProject(name: string): Project {
  return {
    files: {
      'package.json': asJson(manifestOf(name)),
      'tsconfig.json': asJson({ compilerOptions, include: ['src'] }),
      'src/index.ts': source,
      'src/index.test.ts': test,
      'agents.yaml': agentFile,
      'README.md': readmeOf(name),
      '.gitignore': 'node_modules/\ndist/\nanswers/\n.env\n',
    },
    next: ['npm install', 'npm test', 'npx antiphon run --text "When are you open on Monday?"'],
  };
}

function manifestOf(name: string): object {
  const { zod, ...others } = pluginVersions;
  return {
    name,
    version: '0.1.0',
    description: 'When a shop is open: a tool for Antiphon',
    type: 'module',
    engines: { node: '>=20.19.0' },
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
    files: ['dist', '!dist/*.test.*'],
    scripts: {
      build: 'tsc',
      test: 'tsc && node --test dist/index.test.js',
      prepare: 'tsc',
    },
    dependencies: { zod },
    peerDependencies: { '@antiphon/tools': pluginVersions['@antiphon/tools'] },
    devDependencies: others,
  };
}

function readmeOf(name: string): string {
  return `# ${name}

A tool for Antiphon: when a shop is open.

\`\`\`yaml
# agents.yaml
plugins: [${name.startsWith('@') ? `"${name}"` : name}]
agents:
  shop: { instructions: You answer for a small shop., tools: [opening_hours] }
\`\`\`

| to | run |
| --- | --- |
| compile and test | \`npm test\` |
| check the agent file and the tool | \`npx antiphon check\` |
| call the tool as a model would | \`npx antiphon tools call opening_hours '{"day":"monday"}' --trace\` |
| talk with an agent that has it, offline | \`npx antiphon run --text "When are you open on Monday?"\` |
`;
}

function asJson(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
