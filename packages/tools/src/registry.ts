import type { JsonObject, ToolSpec } from '@antiphon/core';
import type { Tool } from './define-tool.ts';
import { type ProblemPlace, type ToolProblem, toolProblem } from './problem.ts';
import { type RegisteredTool, reviewTool } from './registered-tool.ts';
import { nearest } from './suggest.ts';

/** A tool and where it comes from. */
export interface ToolEntry {
  readonly tool: Tool;
  /** For error messages: `plugin "clock"`, `the agent file`. */
  readonly origin: string;
  readonly where: ProblemPlace;
}

/** The `tools` list of an agent: names and patterns with `*`. */
export interface AgentTools {
  readonly agent: string;
  readonly patterns: readonly string[];
  /** The agent's `guardrails`: names. */
  readonly guardrails?: readonly string[];
  /** The tools that are called before and after its conversations. */
  readonly phases?: Readonly<Record<'before_call' | 'after_call', readonly PhaseCall[]>>;
}

/** A call that the agent file makes. */
export interface PhaseCall {
  readonly tool: string;
  readonly arguments: JsonObject;
}

/** The sound tools of all plugins, by name. Does not change once built. */
export class ToolRegistry {
  readonly #tools: ReadonlyMap<string, RegisteredTool>;

  constructor(tools: ReadonlyMap<string, RegisteredTool>) {
    this.#tools = tools;
  }

  /** All names, in the order of registration. */
  get names(): readonly string[] {
    return [...this.#tools.keys()];
  }

  get(name: string): RegisteredTool | undefined {
    return this.#tools.get(name);
  }

  /** The tools that the patterns name, each once, in the order of the patterns. Unknown names are passed over. */
  selectTools(patterns: readonly string[]): readonly RegisteredTool[] {
    const selected = new Set<RegisteredTool>();
    for (const pattern of patterns) {
      for (const name of matchingNames(pattern, this.names)) {
        const tool = this.#tools.get(name);
        if (tool !== undefined) selected.add(tool);
      }
    }
    return [...selected];
  }

  /** As {@link selectTools}, what a model is told of them. */
  select(patterns: readonly string[]): readonly ToolSpec[] {
    return this.selectTools(patterns).map(({ spec }) => spec);
  }
}

/** With more tools than an agent can have, hardly any of them is called. */
const maxCompiledTools = 256;

/** Builds the registry of the sound tools and reports everything wrong with the others. */
export function buildRegistry(entries: readonly ToolEntry[]): {
  readonly registry: ToolRegistry;
  readonly problems: readonly ToolProblem[];
} {
  const tools = new Map<string, RegisteredTool>();
  const origins = new Map<string, string>();
  const problems: ToolProblem[] = [];
  const compile = entries.length > maxCompiledTools ? 'first_use' : 'now';
  for (const { tool, origin, where } of entries) {
    const first = origins.get(tool.name);
    if (first !== undefined) {
      const data = { name: tool.name, first, second: origin };
      problems.push(toolProblem('tool.name_clash', data, { ...where, tool: tool.name }));
      continue;
    }
    origins.set(tool.name, origin);
    const review = reviewTool(tool, { origin, where, compile });
    if (review.kind === 'sound') tools.set(tool.name, review.tool);
    else problems.push(...review.problems);
  }
  return { registry: new ToolRegistry(tools), problems };
}

/**
 * Names and patterns in the agents' lists that no tool has.
 *
 * @param known all names that exist, also of tools that are unsound (those are reported already).
 */
export function agentToolProblems(agents: readonly AgentTools[], known: readonly string[]): ToolProblem[] {
  const available = known.length === 0 ? 'none' : known.join(', ');
  return agents.flatMap(({ agent, patterns }) =>
    patterns.flatMap((pattern, index) => {
      if (matchingNames(pattern, known).length > 0) return [];
      const where = { path: ['agents', agent, 'tools', index] };
      if (pattern.includes('*')) {
        return [toolProblem('tool.pattern_unmatched', { agent, pattern, available }, where)];
      }
      const near = nearest(pattern, known);
      const suggestion =
        near === undefined ? 'Correct the name, or add the plugin that has it.' : `Did you mean "${near}"?`;
      return [toolProblem('tool.not_listed', { agent, name: pattern, available, suggestion }, where)];
    }),
  );
}

function matchingNames(pattern: string, names: readonly string[]): readonly string[] {
  if (!pattern.includes('*')) return names.filter((name) => name === pattern);
  const source = pattern.split('*').map((part) => part.replaceAll(/[^a-zA-Z0-9_]/g, '\\$&'));
  const expression = new RegExp(`^${source.join('.*')}$`);
  return names.filter((name) => expression.test(name));
}
