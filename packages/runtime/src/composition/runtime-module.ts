import type { Provider, ProviderConfig } from '@antiphon/core';
import { ContainerModule } from 'inversify';
import { createProviderFactory } from '../providers/provider-factory.ts';
import { ProviderPool } from '../providers/provider-pool.ts';
import { SessionStarter } from '../session/session-starter.ts';
import { tokens } from './tokens.ts';

/** The bindings of a runtime, given its ports. */
export function runtimeModule(given: ReadonlyMap<string, Provider>): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(tokens.providerFactory).toResolvedValue(
      (clock, ids, logger) => createProviderFactory({ clock, ids, logger }),
      [tokens.clock, tokens.ids, tokens.logger],
    );
    bind(tokens.providers).toResolvedValue(
      (program, create) => new ProviderPool(providerConfigs(program.agents.providers), create, given),
      [tokens.program, tokens.providerFactory],
    );
    bind(tokens.sessionStarter).toResolvedValue(
      (program, providers, clock, ids, logger) =>
        new SessionStarter({ program, providers, clock, ids, logger }),
      [tokens.program, tokens.providers, tokens.clock, tokens.ids, tokens.logger],
    );
  });
}

/** The entries of the file, and `local`, which is always there. */
function providerConfigs(
  entries: Readonly<Record<string, ProviderConfig>>,
): ReadonlyMap<string, ProviderConfig> {
  return new Map([['local', { type: 'local' }], ...Object.entries(entries)]);
}
