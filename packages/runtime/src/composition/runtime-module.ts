import type { AgentConfig, Announcer, Provider, ProviderConfig, SessionStore } from '@antiphon/core';
import type { ProcessCalls } from '@antiphon/tools';
import { ContainerModule } from 'inversify';
import type { TokenSources } from '../providers/credentials.ts';
import { createProviderFactory } from '../providers/provider-factory.ts';
import { ProviderPool } from '../providers/provider-pool.ts';
import { SessionStarter } from '../session/session-starter.ts';
import { CallDesk } from '../sideband/call-desk.ts';
import { turnsOfAgent } from '../speech/agent-turns.ts';
import { tokens } from './tokens.ts';

/** What an application may bring. */
export interface GivenParts {
  readonly providers: ReadonlyMap<string, Provider>;
  readonly store: SessionStore | undefined;
  readonly announcer: Announcer | undefined;
  readonly tokenSources: TokenSources;
  readonly toolCalls: ProcessCalls;
  /** The pool of the program before. */
  readonly formerPool: ProviderPool | undefined;
}

/** The process's own voice, before it is brought to the rate of a session. */
const announcerRateHz = 24_000;

/** The bindings of a runtime, given its ports. */
export function runtimeModule(given: GivenParts): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(tokens.providerFactory).toResolvedValue(
      (program, clock, ids, logger) =>
        createProviderFactory({
          clock,
          ids,
          logger,
          tokenSources: given.tokenSources,
          plugins: program.providerPlugins,
          secrets: program.secrets,
        }),
      [tokens.program, tokens.clock, tokens.ids, tokens.logger],
    );
    bind(tokens.providers).toResolvedValue(
      (program, create) => {
        const configs = providerConfigs(program.agents.providers);
        const pool = new ProviderPool(configs, create, given.providers, program.providerPlugins);
        if (given.formerPool !== undefined) pool.takeOver(given.formerPool);
        return pool;
      },
      [tokens.program, tokens.providerFactory],
    );
    bind(tokens.sessionParts).toResolvedValue(
      (program, providers, speech, clock, ids, logger) => {
        const announcer = given.announcer ?? speech.announcer(announcerRateHz);
        const localTurns = (agent: AgentConfig, sampleRateHz: number) =>
          turnsOfAgent(agent, speech, sampleRateHz);
        const { toolCalls } = given;
        return { program, providers, announcer, localTurns, toolCalls, clock, ids, logger };
      },
      [tokens.program, tokens.providers, tokens.localSpeech, tokens.clock, tokens.ids, tokens.logger],
    );
    bind(tokens.sessionStarter).toResolvedValue(
      (parts) => new SessionStarter(parts, given.store),
      [tokens.sessionParts],
    );
    bind(tokens.callDesk).toResolvedValue(
      (parts, sessions) => new CallDesk(parts, sessions),
      [tokens.sessionParts, tokens.sessionStarter],
    );
  });
}

/** The entries of the file, and `local`, which is always there. */
function providerConfigs(
  entries: Readonly<Record<string, ProviderConfig>>,
): ReadonlyMap<string, ProviderConfig> {
  return new Map([['local', { type: 'local' }], ...Object.entries(entries)]);
}
