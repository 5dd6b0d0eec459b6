import type { JsonObject, JsonValue } from '../json.ts';
import type { SettingPath } from './setting-paths.ts';
import { isJsonObject } from './tolerant.ts';

/** The objects within the settings that have settings of their own. */
const groups: ReadonlySet<string> = new Set([
  'audio',
  'audio.input',
  'audio.input.transcription',
  'audio.input.noise_reduction',
  'audio.input.turn_detection',
  'audio.output',
  'audio.output.voice',
]);

/**
 * The settings of a session or a response without those at `paths`. A group of which nothing is left goes too; one that
 * is null stays, because that means something. Turns that would be found by their meaning are found by their sound where
 * `audio.input.turn_detection.semantic_vad` is among the paths, and no server of tools is named where `tools.mcp` is.
 */
export function withoutSettings(settings: JsonObject, paths: ReadonlySet<SettingPath>): JsonObject {
  return paths.size === 0 ? settings : withoutMembers(withoutServers(settings, paths), '', paths);
}

function withoutMembers(group: JsonObject, place: string, paths: ReadonlySet<string>): JsonObject {
  const entries = Object.entries(group).flatMap(([name, value]): [string, JsonValue][] => {
    const path = place === '' ? name : `${place}.${name}`;
    if (value === undefined || paths.has(path)) return [];
    if (!groups.has(path) || !isJsonObject(value)) return [[name, value]];
    const rest = withoutMembers(understoodDetection(path, value, paths), path, paths);
    return Object.keys(rest).length === 0 ? [] : [[name, rest]];
  });
  return Object.fromEntries(entries);
}

function understoodDetection(path: string, detection: JsonObject, paths: ReadonlySet<string>): JsonObject {
  const isMeant = path === 'audio.input.turn_detection' && detection['type'] === 'semantic_vad';
  if (!isMeant || !paths.has('audio.input.turn_detection.semantic_vad')) return detection;
  const { eagerness: _, ...rest } = detection;
  return { ...rest, type: 'server_vad' };
}

/** What the provider was to call itself, and what would make it. */
function withoutServers(settings: JsonObject, paths: ReadonlySet<string>): JsonObject {
  if (!paths.has('tools.mcp')) return settings;
  const { tools, tool_choice: choice, ...rest } = settings;
  return {
    ...rest,
    ...(tools !== undefined && {
      tools: Array.isArray(tools) ? tools.filter((tool) => !isOfServer(tool)) : tools,
    }),
    ...(choice !== undefined && !isOfServer(choice) && { tool_choice: choice }),
  };
}

function isOfServer(value: JsonValue): boolean {
  return isJsonObject(value) && value['type'] === 'mcp';
}
