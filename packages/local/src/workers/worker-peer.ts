import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { FromWorker, ToWorker } from './protocol.ts';

/** What a worker tells its owner. `onEnd` may come more than once; the first counts. */
export interface PeerListener {
  onMessage(message: FromWorker): void;
  onEnd(reason: string): void;
}

/** A worker as its owner sees it. It keeps the process alive only between `ref` and `unref`. */
export interface WorkerPeer {
  post(message: ToWorker): void;
  ref(): void;
  unref(): void;
  /** Ends it, whatever it is doing. */
  end(): Promise<void>;
}

/** Starts a worker. */
export type StartPeer = (listener: PeerListener) => WorkerPeer;

/** A worker in a thread of this process. */
export function threadPeer(entry: URL, setup: unknown): StartPeer {
  return (listener) => {
    // The flags of the host (--eval, --import, --conditions) are not meant for this worker.
    const worker = new Worker(entry, { workerData: setup, execArgv: [] });
    worker.on('message', (message: FromWorker) => listener.onMessage(message));
    worker.on('error', (error) => listener.onEnd(error.message));
    worker.on('exit', (exitCode) => listener.onEnd(`exit code ${exitCode}`));
    // Listening for messages makes a worker keep the process alive, so this comes last.
    worker.unref();
    return {
      post: (message) => worker.postMessage(message),
      ref: () => worker.ref(),
      unref: () => worker.unref(),
      end: async () => void (await worker.terminate()),
    };
  };
}

/**
 * A worker in a process of its own: for native code that must not share memory with the host. The ONNX addon keeps
 * state for the whole process and damages the heap when a thread that used it ends; a process can be ended at any time.
 */
export function processPeer(entry: URL, setup: unknown): StartPeer {
  return (listener) => {
    const child = fork(fileURLToPath(entry), [JSON.stringify(setup)], {
      serialization: 'advanced',
      execArgv: [],
      // Results may go to standard output: nothing of the worker belongs there.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    child.on('message', (message) => listener.onMessage(message as FromWorker));
    child.on('error', (error) => listener.onEnd(error.message));
    child.on('exit', (exitCode, signal) => listener.onEnd(signal ?? `exit code ${exitCode}`));
    const peer: WorkerPeer = {
      // A message that cannot be sent is to a worker that has ended, which `onEnd` tells.
      post: (message) => void (child.connected && child.send(message, () => {})),
      ref: () => {
        child.ref();
        child.channel?.ref();
      },
      unref: () => {
        child.unref();
        child.channel?.unref();
      },
      end: () => killed(child),
    };
    peer.unref();
    return peer;
  };
}

function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.ref();
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}
