import type { AgentConfig } from '@antiphon/core';

/** What a server of the beta dialect is told of an agent and the GA dialect has no place for. */
export type AgentExtras = (agentName: string) => { readonly temperature?: number };

/** The extras of the agents of a file. */
export function extrasOfAgents(agents: Readonly<Record<string, AgentConfig>>): AgentExtras {
  return (name) => {
    const { temperature } = (Object.hasOwn(agents, name) ? agents[name] : undefined) ?? {};
    return temperature === undefined ? {} : { temperature };
  };
}
