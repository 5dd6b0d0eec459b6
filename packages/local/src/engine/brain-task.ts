import { type JsonObject, type JsonValue, readBackgroundReport, type ToolSpec } from '@antiphon/core';
import type { BrainContext, BrainTool, BrainToolResult } from '../stages.ts';
import type { ConversationLog, LogEntry } from './conversation-log.ts';
import type { EffectiveSession, EffectiveTool, EngineCallOutput, EngineMessage } from './wire-objects.ts';

/** What a response has to do. */
export type ResponseTask =
  /** Speak a text as it is. */
  | { readonly kind: 'say'; readonly text: string }
  /** Answer what nobody has answered yet. */
  | {
      readonly kind: 'answer';
      readonly results: readonly BrainToolResult[];
      /** Messages of the user, oldest first. */
      readonly messages: readonly LogEntry[];
      /** The items that are dealt with once the answer begins. */
      readonly itemIds: ReadonlySet<string>;
      /** What is said when there is nothing to answer. */
      readonly otherwise: string;
    };

/** Messages of the user that one answer takes together: what was said before it was interrupted counts too. */
const messagesAtOnce = 4;
const welcome = 'Hello, how can I help you?';
const offer = 'Is there anything else I can help you with?';

/** What is still to be answered in a conversation, or in the items given as its context. */
export function taskOf(log: ConversationLog, specs: readonly ToolSpec[] = []): ResponseTask {
  const open = log.filter((entry) => !entry.answered);
  const messages = open.filter(({ item }) => item.type === 'message' && item.role === 'user');
  const outputs = open.flatMap(({ item }) => (item.type === 'function_call_output' ? [item] : []));
  const reports = open.flatMap(({ item }) => {
    const report = item.type === 'message' && item.role === 'system' ? reportOf(item) : undefined;
    return report === undefined ? [] : [{ id: item.id, report }];
  });
  const taken = [
    ...messages.map((entry) => entry.item.id),
    ...outputs.map((item) => item.id),
    ...reports.map(({ id }) => id),
  ];
  return {
    kind: 'answer',
    results: [
      ...toResults(log, outputs, specs),
      ...reports.flatMap(({ report }) =>
        toResults(log, [{ call_id: report.callId, output: report.outputText }], specs),
      ),
    ],
    messages: messages.slice(-messagesAtOnce),
    itemIds: new Set(taken),
    otherwise: log.some(({ item }) => item.type === 'message' && item.role !== 'system') ? offer : welcome,
  };
}

/** The text that instructions dictate, as in `Say "Good morning"`; undefined when they dictate none. */
export function dictatedText(instructions: string | undefined): string | undefined {
  const match =
    /^\s*(?:please\s+)?(?:say|speak|repeat|reply|respond|answer|greet)\b[^"“]*(?:"([^"]+)"|“([^”]+)”)/iu.exec(
      instructions ?? '',
    );
  return match?.[1] ?? match?.[2];
}

/** The tools of a session as the brain knows them; what the wire does not carry comes from the agent's own tools. */
export function toBrainTools(tools: readonly EffectiveTool[], specs: readonly ToolSpec[]): BrainTool[] {
  return tools.map((tool) => {
    const spec = specs.find((candidate) => candidate.name === tool.name);
    return {
      name: tool.name,
      description: tool.description ?? '',
      parameters: tool.parameters,
      intents: spec?.intents ?? [],
      effects: spec?.effects ?? 'external',
      ...(spec?.confirm === 'spoken' && { asksUser: true }),
    };
  });
}

/** A tool choice as the brain knows it. */
export function toBrainChoice(choice: EffectiveSession['tool_choice']): BrainContext['toolChoice'] {
  if (typeof choice === 'string') return choice;
  return choice.type === 'function' ? { name: choice.name } : 'auto';
}

/** What a tool in the background has come to, where a message tells that. */
function reportOf({ content }: EngineMessage): ReturnType<typeof readBackgroundReport> {
  const [part] = content;
  return part !== undefined && 'text' in part ? readBackgroundReport(part.text ?? '') : undefined;
}

/** Pairs outputs with their calls by id, in the order of the calls. */
function toResults(
  log: ConversationLog,
  outputs: readonly Pick<EngineCallOutput, 'call_id' | 'output'>[],
  specs: readonly ToolSpec[],
): BrainToolResult[] {
  return log.flatMap(({ item }) => {
    if (item.type !== 'function_call') return [];
    const output = outputs.findLast((candidate) => candidate.call_id === item.call_id);
    if (output === undefined) return [];
    const spec = specs.find((candidate) => candidate.name === item.name);
    const reply = spec?.intents.find((intent) => intent.reply !== undefined)?.reply;
    return [
      {
        name: item.name,
        arguments: parseObject(item.arguments),
        output: parseValue(output.output),
        ...(reply !== undefined && { reply }),
      },
    ];
  });
}

function parseObject(text: string): JsonObject {
  const value = parseValue(text);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

function parseValue(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}
