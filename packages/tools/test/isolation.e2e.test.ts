import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { EndedSession } from '../src/index.ts';
import { PluginFolder } from './support/isolated.ts';

const folder = new PluginFolder();

afterEach(() => folder.clear());

const load = (text: string, options: object = {}) =>
  folder.load({ 'plugin.ts': text }, { isolation: 'worker', ...options });

const kit = `
  import { definePlugin, defineTool, ToolError, toolResult } from '@antiphon/tools';
  import { z } from 'zod';
  const tool = (name: string, execute: any, more: object = {}) =>
    defineTool({ name, description: name, input: z.object({ text: z.string().default('none').transform((t) => ({ t })) }), effects: 'none', execute, ...more });
`;

describe('a plugin in a worker', () => {
  it('has its hooks called where it runs', async () => {
    const { tools, log } = await load(
      `${kit}
      export default definePlugin({
        name: 'crm',
        setup(ctx) {
          ctx.onSessionStart(async ({ id, caller, signal }) => ({ variables: { id, aborted: String(signal.aborted) }, caller: { was: caller.tenant } }));
          ctx.onSessionEnd(({ transcript, outcome }) => ctx.log.info(outcome.status, { transcript }));
          ctx.health(() => 'three connections');
          ctx.health(({ aborted }) => { if (!aborted) throw new Error('no database'); });
        },
      });`,
    );
    const [hooks] = tools.hooks;
    const { signal } = new AbortController();
    const session = { id: 'sess_1', agent: 'desk', caller: { tenant: 'acme' }, signal };
    expect(await hooks?.starts[0]?.({ ...session, resumed: false })).toEqual({
      variables: { id: 'sess_1', aborted: 'false' },
      caller: { was: 'acme' },
    });
    const usage = {} as EndedSession['usage'];
    await hooks?.ends[0]?.({
      ...session,
      outcome: { status: 'completed', reason: 'done' },
      transcript: 'user: Hello',
      history: [],
      usage,
      seconds: 3,
    });
    expect(log.lines).toContainEqual(
      expect.objectContaining({ message: 'completed', data: { transcript: 'user: Hello' } }),
    );
    expect(await tools.health(5_000)).toMatchObject([
      { plugin: 'crm', status: 'unhealthy', detail: 'no database' },
    ]);
  });

  it('is called as one in this process', async () => {
    const { tools, call, host, log } = await load(
      `${kit}
      import { threadId, parentPort, workerData } from 'node:worker_threads';
      export default definePlugin({
        name: 'echo',
        config: z.object({ greeting: z.string() }),
        setup(ctx, { greeting }) {
          ctx.guard({ name: 'no_x', on: 'input', check: async (text) => ({ ok: !text.includes('x') }) });
          ctx.tool(tool('facts', ({ text }: any, c: any) => {
            c.progress({ half: 1 });
            c.say('A moment.');
            c.log.info('said', { n: 1 });
            return { text: text.t, greeting, thread: threadId > 0, caller: c.session.caller, agent: c.session.agent,
              id: c.session.id, call: c.call, port: Object.keys(workerData) };
          }, { intents: [{ match: ['facts of {text}'], reply: '{{result.text}}' }], timeoutMs: 5000 }));
          ctx.tool(tool('shown', (_: any, c: any) => {
            c.report({ first: 1 });
            return toolResult({ model: { sum: 2 }, ui: { rows: [1, 1] } });
          }));
          ctx.tool(tool('refuse', () => { throw new ToolError('There is none.', { code: 'tool.none', data: { near: 2 } }); }));
          ctx.tool(tool('stop', (_: any, c: any) => new Promise((_resolve, reject) => {
            c.signal.addEventListener('abort', () => { console.log('told', c.signal.reason.name); reject(c.signal.reason); });
            c.progress('begun');
          })));
          ctx.tool(tool('line', async ({ text }: any, c: any) => {
            c.session.note('noted');
            c.session.end('over');
            await c.session.callControl.transfer(text.t);
            return Object.keys(c.session.callControl);
          }));
          ctx.tool(tool('session', (_: any, c: any) => {
            c.session.signal.addEventListener('abort', () => c.log.info('the session is over'));
            return null;
          }));
          ctx.onClose(() => ctx.log.info('closed in order'));
        },
      });`,
      { config: { greeting: 'hi' } },
    );
    expect(tools.problems).toEqual([]);
    expect(tools.registry.get('facts')?.spec).toMatchObject({
      timeoutMs: 5000,
      parameters: { properties: { text: { type: 'string' } } },
      intents: [{ match: ['facts of {text}'] }],
    });
    const shown = { status: 'completed', output: { sum: 2 }, ui: { rows: [1, 1] } };
    const early: unknown[] = [];
    expect(
      await call('shown', {}, { listener: { report: (value: unknown) => early.push(value) } }),
    ).toMatchObject(shown);
    expect(early).toEqual(['{"first":1}']);
    const told: unknown[] = [];
    const listener = {
      say: (text: string) => told.push(text),
      progress: (value: unknown) => told.push(value),
    };
    expect(await call('facts', { text: 'a' }, { listener })).toMatchObject({
      status: 'completed',
      output: {
        text: 'a',
        greeting: 'hi',
        thread: true,
        caller: { id: 'anna' },
        agent: 'desk',
        id: 'sess_1',
        call: { id: 'call_2', name: 'facts' },
        port: [],
      },
    });
    expect(told).toEqual([{ half: 1 }, 'A moment.']);
    expect(await call('facts', { text: 3 })).toMatchObject({
      status: 'rejected',
      output: { code: 'tool.arguments_invalid', error: expect.stringContaining('"text"') },
    });
    expect(await call('refuse')).toMatchObject({
      status: 'failed',
      output: { error: 'There is none.', code: 'tool.none', data: { near: 2 } },
    });
    told.length = 0;
    const whole = {
      ...listener,
      note: (text: string) => told.push(text),
      end: (reason: string) => told.push(reason),
    };
    expect(await call('line', { text: 'tel:1' }, { listener: whole })).toMatchObject({
      output: ['transfer'],
    });
    expect(await call('line', { text: 'tel:2' })).toMatchObject({ output: { code: 'tool.failed' } });
    expect(told).toEqual(['noted', 'over']);
    expect(log.lines.find(({ level }) => level === 'error')?.data['error']).toBe('Error: there is no tel:2');
    const stopping = new AbortController();
    expect(
      await call('stop', {}, { signal: stopping.signal, listener: { progress: () => stopping.abort() } }),
    ).toMatchObject({
      status: 'cancelled',
    });
    expect(await tools.guards.get('no_x')?.check('xyz', { final: true, signal: stopping.signal })).toEqual({
      ok: false,
    });
    await call('session');
    host.close();
    await tools.close();
    const lines = log.lines.map(({ message }) => message);
    expect(lines).toEqual(
      expect.arrayContaining(['said', 'the session is over', 'told AbortError', 'closed in order']),
    );
  });

  it('that cannot be started again is told of as unhealthy, until it runs', async () => {
    const mark = join(mkdtempSync(join(tmpdir(), 'antiphon-health-')), 'broken');
    const { call, tools } = await load(
      `${kit}
      import { existsSync, writeFileSync } from 'node:fs';
      export default definePlugin({
        name: 'crm',
        setup(ctx) {
          if (existsSync(${JSON.stringify(mark)})) throw new Error('no database');
          ctx.tool(tool('exits', () => { writeFileSync(${JSON.stringify(mark)}, ''); process.exit(0); }));
        },
      });`,
    );
    expect(await tools.health(5_000)).toMatchObject([{ plugin: 'crm', status: 'healthy' }]);
    await call('exits');
    await expect
      .poll(async () => (await tools.health(5_000))[0]?.detail, { timeout: 20_000 })
      .toMatch(/does not run: it could not be set up again: .*no database/);
    rmSync(mark);
    await expect
      .poll(async () => (await tools.health(5_000))[0]?.status, { timeout: 20_000 })
      .toBe('healthy');
  });

  it('that crashes ends alone, and is started again', async () => {
    const { call, log } = await load(
      `${kit}
      export default [
        tool('throws', () => { setTimeout(() => { throw new Error('late') }); return new Promise(() => {}) }),
        tool('exits', () => process.exit(0)),
        tool('fills', () => { const all = []; for (;;) all.push({ a: [1, 2, 3] }) }),
        tool('good', () => 'here'),
        tool('slow', () => new Promise(() => {})),
      ];`,
      { memory_mb: 64 },
    );
    const lost = { status: 'failed', output: { code: 'tool.worker_lost' } };
    const slow = call('slow');
    expect(await call('throws')).toMatchObject(lost);
    expect(await slow).toMatchObject(lost);
    expect(await call('good')).toMatchObject({ status: 'completed', output: 'here' });
    expect(await call('exits')).toMatchObject(lost);
    expect(await call('fills')).toMatchObject(lost);
    expect(await call('good')).toMatchObject({ status: 'completed', output: 'here' });
    const ends = log.lines.filter(({ message }) => message === 'the worker of a plugin ended');
    expect(ends.map(({ data }) => data['reason'])).toEqual([
      expect.stringMatching(/^Error: late at .*plugin\.ts:\d+:\d+/),
      'it ended with exit code 0',
      'it used more memory than it may',
    ]);
  });

  it.each([
    ['one text far above its limit', `JSON.stringify(['x'.repeat(5e8)])`, 'it used more memory than it may'],
    [
      'buffers, which no heap holds',
      'setInterval(() => all.push(Buffer.alloc(5e7, 1))); return new Promise(() => {})',
      'it used more memory than it may',
    ],
    ['a crash of the process', `process.kill(process.pid, 'SIGSEGV')`, 'it was ended by SIGSEGV'],
  ])('that takes its process with it harms no other: %s', async (_what, code, reason) => {
    const { call, log } = await load(
      `${kit}
      const all: Buffer[] = [];
      export default [tool('bomb', () => { ${code}; return new Promise(() => {}) }), tool('good', () => 'here')];`,
      { memory_mb: 32 },
    );
    expect(await call('bomb')).toMatchObject({ status: 'failed', output: { code: 'tool.worker_lost' } });
    expect(await call('good')).toMatchObject({ status: 'completed', output: 'here' });
    const ends = log.lines.filter(({ message }) => message === 'the worker of a plugin ended');
    expect(ends.map(({ data }) => data['reason'])).toEqual([reason]);
  });

  it('that never lets go of its thread is ended once the call has had its time, not before', async () => {
    const { call } = await load(
      `${kit}
      const wait = (ms) => { const end = performance.now() + ms; while (performance.now() < end); };
      export default [
        tool('forever', () => { for (;;); }, { timeoutMs: 50 }),
        tool('busy', () => { wait(1_500); return 'done' }),
        tool('stopped', () => new Promise(() => {})),
        tool('good', () => 'here'),
      ];`,
    );
    const stopping = new AbortController();
    const busy = call('busy');
    const stopped = call('stopped', {}, { signal: stopping.signal });
    stopping.abort();
    expect(await stopped).toMatchObject({ status: 'cancelled' });
    expect(await busy).toMatchObject({ status: 'completed', output: 'done' });
    expect(await call('forever')).toMatchObject({ status: 'timed_out' });
    expect(await call('good')).toMatchObject({ status: 'completed', output: 'here' });
  });

  it('has no call lost of which only the arguments were being checked', async () => {
    const { call, log } = await load(
      `${kit}
      export default [
        tool('blocks', () => { const end = performance.now() + 300; while (performance.now() < end); process.exit(4) }),
        tool('good', () => 'here'),
      ];`,
    );
    const blocks = call('blocks', {}, { listener: {} });
    await call('good', { text: 1 });
    const queued = [call('good'), call('good'), call('good')];
    expect(await blocks).toMatchObject({ output: { code: 'tool.worker_lost' } });
    for (const outcome of await Promise.all(queued)) expect(outcome).toMatchObject({ output: 'here' });
    expect(log.lines.filter(({ message }) => message === 'the worker of a plugin ended')).toHaveLength(1);
  });

  it('is told as not run where it was not started again in time', async () => {
    const { call } = await load(
      `${kit}
      import { existsSync, writeFileSync } from 'node:fs';
      const mark = new URL('./started', import.meta.url);
      const isAgain = existsSync(mark);
      writeFileSync(mark, '');
      export default definePlugin({
        name: 'slow',
        async setup(ctx) {
          if (isAgain) await new Promise((resolve) => setTimeout(resolve, 1_000));
          ctx.tool(tool('exits', () => process.exit(0)));
          ctx.tool(tool('good', () => 'here', { timeoutMs: 100 }));
          ctx.tool(tool('patient', () => 'here'));
        },
      });`,
    );
    await call('exits');
    const outcome = await call('good');
    expect(outcome).toMatchObject({ status: 'rejected', output: { code: 'tool.not_ready' } });
    expect(outcome.outputText).toContain('Nothing was done');
    expect(await call('patient')).toMatchObject({ output: 'here' });
  });
});

describe('what is reported of a plugin in a worker', () => {
  const plugin = (config: string, setup: string) =>
    `${kit}\nexport default definePlugin({ name: 'p', config: ${config}, setup() { ${setup} } });`;

  it.each([
    [
      'its config',
      plugin('z.object({ url: z.url() })', ''),
      'tool.plugin_config_invalid',
      /"url" is required/,
    ],
    [
      'its setup',
      plugin('z.object({})', 'throw new Error("no key")'),
      'tool.plugin_setup_failed',
      /no key at .*plugin\.ts:\d+/,
    ],
    ['its syntax', 'export default {{', 'tool.plugin_syntax', /plugin\.ts:1:/],
    ['a process that it ends', 'process.exit(3)', 'tool.plugin_load_failed', /it ended with exit code 3/],
  ])('%s', async (_what, text, code, message) => {
    const { tools } = await load(text);
    expect(tools.problems).toMatchObject([{ code, message: expect.stringMatching(message) }]);
  });
});
