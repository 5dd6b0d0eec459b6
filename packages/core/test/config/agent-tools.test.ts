import { parseAgentsFile } from '@antiphon/core';
import { describe, expect, it } from 'vitest';

const tool = (use: string, more = '') =>
  `{ description: Asks., parameters: { question: { type: string } }, agent: { use: ${use}${more} } }`;

function check(tools: Readonly<Record<string, string>>, agents: Readonly<Record<string, string>>) {
  const lines = [
    'version: 1',
    'default_agent: desk',
    'tools:',
    ...Object.entries(tools).map(([name, text]) => `  ${name}: ${text}`),
    'agents:',
    ...Object.entries(agents).map(([name, list]) => `  ${name}: { instructions: Help., tools: [${list}] }`),
  ];
  const parsed = parseAgentsFile(lines.join('\n'), { file: 'agents.yaml', env: {} });
  return parsed.ok
    ? []
    : parsed.problems.map(({ code, line, message, hint }) => ({ code, line, message, hint }));
}

describe('a tool that asks an agent', () => {
  it('is sound', () => {
    expect(
      check(
        { ask: tool('other', ', prompt: "About {{question}}", max_turns: 2') },
        { desk: 'ask', other: '' },
      ),
    ).toEqual([]);
  });

  it('names an agent that there is', () => {
    expect(check({ ask: tool('othr') }, { desk: 'ask', other: '' })).toMatchObject([
      { code: 'config.unknown_agent', line: 4, hint: expect.stringContaining('other') },
    ]);
  });

  it('has slots of its parameters only', () => {
    expect(
      check({ ask: tool('other', ', prompt: "{{qestion}}"') }, { desk: 'ask', other: '' }),
    ).toMatchObject([{ code: 'config.unknown_parameter', line: 4 }]);
  });

  it.each<[what: string, tools: Record<string, string>, agents: Record<string, string>, way: string]>([
    ['at once', { ask: tool('desk') }, { desk: 'ask' }, 'desk → desk'],
    ['by a pattern', { ask_desk: tool('desk') }, { desk: '"ask_*"' }, 'desk → desk'],
    [
      'by others',
      { a: tool('b'), b: tool('c'), c: tool('desk') },
      { desk: 'a', b: 'b', c: 'c' },
      'b → c → desk → b',
    ],
  ])('does not lead an agent back to itself, %s', (_what, tools, agents, way) => {
    const problems = check(tools, agents);
    expect(problems[0]).toMatchObject({
      code: 'config.agent_recursion',
      line: 4,
      message: expect.stringContaining(way),
    });
    expect(problems).toHaveLength(Object.keys(tools).length);
  });

  it('may be asked by several, and two may ask the same', () => {
    expect(check({ a: tool('c'), b: tool('c') }, { desk: 'a, b', c: '' })).toEqual([]);
  });
});
