import { type AgentsFile, AntiphonError, type ConfigPath, toolNamesOf } from '@antiphon/core';
import type { CollectedTools } from '@antiphon/tools';
import { handoffName } from '../session/handoff-tools.ts';

/** A forced call of a tool that the agent does not have, and where it is asked for. */
export interface MissingForcedTool {
  readonly path: ConfigPath;
  readonly error: AntiphonError;
}

/** The forced calls of tools that their agents are not given: the server refuses them. */
export function missingForcedTools(
  { agents }: AgentsFile,
  { registry }: CollectedTools,
): readonly MissingForcedTool[] {
  return Object.entries(agents).flatMap(([agent, config]) => {
    const { tool_choice: choice, handoffs } = config;
    if (typeof choice !== 'object' || choice.type !== 'function') return [];
    const names = [
      ...registry.select(toolNamesOf(config)).map(({ name }) => name),
      ...handoffs.map(handoffName),
    ];
    if (names.includes(choice.name)) return [];
    const data = { agent, name: choice.name, available: names.join(', ') || 'none' };
    const error = new AntiphonError('config.forced_tool_missing', data);
    return [{ path: ['agents', agent, 'tool_choice', 'name'], error }];
  });
}
