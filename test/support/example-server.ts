import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type FakePeer, toolCallEvents } from '@antiphon/testing';
import { expect } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The server of examples/browser-call, with a provider that stands elsewhere. */
export class ExampleServer {
  readonly #child: ChildProcess;
  /** Where its page is. */
  readonly origin: string;
  readonly #shown: () => string;

  private constructor(child: ChildProcess, origin: string, shown: () => string) {
    this.#child = child;
    this.origin = origin;
    this.#shown = shown;
  }

  static async start(providerUrl: string): Promise<ExampleServer> {
    let shown = '';
    const child = spawn(process.execPath, ['examples/browser-call/server.mjs'], {
      cwd: root,
      env: { ...process.env, OPENAI_API_KEY: 'sk-secret-1', REALTIME_URL: providerUrl, PORT: '0' },
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
    });
    const origin = await new Promise<string>((resolve, reject) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        shown += text;
        const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(shown) ?? [];
        if (address !== undefined) resolve(address);
      });
      child.once('exit', () => reject(new Error(`the server ended: ${shown}`)));
    });
    return new ExampleServer(child, origin, () => shown);
  }

  /** What it has written so far. */
  get shown(): string {
    return this.#shown();
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGTERM');
    await ended;
  }
}

/** The agent of the example joins a call, and its tool runs in the server. */
export async function useTool(peer: FakePeer): Promise<void> {
  const { session } = await peer.expect('session.update');
  expect(session).toMatchObject({ tools: [{ name: 'current_time' }] });
  peer.send({ type: 'session.updated', session: session as never });
  // The greeting.
  await peer.expect('response.create');
  const call = { itemId: 'f1', callId: 'c1', name: 'current_time', arguments: '{"place":"Tokyo"}' };
  for (const event of toolCallEvents('r1', [call])) peer.send(event);
  const { item } = await peer.expect('conversation.item.create');
  expect(item).toMatchObject({ type: 'function_call_output', call_id: 'c1' });
}
