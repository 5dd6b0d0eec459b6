import type { JsonValue } from '../json.ts';
import { onlyEarlyModel } from '../protocol/beta/client-out.ts';
import { betaVintageOf, mayHaveVoice } from '../protocol/beta/vintage.ts';
import { isForeignVoice } from '../protocol/gemini/voices.ts';
import type { SettingPath } from '../protocol/setting-paths.ts';
import { isJsonObject } from '../protocol/tolerant.ts';
import type { AgentConfig } from './agent-config.ts';
import type { ConfigPath } from './problem.ts';
import { capabilitiesOf } from './provider-capabilities.ts';
import type { ProviderConfig } from './provider-config.ts';
import { wireSettings } from './wire-settings.ts';

/** A setting of an agent that a provider does not honour. */
export interface UnhonouredSetting {
  /** From the agent: `['turn_detection', 'eagerness']`. */
  readonly path: ConfigPath;
  readonly setting: SettingPath;
}

const semanticVad = 'audio.input.turn_detection.semantic_vad';
const eagerness = 'audio.input.turn_detection.eagerness';

/** The settings of an agent that a provider does not honour, defaults included. Pure. */
export function unhonouredSettings(
  agent: AgentConfig,
  provider: ProviderConfig,
): readonly UnhonouredSetting[] {
  const rejected: ReadonlySet<string> = new Set(capabilitiesOf(provider).rejectsSettings);
  const servers = rejected.has('tools.mcp') ? unreachedServers(agent, provider) : [];
  const settings: readonly UnhonouredSetting[] = wireSettings.flatMap(
    ({ key, path, value, serverDefault }) => {
      const stated = value(agent);
      if (stated === undefined || isSame(stated, serverDefault)) return [];
      if (rejected.has(path) || isHalfHonoured(path, stated, provider))
        return [{ path: [key], setting: path as SettingPath }];
      if (!isJsonObject(stated)) return [];
      const isSemantic = stated['type'] === 'semantic_vad' && rejected.has(semanticVad);
      const members = Object.keys(stated)
        .map((name) => ({ path: [key, name], setting: `${path}.${name}` as SettingPath }))
        .filter(
          ({ setting }) =>
            (rejected.has(setting) || (isSemantic && setting === eagerness)) &&
            !isOnlyModel(setting, agent, provider),
        );
      return isSemantic ? [{ path: [key, 'type'], setting: semanticVad }, ...members] : members;
    },
  );
  return [...servers, ...settings];
}

/** What names a server of tools that the provider was to reach. */
function unreachedServers(
  { tools, tool_choice: choice }: AgentConfig,
  { type }: ProviderConfig,
): readonly UnhonouredSetting[] {
  const setting = 'tools.mcp';
  const servers = tools.flatMap((tool, index): readonly UnhonouredSetting[] =>
    typeof tool === 'string' ? [] : [{ path: ['tools', index], setting }],
  );
  // Gemini cannot be made to call anything.
  const isForced = typeof choice === 'object' && choice.type === 'mcp' && type !== 'gemini';
  return isForced ? [...servers, { path: ['tool_choice'], setting }] : servers;
}

/** The voice that a provider names for its agents, where it is not honoured: its path from the provider. Pure. */
export function unhonouredVoice(provider: ProviderConfig): readonly UnhonouredSetting[] {
  const named = 'voice' in provider ? provider.voice : undefined;
  if (named === undefined) return [];
  const isUnknown = capabilitiesOf(provider).rejectsSettings.includes(voice);
  return isUnknown || isHalfHonoured(voice, named, provider) ? [{ path: ['voice'], setting: voice }] : [];
}

/** Gemini may be kept from calling tools, and cannot be made to; it has voices of its own, and early servers have few. */
function isHalfHonoured(path: string, stated: JsonValue, provider: ProviderConfig): boolean {
  if (provider.type === 'gemini' && path === 'tool_choice') return stated !== 'none';
  if (path !== voice) return false;
  if (provider.type === 'gemini') return isForeignVoice(stated);
  return (
    provider.type === 'azure' &&
    provider.api_version !== undefined &&
    !mayHaveVoice(betaVintageOf(provider.api_version), stated)
  );
}

const voice = 'audio.output.voice';
const transcriptionModel = 'audio.input.transcription.model';

/** Early servers have one transcription model: asking for it is honoured, asking for another is not. */
function isOnlyModel(setting: SettingPath, agent: AgentConfig, { type }: ProviderConfig): boolean {
  return type === 'azure' && setting === transcriptionModel && agent.transcription?.model === onlyEarlyModel;
}

function isSame(one: JsonValue, other: JsonValue | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Why a provider does not honour a setting, in words that follow its name. */
export function reasonOf(setting: SettingPath, provider: ProviderConfig): string {
  return `${causeOf(setting, provider)}${consequences[setting] ?? ''}`;
}

function causeOf(setting: SettingPath, provider: ProviderConfig): string {
  switch (provider.type) {
    case 'local':
      return 'the offline engine does not act on it';
    case 'openai':
      return 'the GA dialect has no such setting';
    case 'azure':
      if (provider.api_version === undefined) return 'the GA dialect has no such setting';
      if (setting === voice)
        return `servers of api_version ${provider.api_version} do not know this voice, so another speaks`;
      return setting === transcriptionModel
        ? `servers of api_version ${provider.api_version} know ${onlyEarlyModel} alone`
        : `servers of api_version ${provider.api_version} do not know it`;
    case 'gemini':
      if (setting === voice) return 'it is a voice of OpenAI, so the model speaks with its own';
      return setting === 'tool_choice'
        ? 'the service cannot be made to call a tool'
        : 'the service does not know it';
    case 'azure_voice_live':
      return 'the service does not know it';
    case 'plugin':
      return 'it does not take it';
    case 'openai_compatible':
      return provider.capabilities.rejects_settings.includes(setting)
        ? 'it stands in the rejects_settings of the provider'
        : `the ${dialectNames[provider.dialect]} dialect has no such setting`;
  }
}

const dialectNames = { ga: 'GA', beta: 'preview', xai: 'xAI' } as const;

/** What happens instead, where it is not nothing. */
const consequences: Partial<Record<SettingPath, string>> = {
  'tools.mcp': ', so it calls no tools itself: a server under plugins is called by this process',
  'audio.input.format': ', so pcm16 is used',
  'audio.output.format': ', so pcm16 is used',
  'audio.input.turn_detection': ', so the server finds turns in its own way',
  'audio.output.voice.id': ', so another voice speaks',
  'audio.input.turn_detection.semantic_vad': ', so silence ends the turn',
  'audio.input.turn_detection.create_response': ', so the server answers by itself',
  'audio.input.turn_detection.interrupt_response': ', so speech of the user cuts answers short',
};
