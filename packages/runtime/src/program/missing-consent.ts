import { type AgentsFile, AntiphonError, type ConfigPath, capabilitiesOf, providersOf } from '@antiphon/core';
import type { CollectedTools } from '@antiphon/tools';
import { consentObstacle, spokenTools } from '../session/spoken-consent.ts';
import type { LoadedProviders } from './load-providers.ts';

/** Calls that the user cannot be asked for, where that stands in the file. */
export interface MissingConsent {
  readonly path: ConfigPath;
  readonly error: AntiphonError<'config.confirm_unavailable'>;
}

/** The agents that cannot ask for calls that want a spoken yes. `used`: the providers instead of the agents' own. */
export function missingConsent(
  { agents, languages }: AgentsFile,
  { registry }: CollectedTools,
  {
    entries,
    used,
  }: { readonly entries: LoadedProviders['entries']; readonly used: readonly string[] | undefined },
): readonly MissingConsent[] {
  return Object.entries(agents).flatMap(([name, agent]) => {
    const tools = spokenTools(registry.select(agent.tools));
    if (tools.length === 0) return [];
    const leavesOut = (used ?? providersOf(agent)).flatMap((provider) => {
      const entry = Object.hasOwn(entries, provider) ? entries[provider] : undefined;
      return entry === undefined ? [] : capabilitiesOf(entry).rejectsSettings;
    });
    const obstacle = consentObstacle(agent, languages, leavesOut);
    if (obstacle === undefined) return [];
    const { path, reason, advice } = obstacle;
    const data = { agent: name, tools: tools.join(', '), reason, advice };
    const error = new AntiphonError('config.confirm_unavailable', data);
    return [{ path: ['agents', name, ...path], error }];
  });
}
