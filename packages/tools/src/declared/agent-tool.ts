import type { JsonObject } from '@antiphon/core';
import { answeredError } from '../answered-error.ts';
import { defineTool, type Tool, type ToolSettings } from '../define-tool.ts';
import { askerOf } from '../dispatch/ask-agent.ts';
import { assertCaller, callerSlots, withCaller } from './caller-values.ts';
import { fillTemplate, readTemplate, type SlotValues, valueText } from './template.ts';

/** Another agent as a tool. */
export interface AgentToolDeclaration extends ToolSettings {
  readonly name: string;
  readonly description: string;
  /** A JSON Schema of type `object`. */
  readonly parameters: JsonObject;
  readonly agent: {
    /** The agent that is asked. */
    readonly use: string;
    /** What it is asked, with slots; the only parameter, or all arguments as JSON, when absent. */
    readonly prompt?: string | undefined;
    /** Answers of its model that one call may take; 6 when absent. */
    readonly maxTurns?: number | undefined;
    /** Calls of its tools that one call may make; 16 when absent. */
    readonly maxToolCalls?: number | undefined;
  };
}

/** Makes a tool that asks another agent, and whose output is the answer. */
export function createAgentTool(declaration: AgentToolDeclaration): Tool {
  const { name, description, parameters, agent, ...settings } = declaration;
  const { use, prompt, maxTurns = 6, maxToolCalls = 16 } = agent;
  return defineTool({
    ...settings,
    name,
    description,
    input: parameters,
    execute: (input, context) => {
      const ask = askerOf(context);
      if (ask === undefined) throw answeredError('tool.agent_unavailable', { agent: use });
      const { caller } = context.session;
      if (prompt !== undefined) assertCaller(callerSlots(prompt), caller);
      return ask({
        agent: use,
        text: questionOf(input as SlotValues, prompt, caller),
        maxTurns,
        maxToolCalls,
        callId: context.call.id,
        signal: context.signal,
        onProgress: (progress) => context.progress(progress),
      });
    },
  }) as Tool;
}

function questionOf(
  values: SlotValues,
  prompt: string | undefined,
  caller: Readonly<Record<string, string>>,
): string {
  if (prompt !== undefined) {
    // A slot without a value is empty: the rest of the question stands.
    const filling = withCaller(values, caller);
    return readTemplate(prompt)
      .map((part) => fillTemplate([part], filling) ?? '')
      .join('');
  }
  const given = Object.values(values);
  const [only] = given;
  return given.length === 1 && only !== undefined ? valueText(only) : JSON.stringify(values);
}
