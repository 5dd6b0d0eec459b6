import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client';
import type { ChildGroup } from '../processes/child-group.ts';
import { readTail } from '../processes/output-tail.ts';
import { floodGate } from './flood-gate.ts';
import { LineBuffer } from './line-buffer.ts';

/** Longest message of a server, in bytes. */
const maxMessageBytes = 4 * 1024 * 1024;
const keptErrorBytes = 2 * 1024;
/** How long a server may take to end when its input has ended. */
const endMs = 400;

/** Speaks to a server over the standard streams of its program: one JSON message a line. */
export class StdioTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly #start: () => ChildGroup;
  #group: ChildGroup | undefined;
  #errors: { read(): string } = { read: () => '' };
  /** The client looks at a notice only after this: a result that came with its progress must not overtake it. */
  #received = Promise.resolve();
  readonly #mayMutter = floodGate();
  readonly #lines = new LineBuffer(maxMessageBytes);

  constructor(start: () => ChildGroup) {
    this.#start = start;
  }

  /** The last of what the server wrote about its troubles. */
  get lastErrors(): string {
    return this.#errors.read().trim().slice(-300);
  }

  async start(): Promise<void> {
    const group = this.#start();
    this.#group = group;
    this.#errors = readTail(group.stderr, keptErrorBytes);
    group.stdout.on('data', (chunk: Buffer) => this.#read(chunk));
    // A server that can say nothing more is over, though its program may go on.
    group.stdout.once('end', () => setTimeout(() => group.kill(0), endMs).unref());
    group.exited.then(
      () => this.#ended(group),
      (error: Error) => {
        this.onerror?.(error);
        this.#ended(group);
      },
    );
    await new Promise<void>((resolve, reject) => {
      group.exited.catch(reject);
      if (group.pid !== undefined) resolve();
    });
  }

  send(message: JSONRPCMessage): Promise<void> {
    const group = this.#group;
    if (group === undefined) return Promise.reject(new Error('the server does not run'));
    return new Promise((resolve, reject) => {
      group.stdin.write(`${JSON.stringify(message)}\n`, (error) => (error ? reject(error) : resolve()));
    });
  }

  async close(): Promise<void> {
    const group = this.#group;
    if (group === undefined) return;
    group.stdin.end();
    const timer = setTimeout(() => group.kill(), endMs);
    await group.exited.catch(() => undefined);
    clearTimeout(timer);
    group.sweep();
  }

  /** Ends the server at once. */
  kill(): void {
    this.#group?.kill(0);
  }

  #ended(group: ChildGroup): void {
    if (this.#group !== group) return;
    this.#group = undefined;
    group.sweep();
    this.onclose?.();
  }

  #read(chunk: Buffer): void {
    const lines = this.#lines.push(chunk);
    if (lines === undefined)
      return this.#fail(`the server wrote a message of more than ${maxMessageBytes} bytes`);
    for (const line of lines) {
      const message = readMessage(line);
      if (message !== undefined) {
        this.#received = this.#received.then(() => this.#hand(message));
      } else if (!this.#mayMutter()) {
        return this.#fail('the server wrote more than can be read');
      }
    }
  }

  /** What one message does to its reader costs no other. */
  #hand(message: JSONRPCMessage): void {
    try {
      this.onmessage?.(message);
    } catch (error) {
      this.onerror?.(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #fail(reason: string): void {
    this.onerror?.(new Error(reason));
    this.#group?.stdout.destroy();
    this.#group?.kill(0);
  }
}

/** What is no message is passed over: some servers write notes where only messages belong. */
function readMessage(line: Buffer): JSONRPCMessage | undefined {
  try {
    const message: unknown = JSON.parse(line.toString('utf8'));
    return isMessage(message) ? message : undefined;
  } catch {
    return undefined;
  }
}

function isMessage(value: unknown): value is JSONRPCMessage {
  return typeof value === 'object' && value !== null && 'jsonrpc' in value && value.jsonrpc === '2.0';
}
