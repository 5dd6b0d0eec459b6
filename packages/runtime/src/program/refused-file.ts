import { dirname, resolve } from 'node:path';
import type { AgentsFileOutline, ConfigProblem, RefusedAgentsFile } from '@antiphon/core';
import { collectTools, type ToolProblem } from '@antiphon/tools';
import type { LoadProgramOptions } from './program-options.ts';

/** The problems of a refused file, and those of the plugins and lists of tools it names, in the order of the text. */
export async function allProblems(
  refused: RefusedAgentsFile,
  options: LoadProgramOptions,
): Promise<readonly ConfigProblem[]> {
  const { outline, problemAt, problems } = refused;
  if (outline === undefined || problemAt === undefined) return problems;
  const named = await problemsOfNames(outline, options);
  const placed = named.map((problem) => problemAt(problem.where.path ?? [], problem));
  return [...problems, ...placed].sort((a, b) => a.line - b.line || a.column - b.column);
}

/** Lists of tools are judged only when everything that may bring tools could be read. */
async function problemsOfNames(
  { plugins, toolNames, agentTools }: AgentsFileOutline,
  { file, logger, plugins: values, former }: LoadProgramOptions,
): Promise<readonly ToolProblem[]> {
  if (plugins === undefined) return [];
  const baseDir = dirname(resolve(file));
  const collected = await collectTools({
    baseDir,
    logger,
    plugins,
    values,
    agents: agentTools,
    ...(former && { former: former.tools }),
    otherToolNames: toolNames,
  });
  await collected.close();
  return collected.problems;
}
