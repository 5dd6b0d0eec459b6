import type { AgentsFile, ConfigPath } from '@antiphon/core';

/** The places where a tool asks for a spoken confirmation. */
export function spokenConfirmations({ tools }: AgentsFile): readonly ConfigPath[] {
  return Object.entries(tools)
    .filter(([, tool]) => tool.confirm === 'spoken')
    .map(([name]) => ['tools', name, 'confirm']);
}
