import type { AgentsFile, ConfigPath } from '@antiphon/core';

/** The places of settings that the schema knows and the session does not act on. */
export function settingsWithoutEffect({ agents, tools }: AgentsFile): readonly ConfigPath[] {
  const paths: ConfigPath[] = [];
  for (const [name, agent] of Object.entries(agents)) {
    const at = ['agents', name];
    if (agent.handoffs.length > 0) paths.push([...at, 'handoffs']);
    if (agent.idle !== undefined) paths.push([...at, 'idle']);
    if (Object.values(agent.limits).some((limit) => limit !== undefined)) paths.push([...at, 'limits']);
    if (agent.greeting?.protected) paths.push([...at, 'greeting', 'protected']);
    if (agent.temperature !== undefined) paths.push([...at, 'temperature']);
  }
  for (const [name, tool] of Object.entries(tools)) {
    if (tool.filler !== undefined) paths.push(['tools', name, 'filler']);
    if (tool.confirm !== 'none') paths.push(['tools', name, 'confirm']);
  }
  return paths;
}
