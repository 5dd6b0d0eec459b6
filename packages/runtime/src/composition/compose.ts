import type { Announcer, Clock, IdSource, Logger, Provider, SessionStore } from '@antiphon/core';
import { ProcessCalls } from '@antiphon/tools';
import { Container } from 'inversify';
import type { Program } from '../program/load-program.ts';
import type { TokenSources } from '../providers/credentials.ts';
import type { ProviderPool } from '../providers/provider-pool.ts';
import type { SessionStarter } from '../session/session-starter.ts';
import type { CallDesk } from '../sideband/call-desk.ts';
import type { LocalSpeech } from '../speech/local-speech.ts';
import { randomIds } from '../system/random-ids.ts';
import { systemClock } from '../system/system-clock.ts';
import { runtimeModule } from './runtime-module.ts';
import { tokens } from './tokens.ts';

/** What the application brings; the rest is ours. */
export interface Composition {
  readonly program: Program;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly logger: Logger;
  /** Shared by all programs of a runtime, which closes it. */
  readonly speech: LocalSpeech;
  readonly clock?: Clock;
  readonly ids?: IdSource;
  readonly store?: SessionStore;
  readonly announcer?: Announcer;
  readonly tokenSources?: TokenSources;
}

/** A program ready for sessions. One that was loaded anew is another generation, which takes over what has not changed. */
export interface Generation {
  readonly program: Program;
  readonly sessions: SessionStarter;
  readonly calls: CallDesk;
  readonly pool: ProviderPool;
  /** What the calls of tools of all generations are counted by. */
  readonly toolCalls: ProcessCalls;
  /** Frees providers and plugins, after the sessions. */
  close(): Promise<void>;
}

/** Puts the parts of a runtime together: the only place that knows all of them. */
export function composeGeneration(composition: Composition, former?: Generation): Generation {
  const { program, providers, logger, speech, clock = systemClock, ids = randomIds } = composition;
  const { store, announcer, tokenSources = {} } = composition;
  const container = new Container({ defaultScope: 'Singleton' });
  container.bind(tokens.program).toConstantValue(program);
  container.bind(tokens.logger).toConstantValue(logger);
  container.bind(tokens.clock).toConstantValue(clock);
  container.bind(tokens.ids).toConstantValue(ids);
  container.bind(tokens.localSpeech).toConstantValue(speech);
  const toolCalls = former?.toolCalls ?? new ProcessCalls(clock);
  toolCalls.limitTo(program.agents.tool_limits.parallel);
  container.loadSync(
    runtimeModule({ providers, store, announcer, tokenSources, toolCalls, formerPool: former?.pool }),
  );
  const pool = container.get(tokens.providers);
  return {
    program,
    pool,
    toolCalls,
    sessions: container.get(tokens.sessionStarter),
    calls: container.get(tokens.callDesk),
    async close() {
      await pool.close();
      await program.tools.close();
      await container.unbindAll();
    },
  };
}
