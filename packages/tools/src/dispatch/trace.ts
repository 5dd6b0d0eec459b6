import { AsyncLocalStorage } from 'node:async_hooks';
import type { JsonObject } from '@antiphon/core';

/** A step of a call, in the order in which they come; a call that is refused ends early. */
export type CallStep =
  /** The arguments are JSON and fit the schema; `input` has the defaults. */
  | 'checked'
  /** The application has agreed. */
  | 'approved'
  /** The tool runs. */
  | 'started'
  /** A request is sent, with secrets hidden; the answer to one has come. */
  | 'request'
  | 'response'
  /** A program is started; it has ended. */
  | 'program'
  | 'program_ended'
  /** The tool has returned; or has thrown, and the model is told less. */
  | 'returned'
  | 'threw'
  /** Something of the result is kept from the model. */
  | 'shaped';

/** Told of each step of a call as it happens. */
export type TraceCall = (step: CallStep, data: JsonObject) => void;

const traces = new AsyncLocalStorage<TraceCall>();

/** Runs `call` and whatever it starts with a trace, where there is one. */
export function withTrace<Result>(trace: TraceCall | undefined, call: () => Result): Result {
  return trace === undefined ? call() : traces.run(trace, call);
}

/** Tells the trace of the call that runs here; `data` is made only when there is one. */
export function traceStep(step: CallStep, data: () => JsonObject): void {
  const trace = traces.getStore();
  if (trace !== undefined) trace(step, data());
}
