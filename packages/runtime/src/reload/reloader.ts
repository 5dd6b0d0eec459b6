import { type AgentRevision, type AntiphonError, type ConfigProblem, isAntiphonError } from '@antiphon/core';
import type { Generation } from '../composition/compose.ts';
import { AgentFileError } from '../program/agent-file-error.ts';
import { agentRevisions, programChanges, type ReloadChange } from './program-changes.ts';

/** What came of reading the agent file and its plugins anew. */
export interface ReloadReport {
  /** `refused`: there are problems, and the program that ran goes on. */
  readonly status: 'applied' | 'unchanged' | 'refused';
  readonly changes: readonly ReloadChange[];
  /** Every problem of the file, its plugins and its tools, with line and column. */
  readonly problems: readonly ConfigProblem[];
}

/** A report, and where there is something new, what takes over. */
export type Reloaded =
  | { readonly report: ReloadReport; readonly next?: undefined }
  | {
      readonly report: ReloadReport;
      readonly next: Generation;
      /** What the sessions under way are told. */
      readonly revisions: Readonly<Record<string, AgentRevision>>;
    };

/** Loads the program anew, taking over from `former` what has not changed; undefined when nothing has. */
export type LoadNext = (former: Generation) => Promise<Generation | undefined>;

/** Reads the program anew and compares it with the one that runs. Rejects only for a defect of ours. */
export async function reloadProgram(former: Generation, load: LoadNext): Promise<Reloaded> {
  try {
    const next = await load(former);
    if (next === undefined) return { report: { status: 'unchanged', changes: [], problems: [] } };
    const changes = programChanges(former.program, next.program);
    await next.sessions.warmUp().catch(() => {});
    const report = { status: 'applied', changes, problems: [] } as const;
    return { report, next, revisions: agentRevisions(changes, next.program) };
  } catch (error) {
    if (error instanceof AgentFileError)
      return { report: { status: 'refused', changes: [], problems: error.problems } };
    if (isAntiphonError(error)) {
      return {
        report: { status: 'refused', changes: [], problems: [asProblem(error, former.program.file)] },
      };
    }
    throw error;
  }
}

/** A file that cannot be read has no lines. */
function asProblem({ code, message, hint }: AntiphonError, file: string): ConfigProblem {
  return { code, message, hint, file, line: 1, column: 1, path: [] };
}
