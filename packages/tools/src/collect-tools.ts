import { AntiphonError, type Guard, isAntiphonError, type Logger } from '@antiphon/core';
import { createDeclaredTool, type ToolDeclaration } from './declared/declared-tool.ts';
import type { Plugin } from './define-plugin.ts';
import type { Tool } from './define-tool.ts';
import { phaseProblems } from './phase-calls.ts';
import { checkConfig } from './plugin/check-config.ts';
import { mcpOptions, openApiOptions } from './plugin/entry-options.ts';
import { placeInEntry } from './plugin/entry-place.ts';
import { createModuleLoader, type ImportModule } from './plugin/module-loader.ts';
import type { PluginEntry, UseEntry } from './plugin/plugin-entry.ts';
import { pluginHealth } from './plugin/plugin-health.ts';
import {
  asPlugin,
  firstLine,
  type LoadedPlugin,
  loadPlugin,
  PluginLoadError,
  readable,
} from './plugin/plugin-loader.ts';
import { type PluginObserver, PluginScope } from './plugin/plugin-scope.ts';
import { pluginSource } from './plugin/plugin-source.ts';
import type { PluginHealth, SessionHooks } from './plugin/session-hooks.ts';
import { placeText, throwPlace } from './plugin/source-place.ts';
import { type ProblemPlace, problemOf, type ToolProblem, toolProblem } from './problem.ts';
import {
  type AgentTools,
  agentToolProblems,
  buildRegistry,
  type ToolEntry,
  type ToolRegistry,
} from './registry.ts';
import { withoutUndefined } from './settings-yaml.ts';

/** What {@link collectTools} takes. */
export interface CollectOptions {
  /** Folder of the agent file: relative plugin paths start there. */
  readonly baseDir: string;
  readonly logger: Logger;
  /** The entries of `plugins:`. */
  readonly plugins?: readonly PluginEntry[];
  /** Plugins and tools given as values by an embedder; they come after `plugins`. */
  readonly values?: readonly (Plugin | Tool)[];
  /** The tools of `tools:`. */
  readonly declared?: readonly ToolDeclaration[];
  /** Texts that must not appear in an error: values that came from the environment. */
  readonly secrets?: readonly string[];
  /** The tool lists to check. */
  readonly agents?: readonly AgentTools[];
  /** Names that lists may hold although no plugin has them: tools that are declared but not sound. */
  readonly otherToolNames?: readonly string[];
  /** Where compiled plugins are kept; in `node_modules/.cache` or the user's cache folder when absent. */
  readonly cacheDir?: string;
  /** Milliseconds that the setup of one plugin may take; 30,000 when absent. */
  readonly setupLimitMs?: number;
  /** What was collected before, and is not closed: plugins that have not changed stay as they are, the others are read anew. */
  readonly former?: CollectedTools;
}

/** A plugin that is set up, and where it stood. */
export interface OpenPlugin {
  readonly scope: PluginScope;
  readonly origin: string;
  readonly place: ProblemPlace;
}

/** The tools of a program, set up; and what is wrong with the rest. */
export interface CollectedTools {
  readonly registry: ToolRegistry;
  /** All mistakes, in the order of the agent file. Empty means that everything asked for is there. */
  readonly problems: readonly ToolProblem[];
  readonly observers: readonly PluginObserver[];
  /** The guardrails of all plugins, by name. */
  readonly guards: ReadonlyMap<string, Guard>;
  /** What the plugins do for each session, in their order. */
  readonly hooks: readonly SessionHooks[];
  /** The plugins by what they were made of: the key of their source, or the value that the application gave. */
  readonly open: ReadonlyMap<unknown, OpenPlugin>;
  /** The files that plugins were read from. */
  readonly files: readonly string[];
  /** Asks every plugin how it is, all at once, each for at most `limitMs`. Never rejects. */
  health(limitMs: number): Promise<readonly PluginHealth[]>;
  /** Closes the plugins in reverse order. Never rejects. */
  close(): Promise<void>;
}

/**
 * Loads and sets up the plugins and builds the registry. Never throws for a mistake in them: all are in `problems`,
 * and the caller decides (`throwProblems` throws them). The caller closes the result in either case.
 */
export async function collectTools(options: CollectOptions): Promise<CollectedTools> {
  const collection = new Collection(options);
  for (const [index, entry] of (options.plugins ?? []).entries()) {
    const where = { path: ['plugins', index] };
    const { key, files } = await pluginSource(entry, options.baseDir);
    if (!collection.begin(key, { files, where })) await collection.addEntry(entry, where);
  }
  for (const value of options.values ?? []) {
    if (!collection.begin(value, { files: [], where: {} })) await collection.addValue(value);
  }
  for (const declaration of options.declared ?? []) collection.addDeclared(declaration);
  return collection.finish(options.agents ?? []);
}

class Collection {
  readonly #problems: ToolProblem[] = [];
  readonly #tools: ToolEntry[] = [];
  readonly #open = new Map<unknown, OpenPlugin>();
  readonly #files: string[] = [];
  /** What the plugin under way is made of. */
  #key: unknown;
  readonly #guards = new Map<string, Guard>();
  readonly #origins = new Map<string, string>();
  readonly #options: CollectOptions;
  readonly #importModule: ImportModule;

  constructor(options: CollectOptions) {
    this.#options = options;
    this.#importModule = createModuleLoader(options.cacheDir, {}, { fresh: options.former !== undefined });
  }

  /** Whether a plugin made of `key` is there already, and stays. */
  begin(
    key: unknown,
    { files, where }: { readonly files: readonly string[]; readonly where: ProblemPlace },
  ): boolean {
    this.#key = key;
    this.#files.push(...files);
    const former = this.#options.former?.open.get(key);
    if (former === undefined || this.#origins.has(former.scope.plugin)) return false;
    this.#origins.set(former.scope.plugin, former.origin);
    former.scope.hold();
    this.#adopt({ ...former, place: { ...former.place, ...where } });
    return true;
  }

  async addEntry(entry: PluginEntry, where: ProblemPlace): Promise<void> {
    const { baseDir, secrets = [] } = this.#options;
    const isMapping = typeof entry === 'object' && entry !== null;
    if (isMapping && 'mcp' in entry) {
      const { mcpPlugin } = await import('./mcp/mcp-plugin.ts');
      const plugin = mcpPlugin(mcpOptions(entry, { baseDir, secrets }));
      await this.#setUp({ plugin, origin: plugin.name, entry }, {}, where);
      return;
    }
    if (isMapping && 'openapi' in entry) {
      const { openApiPlugin } = await import('./openapi/openapi-plugin.ts');
      const plugin = openApiPlugin(openApiOptions(entry, { baseDir, secrets }));
      await this.#setUp({ plugin, origin: plugin.name, entry }, {}, where);
      return;
    }
    const use = typeof entry === 'string' ? entry : entry?.use;
    if (typeof use !== 'string' || use === '') {
      this.#problems.push(toolProblem('tool.plugin_entry_invalid', { problem: 'names no plugin' }, where));
      return;
    }
    try {
      const loaded = await this.#load(typeof entry === 'string' ? { use } : entry);
      await this.#setUp(loaded, typeof entry === 'string' ? {} : entry.config, where);
    } catch (error) {
      if (!(error instanceof PluginLoadError)) throw error;
      this.#problems.push(problemOf(error.reported, { ...where, ...error.place }));
    }
  }

  async #load(entry: UseEntry): Promise<LoadedPlugin> {
    const { baseDir, logger, cacheDir, setupLimitMs } = this.#options;
    const { use, isolation = 'none', memory_mb: memoryMb, allow } = entry;
    if (isolation === 'none') {
      const limit = withoutUndefined({ limitMs: setupLimitMs });
      return loadPlugin(use, { baseDir, importModule: this.#importModule, ...limit });
    }
    const { loadIsolated } = await import('./isolation/isolated-plugin.ts');
    return loadIsolated({
      ...withoutUndefined({ memoryMb, allow, cacheDir, setupLimitMs }),
      use,
      isolation,
      baseDir,
      logger,
    });
  }

  async addValue(value: Plugin | Tool): Promise<void> {
    const plugin = asPlugin(value, String(value?.name ?? ''));
    if (plugin === undefined) {
      const problem = 'given as a value is neither the result of definePlugin() nor of defineTool()';
      this.#problems.push(toolProblem('tool.plugin_entry_invalid', { problem }, {}));
      return;
    }
    await this.#setUp({ plugin, origin: plugin.name }, {}, { plugin: plugin.name });
  }

  addDeclared(declaration: ToolDeclaration): void {
    const where = { path: ['tools', declaration.name], tool: declaration.name };
    const made = createDeclaredTool(declaration);
    if (made.kind === 'tool') {
      this.#tools.push({ tool: made.tool, origin: 'the agent file', where });
      return;
    }
    for (const { field, problem } of made.problems) {
      const place = { ...where, path: [...where.path, ...fieldPath(field)] };
      this.#problems.push(toolProblem(made.code, { tool: declaration.name, problem, field }, place));
    }
  }

  finish(agents: readonly AgentTools[]): CollectedTools {
    const { registry, problems } = buildRegistry(this.#tools);
    const names = new Set(this.#tools.map(({ tool }) => tool.name));
    for (const name of this.#options.otherToolNames ?? []) names.add(name);
    for (const { name } of this.#options.declared ?? []) names.add(name);
    const scopes = [...this.#open.values()].map(({ scope }) => scope);
    let phase: 'open' | 'closed' = 'open';
    return {
      registry,
      problems: [
        ...this.#problems,
        ...problems,
        ...this.#agentProblems(agents, [...names]),
        ...phaseProblems(agents, { registry, names: [...names], isComplete: !this.#missesTools() }),
        ...guardrailProblems(agents, this.#guards),
      ],
      observers: scopes.flatMap((scope) => scope.observers),
      guards: this.#guards,
      open: this.#open,
      files: this.#files,
      hooks: scopes.map((scope) => scope.hooks),
      health: (limitMs) => Promise.all(scopes.map((scope) => pluginHealth(scope.health, limitMs))),
      async close() {
        if (phase === 'closed') return;
        phase = 'closed';
        for (const scope of scopes.toReversed()) await scope.release();
      },
    };
  }

  /** A plugin that did not load may have the tools that are missing, so then only near misses are reported. */
  #agentProblems(agents: readonly AgentTools[], names: readonly string[]): ToolProblem[] {
    const found = agentToolProblems(agents, names);
    if (!this.#missesTools()) return found;
    return found.filter(({ hint }) => hint.startsWith('Did you mean'));
  }

  /** Whether tools may be missing of which the names are not known. */
  #missesTools(): boolean {
    return this.#problems.some(({ code }) => isMissingTools(code));
  }

  #addGuard(guard: Guard, where: ProblemPlace): void {
    if (this.#guards.has(guard.name)) {
      this.#problems.push(toolProblem('tool.guardrail_clash', { name: guard.name }, where));
      return;
    }
    this.#guards.set(guard.name, guard);
  }

  async #setUp(loaded: LoadedPlugin, config: unknown, where: ProblemPlace): Promise<void> {
    const { plugin, origin, file } = loaded;
    const place = { ...where, plugin: plugin.name, ...(file === undefined ? {} : { file }) };
    const first = this.#origins.get(plugin.name);
    if (first !== undefined) {
      const data = { name: plugin.name, first, second: origin };
      this.#problems.push(toolProblem('tool.plugin_name_clash', data, place));
      await loaded.discard?.();
      return;
    }
    this.#origins.set(plugin.name, origin);
    const checked = await checkConfig(plugin.config, config ?? {});
    if (checked.kind === 'invalid') {
      const data = { plugin: origin, problems: checked.problems };
      const at = where.path === undefined ? place : { ...place, path: [...where.path, 'config'] };
      this.#problems.push(toolProblem('tool.plugin_config_invalid', data, at));
      await loaded.discard?.();
      return;
    }
    await this.#openPlugin(loaded, checked.value, place);
  }

  /** Takes what a plugin has added. */
  #adopt(open: OpenPlugin): void {
    const { scope, place } = open;
    this.#open.set(this.#key, open);
    for (const tool of scope.tools) {
      this.#tools.push({ tool, origin: `plugin "${scope.plugin}"`, where: place });
    }
    for (const guard of scope.guards) this.#addGuard(guard, place);
  }

  async #openPlugin(
    { plugin, origin, file, entry }: LoadedPlugin,
    config: unknown,
    place: ProblemPlace,
  ): Promise<void> {
    try {
      const limitMs = this.#options.setupLimitMs ?? 30_000;
      const scope = await PluginScope.open(plugin, config, { log: this.#options.logger, limitMs });
      this.#adopt({ scope, origin, place });
    } catch (thrown) {
      const error = readable(thrown);
      if (isAntiphonError(error) && /^tool\.(mcp|openapi|selection)_/.test(error.code)) {
        const path = [...(place.path ?? []), ...(entry === undefined ? [] : placeInEntry(error, entry))];
        this.#problems.push(problemOf(error, { ...place, path }));
        return;
      }
      const source = file === undefined ? undefined : throwPlace(error, file);
      const data = {
        plugin: origin,
        reason: firstLine(error),
        place: source === undefined ? 'its setup' : placeText(source),
      };
      const failure = new AntiphonError('tool.plugin_setup_failed', data, { cause: error });
      this.#problems.push(problemOf(failure, { ...place, ...source }));
    }
  }
}

/** Whether a problem means that tools are not there of which the names are not known. */
function isMissingTools(code: string): boolean {
  return /^tool\.(plugin_|mcp_|openapi_|selection_)/.test(code);
}

/** The path of a field inside a tool; numbers are indexes of lists. */
function fieldPath(field: string): readonly (string | number)[] {
  return field.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

/** Names in the agents' lists of guardrails that no plugin has. */
function guardrailProblems(
  agents: readonly AgentTools[],
  guards: ReadonlyMap<string, Guard>,
): readonly ToolProblem[] {
  const available = guards.size === 0 ? 'none' : [...guards.keys()].join(', ');
  return agents.flatMap(({ agent, guardrails = [] }) =>
    guardrails.flatMap((name, index) =>
      guards.has(name)
        ? []
        : [
            toolProblem(
              'tool.guardrail_unknown',
              { agent, name, available },
              { path: ['agents', agent, 'guardrails', index] },
            ),
          ],
    ),
  );
}
