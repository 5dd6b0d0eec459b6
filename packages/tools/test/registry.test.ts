import { AntiphonError } from '@antiphon/core';
import {
  collectTools,
  definePlugin,
  defineTool,
  type Tool,
  type ToolSettings,
  throwProblems,
} from '@antiphon/tools';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { memoryLogger } from './support/host.ts';

const logger = memoryLogger();

function tool(
  name: string,
  options: Partial<{ description: string; input: unknown } & ToolSettings> = {},
): Tool {
  return defineTool({
    name,
    description: 'Does something',
    input: z.object({ city: z.string() }),
    execute: () => null,
    ...options,
  } as Parameters<typeof defineTool>[0]) as Tool;
}

async function collect(values: readonly Tool[], agentTools: readonly string[] = []) {
  return collectTools({
    baseDir: '/nowhere',
    logger,
    values,
    agents: [{ agent: 'concierge', patterns: agentTools }],
  });
}

describe('problems', () => {
  const table: readonly [why: string, tools: readonly Tool[], code: string, says: readonly string[]][] = [
    ['a bad name', [tool('get weather')], 'tool.name_invalid', ['"get weather"', 'plugin "get weather"']],
    ['a long name', [tool('x'.repeat(65))], 'tool.name_invalid', ['x'.repeat(65)]],
    ['no description', [tool('a', { description: ' ' })], 'tool.description_invalid', ['"a"', 'is missing']],
    [
      'a long description',
      [tool('a', { description: 'x'.repeat(1025) })],
      'tool.description_invalid',
      ['1025'],
    ],
    ['a bad schema', [tool('a', { input: {} })], 'tool.schema_invalid', ['"a"', 'plugin "a"', 'empty']],
    ['a bad time-out', [tool('a', { timeoutMs: 0 })], 'tool.setting_invalid', ['"timeoutMs"', 'is 0']],
    [
      'a setting in snake_case',
      [tool('a', { timeout_ms: 5 } as never)],
      'tool.setting_invalid',
      ['"timeout_ms"', 'did you mean "timeoutMs"?'],
    ],
    [
      'a setting that is near one',
      [tool('a', { timeout: 5 } as never)],
      'tool.setting_invalid',
      ['did you mean "timeoutMs"?'],
    ],
    [
      'a setting that there is not',
      [tool('a', { colour: 1 } as never)],
      'tool.setting_invalid',
      ['is no setting'],
    ],
    [
      'a bad choice',
      [tool('a', { effects: 'some' as never })],
      'tool.setting_invalid',
      ['"effects"', '"some"', 'none, external'],
    ],
    [
      'an unknown key field',
      [tool('a', { idempotentBy: ['town'] })],
      'tool.setting_invalid',
      ['"idempotentBy"', '"town"', 'city'],
    ],
    [
      'an unknown slot',
      [tool('a', { intents: [{ match: ['weather in {town}'] }] })],
      'tool.setting_invalid',
      ['{town}', 'city'],
    ],
    [
      'an unknown slot of a reply',
      [tool('a', { intents: [{ match: ['x'], reply: '{{town}}' }] })],
      'tool.setting_invalid',
      ['{{town}}'],
    ],
  ];
  it.each(table)('%s', async (_why, tools, code, says) => {
    const { problems, registry } = await collect(tools);
    expect(problems).toMatchObject([{ code, hint: expect.stringMatching(/\w/) }]);
    for (const words of says) expect(problems[0]?.message).toContain(words);
    expect(registry.names).toEqual([]);
  });

  it('reports all of them together, each once', async () => {
    const { problems } = await collect([
      tool('a b', { description: '', timeoutMs: -1 }),
      tool('c', { input: z.string() }),
    ]);
    expect(problems.map(({ code }) => code)).toEqual([
      'tool.name_invalid',
      'tool.description_invalid',
      'tool.setting_invalid',
      'tool.schema_invalid',
    ]);
    expect(() => throwProblems(problems)).toThrow(/4 problem\(s\).*tool.name_invalid.*tool.schema_invalid/);
  });

  it('throws the one problem as itself', async () => {
    const { problems } = await collect([tool('a', { input: {} })]);
    expect(() => throwProblems(problems)).toThrow(AntiphonError);
    expect(() => throwProblems(problems)).toThrow(
      expect.objectContaining({ code: 'tool.schema_invalid', exitCode: 2 }),
    );
    expect(() => throwProblems([])).not.toThrow();
  });

  it('names both origins of two tools with one name', async () => {
    const twice = (name: string) => definePlugin({ name, setup: (context) => context.tool(tool('same')) });
    const { problems, registry } = await collectTools({
      baseDir: '/nowhere',
      logger,
      values: [twice('first'), twice('second')],
      declared: [
        {
          name: 'same',
          description: 'Same',
          parameters: { type: 'object' },
          http: { url: 'http://127.0.0.1/' },
        },
      ],
    });
    expect(problems.map(({ code, message }) => [code, message])).toEqual([
      ['tool.name_clash', 'two tools are named "same": one from plugin "first", one from plugin "second"'],
      ['tool.name_clash', 'two tools are named "same": one from plugin "first", one from the agent file'],
    ]);
    expect(problems[1]?.where.path).toEqual(['tools', 'same']);
    expect(registry.names).toEqual(['same']);
  });

  it('finds names that no tool has, and says where they stand', async () => {
    const { problems } = await collect(
      [tool('get_weather'), tool('docs_search')],
      ['get_wether', 'docs_*', 'mail_*', 'zzz'],
    );
    expect(problems).toMatchObject([
      {
        code: 'tool.not_listed',
        hint: 'Did you mean "get_weather"?',
        where: { path: ['agents', 'concierge', 'tools', 0] },
      },
      { code: 'tool.pattern_unmatched', where: { path: ['agents', 'concierge', 'tools', 2] } },
      { code: 'tool.not_listed', where: { path: ['agents', 'concierge', 'tools', 3] } },
    ]);
    expect(problems[0]?.message).toContain('get_weather, docs_search');
  });

  it('does not blame an agent for a tool that exists but is unsound', async () => {
    const { problems } = await collect([tool('a', { input: {} })], ['a']);
    expect(problems.map(({ code }) => code)).toEqual(['tool.schema_invalid']);
  });

  it('refuses a value that is neither a plugin nor a tool, and two plugins of one name', async () => {
    const plugin = definePlugin({ name: 'twin', setup: () => undefined });
    const { problems } = await collect([{ name: 'x' } as unknown as Tool, plugin as never, plugin as never]);
    expect(problems.map(({ code }) => code)).toEqual(['tool.plugin_entry_invalid', 'tool.plugin_name_clash']);
  });
});

describe('the registry', () => {
  it('selects by names and patterns, each tool once, in the order of the list', async () => {
    const { registry } = await collect([
      tool('docs_search'),
      tool('docs_read'),
      tool('now'),
      tool('documents'),
    ]);
    expect(registry.select(['now', 'docs_*', 'docs_read', 'gone']).map(({ name }) => name)).toEqual([
      'now',
      'docs_search',
      'docs_read',
    ]);
    expect(registry.select(['*']).length).toBe(4);
    expect(registry.select(['doc.*'])).toEqual([]);
  });

  it('fills in the defaults of a tool', async () => {
    const { registry } = await collect([tool('a')]);
    expect(registry.select(['a'])).toEqual([
      {
        name: 'a',
        description: 'Does something',
        parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
        timeoutMs: 10_000,
        onInterrupt: 'keep',
        start: 'now',
        reply: 'now',
        confirm: 'none',
        effects: 'external',
        idempotentBy: [],
        idempotent: false,
        intents: [],
      },
    ]);
  });
});

describe('the scope of a plugin', () => {
  it('closes in reverse order, also when a closer throws, and only once', async () => {
    const closed: string[] = [];
    const closing = (name: string) =>
      definePlugin({
        name,
        setup: (context) => {
          context.onClose(() => void closed.push(`${name} 1`));
          context.onClose(() => {
            throw new Error('no');
          });
          context.onClose(async () => void closed.push(`${name} 2`));
        },
      });
    const log = memoryLogger();
    const { close } = await collectTools({
      baseDir: '/',
      logger: log,
      values: [closing('a'), closing('b')] as never,
    });
    await close();
    await close();
    expect(closed).toEqual(['b 2', 'b 1', 'a 2', 'a 1']);
    expect(log.lines.filter(({ message }) => message === 'a closer of a plugin failed').length).toBe(2);
  });

  it('closes what a failed setup had opened, and reports the failure', async () => {
    let isOpen = false;
    const plugin = definePlugin({
      name: 'half',
      setup: (context) => {
        isOpen = true;
        context.onClose(() => void (isOpen = false));
        throw new Error('no connection');
      },
    });
    const { problems } = await collect([plugin as never]);
    expect(problems).toMatchObject([
      { code: 'tool.plugin_setup_failed', message: expect.stringContaining('no connection') },
    ]);
    expect(isOpen).toBe(false);
  });

  it('gives up a setup that never ends', async () => {
    const plugin = definePlugin({ name: 'stuck', setup: () => new Promise<void>(() => undefined) });
    const { problems } = await collectTools({ baseDir: '/', logger, values: [plugin], setupLimitMs: 5 });
    expect(problems).toMatchObject([
      { code: 'tool.plugin_setup_failed', message: expect.stringContaining('5 ms') },
    ]);
  });

  it('takes no tools after its setup, and hands observers on', async () => {
    let late: () => void = () => undefined;
    const seen: unknown[] = [];
    const plugin = definePlugin({
      name: 'watcher',
      setup: (context) => {
        context.observe('transcript', (event) => seen.push(event));
        late = () => context.tool(tool('late'));
      },
    });
    const { observers } = await collect([plugin as never]);
    expect(observers).toMatchObject([{ plugin: 'watcher', type: 'transcript' }]);
    observers[0]?.observer('hello');
    expect(seen).toEqual(['hello']);
    expect(late).toThrow(expect.objectContaining({ code: 'tool.plugin_scope_closed' }));
  });
});
