import type { JsonObject } from '@antiphon/core';
import { withCaller } from './declared/caller-values.ts';
import { fillBody, readBody, type SlotValues } from './declared/template.ts';
import { type ToolProblem, toolProblem } from './problem.ts';
import type { AgentTools, PhaseCall, ToolRegistry } from './registry.ts';
import { describeFields } from './schema/field-name.ts';
import { nearest } from './suggest.ts';

/** What the calls of the file are held against. */
interface KnownTools {
  readonly registry: ToolRegistry;
  /** All names that exist, also of tools that are unsound. */
  readonly names: readonly string[];
  /** Whether no plugin failed that may have had more. */
  readonly isComplete: boolean;
}

/** The arguments of a call before or after a conversation, with their slots filled; what has no value is left out. */
export function fillPhaseArguments(
  args: JsonObject,
  values: SlotValues,
  caller: Readonly<Record<string, string>>,
): JsonObject {
  return fillBody(readBody(args), withCaller(values, caller)) as JsonObject;
}

/** The calls of agents before and after conversations that name no tool, or cannot fit the one they name. */
export function phaseProblems(agents: readonly AgentTools[], known: KnownTools): readonly ToolProblem[] {
  return agents.flatMap(({ agent, phases }) =>
    (['before_call', 'after_call'] as const).flatMap((phase) =>
      (phases?.[phase] ?? []).flatMap((call, index) =>
        callProblem(call, { agent, phase, path: ['agents', agent, phase, index] }, known),
      ),
    ),
  );
}

function callProblem(
  call: PhaseCall,
  { agent, phase, path }: { agent: string; phase: 'before_call' | 'after_call'; path: (string | number)[] },
  { registry, names, isComplete }: KnownTools,
): readonly ToolProblem[] {
  const spec = registry.get(call.tool)?.spec;
  if (spec !== undefined) {
    const problem = argumentProblem(call.arguments, spec.parameters);
    if (problem === undefined) return [];
    const words = phase === 'before_call' ? 'before the call' : 'after the call';
    const data = { agent, tool: call.tool, phase: words, problem, expected: describeFields(spec.parameters) };
    return [toolProblem('tool.phase_arguments', data, { path: [...path, 'arguments'] })];
  }
  const near = nearest(call.tool, names);
  if (names.includes(call.tool) || (!isComplete && near === undefined)) return [];
  const available = names.length === 0 ? 'none' : names.join(', ');
  const suggestion =
    near === undefined ? 'Correct the name, or add the plugin that has it.' : `Did you mean "${near}"?`;
  const data = { agent, name: call.tool, available, suggestion };
  return [toolProblem('tool.not_listed', data, { path: [...path, 'tool'] })];
}

/** Values come only when there is a call, names can be told before. */
function argumentProblem(args: JsonObject, { properties, required }: JsonObject): string | undefined {
  const fields = Object.keys((properties as JsonObject | undefined) ?? {});
  const unknown = Object.keys(args).find((name) => !fields.includes(name));
  if (unknown !== undefined && fields.length > 0) return `there is no "${unknown}"`;
  const missing = (Array.isArray(required) ? required : []).find(
    (name) => !Object.hasOwn(args, String(name)),
  );
  return missing === undefined ? undefined : `"${String(missing)}" is missing`;
}
