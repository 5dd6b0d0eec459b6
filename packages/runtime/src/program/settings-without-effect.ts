import type { AgentsFile, ConfigPath } from '@antiphon/core';

/** The places of settings that the schema knows and the session does not act on. */
export function settingsWithoutEffect({ agents, tools }: AgentsFile): readonly ConfigPath[] {
  const paths: ConfigPath[] = [];
  for (const [name, agent] of Object.entries(agents)) {
    const at = ['agents', name];
    if (agent.limits.usd !== undefined) paths.push([...at, 'limits', 'usd']);
  }
  for (const [name, tool] of Object.entries(tools)) {
    if (tool.confirm !== 'none') paths.push(['tools', name, 'confirm']);
  }
  return paths;
}
