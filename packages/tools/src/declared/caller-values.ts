import type { JsonValue } from '@antiphon/core';
import { answeredError } from '../answered-error.ts';
import { readTemplate, type SlotValues, slotNames } from './template.ts';

/**
 * Values of whoever is on the line, which the application gives: a tenant, a key. They fill slots such as
 * `{{caller.tenant}}`; the model is not told of them, and no argument takes their place.
 */
export type CallerValues = Readonly<Record<string, string>>;

const prefix = 'caller.';

/** Whether a slot is filled by the application. */
export function isCallerSlot(name: string): boolean {
  return name.startsWith(prefix);
}

/** The slots of a text that the application fills. */
export function callerSlots(text: string): readonly string[] {
  return slotNames(readTemplate(text)).filter(isCallerSlot);
}

/** What fills the slots of a call: its arguments, and beside them what the application gave. */
export function withCaller(values: SlotValues, caller: CallerValues): SlotValues {
  const own = Object.entries(values).filter(([name]) => !isCallerSlot(name));
  const given = Object.entries(caller).map(([name, value]): [string, JsonValue] => [prefix + name, value]);
  return Object.fromEntries([...own, ...given]);
}

/** @throws {ToolError} `tool.caller_missing` when the application did not give what a slot needs */
export function assertCaller(slots: Iterable<string>, caller: CallerValues): void {
  for (const slot of slots) {
    const name = slot.slice(prefix.length);
    if (isCallerSlot(slot) && !Object.hasOwn(caller, name))
      throw answeredError('tool.caller_missing', { name });
  }
}
