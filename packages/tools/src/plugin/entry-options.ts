import type { ToolOverride, ToolSelection } from '../imported/selection.ts';
import type { McpPluginOptions } from '../mcp/mcp-plugin.ts';
import type { OpenApiPluginOptions } from '../openapi/openapi-plugin.ts';
import { settingsFromYaml, withoutUndefined } from '../settings-yaml.ts';
import type { McpEntry, OpenApiEntry, SelectionYaml } from './plugin-entry.ts';

/** The options of an `mcp` entry of the agent file; relative paths start at `baseDir`. */
export function mcpOptions({ mcp, lock, ...selection }: McpEntry, baseDir: string): McpPluginOptions {
  return { ...selectionOptions(selection), ...withoutUndefined({ ...mcp, lock }), baseDir };
}

/** The options of an `openapi` entry of the agent file. */
export function openApiOptions(
  { openapi, base_url, auth, headers, allow, redirects, ...selection }: OpenApiEntry,
  { baseDir, secrets }: { readonly baseDir: string; readonly secrets: readonly string[] },
): OpenApiPluginOptions {
  return {
    ...selectionOptions(selection),
    ...withoutUndefined({ baseUrl: base_url, auth, headers, allow, redirects }),
    openapi,
    baseDir,
    secrets,
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
