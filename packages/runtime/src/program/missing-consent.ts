import {
  type AgentsFile,
  AntiphonError,
  type ConfigPath,
  capabilitiesOf,
  providersOf,
  toolNamesOf,
} from '@antiphon/core';
import type { CollectedTools } from '@antiphon/tools';
import { type ConsentObstacle, consentObstacle, spokenCalls } from '../session/spoken-consent.ts';
import type { LoadedProviders } from './load-providers.ts';

/** Calls that the user cannot be asked for, where that stands in the file. */
export interface MissingConsent {
  readonly path: ConfigPath;
  readonly error: AntiphonError<'config.confirm_unavailable'>;
}

/** The agents that cannot ask for calls that want a spoken yes. `used`: the providers instead of the agents' own. */
export function missingConsent(
  file: AgentsFile,
  { registry }: CollectedTools,
  {
    entries,
    used,
  }: { readonly entries: LoadedProviders['entries']; readonly used: readonly string[] | undefined },
): readonly MissingConsent[] {
  const { agents, languages } = file;
  const reached = reachedBySpeech(file);
  return Object.entries(agents).flatMap(([name, agent]) => {
    const tools = spokenCalls(agent, registry.select(toolNamesOf(agent)));
    if (tools.length === 0) return [];
    const leavesOut = (used ?? providersOf(agent)).flatMap((provider) => {
      const entry = Object.hasOwn(entries, provider) ? entries[provider] : undefined;
      return entry === undefined ? [] : capabilitiesOf(entry).rejectsSettings;
    });
    const obstacle = reached.has(name) ? consentObstacle(agent, languages, leavesOut) : onlyInWriting;
    if (obstacle === undefined) return [];
    const { path, reason, advice } = obstacle;
    const data = { agent: name, tools: tools.join(', '), reason, advice };
    const error = new AntiphonError('config.confirm_unavailable', data);
    return [{ path: ['agents', name, ...path], error }];
  });
}

const onlyInWriting: ConsentObstacle = {
  path: ['tools'],
  reason: 'other agents ask it in writing, and no user hears it',
  advice: 'Use "confirm: app", or give such tools to the agent that asks.',
};

/** The agents that may speak with a user: all but those that are asked by others, neither begin nor are handed over to. */
function reachedBySpeech({ agents, tools, default_agent }: AgentsFile): ReadonlySet<string> {
  const asked = new Set(
    Object.values(tools).flatMap(({ agent }) => (agent === undefined ? [] : [agent.use])),
  );
  const unasked = Object.keys(agents).filter((name) => name === default_agent || !asked.has(name));
  const reached = new Set(unasked);
  for (const name of reached) for (const next of agents[name]?.handoffs ?? []) reached.add(next);
  return reached;
}
