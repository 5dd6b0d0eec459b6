import type { JsonObject, JsonValue } from '../json.ts';
import { isJsonObject } from '../protocol/tolerant.ts';
import { readBuiltInProvider } from './built-in-providers.ts';
import type { CheckContext } from './check-context.ts';
import { keyOffsetOf, offsetOf } from './config-node.ts';
import { type ConfigPath, type Finding, finding, pathText, shorten } from './problem.ts';

/** Checks the addresses and keys of the providers that are used; the others may wait for their environment. */
export function checkProviders(context: CheckContext): readonly Finding[] {
  const declared = isJsonObject(context.value['providers']) ? context.value['providers'] : {};
  const entries = Object.entries(declared).flatMap(([name, provider]) => {
    if (!context.usedProviders.has(name) || !isJsonObject(provider)) return [];
    const path = ['providers', name];
    return [
      ...checkAddress(provider['base_url'], [...path, 'base_url'], context),
      ...checkAddress(provider['endpoint'], [...path, 'endpoint'], context),
      ...checkCredentials(provider, path, context),
    ];
  });
  return [...entries, ...checkBuiltIns(declared, context)];
}

/** What an agent uses without an entry has to be in the environment. */
function checkBuiltIns(declared: JsonObject, context: CheckContext): readonly Finding[] {
  const agents = isJsonObject(context.value['agents']) ? context.value['agents'] : {};
  return Object.entries(agents).flatMap(([agent, config]) => {
    if (!isJsonObject(config)) return [];
    const path = ['agents', agent, 'provider'];
    const named: JsonValue = config['provider'] ?? [];
    const names: readonly JsonValue[] = Array.isArray(named) ? named : [named];
    return names.flatMap((name: JsonValue, index) => {
      if (typeof name !== 'string' || !context.usedProviders.has(name) || Object.hasOwn(declared, name))
        return [];
      const read = readBuiltInProvider(name, context.env);
      if (read === undefined || read.ok) return [];
      const place = Array.isArray(named) ? [...path, index] : path;
      const data = { name, variables: read.missing.join(', ') };
      return [
        finding(
          { offset: offsetOf(context.root, place), path: place },
          'config.missing_provider_variables',
          data,
        ),
      ];
    });
  });
}

function checkAddress(
  address: JsonValue | undefined,
  path: ConfigPath,
  { root, isSettled }: CheckContext,
): readonly Finding[] {
  if (typeof address !== 'string' || address === '' || !isSettled(path)) return [];
  const parsed = URL.canParse(address) ? new URL(address) : undefined;
  if (parsed !== undefined && /^(?:wss?|https?):$/.test(parsed.protocol) && parsed.hostname !== '') return [];
  const isEndpoint = path.at(-1) === 'endpoint';
  const data = {
    place: pathText(path),
    reason:
      parsed === undefined
        ? 'it has no protocol and host'
        : `its protocol is ${shorten(parsed.protocol, 20)}`,
    example: isEndpoint ? 'https://NAME.openai.azure.com' : 'wss://HOST/v1',
  };
  return [finding({ offset: offsetOf(root, path), path }, 'config.bad_url', data)];
}

/** The ways to prove who is calling, by the type of the provider: exactly one is needed. */
const credentialKeys: Readonly<Record<string, readonly string[]>> = {
  openai: ['api_key'],
  azure: ['api_key', 'token', 'token_source'],
  azure_voice_live: ['api_key', 'token', 'token_source'],
  gemini: ['api_key', 'access_token', 'vertex'],
};

/** A server named by `base_url` may want no key. */
function checkCredentials(
  provider: JsonObject,
  path: ConfigPath,
  { root }: CheckContext,
): readonly Finding[] {
  const type = typeof provider['type'] === 'string' ? provider['type'] : '';
  const keys = Object.hasOwn(credentialKeys, type) ? (credentialKeys[type] ?? []) : [];
  const given = keys.filter((key) => key in provider);
  const [first = '', second] = given;
  if (second !== undefined) {
    const secondPath = [...path, second];
    const data = { place: pathText(path), first, second };
    return [
      finding({ offset: keyOffsetOf(root, secondPath), path: secondPath }, 'config.two_credentials', data),
    ];
  }
  if (given.length === 1 || keys.length === 0 || 'base_url' in provider) return [];
  const keyPath = [...path, 'api_key'];
  const data = { place: pathText(path), key: 'api_key', example: '"$' + '{NAME_OF_VARIABLE}"' };
  return [finding({ offset: offsetOf(root, keyPath), path: keyPath }, 'config.missing_key', data)];
}
