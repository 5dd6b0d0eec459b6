import type { ConfigSecret, SessionSettings } from '@antiphon/core';

/**
 * Settings from a log, with what the log hides of the environment put back. Of what the author wrote alone: whoever else
 * says such a mark must not be given what it stands for.
 */
export function restoredSettings(
  settings: SessionSettings,
  secrets: readonly ConfigSecret[],
): SessionSettings {
  const shown = (text: string): string =>
    secrets.reduce((seen, { name, value }) => seen.replaceAll(`[secret:${name}]`, () => value), text);
  const { agents, fallback, limits } = settings;
  return {
    ...settings,
    agents: withTexts(agents, shown),
    fallback: fallback && shown(fallback),
    limits: withTexts(limits, shown),
  };
}

/** The same value with each of its texts changed; names of members stay. */
function withTexts<Value>(value: Value, change: (text: string) => string): Value {
  if (typeof value === 'string') return change(value) as Value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((element) => withTexts(element, change)) as Value;
  const members = Object.entries(value).map(([name, member]) => [name, withTexts(member, change)]);
  return Object.fromEntries(members) as Value;
}
