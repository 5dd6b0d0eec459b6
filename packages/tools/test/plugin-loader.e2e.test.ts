import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { CollectedTools, PluginEntry } from '@antiphon/tools';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

// Through require, so that Node loads the package and, from it, the plugins: vitest would load both through Vite.
const require = createRequire(import.meta.url);
const { collectTools } = require('@antiphon/tools') as typeof import('@antiphon/tools');
const { AntiphonError } = require('@antiphon/core') as typeof import('@antiphon/core');

const logger = { debug() {}, info() {}, warn() {}, error() {} };

let folder = '';
let collected: CollectedTools[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antiphon-plugins-'));
  collected = [];
});

afterEach(async () => {
  for (const one of collected) await one.close();
  await rm(folder, { recursive: true, force: true });
});

/** Writes files into a folder outside any `node_modules` and loads the entries from there. */
async function load(files: Readonly<Record<string, string>>, ...plugins: readonly PluginEntry[]) {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  const one = await collectTools({ baseDir: folder, logger, plugins, cacheDir: join(folder, 'cache') });
  collected.push(one);
  return one;
}

const weather = `
  import { defineTool, ToolError } from '@antiphon/tools';
  import { z } from 'zod';
  const Input = z.object({ city: z.string() });
  export default defineTool({
    name: 'get_weather',
    description: 'Weather',
    input: Input,
    execute: ({ city }) => {
      throw new ToolError(city);
    },
  });
`;

describe('what is loaded', () => {
  it.each([
    [
      'a TypeScript tool',
      'weather.ts',
      weather.replace('const Input =', 'enum Unit { C }\n const Input: z.ZodType<{ city: string }> ='),
    ],
    ['an .mts tool that awaits at its top', 'weather.mts', `await Promise.resolve();\n${weather}`],
    ['a JavaScript tool', 'weather.mjs', weather],
    ['a .js tool', 'weather.js', weather],
  ])('%s outside node_modules', async (_what, name, text) => {
    const { registry, problems } = await load({ [name]: text }, `./${name}`);
    expect(problems).toEqual([]);
    expect(registry.select(['get_weather'])).toMatchObject([{ parameters: { required: ['city'] } }]);
  });

  it('a .js module in a package that says it has none, without a word of Node', async () => {
    const warned: string[] = [];
    const listen = ({ message }: Error) => void warned.push(message);
    process.on('warning', listen);
    const { registry, problems } = await load(
      { 'package.json': '{ "name": "x", "type": "commonjs" }', 'weather.js': weather },
      './weather.js',
    );
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', listen);
    expect([problems, warned, registry.select(['get_weather']).length]).toEqual([[], [], 1]);
  });

  it('a plugin with config, in parts', async () => {
    const { registry, problems } = await load(
      {
        'plugins/crm.ts': `
          import { definePlugin, isPlugin } from '@antiphon/tools';
          import { z } from 'zod';
          import { lookUp } from './crm/look-up.ts';
          export default definePlugin({
            name: 'crm',
            config: z.object({ url: z.url(), retries: z.int().default(2) }),
            setup(ctx, { url, retries }) { ctx.tool(lookUp(url, retries)); },
          });`,
        'plugins/crm/look-up.ts': `
          import { defineTool } from '@antiphon/tools';
          export const lookUp = (url: string, retries: number) => defineTool({
            name: 'look_up', description: \`Looks up at \${url}, \${retries} times\`, input: { type: 'object' }, execute: () => 1,
          });`,
      },
      { use: './plugins/crm.ts', config: { url: 'https://crm.example.com' } },
    );
    expect(problems).toEqual([]);
    expect(registry.select(['*'])).toMatchObject([
      { description: 'Looks up at https://crm.example.com, 2 times' },
    ]);
  });

  it.each([['plugin.ts'], ['plugin.mjs']])('%s in the same classes as the host', async (name) => {
    const plugin = `
      import { AntiphonError } from '@antiphon/core';
      import { definePlugin } from '@antiphon/tools';
      export default definePlugin({ name: 'p', setup() { throw new AntiphonError('tool.failed', { tool: 'x' }); } });`;
    const { problems } = await load({ [name]: plugin }, `./${name}`);
    expect(problems[0]?.error.cause).toBeInstanceOf(AntiphonError);
  });

  it('a list of tools, a package, and the built-in plugins', async () => {
    const { registry, problems } = await load(
      {
        'list.ts': `
          import { defineTool } from '@antiphon/tools';
          const tool = (name: string) => defineTool({ name, description: name, input: { type: 'object' }, execute: () => name });
          export default [tool('one'), tool('two')];`,
        'node_modules/some-tools/package.json': '{ "name": "some-tools", "main": "index.mjs" }',
        'node_modules/some-tools/index.mjs': weather,
      },
      './list.ts',
      'some-tools',
      '@antiphon/tools/clock',
      '@antiphon/tools/calculator',
      '@antiphon/tools/timer',
    );
    expect(problems).toEqual([]);
    expect(registry.names).toEqual([
      ...['one', 'two', 'get_weather', 'current_time', 'current_date', 'convert_time'],
      ...['calculate', 'set_timer', 'list_timers', 'cancel_timer'],
    ]);
  });

  it.each<[entries: string, exported: string]>([
    ['import alone', '{ ".": { "types": "./index.d.ts", "import": "./lib/index.js" } }'],
    ['the top', '"./lib/index.js"'],
  ])('a package that says where it begins for %s', async (_for, exported) => {
    const manifest = `{ "name": "esm-tools", "type": "module", "exports": ${exported} }`;
    const files = {
      'node_modules/esm-tools/package.json': manifest,
      'node_modules/esm-tools/lib/index.js': weather,
    };
    const { registry, problems } = await load(files, 'esm-tools');
    expect(problems).toEqual([]);
    expect(registry.names).toEqual(['get_weather']);
  });

  it('keeps compiled plugins in the folder it is given', async () => {
    await load({ 'weather.ts': weather }, './weather.ts');
    expect((await readdir(join(folder, 'cache'))).length).toBeGreaterThan(0);
  });
});

describe('what is reported', () => {
  it('a plugin whose top level does not end', async () => {
    await writeFile(join(folder, 'hangs.mjs'), 'await new Promise(() => {}); export default 1;');
    const given = { baseDir: folder, logger, plugins: ['./hangs.mjs'], cacheDir: join(folder, 'cache') };
    const one = await collectTools({ ...given, setupLimitMs: 50 });
    collected.push(one);
    expect(one.problems).toMatchObject([{ error: { code: 'tool.plugin_load_failed' } }]);
    expect(one.problems[0]?.error.message).toContain('it took longer than 50 ms');
  });

  it.each(['export default', 'throw'])('what throws when it is looked at: %s', async (what) => {
    const traps = `has() { throw 'no' }, get() { throw 'no' }, getPrototypeOf() { throw 'no' }`;
    const name = `traps-${what.slice(0, 5)}.mjs`;
    await writeFile(join(folder, name), `${what} new Proxy({}, { ${traps} });`);
    const one = await collectTools({ baseDir: folder, logger, plugins: [`./${name}`] });
    collected.push(one);
    expect(one.problems).toMatchObject([{ error: { code: 'tool.plugin_load_failed' } }]);
  });

  const entry = (use: string): PluginEntry => ({ use });
  const table: readonly [
    why: string,
    text: string | undefined,
    use: PluginEntry,
    code: string,
    says: readonly string[],
    where: Readonly<Record<string, unknown>>,
  ][] = [
    [
      'a missing file',
      undefined,
      './gone.ts',
      'tool.plugin_not_found',
      ['./gone.ts', 'there is no file'],
      { path: ['plugins', 0] },
    ],
    [
      'a missing package',
      undefined,
      'no-such-tools',
      'tool.plugin_not_found',
      ['no-such-tools', 'npm install'],
      {},
    ],
    [
      'an unknown built-in',
      undefined,
      '@antiphon/tools/clok',
      'tool.plugin_not_found',
      ['"clok"', 'Did you mean "@antiphon/tools/clock"?'],
      {},
    ],
    [
      'a syntax error',
      'const a: number = 1;\nexport default {\n  a: ,\n};\n',
      './plugin.ts',
      'tool.plugin_syntax',
      ['plugin.ts:3:5'],
      { line: 3, column: 5 },
    ],
    [
      'a throw',
      'const a: number = 1;\nthrow new Error("boom " + a);\n',
      './plugin.ts',
      'tool.plugin_load_failed',
      ['boom 1', 'plugin.ts:2:'],
      { line: 2 },
    ],
    [
      'a throw of a text',
      'throw "boom";\n',
      './plugin.ts',
      'tool.plugin_load_failed',
      ['boom', 'plugin.ts'],
      {},
    ],
    [
      'a missing import',
      '\nimport x from "no-such-package";\nexport default x;\n',
      './plugin.ts',
      'tool.plugin_load_failed',
      ['no-such-package', 'plugin.ts:2:15'],
      { line: 2, column: 15 },
    ],
    [
      'no default export',
      'export const a = 1;\n',
      './plugin.ts',
      'tool.plugin_no_default',
      ['export default definePlugin'],
      {},
    ],
    [
      'a function',
      'export default function setup() {}\n',
      './plugin.ts',
      'tool.plugin_wrong_default',
      ['the function "setup"'],
      {},
    ],
    [
      'a plain object',
      'export default { name: "a", execute() {} };\n',
      './plugin.ts',
      'tool.plugin_wrong_default',
      ['an object with name, execute'],
      {},
    ],
    [
      'a list with a stranger',
      'export default [1];\n',
      './plugin.ts',
      'tool.plugin_wrong_default',
      ['item 0', 'number 1'],
      {},
    ],
    [
      'config it does not take',
      weather,
      { use: './plugin.ts', config: { a: 1 } },
      'tool.plugin_config_invalid',
      ['it takes none', '"a"'],
      { path: ['plugins', 0, 'config'] },
    ],
    [
      'a failing setup',
      'import { definePlugin } from "@antiphon/tools";\nexport default definePlugin({ name: "p", setup() {\n  throw new Error("no door");\n} });\n',
      './plugin.ts',
      'tool.plugin_setup_failed',
      ['no door', 'plugin.ts:3:'],
      { line: 3, plugin: 'p' },
    ],
    [
      'an MCP server that is not there',
      undefined,
      { mcp: { command: 'no-such-mcp-server' } },
      'tool.mcp_not_connected',
      ['no-such-mcp-server', 'was not found'],
      {},
    ],
    ['an empty entry', undefined, entry(''), 'tool.plugin_entry_invalid', ['names no plugin'], {}],
  ];
  it.each(table)('%s', async (_why, text, use, code, says, where) => {
    const { problems } = await load(text === undefined ? {} : { 'plugin.ts': text }, use);
    expect(problems).toMatchObject([{ code, where }]);
    const shown = `${problems[0]?.message} ${problems[0]?.hint}`;
    for (const words of says) expect(shown).toContain(words);
    expect(shown).not.toMatch(/\n|node_modules\/jiti|\bat .*:\d+:\d+\)/);
  });

  it.each([['plugin.js'], ['plugin.mjs']])('a syntax error in %s at its place', async (name) => {
    const { problems } = await load({ [name]: 'const a = 1;\nexport default {\n  a: ,\n};\n' }, `./${name}`);
    expect(problems).toMatchObject([{ code: 'tool.plugin_syntax', where: { line: 3, column: 5 } }]);
  });

  it('a syntax error in a part of a plugin, in that part', async () => {
    const { problems } = await load(
      { 'plugin.ts': 'import "./part.ts";\nexport default 1;', 'part.ts': 'const = 1;' },
      './plugin.ts',
    );
    expect(problems).toMatchObject([
      { code: 'tool.plugin_syntax', where: { file: join(folder, 'part.ts'), line: 1 } },
    ]);
  });

  it('a file named without its extension', async () => {
    const { problems } = await load({ 'weather.ts': weather }, './weather');
    expect(problems[0]?.hint).toBe(`Did you mean ${join(folder, 'weather.ts')}?`);
  });

  it('which field of a config is wrong', async () => {
    const plugin = `
      import { definePlugin } from '@antiphon/tools';
      import { z } from 'zod';
      export default definePlugin({ name: 'p', config: z.strictObject({ url: z.url(), n: z.int() }), setup() {} });`;
    const { problems } = await load({ 'p.ts': plugin }, { use: './p.ts', config: { url: 'no', m: 1 } });
    expect(problems).toMatchObject([{ code: 'tool.plugin_config_invalid' }]);
    for (const words of ['"url"', '"n" is required', '"m"']) expect(problems[0]?.message).toContain(words);
  });

  it('everything that is wrong in one run', async () => {
    const { problems, registry } = await load(
      { 'bad.ts': 'const = 1', 'good.ts': weather, 'again.ts': weather },
      './bad.ts',
      './gone.ts',
      './good.ts',
      './again.ts',
    );
    expect(problems.map(({ code, where }) => [code, where.path])).toEqual([
      ['tool.plugin_syntax', ['plugins', 0]],
      ['tool.plugin_not_found', ['plugins', 1]],
      ['tool.name_clash', ['plugins', 3]],
    ]);
    expect(registry.names).toEqual(['get_weather']);
  });
});

it('lets a process with running timers and loaded plugins end by itself', async () => {
  const script = `
    import { collectTools, createToolHost } from '@antiphon/tools';
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    const clock = { nowMs: () => 0, wallMs: () => 0, setTimer: (ms, fire) => { const t = setTimeout(fire, ms); return () => clearTimeout(t); } };
    const { registry } = await collectTools({ baseDir: '.', logger, plugins: ['@antiphon/tools/timer', '@antiphon/tools/calculator'] });
    const host = createToolHost({ registry, agentTools: ['*'], clock, logger });
    const outcome = await host.call({ callId: 'c', name: 'set_timer', argumentsJson: '{"duration_seconds":3600}', sessionId: 's', agentName: 'a' }, new AbortController().signal);
    console.log(outcome.outputText);
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: import.meta.dirname,
    timeout: 60_000,
  });
  expect(JSON.parse(stdout)).toMatchObject({ duration: '1 hour' });
});
