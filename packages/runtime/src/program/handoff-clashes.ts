import { type AgentsFile, AntiphonError, toolNamesOf } from '@antiphon/core';
import type { CollectedTools, ToolProblem } from '@antiphon/tools';
import { handoffName } from '../session/handoff-tools.ts';

/** Handovers whose function has the name of a tool of the agent, or of another handover: the model could call one of them only. */
export function handoffClashes({ agents }: AgentsFile, { registry }: CollectedTools): readonly ToolProblem[] {
  return Object.entries(agents).flatMap(([agent, config]) => {
    const own = registry.select(toolNamesOf(config));
    const taken = new Map(own.map(({ name }) => [name, `the tools of agent "${agent}"`]));
    return config.handoffs.flatMap((other, index) => {
      const name = handoffName(other);
      const first = taken.get(name);
      const second = `the handover to "${other}"`;
      taken.set(name, second);
      if (first === undefined) return [];
      const error = new AntiphonError('tool.name_clash', { name, first, second });
      const { code, message, hint } = error;
      return [{ code, message, hint, where: { path: ['agents', agent, 'handoffs', index] }, error }];
    });
  });
}
