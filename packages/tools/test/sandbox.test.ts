import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ToolContext } from '../src/define-tool.ts';
import { SandboxCode } from '../src/isolation/sandbox/sandbox-code.ts';
import { memoryLogger } from './support/host.ts';

const kit = `
  import { definePlugin, defineTool, ToolError } from '@antiphon/tools';
  const tool = (name: string, execute: any, more: object = {}) =>
    defineTool({ name, description: name, input: { type: 'object' }, effects: 'none', execute, ...more });
`;

const outside = mkdtempSync(join(tmpdir(), 'antiphon-sandbox-'));
const folder = join(outside, 'plugins');
mkdirSync(folder);
writeFileSync(join(outside, 'x.ts'), 'export default 1;');
symlinkSync(join(outside, 'x.ts'), join(folder, 'link.ts'));
afterAll(() => rmSync(outside, { recursive: true, force: true }));

function sandboxOf(name: string, text: string): SandboxCode {
  writeFileSync(join(folder, name), text);
  return new SandboxCode({ use: `./${name}`, baseDir: folder, memoryMb: 16, allow: [] });
}

describe('what cannot run in a sandbox is refused with its place', () => {
  it.each([
    [
      'zod',
      `import { z } from 'zod';\nexport default z;`,
      'tool.sandbox_import',
      /imports "zod" at .*plugin\.ts:1:19/,
    ],
    ['the machine', `import fs from 'node:fs';\nexport default fs;`, 'tool.sandbox_import', /"node:fs"/],
    [
      'a link to what lies above',
      `import x from './link';\nexport default x;`,
      'tool.sandbox_import',
      /link/,
    ],
    ['what lies above', `import x from '../x';\nexport default x;`, 'tool.sandbox_import', /"\.\.\/x"/],
    ['wrong syntax', 'export default {{', 'tool.plugin_syntax', /plugin\.ts:1:/],
    ['no default', 'export const a = 1', 'tool.plugin_no_default', /no default export/],
    ['another value', 'export default 7', 'tool.plugin_wrong_default', /the number/],
  ])('%s', async (_what, text, code, message) => {
    const error: unknown = await sandboxOf('plugin.ts', text)
      .open()
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ reported: { code, message: expect.stringMatching(message) } });
  });
});

describe('hostile code in a sandbox', () => {
  const stopped = { message: expect.stringMatching(/stopped after|never resolved/) };
  const bounded = { message: expect.stringMatching(/stopped after|never resolved|memory was full/) };
  const failed = { message: expect.any(String) };
  const invalid = { kind: 'not-json' };
  const value = (output: unknown) => ({ kind: 'json', value: output });
  const table: readonly (readonly [what: string, code: string, outcome: object])[] = [
    ['endless loop', 'for (;;);', stopped],
    ['endless loop that catches', 'for (;;) try { for (;;); } catch {}', stopped],
    // Each link of the chain is kept, so the memory may be full before the time is over.
    ['endless microtasks', 'const f = () => Promise.resolve().then(f); return f()', bounded],
    ['endless timers', 'const f = () => setTimeout(f, 0); f(); return new Promise(() => {})', stopped],
    ['catastrophic pattern', 'return /(a+)+$/.test("a".repeat(60) + "b")', stopped],
    ['promise that is never resolved', 'return new Promise(() => {})', failed],
    ['thenable that never answers', 'return { then() {} }', failed],
    ['heap bomb of objects', 'const all = []; for (;;) all.push(new Array(1000).fill(all))', failed],
    ['heap bomb of one array', 'return new Array(1e9).fill(0)', failed],
    [
      'heap bomb of a map',
      'const m = new Map(); for (let i = 0; ; i++) m.set("k".repeat(1000) + i, i)',
      failed,
    ],
    ['heap bomb of a text', 'let s = "x"; for (;;) s += s', failed],
    ['heap bomb of a buffer', 'const all = []; for (;;) all.push(new ArrayBuffer(1e6))', failed],
    ['deep recursion', 'const f = () => f() + 1; return f()', failed],
    ['deep JSON', 'return JSON.parse("[".repeat(1e5))', failed],
    ['deep result', 'let a = []; for (let i = 0; i < 5e4; i++) a = [a]; return a', failed],
    ['circular result', 'const a = {}; a.a = a; return a', invalid],
    ['function as result', 'return () => 1', invalid],
    ['big integer as result', 'return 1n', invalid],
    ['hostile toJSON', 'return { toJSON() { for (;;); } }', stopped],
    ['huge result', 'return { a: "x".repeat(3e6) }', { kind: 'too-large' }],
    ['thrown null', 'throw null', failed],
    ['thrown symbol', 'throw Symbol("x")', failed],
    [
      'thrown proxy',
      'throw new Proxy({}, { get() { throw 1 }, has() { throw 1 }, getPrototypeOf() { throw 1 } })',
      failed,
    ],
    [
      'thrown error with a hostile message',
      'throw Object.defineProperty(new Error(), "message", { get() { throw 1 } })',
      failed,
    ],
    [
      'pollution of prototypes',
      'Object.prototype.polluted = 1; Array.prototype.push = () => 7; JSON.stringify = () => "null"; return 1',
      value(1),
    ],
    ['what stays of it', 'return [({}).polluted ?? null, [1].push(2)]', value([null, 2])],
    [
      'keys of prototypes as result',
      'return JSON.parse(\'{"__proto__": {"polluted": 1}, "a": 1}\')',
      { kind: 'json' },
    ],
    [
      'ways out',
      'return [typeof process, typeof require, typeof Buffer, typeof WebAssembly, typeof XMLHttpRequest, typeof Deno, typeof std, typeof os]',
      value(['undefined', 'function', ...Array.from({ length: 6 }, () => 'undefined')]),
    ],
    ['a module of the machine by require', 'return require("node:fs")', failed],
    [
      'a function made of a text',
      'return [new Function("return typeof process")(), (0, eval)("typeof globalThis.process")]',
      value(['undefined', 'undefined']),
    ],
    [
      'the constructor of a host function',
      'return fetch.constructor("return typeof process")()',
      value('undefined'),
    ],
    ['import()', 'return import("node:fs")', failed],
    ['own globals', 'globalThis.setTimeout = undefined; globalThis.Promise = undefined; return 1', value(1)],
    ['a flood of words', 'for (let i = 0; i < 1e3; i++) c.say("x".repeat(1e4)); return 1', value(1)],
    ['too many timers', 'for (let i = 0; i < 1e4; i++) setTimeout(() => {}, 1e6); return 1', failed],
    [
      'too many requests',
      'await Promise.all(Array.from({ length: 100 }, () => fetch("http://10.0.0.1/"))); return 1',
      failed,
    ],
    ['an address that is not allowed', 'return fetch("http://127.0.0.1/")', { code: 'tool.http_forbidden' }],
    ['a file as address', 'return fetch("file:///etc/passwd")', { code: 'tool.http_forbidden' }],
  ];

  let sandbox: SandboxCode;

  beforeAll(async () => {
    const tools = table.map(([, code, outcome], index) => {
      const timeoutMs = outcome === stopped ? 200 : outcome === failed ? 1_000 : 20_000;
      return `tool('t${index}', async (_: any, c: any) => { ${code} }, { timeoutMs: ${timeoutMs} })`;
    });
    sandbox = sandboxOf(
      'hostile.ts',
      `${kit} export default [${tools.join(',\n')}, tool('good', () => 'here')];`,
    );
    await sandbox.open();
    await sandbox.setUp({}, memoryLogger());
  });

  const call = (tool: string) => sandbox.call(tool, {}, context).catch((error: unknown) => error);

  it.each(table)('%s', async (_what, code, outcome) => {
    const index = table.findIndex(([, other]) => other === code);
    expect(await call(`t${index}`)).toMatchObject(outcome);
    expect(await call('good')).toEqual({ kind: 'json', value: 'here' });
  });
});

const context: ToolContext = {
  signal: new AbortController().signal,
  session: {
    ...{ id: 'sess_1', agent: 'desk', caller: {}, callControl: undefined },
    signal: new AbortController().signal,
    end: () => undefined,
    note: () => undefined,
  },
  call: { id: 'call_1', name: 'tool' },
  log: memoryLogger(),
  progress: () => undefined,
  report: () => undefined,
  say: () => undefined,
};
