import type { Announcer, Clock, IdSource, Logger, Provider, SessionStore } from '@antiphon/core';
import type { Plugin, Tool } from '@antiphon/tools';
import type { Antiphon } from './antiphon.ts';
import { composeAntiphon } from './composition/compose.ts';
import { loadProgram } from './program/load-program.ts';
import type { AgentFileText } from './program/program-options.ts';
import { readAgentFile } from './program/read-agent-file.ts';
import type { TokenSources } from './providers/credentials.ts';
import { stderrLogger } from './system/stderr-logger.ts';

/** What {@link createAntiphon} takes. */
export interface CreateAntiphonOptions {
  /** The path of the agent file, or its text with the name that errors give it. */
  readonly config: string | AgentFileText;
  /** Plugins and tools of the application, beside those of the file. */
  readonly plugins?: readonly (Plugin | Tool)[];
  /** The variables that `${…}` in the file reads; the environment of the process when absent. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Providers of the application by name; they take the place of entries of the file. */
  readonly providers?: Readonly<Record<string, Provider>>;
  /** The providers sessions will use, when that is known: only their variables are needed. Else those the agents name. */
  readonly usedProviders?: readonly string[];
  /** Functions that give tokens, by the names that `token_source` of the file uses; called for every connection. */
  readonly tokenSources?: TokenSources;
  readonly clock?: Clock;
  readonly ids?: IdSource;
  /** Keeps the logs of the sessions, so that `resumeSession` can take up one whose process is gone. */
  readonly store?: SessionStore;
  /** The process's own voice, for when the model has none; the offline synthesiser when absent. */
  readonly announcer?: Announcer;
  /** Told what goes on; warnings and errors go to standard error when absent. */
  readonly logger?: Logger;
}

/**
 * Loads an agent file with its plugins and tools, ready to start sessions.
 *
 * @throws AgentFileError with every problem of the file, its plugins and its tools; AntiphonError `config.file_not_found`.
 *
 * @example
 * await using antiphon = await createAntiphon({ config: 'agents.yaml', plugins: [weather] });
 * const session = await antiphon.startSession({ agent: 'concierge' });
 */
export async function createAntiphon(options: CreateAntiphonOptions): Promise<Antiphon> {
  const { config, plugins = [], env = process.env, providers = {}, usedProviders } = options;
  const { file, text } =
    typeof config === 'string' ? { file: config, text: await readAgentFile(config) } : config;
  const logger = options.logger ?? stderrLogger('warn');
  const given = new Map(Object.entries(providers));
  const used = usedProviders?.filter((name) => !given.has(name));
  const program = await loadProgram({ file, text, env, plugins, usedProviders: used, logger });
  const antiphon = composeAntiphon({
    program,
    providers: given,
    logger,
    ...(options.tokenSources && { tokenSources: options.tokenSources }),
    ...(options.clock && { clock: options.clock }),
    ...(options.ids && { ids: options.ids }),
    ...(options.store && { store: options.store }),
    ...(options.announcer && { announcer: options.announcer }),
  });
  await antiphon.warmUp();
  return antiphon;
}
