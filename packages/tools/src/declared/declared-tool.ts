import type { JsonObject } from '@antiphon/core';
import { type CommandToolDeclaration, createCommandTool } from '../command/command-tool.ts';
import type { Tool } from '../define-tool.ts';
import { createHttpTool, type HttpToolDeclaration } from '../http/http-tool.ts';
import type { HttpRequestDeclaration } from '../http/request-template.ts';
import { settingsFromYaml, type ToolSettingsYaml, withoutUndefined } from '../settings-yaml.ts';
import { type AgentToolDeclaration, createAgentTool } from './agent-tool.ts';
import { type ClientToolDeclaration, createClientTool } from './client-tool.ts';
import type { DeclarationProblem } from './declaration-problem.ts';

/** A tool without code, of any kind. */
export type ToolDeclaration =
  | HttpToolDeclaration
  | CommandToolDeclaration
  | AgentToolDeclaration
  | ClientToolDeclaration;

/** A tool of `tools:` in the agent file, as the file writes it; it has one of the kinds. */
export interface DeclaredToolYaml extends ToolSettingsYaml {
  readonly description: string;
  readonly http?: HttpRequestDeclaration | undefined;
  readonly command?: CommandYaml | undefined;
  readonly agent?: AgentToolYaml | undefined;
  readonly client?: Readonly<Record<string, never>> | undefined;
}

/** The agent that a tool asks as the agent file writes it. */
interface AgentToolYaml {
  readonly use: string;
  readonly prompt?: string | undefined;
  readonly max_turns?: number | undefined;
  readonly max_tool_calls?: number | undefined;
}

/** The program of a tool as the agent file writes it. */
export interface CommandYaml {
  readonly run: readonly string[];
  readonly stdin?: 'none' | 'json' | undefined;
  readonly cwd?: string | undefined;
  readonly paths?: Readonly<Record<string, string>> | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly inherit_env?: readonly string[] | undefined;
  readonly output?: 'auto' | 'text' | 'json' | undefined;
  readonly max_output_bytes?: number | undefined;
  readonly exit_codes?: Readonly<Record<string, string>> | undefined;
}

/** What a declaration needs beside what the file writes under the tool. */
export interface DeclarationScope {
  /** The parameters as JSON Schema, the shorthand expanded. */
  readonly parameters: JsonObject;
  /** Where relative paths start. */
  readonly baseDir: string;
  /** Texts that must not appear in an error. */
  readonly secrets: readonly string[];
}

/** The declaration of a tool of the agent file; undefined when it has no kind. */
export function toolFromYaml(
  name: string,
  yaml: DeclaredToolYaml,
  { parameters, baseDir, secrets }: DeclarationScope,
): ToolDeclaration | undefined {
  const { description, http, command, agent, client } = yaml;
  const own = { ...settingsFromYaml(yaml), name, description, parameters };
  const common = { ...own, secrets };
  if (http !== undefined) return { ...common, http };
  if (agent !== undefined) {
    const { use, prompt, max_turns: maxTurns, max_tool_calls: maxToolCalls } = agent;
    return { ...own, agent: { use, prompt, maxTurns, maxToolCalls } };
  }
  if (client !== undefined) return { ...own, client };
  if (command === undefined) return undefined;
  const { run, stdin, cwd, paths, env, output } = command;
  const declared = withoutUndefined({
    run,
    stdin,
    cwd,
    paths,
    env,
    output,
    inheritEnv: command.inherit_env,
    maxOutputBytes: command.max_output_bytes,
    exitCodes: command.exit_codes,
  });
  return { ...common, baseDir, command: declared };
}

/** The tool of a declaration, or everything that is wrong with it, and the error that says so. */
export type DeclaredToolReview =
  | { readonly kind: 'tool'; readonly tool: Tool }
  | {
      readonly kind: 'unsound';
      readonly problems: readonly DeclarationProblem[];
      readonly code: 'tool.http_invalid' | 'tool.command_invalid';
    };

/** Makes the tool of a declaration. */
export function createDeclaredTool(declaration: ToolDeclaration): DeclaredToolReview {
  if ('agent' in declaration) return { kind: 'tool', tool: createAgentTool(declaration) };
  if ('client' in declaration) return { kind: 'tool', tool: createClientTool(declaration) };
  const isHttp = 'http' in declaration;
  const review = isHttp ? createHttpTool(declaration) : createCommandTool(declaration);
  if (review.kind === 'tool') return review;
  return { ...review, code: isHttp ? 'tool.http_invalid' : 'tool.command_invalid' };
}
