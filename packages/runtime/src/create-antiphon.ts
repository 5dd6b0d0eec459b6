import { dirname, resolve } from 'node:path';
import type { Announcer, Clock, IdSource, Logger, Provider, SessionStore } from '@antiphon/core';
import { containStrayErrors, type Plugin, pluginSource, type Tool } from '@antiphon/tools';
import { Antiphon } from './antiphon.ts';
import { composeGeneration, type Generation } from './composition/compose.ts';
import { loadProgram, type Program } from './program/load-program.ts';
import type { AgentFileText } from './program/program-options.ts';
import { readAgentFile } from './program/read-agent-file.ts';
import type { TokenSources } from './providers/credentials.ts';
import { FileWatch } from './reload/file-watch.ts';
import type { ReloadReport } from './reload/reloader.ts';
import { LocalSpeech } from './speech/local-speech.ts';
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
  /** Whether the agent file and its plugins are watched, and a change is taken up as `reload()` does. */
  readonly watch?: boolean;
  /** Told what came of each change that was noticed; the log is told too. */
  readonly onReload?: (report: ReloadReport) => void;
  /**
   * Whether errors that tools and plugins leave behind (a promise that nobody awaits, a timer that throws) are logged with
   * whose they are instead of ending the process, as Node does: false, for that takes listeners of the process.
   */
  readonly containStrayErrors?: boolean;
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
  const logger = options.logger ?? stderrLogger('warn');
  const speech = new LocalSpeech();
  const letGo = options.containStrayErrors === true ? containStrayErrors() : () => undefined;
  const load = programLoader(options, { logger, speech });
  const first = await load().catch((error: unknown) => {
    letGo();
    throw error;
  });
  const watch = new FileWatch(() => void reload(), logger);
  const antiphon = new Antiphon(
    first,
    (former) => load(former),
    async () => {
      watch.close();
      await speech.close();
      letGo();
    },
  );
  const reload = async (): Promise<void> => {
    const report = await antiphon.reload().catch((error: unknown) => {
      logger.error('reloading failed', { error: String(error) });
    });
    if (report === undefined) return;
    tellReload(report, logger);
    options.onReload?.(report);
    watch.follow(filesOf(antiphon, options));
  };
  await antiphon.warmUp();
  if (options.watch === true) {
    watch.follow(filesOf(antiphon, options));
    // What changed while it was loaded was not watched.
    void reload();
  }
  return antiphon;
}

/** Loads the program, the first time or anew; then undefined when nothing has changed. */
function programLoader(
  options: CreateAntiphonOptions,
  { logger, speech }: { readonly logger: Logger; readonly speech: LocalSpeech },
) {
  const { config, plugins = [], env = process.env, providers = {}, usedProviders } = options;
  const given = new Map(Object.entries(providers));
  const used = usedProviders?.filter((name) => !given.has(name));
  async function load(): Promise<Generation>;
  async function load(former: Generation): Promise<Generation | undefined>;
  async function load(former?: Generation): Promise<Generation | undefined> {
    const { file, text } =
      typeof config === 'string' ? { file: config, text: await readAgentFile(config) } : config;
    if (former !== undefined && text === former.program.text && !(await hasChanged(former.program)))
      return undefined;
    const program = await loadProgram({
      file,
      text,
      env,
      plugins,
      usedProviders: used,
      logger,
      ...(former && { former: former.program }),
    });
    return composeGeneration(
      {
        program,
        providers: given,
        logger,
        speech,
        ...(options.tokenSources && { tokenSources: options.tokenSources }),
        ...(options.clock && { clock: options.clock }),
        ...(options.ids && { ids: options.ids }),
        ...(options.store && { store: options.store }),
        ...(options.announcer && { announcer: options.announcer }),
      },
      former,
    );
  }
  return load;
}

/** Whether the code of a plugin or of a provider is not as it was. */
async function hasChanged({ file, agents, tools, providerPlugins }: Program): Promise<boolean> {
  const baseDir = dirname(resolve(file));
  const plugins = await Promise.all(agents.plugins.map((entry) => pluginSource(entry, baseDir)));
  if (plugins.some(({ key }) => !tools.open.has(key))) return true;
  for (const [name, { sourceKey }] of providerPlugins) {
    const entry = agents.providers[name];
    if (entry?.type !== 'plugin') continue;
    const { key } = await pluginSource({ use: entry.use, config: entry.config }, baseDir);
    if (key !== sourceKey) return true;
  }
  return false;
}

function filesOf({ program }: Antiphon, { config }: CreateAntiphonOptions): readonly string[] {
  return [...(typeof config === 'string' ? [config] : []), ...program.files];
}

/** What came of a change of the files, for whoever reads the log. */
function tellReload({ status, changes, problems }: ReloadReport, logger: Logger): void {
  for (const { place, at, change, applies } of changes) {
    logger.info('the program has changed', { place, change, applies, ...(at !== undefined && { at }) });
  }
  for (const { file, line, column, code, message } of problems) {
    logger.error('a change was refused, and the program goes on as it was', {
      at: `${file}:${line}:${column}`,
      code,
      message,
    });
  }
  if (status === 'applied' && changes.length === 0) logger.info('the program was read anew');
}
