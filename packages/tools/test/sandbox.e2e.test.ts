import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { PluginFolder } from './support/isolated.ts';

const folder = new PluginFolder();

const kit = `
  import { definePlugin, defineTool, ToolError, toolResult } from '@antiphon/tools';
  const tool = (name: string, execute: any, more: object = {}) =>
    defineTool({ name, description: name, input: { type: 'object', properties: { text: { type: 'string' } } }, effects: 'none', execute, ...more });
`;

describe('a plugin in a sandbox', () => {
  afterEach(() => folder.clear());

  it('is given JSON and what the host has for it, and nothing else', async () => {
    const web = createServer((request, response) => {
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ path: request.url }));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => web.once('listening', resolve));
    const { port } = web.address() as AddressInfo;
    const { tools, call, log } = await folder.load(
      {
        'plugin.ts': `${kit}
        import { shout } from './words';
        enum Kind { One = 'one' }
        let count = 0;
        export default definePlugin({
          name: 'echo',
          config: { type: 'object', properties: { greeting: { type: 'string' }, port: { type: 'integer' } }, required: ['greeting'] },
          async setup(ctx: any, { greeting, port }: any) {
            ctx.guard({ name: 'no_x', on: 'input', check: async (text: string) => ({ ok: !text.includes('x') }) });
            ctx.tool(tool('facts', async ({ text }: { text: string }, c: any) => {
              c.progress({ half: 1 });
              c.say('A moment.');
              console.log('written', { a: 1 });
              await new Promise((resolve) => setTimeout(resolve, 1));
              count += 1;
              return { text: shout(text), greeting, kind: Kind.One, count, session: c.session, call: c.call };
            }, { timeoutMs: 5000, intents: [{ match: ['facts of {text}'] }] }));
            ctx.tool(tool('fetched', async ({ text }: any) => (await fetch(text.replace('PORT', port))).json()));
            ctx.tool(tool('shown', (_: any, c: any) => {
              c.report({ first: 1 });
              return toolResult({ model: { sum: 2 }, ui: { rows: [1, 1] } });
            }));
            ctx.tool(tool('refuse', () => { throw new ToolError('There is none.', { code: 'tool.none', data: { near: 2 } }); }));
          },
        });`,
        'words.ts': 'export const shout = (text: string): string => text.toUpperCase();',
      },
      { isolation: 'sandbox', config: { greeting: 'hi', port }, allow: [`127.0.0.1:${port}`] },
    );
    expect(tools.problems).toEqual([]);
    expect(tools.registry.get('facts')?.spec).toMatchObject({
      timeoutMs: 5000,
      intents: [{}],
      effects: 'none',
    });
    const told: unknown[] = [];
    const listener = {
      say: (text: string) => told.push(text),
      progress: (value: unknown) => told.push(value),
    };
    for (let time = 0; time < 2; time += 1) {
      expect(await call('facts', { text: 'a' }, { listener })).toMatchObject({
        status: 'completed',
        output: {
          ...{ text: 'A', greeting: 'hi', kind: 'one', count: 1 },
          session: { id: 'sess_1', agent: 'desk', caller: { id: 'anna' } },
        },
      });
    }
    expect(told.slice(0, 2)).toEqual([{ half: 1 }, 'A moment.']);
    const early: unknown[] = [];
    const report = (value: unknown) => early.push(value);
    expect(await call('shown', {}, { listener: { report } })).toMatchObject({
      output: { sum: 2 },
      ui: { rows: [1, 1] },
    });
    expect(early).toEqual(['{"first":1}']);
    expect(log.lines.map(({ message }) => message)).toContain('written {"a":1}');
    expect(await call('facts', { text: 3 })).toMatchObject({ output: { code: 'tool.arguments_invalid' } });
    expect(await call('refuse')).toMatchObject({
      output: { error: 'There is none.', code: 'tool.none', data: { near: 2 } },
    });
    expect(await call('fetched', { text: 'http://127.0.0.1:PORT/a' })).toMatchObject({
      output: { path: '/a' },
    });
    expect(await call('fetched', { text: 'http://169.254.169.254/' })).toMatchObject({
      output: { code: 'tool.http_forbidden' },
    });
    const signal = new AbortController().signal;
    expect(await tools.guards.get('no_x')?.check('xyz', { final: true, signal })).toEqual({ ok: false });
    web.close();
  });

  it('is refused with the place of what it cannot have', async () => {
    const text = `import { z } from 'zod';\nexport default z;`;
    const { tools } = await folder.load({ 'plugin.ts': text }, { isolation: 'sandbox' });
    expect(tools.problems).toMatchObject([
      {
        code: 'tool.sandbox_import',
        hint: expect.stringContaining('JSON Schema'),
        where: { line: 1, column: 19 },
      },
    ]);
  });

  it('that never ends is stopped at its time', async () => {
    const { call, log } = await folder.load(
      {
        'plugin.ts': `${kit}
        export default [tool('loop', () => { for (;;); }, { timeoutMs: 500 }), tool('good', () => 'here')];`,
      },
      { isolation: 'sandbox' },
    );
    await call('good');
    expect(await call('loop')).toMatchObject({ status: 'timed_out' });
    expect(await call('good')).toMatchObject({ output: 'here' });
    expect(log.lines.filter(({ message }) => message.startsWith('the worker of'))).toEqual([]);
  });
});
