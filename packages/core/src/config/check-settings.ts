import type { JsonObject, JsonValue } from '../json.ts';
import { isJsonObject } from '../protocol/tolerant.ts';
import { type AgentConfig, providersOf } from './agent-config.ts';
import type { AgentsFile } from './agents-file.ts';
import { type ConfigNode, keyOffsetOf, nodeAt } from './config-node.ts';
import { type ConfigPath, type Finding, finding, pathText } from './problem.ts';
import { reasonOf, unhonouredSettings, unhonouredVoice } from './settings-coverage.ts';
import { defaultTranscriptionModel } from './wire-settings.ts';

/** What the checks of settings are given: a file without problems. */
export interface SettingsContext {
  readonly root: ConfigNode;
  readonly agents: AgentsFile['agents'];
  readonly defaultAgent: string;
  readonly providers: AgentsFile['providers'];
  /** The providers that stand in for those of the agents, where a command names them. */
  readonly chosenProviders: readonly string[] | undefined;
}

/** Warns of what stands in the file and is not honoured, by the provider or in a conversation that another agent began. */
export function checkSettings(context: SettingsContext): readonly Finding[] {
  const ofAgents = Object.entries(context.agents).flatMap(([name, agent]) => {
    const starters = startersOf(name, context);
    const providers = providersFor(agent, starters, context);
    return [
      ...unhonouredFindings(name, agent, providers, context),
      ...deploymentFindings(name, agent, providers, context),
      ...keptFindings(name, agent, starters, context),
    ];
  });
  return [...ofAgents, ...voiceFindings(context)];
}

interface Starter {
  readonly name: string;
  readonly agent: AgentConfig;
}

/**
 * The agents whose conversations may be handed over to `name`, in any number of steps: of those that begin conversations,
 * which are the default one and those that nobody hands over to.
 */
function startersOf(name: string, { agents, defaultAgent }: SettingsContext): readonly Starter[] {
  const handedTo = new Set(Object.values(agents).flatMap(({ handoffs }) => handoffs));
  return Object.entries(agents).flatMap(([starter, agent]) => {
    const begins = starter === defaultAgent || !handedTo.has(starter);
    const isStarter = begins && starter !== name && reaches(starter, name, agents);
    return isStarter ? [{ name: starter, agent }] : [];
  });
}

function reaches(from: string, to: string, agents: SettingsContext['agents']): boolean {
  const seen = new Set<string>();
  const open = [from];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const next = Object.hasOwn(agents, at) ? (agents[at]?.handoffs ?? []) : [];
    if (next.includes(to)) return true;
    const fresh = next.filter((name) => !seen.has(name));
    for (const name of fresh) seen.add(name);
    open.push(...fresh);
  }
  return false;
}

/** Whose settings an agent's are held against: its own providers, and those of conversations it is handed. */
function providersFor(
  agent: AgentConfig,
  starters: readonly Starter[],
  { chosenProviders }: SettingsContext,
): readonly string[] {
  const named = [agent, ...starters.map((starter) => starter.agent)].flatMap(providersOf);
  return [...new Set(chosenProviders ?? named)];
}

function unhonouredFindings(
  name: string,
  agent: AgentConfig,
  providers: readonly string[],
  context: SettingsContext,
): readonly Finding[] {
  const byPlace = new Map<string, { readonly path: ConfigPath; readonly reasons: string[] }>();
  for (const provider of providers) {
    const config = Object.hasOwn(context.providers, provider) ? context.providers[provider] : undefined;
    if (config === undefined) continue;
    for (const { path, setting } of unhonouredSettings(agent, config)) {
      const full = ['agents', name, ...path];
      const found = byPlace.get(pathText(full)) ?? { path: full, reasons: [] };
      found.reasons.push(`provider "${provider}" (${reasonOf(setting, config)})`);
      byPlace.set(pathText(full), found);
    }
  }
  return [...byPlace.values()]
    .filter(({ path }) => nodeAt(context.root, path) !== undefined)
    .map(({ path, reasons }) => {
      const data = { setting: pathText(path), providers: reasons.join(' and ') };
      return finding(placeOf(path, context), 'config.setting_not_honoured', data);
    });
}

/** The voices that providers name for the agents that name none. */
function voiceFindings(context: SettingsContext): readonly Finding[] {
  const voiceless = Object.entries(context.agents).filter(([, { voice }]) => voice === undefined);
  const providers = voiceless.flatMap(([name, agent]) =>
    providersFor(agent, startersOf(name, context), context),
  );
  return [...new Set(providers)].flatMap((provider) => {
    const config = Object.hasOwn(context.providers, provider) ? context.providers[provider] : undefined;
    if (config === undefined) return [];
    return unhonouredVoice(config).map(({ path, setting }) => {
      const full = ['providers', provider, ...path];
      const data = { setting: pathText(full), providers: `the provider (${reasonOf(setting, config)})` };
      return finding(placeOf(full, context), 'config.setting_not_honoured', data);
    });
  });
}

/** On Azure a transcription model is the name of a deployment, which nobody can guess. */
function deploymentFindings(
  name: string,
  agent: AgentConfig,
  providers: readonly string[],
  context: SettingsContext,
): readonly Finding[] {
  if (agent.transcription === null || agent.transcription?.model !== undefined) return [];
  const provider = providers.find((each) => {
    const config = Object.hasOwn(context.providers, each) ? context.providers[each] : undefined;
    return config?.type === 'azure' && config.api_version === undefined;
  });
  if (provider === undefined) return [];
  const path = ['agents', name, ...(agent.transcription === undefined ? [] : ['transcription'])];
  const data = { agent: name, provider, model: defaultTranscriptionModel };
  return [finding(placeOf(path, context), 'config.transcription_deployment', data)];
}

/** What a conversation keeps of the agent that began it, whoever it is handed over to. */
const keptKeys = ['provider', 'limits', 'fallback', 'input_audio_format', 'output_audio_format'] as const;

function keptFindings(
  name: string,
  agent: AgentConfig,
  starters: readonly Starter[],
  context: SettingsContext,
): readonly Finding[] {
  return keptKeys.flatMap((key) => {
    const path = ['agents', name, key];
    if (nodeAt(context.root, path) === undefined) return [];
    if (key === 'provider' && context.chosenProviders !== undefined) return [];
    const others = starters.filter((starter) => keptValue(starter.agent, key) !== keptValue(agent, key));
    if (others.length === 0) return [];
    const data = { setting: pathText(path), starters: others.map((other) => `"${other.name}"`).join(', ') };
    return [finding(placeOf(path, context), 'config.handoff_keeps', data)];
  });
}

function keptValue(agent: AgentConfig, key: (typeof keptKeys)[number]): string {
  if (key === 'provider') return JSON.stringify(providersOf(agent));
  const value = agent[key] ?? (key === 'limits' || key === 'fallback' ? null : 'pcm16');
  return JSON.stringify(sorted(value as JsonValue));
}

function sorted(value: JsonValue): JsonValue {
  if (!isJsonObject(value)) return value;
  const members = Object.keys(value).sort();
  return Object.fromEntries(members.map((member) => [member, value[member]])) as JsonObject;
}

function placeOf(path: ConfigPath, { root }: SettingsContext) {
  return { offset: keyOffsetOf(root, path), path };
}
