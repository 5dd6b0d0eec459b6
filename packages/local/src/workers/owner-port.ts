import { parentPort, type Transferable } from 'node:worker_threads';
import type { FromWorker, ToWorker } from './protocol.ts';

/** The way from a worker to its owner. */
export interface OwnerPort {
  post(message: FromWorker, transferred: readonly Transferable[]): void;
  onMessage(listener: (message: ToWorker) => void): void;
}

/**
 * The owner of this thread or process.
 *
 * @throws Error outside a worker.
 */
export function ownerPort(): OwnerPort {
  const port = parentPort;
  if (port !== null) {
    return {
      post: (message, transferred) => port.postMessage(message, transferred),
      onMessage: (listener) => port.on('message', listener),
    };
  }
  if (process.send === undefined) throw new Error('calls can be served in a worker only');
  outliveInterrupts();
  return {
    post: (message) => void (process.connected && process.send?.(message, undefined, undefined, () => {})),
    onMessage: (listener) => process.on('message', (message) => listener(message as ToWorker)),
  };
}

/** A terminal interrupts the whole group of processes: the owner decides when a worker ends, also by its own end. */
function outliveInterrupts(): void {
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => {});
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
}
