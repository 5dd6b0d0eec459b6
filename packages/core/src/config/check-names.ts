import type { JsonObject, JsonValue } from '../json.ts';
import { isJsonObject } from '../protocol/tolerant.ts';
import { builtInProviderNames } from './built-in-providers.ts';
import type { CheckContext } from './check-context.ts';
import { keyOffsetOf, offsetOf } from './config-node.ts';
import { type ConfigPath, type Finding, finding, shorten } from './problem.ts';
import { nameAdvice } from './suggest.ts';

/** Checks that what names an agent or a provider names one that there is. */
export function checkNames(context: CheckContext): readonly Finding[] {
  const agents = context.value['agents'];
  if (!isJsonObject(agents)) return [];
  const names = Object.keys(agents);
  if (names.length === 0) {
    const place = { offset: keyOffsetOf(context.root, ['agents']), path: ['agents'] };
    return [finding(place, 'config.no_agents', {})];
  }
  return [
    ...checkDefaultAgent(names, context),
    ...Object.entries(agents).flatMap(([name, agent]) =>
      isJsonObject(agent) ? checkAgent(name, agent, names, context) : [],
    ),
  ];
}

function checkDefaultAgent(names: readonly string[], context: CheckContext): readonly Finding[] {
  const path = ['default_agent'];
  const value = context.value['default_agent'];
  if (value === undefined) {
    if (names.length === 1) return [];
    const data = { place: 'the file', key: 'default_agent', example: names[0] ?? 'NAME' };
    return [finding({ offset: offsetOf(context.root, path), path }, 'config.missing_key', data)];
  }
  return unknownAgent(value, path, names, context);
}

function checkAgent(
  name: string,
  agent: JsonObject,
  names: readonly string[],
  context: CheckContext,
): readonly Finding[] {
  const handoffs = agent['handoffs'];
  return [
    ...checkProviderNames(agent['provider'], ['agents', name, 'provider'], context),
    ...(Array.isArray(handoffs) ? handoffs : []).flatMap((target: JsonValue, index) => {
      const path = ['agents', name, 'handoffs', index];
      if (target !== name) return unknownAgent(target, path, names, context);
      return [finding({ offset: offsetOf(context.root, path), path }, 'config.handoff_to_self', { name })];
    }),
  ];
}

/** A name that no agent has. */
export function unknownAgent(
  name: JsonValue,
  path: ConfigPath,
  names: readonly string[],
  { root, isSettled }: CheckContext,
): readonly Finding[] {
  if (typeof name !== 'string' || name === '' || names.includes(name) || !isSettled(path)) return [];
  const data = () => ({
    name: shorten(name, 64),
    available: shorten(names.join(', '), 200),
    advice: nameAdvice(name, names, 'Declare it under agents, or name one of those.'),
  });
  return [finding({ offset: offsetOf(root, path), path }, 'config.unknown_agent', data)];
}

function checkProviderNames(
  names: JsonValue | undefined,
  path: ConfigPath,
  context: CheckContext,
): readonly Finding[] {
  if (!Array.isArray(names)) return checkProviderName(names, path, context);
  return names.flatMap((name: JsonValue, index) => checkProviderName(name, [...path, index], context));
}

function checkProviderName(
  name: JsonValue | undefined,
  path: ConfigPath,
  { root, value, isSettled }: CheckContext,
): readonly Finding[] {
  const providers = 'providers' in value ? value['providers'] : {};
  if (!isJsonObject(providers)) return [];
  const names = [...new Set([...builtInProviderNames, ...Object.keys(providers)])];
  if (typeof name !== 'string' || name === '' || names.includes(name) || !isSettled(path)) return [];
  const data = () => ({
    name: shorten(name, 64),
    available: shorten(names.join(', '), 200),
    advice: nameAdvice(name, names, 'Declare it under providers, or name one of those.'),
  });
  return [finding({ offset: offsetOf(root, path), path }, 'config.unknown_provider', data)];
}
