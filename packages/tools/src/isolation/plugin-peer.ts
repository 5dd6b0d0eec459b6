import { MessageChannel, Worker } from 'node:worker_threads';
import { maxMessageLength } from './messages.ts';

/** What a worker tells its owner. `onEnd` may come more than once; the first counts. */
export interface PeerListener {
  /** A message: JSON, perhaps of somebody who means no good. */
  onMessage(text: string): void;
  onEnd(reason: string): void;
  /** What the code wrote to stdout or stderr. */
  onOutput(text: string): void;
}

/** A worker as its owner sees it. It keeps the process alive only between `ref` and `unref`. */
export interface PluginPeer {
  post(text: string): void;
  ref(): void;
  unref(): void;
  /** Ends it, whatever it is doing. */
  end(): Promise<void>;
}

/** Starts a worker. */
export type StartPeer = (listener: PeerListener) => PluginPeer;

/** What a thread is started with, as JSON. */
export interface ThreadSetup {
  /** Address of the module that it runs. */
  readonly entry: string;
  /** What the module is given; JSON. */
  readonly setup: unknown;
  /** Megabytes of JavaScript heap, beside what objects need that live briefly. */
  readonly memoryMb: number;
}

/** Why a worker ended whose memory was full. */
export const outOfMemory = 'it used more memory than it may';

const stackMb = 4;
const youngMb = 16;

/** A worker in a thread of this process. The channel is given to the module alone, which hides it from the plugin. */
export function threadPeer({ entry, setup, memoryMb }: ThreadSetup): StartPeer {
  return (listener) => {
    const { port1, port2 } = new MessageChannel();
    // The flags of the host (--eval, --import, --conditions) are not meant for this worker.
    const worker = new Worker(new URL(entry), {
      workerData: { setup, port: port2 },
      transferList: [port2],
      execArgv: [],
      stdout: true,
      stderr: true,
      resourceLimits: {
        maxOldGenerationSizeMb: memoryMb,
        maxYoungGenerationSizeMb: youngMb,
        stackSizeMb: stackMb,
      },
    });
    const end = (reason: string): void => {
      port1.close();
      listener.onEnd(reason);
    };
    port1.on('message', (text: unknown) => {
      if (typeof text === 'string' && text.length <= maxMessageLength) listener.onMessage(text);
      else end('it sent a message that is too large');
    });
    worker.on('error', (error) => end(reasonOf(error)));
    worker.on('exit', (exitCode) => end(`it ended with exit code ${exitCode}`));
    for (const stream of [worker.stdout, worker.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => listener.onOutput(text));
    }
    worker.unref();
    port1.unref();
    return {
      post: (text) => port1.postMessage(text),
      ref: () => {
        worker.ref();
        port1.ref();
      },
      unref: () => {
        worker.unref();
        port1.unref();
      },
      end: async () => void (await worker.terminate()),
    };
  };
}

/** Why a thread ended, on one line: what it threw may be anything. */
function reasonOf(error: unknown): string {
  try {
    if (!(error instanceof Error)) return `it threw ${String(error)}`.slice(0, 300);
    const isFull = 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
    if (isFull) return outOfMemory;
    const frame = /^ +at .*$/m.exec(error.stack ?? '')?.[0].trim() ?? '';
    return `${error.name}: ${error.message}`.slice(0, 300) + ` ${frame}`.slice(0, 200);
  } catch {
    return 'it threw something that cannot be read';
  }
}
