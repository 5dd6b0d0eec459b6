import type { ToolSettings } from './define-tool.ts';
import { nearest } from './suggest.ts';

/** Every setting of a tool; one that is missing here does not compile. */
const settings = {
  timeoutMs: true,
  onInterrupt: true,
  filler: true,
  start: true,
  reply: true,
  confirm: true,
  idempotentBy: true,
  idempotent: true,
  effects: true,
  intents: true,
  result: true,
  recording: true,
  background: true,
  limits: true,
  retries: true,
  staleAfterMs: true,
} as const satisfies Record<keyof ToolSettings, true>;

/** What is wrong with a name among the settings of a tool, which plain JavaScript would pass over. */
export function settingNameProblem(name: string): string | undefined {
  if (Object.hasOwn(settings, name)) return undefined;
  const camelCase = name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const names = Object.keys(settings);
  const near =
    names.find((known) => known === camelCase || known === `${camelCase}Ms`) ?? nearest(name, names);
  return near === undefined ? 'is no setting of a tool' : `is no setting of a tool; did you mean "${near}"?`;
}
