// The memory of a sandbox is used again by the next one: nothing of the first may be in it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type RealmHost, type RealmTask, runInRealm } from '../src/isolation/sandbox/realm.ts';
import { SandboxSource } from '../src/isolation/sandbox/sandbox-source.ts';

const marker = 'left-behind-by-another-caller';
const folder = mkdtempSync(join(tmpdir(), 'antiphon-sandbox-'));
/** What no other test asks for, so that its memories are made here. */
const memoryMb = 33;
const { WebAssembly: wasm } = globalThis as unknown as {
  WebAssembly: { Memory: new (pages: object) => { readonly buffer: ArrayBuffer } };
};
const made: { readonly buffer: ArrayBuffer }[] = [];
let source: SandboxSource;

beforeAll(() => {
  const file = join(folder, 'plugin.mjs');
  writeFileSync(
    file,
    `import { definePlugin, defineTool } from '@antiphon/tools';
     const input = { type: 'object', properties: {}, additionalProperties: true };
     export default definePlugin({ name: 'p', setup(ctx) {
       const tool = (name, execute) => ctx.tool(defineTool({ name, description: name, input, execute }));
       tool('keep', ({ text }) => text.length);
       tool('grow', () => new Uint8Array(24e6).fill(1).length);
       tool('wait', ({ text }) => fetch('https://example.com/' + text).then(() => 1));
     } });`,
  );
  source = new SandboxSource('./plugin.mjs', file);
  const { Memory } = wasm;
  vi.spyOn(wasm, 'Memory').mockImplementation(function (pages: object) {
    const memory = new Memory(pages);
    made.push(memory);
    return memory;
  } as never);
});
afterAll(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

function call(tool: string, fetch?: RealmHost['fetch'], signal?: AbortSignal) {
  const quiet = { log() {}, progress() {}, report() {}, tell() {}, fetch: async () => ({}) };
  const argument = {
    config: {},
    tool,
    values: { text: marker },
    session: { id: 's', agent: 'a', caller: {} },
    call: { id: 'c', name: tool },
  };
  const host = { ...quiet, ...(fetch && { fetch }) };
  const task: RealmTask = { operation: 'call', argument, limitMs: 5_000, host, ...(signal && { signal }) };
  return runInRealm(source, memoryMb, task);
}

const isEmpty = ({ buffer }: { readonly buffer: ArrayBuffer }): boolean =>
  Buffer.from(buffer).equals(Buffer.alloc(buffer.byteLength));

describe('the memory of a sandbox', () => {
  it('is wiped and used again', async () => {
    expect(await call('keep')).toEqual({ kind: 'json', json: String(marker.length) });
    expect(await call('keep')).toEqual({ kind: 'json', json: String(marker.length) });
    expect(made).toHaveLength(1);
    expect(made.every(isEmpty)).toBe(true);
  });

  it('is not used again when it has grown', async () => {
    const before = made.length;
    expect(await call('grow')).toEqual({ kind: 'json', json: '24000000' });
    await call('keep');
    expect(made.length - before).toBe(1);
  });

  it('is touched no more by an answer that comes when the call is over', async () => {
    const abort = new AbortController();
    let answer: (value: unknown) => void = () => {};
    const asked = new Promise<void>((resolve) => {
      const fetch = () =>
        new Promise((settle) => {
          answer = settle;
          resolve();
        });
      void call('wait', fetch, abort.signal).catch(() => undefined);
    });
    await asked;
    abort.abort(new Error('too late'));
    await new Promise((resolve) => setTimeout(resolve));
    answer({ status: 200, headers: {}, body: marker });
    await new Promise((resolve) => setTimeout(resolve));
    expect(made.filter(({ buffer }) => buffer.byteLength <= 16 * 2 ** 20).every(isEmpty)).toBe(true);
  });
});
