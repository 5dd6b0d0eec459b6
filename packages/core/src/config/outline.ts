import type { JsonValue } from '../json.ts';
import { isJsonObject } from '../protocol/tolerant.ts';
import { type PluginEntry, PluginEntrySchema } from './plugin-entry.ts';

/** What can be told of a file that is not sound as a whole: enough to check its plugins and its lists of tools. */
export interface AgentsFileOutline {
  /** The plugin entries, when all of them are sound. */
  readonly plugins: readonly PluginEntry[] | undefined;
  /** The names under `tools`. */
  readonly toolNames: readonly string[];
  readonly agentTools: readonly { readonly agent: string; readonly patterns: readonly string[] }[];
}

/** The outline of a file's value, whatever its shape. */
export function outlineOf(value: JsonValue): AgentsFileOutline {
  const { plugins = [], tools = {}, agents = {} } = isJsonObject(value) ? value : {};
  return {
    plugins: readPlugins(plugins),
    toolNames: isJsonObject(tools) ? Object.keys(tools) : [],
    agentTools: Object.entries(isJsonObject(agents) ? agents : {}).flatMap(([agent, config]) => {
      const patterns = isJsonObject(config) ? config['tools'] : undefined;
      return Array.isArray(patterns) ? [{ agent, patterns: patterns.filter(isText) }] : [];
    }),
  };
}

function readPlugins(plugins: JsonValue): readonly PluginEntry[] | undefined {
  if (!Array.isArray(plugins)) return undefined;
  const entries = plugins.map((entry: JsonValue) => PluginEntrySchema.safeParse(entry));
  return entries.every((entry) => entry.success) ? entries.map((entry) => entry.data) : undefined;
}

function isText(value: JsonValue): value is string {
  return typeof value === 'string';
}
