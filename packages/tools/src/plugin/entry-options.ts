import type { ToolOverride, ToolSelection } from '../imported/selection.ts';
import type { McpPluginOptions } from '../mcp/mcp-plugin.ts';
import type { OpenApiPluginOptions } from '../openapi/openapi-plugin.ts';
import { settingsFromYaml, withoutUndefined } from '../settings-yaml.ts';
import type { McpEntry, OpenApiEntry, SelectionYaml } from './plugin-entry.ts';

/** What an entry needs beside what the file writes. */
export interface EntryScope {
  /** Where relative paths start. */
  readonly baseDir: string;
  /** Texts that must not appear in an error. */
  readonly secrets: readonly string[];
}

/** The options of an `mcp` entry of the agent file. */
export function mcpOptions({ mcp, lock, ...selection }: McpEntry, scope: EntryScope): McpPluginOptions {
  return { ...selectionOptions(selection), ...withoutUndefined({ ...mcp, lock }), ...scope };
}

/** The options of an `openapi` entry of the agent file. */
export function openApiOptions(
  { openapi, base_url, auth, headers, allow, redirects, ...selection }: OpenApiEntry,
  scope: EntryScope,
): OpenApiPluginOptions {
  return {
    ...selectionOptions(selection),
    ...withoutUndefined({ baseUrl: base_url, auth, headers, allow, redirects }),
    openapi,
    ...scope,
  };
}

function selectionOptions({ tools, exclude, prefix, defaults, overrides }: SelectionYaml): ToolSelection {
  return withoutUndefined({
    tools,
    exclude,
    prefix,
    defaults: defaults && settingsFromYaml(defaults),
    overrides:
      overrides &&
      Object.fromEntries(
        Object.entries(overrides).map(
          ([source, { name, description, ...settings }]): [string, ToolOverride] => [
            source,
            { ...settingsFromYaml(settings), ...withoutUndefined({ name, description }) },
          ],
        ),
      ),
  });
}
