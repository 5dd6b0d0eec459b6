import type { AgentsFile, ConfigPath } from '@antiphon/core';

/** The places of settings that the schema knows and the session does not act on. */
export function settingsWithoutEffect({ tools }: AgentsFile): readonly ConfigPath[] {
  return Object.entries(tools)
    .filter(([, tool]) => tool.confirm === 'spoken')
    .map(([name]) => ['tools', name, 'confirm']);
}
