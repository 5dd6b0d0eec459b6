import { dirname, resolve } from 'node:path';
import {
  type AgentsFile,
  AntiphonError,
  builtInProviderNames,
  type ConfigPath,
  type ConfigProblem,
  type ConfigSecret,
  type ParsedAgentsFile,
  parametersToJsonSchema,
  parseAgentsFile,
  readBuiltInProvider,
  toolNamesOf,
} from '@antiphon/core';
import { type CollectedTools, collectTools, type ToolProblem, toolFromYaml } from '@antiphon/tools';
import type { LoadedProvider } from '../providers/plugin-provider.ts';
import { AgentFileError } from './agent-file-error.ts';
import { silentResults, unansweredPhases, unreadParameters } from './doubtful-tools.ts';
import { missingForcedTools } from './forced-tools.ts';
import { handoffClashes } from './handoff-clashes.ts';
import { hostedSecrets } from './hosted-secrets.ts';
import { loadProviders } from './load-providers.ts';
import { missingConsent } from './missing-consent.ts';
import { missingPrices } from './missing-prices.ts';
import type { LoadProgramOptions } from './program-options.ts';
import { settingsBeyondProviders } from './provider-limits.ts';
import { allProblems } from './refused-file.ts';

/** An agent file, checked, with its tools set up. */
export interface Program {
  /** The name of the agent file. */
  readonly file: string;
  /** Its text. */
  readonly text: string;
  readonly agents: AgentsFile;
  readonly tools: CollectedTools;
  /** The providers of others that the file names, by the names of their entries. */
  readonly providerPlugins: ReadonlyMap<string, LoadedProvider>;
  /** The files that plugins and providers were read from. */
  readonly files: readonly string[];
  /** Values that came from the environment. */
  readonly secrets: readonly ConfigSecret[];
  readonly warnings: readonly ConfigProblem[];
  /** Says where a path stands in the agent file: `agents.yaml:12:5`; the nearest key above for what is not there. */
  readonly locate: (path: ConfigPath) => string;
}

/**
 * Reads and checks the agent file and everything it names: nothing connects before all of it is sound.
 *
 * @throws AgentFileError with every problem of the file, its plugins and its tools; AntiphonError `provider.unknown`,
 *   `provider.missing_variables`.
 */
export async function loadProgram(options: LoadProgramOptions): Promise<Program> {
  const { file, text, env, plugins, usedProviders, logger, former } = options;
  const parsed = parseAgentsFile(text, { file, env, ...(usedProviders && { usedProviders }) });
  if (!parsed.ok) throw new AgentFileError(file, text, await allProblems(parsed, options));
  const baseDir = dirname(resolve(file));
  const providers = await loadProviders(parsed.value.providers, {
    baseDir,
    former: former?.providerPlugins,
  });
  const agents = { ...parsed.value, providers: providers.entries };
  assertProvidersKnown(usedProviders ?? [], agents, env);
  const secrets = parsed.secrets.map(({ value }) => value);
  const tools = await collectTools({
    baseDir,
    logger,
    plugins: agents.plugins,
    values: plugins,
    ...(former && { former: former.tools }),
    secrets,
    declared: Object.entries(agents.tools).flatMap(([name, tool]) => {
      const parameters = parametersToJsonSchema(tool.parameters);
      if (!parameters.ok) return [];
      return toolFromYaml(name, tool, { parameters: parameters.schema, baseDir, secrets }) ?? [];
    }),
    agents: Object.entries(agents.agents).map(([agent, config]) => ({
      agent,
      patterns: toolNamesOf(config),
      guardrails: config.guardrails,
      phases: { before_call: config.before_call, after_call: config.after_call },
    })),
  });
  const problems = [...providers.problems, ...tools.problems, ...handoffClashes(agents, tools)];
  if (problems.length > 0) {
    await tools.close();
    throw new AgentFileError(file, text, placed(problems, parsed));
  }
  const doubtful = [
    ...missingForcedTools(agents, tools),
    ...missingPrices(agents, usedProviders),
    ...unreadParameters(agents),
    ...unansweredPhases(agents),
    ...silentResults(agents),
    ...missingConsent(agents, tools, { entries: providers.entries, used: usedProviders }),
  ].map(({ path, error }) => parsed.problemAt(path, error, 'key'));
  const beyond = settingsBeyondProviders(parsed, providers.entries, usedProviders);
  const warnings = [...parsed.warnings, ...beyond, ...doubtful];
  const { secrets: found } = parsed;
  const locate = placeIn(file, parsed);
  return {
    file,
    text,
    agents,
    tools,
    providerPlugins: providers.plugins,
    files: [...tools.files, ...providers.files],
    secrets: [...found, ...hostedSecrets(agents)],
    warnings,
    locate,
  };
}

/** @throws AntiphonError `provider.unknown`, `provider.missing_variables` */
function assertProvidersKnown(
  used: readonly string[],
  { providers }: AgentsFile,
  env: LoadProgramOptions['env'],
): void {
  const name = used.find((provider) => !Object.hasOwn(providers, provider));
  if (name === undefined) return;
  const builtIn = readBuiltInProvider(name, env);
  if (builtIn?.ok === false) {
    throw new AntiphonError('provider.missing_variables', { name, variables: builtIn.missing.join(', ') });
  }
  const known = new Set([...builtInProviderNames, ...Object.keys(providers)]);
  throw new AntiphonError('provider.unknown', { name, available: [...known].join(', ') });
}

function placeIn(file: string, parsed: ParsedAgentsFile): Program['locate'] {
  return (path) => {
    const { line, column } = parsed.locate(path, 'key');
    return `${file}:${line}:${column}`;
  };
}

function placed(problems: readonly ToolProblem[], parsed: ParsedAgentsFile): readonly ConfigProblem[] {
  return problems.map((problem) => parsed.problemAt(problem.where.path ?? [], problem));
}
