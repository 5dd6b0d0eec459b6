import type { Clock, IdSource, Logger } from '@antiphon/core';
import type { ServiceIdentifier } from 'inversify';
import type { Program } from '../program/load-program.ts';
import type { ProviderFactory, ProviderPool } from '../providers/provider-pool.ts';
import type { SessionParts } from '../session/session-parts.ts';
import type { SessionStarter } from '../session/session-starter.ts';
import type { CallDesk } from '../sideband/call-desk.ts';
import type { LocalSpeech } from '../speech/local-speech.ts';

function token<Service>(name: string): ServiceIdentifier<Service> {
  return Symbol.for(`antiphon.${name}`);
}

/** What the container holds, one token a port or part. */
export const tokens = {
  clock: token<Clock>('Clock'),
  ids: token<IdSource>('IdSource'),
  logger: token<Logger>('Logger'),
  program: token<Program>('Program'),
  providerFactory: token<ProviderFactory>('ProviderFactory'),
  providers: token<ProviderPool>('ProviderPool'),
  localSpeech: token<LocalSpeech>('LocalSpeech'),
  sessionParts: token<SessionParts>('SessionParts'),
  callDesk: token<CallDesk>('CallDesk'),
  sessionStarter: token<SessionStarter>('SessionStarter'),
} as const;
