import { parentPort } from 'node:worker_threads';
import { AntiphonError } from '@antiphon/core';
import { serveCalls } from '../../build/workers/serve-calls.js';

const served = [];

serveCalls({
  echo: async (request) => {
    served.push(request);
    return request;
  },
  served: async () => [...served],
  fail: async (reason) => {
    throw reason === 'coded' ? new AntiphonError('local.closed', { stage: 'fixture' }) : new Error(reason);
  },
  crash: async (reason) => {
    setImmediate(() => {
      throw new Error(reason);
    });
    return new Promise(() => {});
  },
  exit: async (exitCode) => {
    process.exit(exitCode);
  },
  /** Blocks the thread until the shared number is set. */
  block: async (shared) => {
    Atomics.wait(shared, 0, 0);
    return 'unblocked';
  },
  waitForAbort: async (_, signal) =>
    new Promise((resolve) => {
      parentPort?.ref();
      signal.addEventListener('abort', () => {
        served.push('aborted');
        resolve('late');
      });
    }),
});
