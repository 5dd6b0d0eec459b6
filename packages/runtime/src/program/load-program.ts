import { dirname, resolve } from 'node:path';
import {
  type AgentsFile,
  AntiphonError,
  type ConfigPath,
  type ConfigProblem,
  type ConfigSecret,
  type ParsedAgentsFile,
  parametersToJsonSchema,
  parseAgentsFile,
} from '@antiphon/core';
import { type CollectedTools, collectTools, httpToolFromYaml, type ToolProblem } from '@antiphon/tools';
import { AgentFileError } from './agent-file-error.ts';
import { missingPrices } from './missing-prices.ts';
import type { LoadProgramOptions } from './program-options.ts';
import { allProblems } from './refused-file.ts';
import { settingsWithoutEffect } from './settings-without-effect.ts';

/** An agent file, checked, with its tools set up. */
export interface Program {
  readonly agents: AgentsFile;
  readonly tools: CollectedTools;
  /** Values that came from the environment. */
  readonly secrets: readonly ConfigSecret[];
  readonly warnings: readonly ConfigProblem[];
  /** Says where a path stands in the agent file: `agents.yaml:12:5`; the nearest key above for what is not there. */
  readonly locate: (path: ConfigPath) => string;
}

/**
 * Reads and checks the agent file and everything it names: nothing connects before all of it is sound.
 *
 * @throws AgentFileError with every problem of the file, its plugins and its tools; AntiphonError `provider.unknown`.
 */
export async function loadProgram(options: LoadProgramOptions): Promise<Program> {
  const { file, text, env, plugins, usedProviders, logger } = options;
  const parsed = parseAgentsFile(text, { file, env, ...(usedProviders && { usedProviders }) });
  if (!parsed.ok) throw new AgentFileError(file, text, await allProblems(parsed, options));
  const agents = parsed.value;
  assertProvidersKnown(usedProviders ?? [], agents);
  const secrets = parsed.secrets.map(({ value }) => value);
  const tools = await collectTools({
    baseDir: dirname(resolve(file)),
    logger,
    plugins: agents.plugins,
    values: plugins,
    httpTools: Object.entries(agents.tools).flatMap(([name, tool]) => {
      const parameters = parametersToJsonSchema(tool.parameters);
      return parameters.ok ? [{ ...httpToolFromYaml(name, tool, parameters.schema), secrets }] : [];
    }),
    agents: Object.entries(agents.agents).map(([agent, { tools: patterns, guardrails }]) => ({
      agent,
      patterns,
      guardrails,
    })),
  });
  if (tools.problems.length > 0) {
    await tools.close();
    throw new AgentFileError(file, text, placed(tools.problems, parsed));
  }
  const unpriced = missingPrices(agents, usedProviders).map(({ path, error }) =>
    parsed.problemAt(path, error, 'key'),
  );
  const warnings = [...parsed.warnings, ...ineffective(parsed), ...unpriced];
  return { agents, tools, secrets: parsed.secrets, warnings, locate: placeIn(file, parsed) };
}

/** @throws AntiphonError `provider.unknown` */
function assertProvidersKnown(used: readonly string[], { providers }: AgentsFile): void {
  const known = new Set(['local', ...Object.keys(providers)]);
  const name = used.find((provider) => !known.has(provider));
  if (name === undefined) return;
  throw new AntiphonError('provider.unknown', { name, available: [...known].join(', ') });
}

function placeIn(file: string, parsed: ParsedAgentsFile): Program['locate'] {
  return (path) => {
    const { line, column } = parsed.locate(path, 'key');
    return `${file}:${line}:${column}`;
  };
}

/** The settings that are sound and that nothing acts on. */
function ineffective(parsed: ParsedAgentsFile): readonly ConfigProblem[] {
  return settingsWithoutEffect(parsed.value).map((path) => {
    const setting = path.slice(-2).join('.');
    return parsed.problemAt(path, new AntiphonError('config.no_effect', { setting }), 'key');
  });
}

function placed(problems: readonly ToolProblem[], parsed: ParsedAgentsFile): readonly ConfigProblem[] {
  return problems.map((problem) => parsed.problemAt(problem.where.path ?? [], problem));
}
