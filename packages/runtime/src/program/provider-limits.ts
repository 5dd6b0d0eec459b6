import {
  AntiphonError,
  type ConfigProblem,
  type ParsedAgentsFile,
  providersOf,
  reasonOf,
  unhonouredSettings,
} from '@antiphon/core';
import type { LoadedProviders } from './load-providers.ts';

/** Warns of settings that stand in the file and that a provider of others says it does not take. */
export function settingsBeyondProviders(
  parsed: ParsedAgentsFile,
  entries: LoadedProviders['entries'],
  usedProviders: readonly string[] | undefined,
): readonly ConfigProblem[] {
  return Object.entries(parsed.value.agents).flatMap(([name, agent]) =>
    (usedProviders ?? providersOf(agent)).flatMap((provider) => {
      const [known, whole] = [parsed.value.providers[provider], entries[provider]];
      if (known?.type !== 'plugin' || whole === undefined) return [];
      // What the entry itself says was looked at as the file was read.
      const said = new Set(unhonouredSettings(agent, known).map(({ setting }) => setting));
      return unhonouredSettings(agent, whole)
        .filter(({ setting }) => !said.has(setting))
        .map(({ path, setting }) => ({ path: ['agents', name, ...path], setting }))
        .filter(({ path }) => isStated(path, parsed))
        .map(({ path, setting }) => {
          const providers = `provider "${provider}" (${reasonOf(setting, whole)})`;
          const error = new AntiphonError('config.setting_not_honoured', {
            setting: path.join('.'),
            providers,
          });
          return parsed.problemAt(path, error, 'key');
        });
    }),
  );
}

/** A key that is not there stands where its owner does. */
function isStated(path: readonly (string | number)[], { locate }: ParsedAgentsFile): boolean {
  const [at, owner] = [locate(path, 'key'), locate(path.slice(0, -1), 'key')];
  return at.line !== owner.line || at.column !== owner.column;
}
