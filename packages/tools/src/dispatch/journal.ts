import type { JsonObject, JsonValue } from '@antiphon/core';
import type { Execution } from './execution.ts';

/**
 * The idempotent calls of a session: one execution per tool and key. An execution that failed is forgotten, so the
 * call may be made again; one that completed is kept, the oldest being forgotten over the bound.
 */
export class CallJournal {
  readonly #executions = new Map<string, Execution>();
  readonly #bound: number;

  constructor(bound: number) {
    this.#bound = bound;
  }

  get(key: string): Execution | undefined {
    return this.#executions.get(key);
  }

  keep(key: string, execution: Execution): void {
    this.#executions.delete(key);
    this.#executions.set(key, execution);
    if (this.#executions.size <= this.#bound) return;
    const oldest = [...this.#executions].find(([, candidate]) => candidate.phase === 'ended');
    if (oldest !== undefined) this.#executions.delete(oldest[0]);
  }

  forget(key: string, execution: Execution): void {
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
