import 'reflect-metadata';
import type { Announcer, Clock, IdSource, Logger, Provider, SessionStore } from '@antiphon/core';
import { Container } from 'inversify';
import { Antiphon } from '../antiphon.ts';
import type { Program } from '../program/load-program.ts';
import type { TokenSources } from '../providers/credentials.ts';
import { randomIds } from '../system/random-ids.ts';
import { systemClock } from '../system/system-clock.ts';
import { runtimeModule } from './runtime-module.ts';
import { tokens } from './tokens.ts';

/** What the application brings; the rest is ours. */
export interface Composition {
  readonly program: Program;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly ids?: IdSource;
  readonly store?: SessionStore;
  readonly announcer?: Announcer;
  readonly tokenSources?: TokenSources;
}

/** Puts the parts of a runtime together: the only place that knows all of them. */
export function composeAntiphon(composition: Composition): Antiphon {
  const { program, providers, logger, clock = systemClock, ids = randomIds } = composition;
  const { store, announcer, tokenSources = {} } = composition;
  const container = new Container({ defaultScope: 'Singleton' });
  container.bind(tokens.program).toConstantValue(program);
  container.bind(tokens.logger).toConstantValue(logger);
  container.bind(tokens.clock).toConstantValue(clock);
  container.bind(tokens.ids).toConstantValue(ids);
  container.load(runtimeModule({ providers, store, announcer, tokenSources }));
  const pool = container.get(tokens.providers);
  const speech = container.get(tokens.localSpeech);
  const parts = { sessions: container.get(tokens.sessionStarter), calls: container.get(tokens.callDesk) };
  return new Antiphon(program, parts, async () => {
    await pool.close();
    await speech.close();
    await program.tools.close();
    await container.unbindAllAsync();
  });
}
