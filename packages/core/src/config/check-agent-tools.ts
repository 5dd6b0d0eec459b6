import type { JsonObject, JsonValue } from '../json.ts';
import { isJsonObject } from '../protocol/tolerant.ts';
import type { CheckContext } from './check-context.ts';
import { unknownAgent } from './check-names.ts';
import { offsetOf } from './config-node.ts';
import { type Finding, finding } from './problem.ts';

/** Checks that tools ask agents that there are, and that no agent comes back to itself by asking others. */
export function checkAgentTools(context: CheckContext): readonly Finding[] {
  const { tools, agents } = context.value;
  if (!isJsonObject(tools) || !isJsonObject(agents)) return [];
  const asked = askedAgents(tools);
  const names = Object.keys(agents);
  return [...asked].flatMap(([tool, agent]) => {
    const path = ['tools', tool, 'agent', 'use'];
    if (!names.includes(agent)) return unknownAgent(agent, path, names, context);
    const way = wayBack(agent, agents, asked);
    if (way === undefined) return [];
    const data = { tool, agent, way: way.join(' → ') };
    return [finding({ offset: offsetOf(context.root, path), path }, 'config.agent_recursion', data)];
  });
}

/** The agents that tools ask, by the names of the tools. */
function askedAgents(tools: JsonObject): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(tools).flatMap(([name, tool]): [string, string][] => {
      const agent = isJsonObject(tool) ? tool['agent'] : undefined;
      const use = isJsonObject(agent) ? agent['use'] : undefined;
      return typeof use === 'string' ? [[name, use]] : [];
    }),
  );
}

/** The shortest way from an agent back to itself, by the tools that each has. */
function wayBack(
  start: string,
  agents: JsonObject,
  asked: ReadonlyMap<string, string>,
): readonly string[] | undefined {
  const open: (readonly string[])[] = [[start]];
  const seen = new Set<string>();
  for (let way = open.shift(); way !== undefined; way = open.shift()) {
    for (const next of askedBy(agents[way.at(-1) ?? ''], asked)) {
      if (next === start) return [...way, next];
      if (seen.has(next)) continue;
      seen.add(next);
      open.push([...way, next]);
    }
  }
  return undefined;
}

function askedBy(agent: JsonValue | undefined, asked: ReadonlyMap<string, string>): readonly string[] {
  const patterns = isJsonObject(agent) ? agent['tools'] : undefined;
  if (!Array.isArray(patterns)) return [];
  return [...asked].flatMap(([tool, use]) => (patterns.some((pattern) => names(pattern, tool)) ? [use] : []));
}

function names(pattern: JsonValue, tool: string): boolean {
  if (typeof pattern !== 'string') return false;
  return pattern.endsWith('*') ? tool.startsWith(pattern.slice(0, -1)) : pattern === tool;
}
