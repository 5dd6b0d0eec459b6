import { type MessagePort, workerData } from 'node:worker_threads';
import type { OwnerPort } from './serve-plugin.ts';

/** Takes what the owner gave to this thread; nobody else finds it afterwards. */
export function takeOwner<Setup>(): { readonly setup: Setup; readonly owner: OwnerPort } {
  const given = workerData as { setup?: Setup; port?: MessagePort };
  const { setup, port } = given;
  delete given.setup;
  delete given.port;
  if (setup === undefined || port === undefined) throw new Error('this module runs in a worker only');
  return {
    setup,
    owner: {
      post: (text) => port.postMessage(text),
      onMessage: (listener) => void port.on('message', listener),
    },
  };
}
