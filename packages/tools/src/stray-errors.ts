import { AsyncLocalStorage } from 'node:async_hooks';
import type { JsonValue, Logger } from '@antiphon/core';
import { describeThrown } from './dispatch/failure.ts';

/** Whose code runs: a tool, or a plugin beside its tools. */
export interface CodeOwner {
  readonly log: Logger;
  /** What the log says of it: `tool` and `callId`, or `plugin`. */
  readonly names: Readonly<Record<string, JsonValue>>;
}

/** Errors of one owner that are logged; an interval that always throws would fill the log. */
const loggedLimit = 10;

const owners = new AsyncLocalStorage<CodeOwner & { strayErrors: number }>();
/** How many hold the process to it; following an owner costs every promise of the process a little. */
let holders = 0;

/** Runs code of a plugin, so that an error which it leaves behind in a timer or a promise is known to be its. */
export function runOwned<T>(owner: CodeOwner, run: () => T): T {
  return holders === 0 ? run() : owners.run({ ...owner, strayErrors: 0 }, run);
}

/** A function of a plugin that is called later, as {@link runOwned} runs it. */
export function owned<Args extends readonly unknown[], T>(
  owner: CodeOwner,
  call: (...args: Args) => T,
): (...args: Args) => T {
  return (...args) => runOwned(owner, () => call(...args));
}

/** Like {@link owned}, of a function with a signal among what it is told: a listener of that which throws is of its owner too. */
export function ownedWithSignal<Told extends { readonly signal: AbortSignal }, T>(
  owner: CodeOwner,
  call: (told: Told) => T,
): (told: Told) => T {
  return owned(owner, (told) => call({ ...told, signal: ownSignal(owner, told.signal) }));
}

const ownSignals = new WeakMap<AbortSignal, Map<CodeOwner, AbortSignal>>();

/** A signal that ends with another, one for each owner: errors of listeners belong to whoever ends their signal. */
export function ownSignal(owner: CodeOwner, signal: AbortSignal): AbortSignal {
  const known = ownSignals.get(signal)?.get(owner);
  if (known !== undefined) return known;
  const own = new AbortController();
  const abort = (): void => runOwned(owner, () => own.abort(signal.reason));
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  ownSignals.set(signal, new Map(ownSignals.get(signal)).set(owner, own.signal));
  return own.signal;
}

/**
 * Errors that nobody handles end a process. From now on those of tools and plugins that run in it (a promise that nobody
 * awaits, a timer that throws, an `'error'` without a listener) are logged with whose they are, and it lives on. All others
 * end it as before. Sees no error of `queueMicrotask` before Node 24, nor what the top level of a module leaves behind.
 *
 * @returns a function that lets go when what is under way is done; calling it again does nothing.
 */
export function containStrayErrors(): () => void {
  if (holders === 0) {
    process.on('uncaughtException', onException);
    process.on('unhandledRejection', onRejection);
  }
  holders += 1;
  let isHeld = true;
  return () => {
    if (isHeld) setImmediate(release);
    isHeld = false;
  };
}

/** A rejection of this moment is told of behind it. */
function release(): void {
  holders -= 1;
  if (holders > 0) return;
  process.off('uncaughtException', onException);
  process.off('unhandledRejection', onRejection);
}

function onException(error: unknown): void {
  if (!contain(error)) passOn('uncaughtException', error);
}

function onRejection(reason: unknown): void {
  if (!contain(reason)) passOn('unhandledRejection', reason);
}

function contain(error: unknown): boolean {
  const owner = owners.getStore();
  if (owner === undefined) return false;
  owner.strayErrors += 1;
  if (owner.strayErrors > loggedLimit) return true;
  const isLast = owner.strayErrors === loggedLimit;
  owner.log.error('an error was left behind that nobody handles', {
    ...owner.names,
    ...describeThrown(error),
    ...(isLast && { note: 'more of them are not logged' }),
  });
  return true;
}

/** Does what Node does where nobody else listens: thrown anew with no listener, it ends the process. */
function passOn(event: 'uncaughtException' | 'unhandledRejection', error: unknown): void {
  if (process.listenerCount(event) > 1) return;
  if (process.listenerCount('uncaughtException') === 1) process.off('uncaughtException', onException);
  process.nextTick(() => {
    throw error;
  });
}
