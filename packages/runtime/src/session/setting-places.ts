import {
  type AgentConfig,
  type AgentsFile,
  type ConfigPath,
  type JsonObject,
  type JsonValue,
  pathText,
  type SessionUpdate,
  settingAt,
  wireSettings,
} from '@antiphon/core';

/** Says where a path of the agent file stands: `agents.yaml:12:5`. */
export type LocateSetting = (path: ConfigPath) => string;

/** Where the settings of an agent stand in the agent file, in words, by their place in the session object. */
export function agentPlaces(
  name: string,
  agent: { readonly session: SessionUpdate; readonly config: AgentConfig },
  file: Pick<AgentsFile, 'tools'>,
  locate: LocateSetting,
): Readonly<Record<string, string>> {
  const at = (path: ConfigPath): string => `${pathText(path)} at ${locate(path)}`;
  const settings = wireSettings.flatMap(({ key, path }): readonly (readonly [string, string])[] => {
    const value = settingAt(agent.session, path);
    const ofProvider = key === 'voice' && agent.config.voice === undefined;
    if (value === undefined || ofProvider) return [];
    const here = ['agents', name, key];
    const members = isMapping(value) && !path.endsWith('.format') ? Object.keys(value) : [];
    return [
      [path, at(here)] as const,
      ...members.map((member) => [`${path}.${member}`, at([...here, member])] as const),
    ];
  });
  const serverIndex = (label: string): number =>
    agent.config.tools.findIndex((tool) => typeof tool !== 'string' && tool.server_label === label);
  const tools = (agent.session.tools ?? []).map((tool, index): readonly [string, string] => {
    if (tool.type === 'mcp')
      return [`tools[${index}]`, at(['agents', name, 'tools', serverIndex(tool.server_label)])];
    const toolName = tool.name;
    const isDeclared = Object.hasOwn(file.tools, toolName);
    return [`tools[${index}]`, isDeclared ? at(['tools', toolName]) : `the tool "${toolName}"`];
  });
  return Object.fromEntries([...settings, ...tools]);
}

/** The same of the settings that come from a provider's entry. */
export function providerPlaces(
  name: string,
  voice: string | undefined,
  locate: LocateSetting,
): Readonly<Record<string, string>> {
  if (voice === undefined) return {};
  const path = ['providers', name, 'voice'];
  return { 'audio.output.voice': `${pathText(path)} at ${locate(path)}` };
}

function isMapping(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
