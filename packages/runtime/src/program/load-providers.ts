import { fileURLToPath } from 'node:url';
import { type AgentsFile, AntiphonError, type ProviderConfigOf } from '@antiphon/core';
import {
  checkConfig,
  createModuleLoader,
  describeValue,
  type ImportModule,
  loadDefaultExport,
  PluginLoadError,
  pluginSource,
  type ToolProblem,
} from '@antiphon/tools';
import { isProviderDefinition, type ProviderDefinition } from '../providers/define-provider.ts';
import type { LoadedProvider } from '../providers/plugin-provider.ts';

/** The providers that an agent file takes from others, and what is wrong with the rest. */
export interface LoadedProviders {
  readonly plugins: ReadonlyMap<string, LoadedProvider>;
  /** The entries with what their code says of itself: limits and capabilities. */
  readonly entries: AgentsFile['providers'];
  readonly problems: readonly ToolProblem[];
  /** The files of those that are code. */
  readonly files: readonly string[];
}

type PluginEntry = ProviderConfigOf<'plugin'>;

/** Imports what the entries with `use` name and holds their config against its schema. Never throws for a mistake in them. */
export async function loadProviders(
  providers: AgentsFile['providers'],
  {
    baseDir,
    former,
  }: { readonly baseDir: string; readonly former: ReadonlyMap<string, LoadedProvider> | undefined },
): Promise<LoadedProviders> {
  const importModule = createModuleLoader(undefined, hostModules(), { fresh: former !== undefined });
  const files: string[] = [];
  const plugins = new Map<string, LoadedProvider>();
  const problems: ToolProblem[] = [];
  const entries: Record<string, AgentsFile['providers'][string]> = {};
  for (const [name, entry] of Object.entries(providers)) {
    entries[name] = entry;
    if (entry.type !== 'plugin') continue;
    const source = await pluginSource({ use: entry.use, config: entry.config }, baseDir);
    files.push(...source.files);
    const known = former?.get(name);
    const loaded =
      known?.sourceKey === source.key
        ? known
        : await loadProvider(name, entry, { baseDir, importModule, sourceKey: source.key });
    if ('code' in loaded) {
      problems.push(loaded);
    } else {
      plugins.set(name, loaded);
      entries[name] = completed(entry, loaded.definition);
    }
  }
  return { plugins, entries, problems, files };
}

async function loadProvider(
  name: string,
  { use, config }: PluginEntry,
  from: { readonly baseDir: string; readonly importModule: ImportModule; readonly sourceKey: string },
): Promise<LoadedProvider | ToolProblem> {
  const path = ['providers', name];
  try {
    const { value, file } = await loadDefaultExport(use, from);
    if (!isProviderDefinition(value)) {
      const error = new AntiphonError('provider.not_a_provider', { use, found: describeValue(value) });
      return problem(error, { path: [...path, 'use'], file });
    }
    const verdict = await checkConfig(value.config, config);
    if (verdict.kind === 'valid')
      return { definition: value, config: verdict.value, use, sourceKey: from.sourceKey };
    const error = new AntiphonError('provider.config_invalid', { name, use, problems: verdict.problems });
    return problem(error, { path: [...path, 'config'], file });
  } catch (error) {
    if (!(error instanceof PluginLoadError)) throw error;
    return problem(error.reported, { path: [...path, 'use'], ...error.place });
  }
}

function problem(error: AntiphonError, where: ToolProblem['where']): ToolProblem {
  return { code: error.code, message: error.message, hint: error.hint, where, error };
}

/** The entry and its code each say what the provider does not do; of its limit the entry has the last word. */
function completed(entry: PluginEntry, { capabilities, sessionLimitMs }: ProviderDefinition): PluginEntry {
  const { rejects_settings, rejects_events, never_sends } = entry.capabilities;
  const { rejectsSettings = [], rejectsEvents = [], neverSends = [] } = capabilities;
  const limitMs = entry.session_limit_ms ?? sessionLimitMs;
  return {
    ...entry,
    ...(limitMs !== undefined && { session_limit_ms: limitMs }),
    capabilities: {
      rejects_settings: [...rejects_settings, ...rejectsSettings],
      rejects_events: [...rejects_events, ...(rejectsEvents as typeof rejects_events)],
      never_sends: [...never_sends, ...(neverSends as typeof never_sends)],
    },
  };
}

/** A provider file may stand anywhere and import this package all the same. */
function hostModules(): Readonly<Record<string, string>> {
  const entry = import.meta.url.replace(/^(.*)\/(src|build|dist)\/.*(\.\w+)$/, '$1/$2/index$3');
  return { '@antiphon/runtime': fileURLToPath(entry) };
}
