import type { Clock, JsonObject } from '@antiphon/core';
import type { RegisteredTool } from '../registered-tool.ts';
import type { SchemaVerdict } from '../schema/schema-check.ts';
import type { Cut } from './call-cut.ts';

/** How a check of arguments ended. */
export type CheckEnding =
  | SchemaVerdict
  | { readonly kind: 'threw'; readonly error: unknown }
  | { readonly kind: 'not_ready' | 'cancelled' };

/** Checks arguments by the schema of a tool, whose code may be the plugin's own, within the time-out of the tool. */
export function checkArguments(
  tool: RegisteredTool,
  values: JsonObject,
  { clock, cut }: { readonly clock: Clock; readonly cut: Cut },
): CheckEnding | Promise<CheckEnding> {
  if (cut.aborted) return { kind: 'cancelled' };
  const checked = attempt(tool, values);
  if (!(checked instanceof Promise)) return checked;
  return new Promise((resolve) => {
    const settle = (ending: CheckEnding) => {
      stopTimer();
      cut.removeEventListener('abort', onAbort);
      resolve(ending);
    };
    const onAbort = () => settle({ kind: 'cancelled' });
    const stopTimer = clock.setTimer(tool.runMs, () => settle({ kind: 'not_ready' }));
    cut.addEventListener('abort', onAbort, { once: true });
    checked.then(settle, (error: unknown) => settle({ kind: 'threw', error }));
  });
}

/** Most schemas answer at once. */
function attempt(tool: RegisteredTool, values: JsonObject): CheckEnding | Promise<CheckEnding> {
  try {
    return tool.check(values);
  } catch (error) {
    return { kind: 'threw', error };
  }
}
