import { PassThrough } from 'node:stream';
import type { JSONRPCMessage } from '@modelcontextprotocol/client';
import { describe, expect, it } from 'vitest';
import { StdioTransport } from '../src/mcp/stdio-transport.ts';

/** A transport whose server's output the test writes. */
async function open() {
  const stdout = new PassThrough();
  const kills: unknown[] = [];
  const transport = new StdioTransport(() => ({
    stdin: new PassThrough(),
    stdout,
    stderr: new PassThrough(),
    pid: 1,
    exited: new Promise(() => {}),
    kill: (graceMs) => kills.push(graceMs),
    sweep: () => {},
  }));
  await transport.start();
  return { transport, kills, say: (...lines: readonly string[]) => stdout.write(`${lines.join('\n')}\n`) };
}

const message = (id: number) => `{"jsonrpc":"2.0","id":${id},"result":{}}`;
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('StdioTransport', () => {
  it('hands over every message, whatever one of them does to its reader', async () => {
    const { transport, say } = await open();
    const errors: string[] = [];
    const read: unknown[] = [];
    transport.onerror = (error) => errors.push(error.message);
    transport.onmessage = (told: JSONRPCMessage) => {
      const { id } = told as { readonly id?: unknown };
      read.push(id);
      if (id === 1) throw new Error('a reader failed');
    };
    say(message(1), 'a note', message(2));
    await turn();
    say(message(3));
    await turn();
    expect(read).toEqual([1, 2, 3]);
    expect(errors).toEqual(['a reader failed']);
  });

  it('ends a server that writes what is no message without end', async () => {
    const { transport, kills, say } = await open();
    const errors: string[] = [];
    transport.onerror = (error) => errors.push(error.message);
    for (let at = 0; at < 50; at++) say(...Array.from({ length: 100 }, () => 'noise'));
    await turn();
    expect(errors).toEqual(['the server wrote more than can be read']);
    expect(kills).toEqual([0]);
  });
});
