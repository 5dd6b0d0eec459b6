import type { JsonObject, JsonValue } from '@antiphon/core';
import type { Execution, ToolEnding } from './execution.ts';

/** A call as far as a repeat of it is concerned: running, or how it ended. */
export type KnownCall = Pick<Execution, 'phase' | 'wait'>;

/** A call of another process that held the same session. */
export interface RememberedCall {
  readonly agentName: string;
  readonly name: string;
  readonly argumentsJson: string;
  /** What it led to; undefined when the process ended, or stopped waiting, before that was known. */
  readonly result: { readonly output: JsonValue; readonly outputText: string } | undefined;
}

const unknownOutcome: JsonObject = {
  error:
    'The outcome of this call is unknown: it was started before, and may have taken effect. It was not run again.',
};

/** Stands for a call that is not run again: its repeats are told what is known of it. */
export function endedCall({ result }: RememberedCall): KnownCall {
  const ending: ToolEnding =
    result === undefined
      ? { status: 'failed', output: unknownOutcome, outputText: JSON.stringify(unknownOutcome) }
      : { status: 'completed', ...result };
  return { phase: 'ended', wait: () => Promise.resolve({ kind: 'ended', ending }) };
}

/**
 * The idempotent calls of a session: one execution per tool and key. An execution that failed is forgotten, so the
 * call may be made again; one that completed is kept, the oldest being forgotten over the bound.
 */
export class CallJournal {
  readonly #executions = new Map<string, KnownCall>();
  readonly #bound: number;

  constructor(bound: number) {
    this.#bound = bound;
  }

  get(key: string): KnownCall | undefined {
    return this.#executions.get(key);
  }

  keep(key: string, execution: KnownCall): void {
    this.#executions.delete(key);
    this.#executions.set(key, execution);
    if (this.#executions.size <= this.#bound) return;
    const oldest = [...this.#executions].find(([, candidate]) => candidate.phase === 'ended');
    if (oldest !== undefined) this.#executions.delete(oldest[0]);
  }

  forget(key: string, execution: KnownCall): void {
    if (this.#executions.get(key) === execution) this.#executions.delete(key);
  }
}

/** The key of a call: the tool and the values of the fields that identify it, in one canonical text. */
export function callKey(tool: string, fields: readonly string[], values: JsonObject): string {
  return canonicalJson([
    tool,
    ...fields.map((field) => (Object.hasOwn(values, field) ? (values[field] ?? null) : null)),
  ]);
}

/** JSON with the keys of objects in order, so that equal values give equal texts. */
function canonicalJson(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`).join(',')}}`;
}
