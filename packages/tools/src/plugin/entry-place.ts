import type { AntiphonError } from '@antiphon/core';
import type { McpEntry, OpenApiEntry } from './plugin-entry.ts';

/** Where in the entry of a server or a document the cause of a problem stands: keys and indexes from the entry on. */
export function placeInEntry(
  { code, data }: AntiphonError,
  { tools = [], exclude = [], overrides = {} }: McpEntry | OpenApiEntry,
): readonly (string | number)[] {
  switch (code) {
    case 'tool.mcp_lock':
      return ['lock'];
    case 'tool.mcp_not_connected':
      return ['mcp'];
    case 'tool.openapi_unreadable':
      return ['openapi'];
    case 'tool.openapi_setting':
      return String(data['setting']).split('.');
    case 'tool.selection_unknown':
    case 'tool.openapi_operation': {
      const name = String(data['name'] ?? data['operation']);
      if (tools.includes(name)) return ['tools', tools.indexOf(name)];
      if (exclude.includes(name)) return ['exclude', exclude.indexOf(name)];
      return Object.hasOwn(overrides, name) ? ['overrides', name] : [];
    }
    default:
      return [];
  }
}
