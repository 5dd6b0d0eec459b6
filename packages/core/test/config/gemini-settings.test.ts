import { expect, test } from 'vitest';
import { ProviderConfigSchema } from '../../src/config/provider-config.ts';
import { unhonouredSettings } from '../../src/config/settings-coverage.ts';
import { wireSessionOf, wireSettings } from '../../src/config/wire-settings.ts';
import type { JsonObject, JsonValue } from '../../src/json.ts';
import { toGeminiSetup } from '../../src/protocol/gemini/setup.ts';
import type { SessionUpdate } from '../../src/protocol/session-config.ts';
import { isJsonObject } from '../../src/protocol/tolerant.ts';
import { agentWith, leavesOf, settingSamples } from './setting-samples.ts';

const gemini = ProviderConfigSchema.parse({ type: 'gemini', api_key: 'k' });

function setupOf(session: JsonValue): string {
  return JSON.stringify(toGeminiSetup(session as unknown as SessionUpdate, { model: 'm' }));
}

function without(value: JsonValue, [name = '', ...rest]: readonly string[]): JsonValue {
  if (!isJsonObject(value)) return value;
  const { [name]: member, ...others } = value;
  return rest.length === 0 || member === undefined ? others : { ...others, [name]: without(member, rest) };
}

const tools = [{ type: 'function', name: 'look' }];
/** What an agent says that is told nothing of its settings. */
const plain = new Map(leavesOf({ ...wireSessionOf(agentWith('{}')), tools } as unknown as JsonObject));

/** What decides of other things than the setup: the sound is converted, and a kind alone is no setting. */
const elsewhere = /^audio\.input\.format\.|\.type$|^type$/;

test.each(settingSamples)('Gemini is told, or its author is, of %j', (lines) => {
  const agent = agentWith(lines);
  const session = { ...wireSessionOf(agent), tools } as unknown as JsonObject;
  const told = unhonouredSettings(agent, gemini).map(({ setting }) => setting as string);
  const isWithin = (path: string, parent: string) => path === parent || path.startsWith(`${parent}.`);
  const isDefault = (path: string) =>
    wireSettings.some(
      (each) =>
        isWithin(path, each.path) && JSON.stringify(each.value(agent)) === JSON.stringify(each.serverDefault),
    );
  const lost = leavesOf(session)
    .flatMap(([path, value]) => (plain.get(path) === value ? [] : [path]))
    .filter((path) => !elsewhere.test(path) && !told.some((each) => isWithin(path, each)) && !isDefault(path))
    .filter((path) => setupOf(session) === setupOf(without(session, path.split('.'))));
  expect(lost).toEqual([]);
});
