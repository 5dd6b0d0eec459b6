import type { BrainTool } from '../stages.ts';
import { type Parameter, parametersOf } from './parameters.ts';
import { expandPattern, leadsTo } from './pattern-examples.ts';
import { graphOf, type PatternGraph } from './pattern-graph.ts';
import { compilePattern, type PatternNode } from './pattern-syntax.ts';
import { identifierWords } from './tokens.ts';

/** One pattern of a tool, ready to match. */
export interface ToolPattern {
  readonly node: PatternNode;
  readonly graph: PatternGraph;
  readonly reply?: string;
}

/** A tool with its patterns and parameters compiled. */
export interface ToolModel {
  readonly tool: BrainTool;
  readonly parameters: ReadonlyMap<string, Parameter>;
  readonly patterns: readonly ToolPattern[];
  /** Sentences and phrases that ask for the tool; the nearest of them decides when no pattern matches. */
  readonly examples: readonly string[];
  /** Words that stand right before each slot in the patterns. */
  readonly leads: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Compiles a tool. Patterns that cannot be read are left out: `checkIntentPattern` reports them beforehand. */
export function modelOf(tool: BrainTool): ToolModel {
  const parameters = new Map(parametersOf(tool.parameters).map((one) => [one.name, one] as const));
  const patterns: ToolPattern[] = [];
  for (const intent of tool.intents) {
    for (const text of intent.match) {
      const compiled = compilePattern(text);
      if (!compiled.ok) continue;
      const reply = intent.reply === undefined ? {} : { reply: intent.reply };
      patterns.push({ node: compiled.node, graph: graphOf(compiled.node), ...reply });
    }
  }
  return {
    tool,
    parameters,
    patterns,
    examples: examplesOf(tool, patterns, parameters),
    leads: leadsOf(patterns),
  };
}

/** Each example costs an embedding at the start of a session; more of them do not make the choice better. */
const maxPatternExamples = 14;

function examplesOf(
  tool: BrainTool,
  patterns: readonly ToolPattern[],
  parameters: ReadonlyMap<string, Parameter>,
): readonly string[] {
  const fromPatterns = patterns.flatMap((pattern) => expandPattern(pattern.node, parameters));
  const described = tool.description.split(/[.;\n]/)[0]?.trim() ?? '';
  const texts = [
    ...spread([...new Set(fromPatterns)], maxPatternExamples),
    described,
    identifierWords(tool.name).join(' '),
  ];
  return [...new Set(texts.filter((text) => text !== ''))];
}

/** At most `count` of a list, from all of its length. */
function spread<Value>(list: readonly Value[], count: number): readonly Value[] {
  const step = Math.max(1, list.length / count);
  return list.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step));
}

function leadsOf(patterns: readonly ToolPattern[]): ReadonlyMap<string, ReadonlySet<string>> {
  const leads = new Map<string, Set<string>>();
  for (const pattern of patterns) leadsTo(pattern.node, new Set(), leads);
  return leads;
}
