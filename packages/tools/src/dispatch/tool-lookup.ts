import { AntiphonError, type JsonObject, type ToolSpec } from '@antiphon/core';
import type { RegisteredTool } from '../registered-tool.ts';
import type { ToolRegistry } from '../registry.ts';
import { nearest } from '../suggest.ts';
import { errorOutput } from './failure.ts';

/** The tools of an agent. */
export type ToolsByName = ReadonlyMap<string, RegisteredTool>;

export function toolsByName(registry: ToolRegistry, patterns: readonly string[]): ToolsByName {
  return new Map(registry.selectTools(patterns).map((tool) => [tool.spec.name, tool]));
}

export function specsIn(tools: ToolsByName): readonly ToolSpec[] {
  return [...tools.values()].map(({ spec }) => spec);
}

/** What a model is told that calls a tool which its agent does not have. */
export function unknownToolOutput(name: string, tools: ToolsByName): JsonObject {
  const names = [...tools.keys()];
  const error = new AntiphonError('tool.unknown', {
    name,
    available: names.length === 0 ? 'none' : names.join(', '),
  });
  const near = nearest(name, names);
  const hint = near === undefined ? error.modelHint : `Did you mean "${near}"?`;
  return { ...errorOutput(error), hint };
}
