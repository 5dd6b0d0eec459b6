import { agentInvariants } from './agent.ts';
import { connectionInvariants } from './connections.ts';
import { consentInvariants } from './consents.ts';
import { historyInvariants } from './history.ts';
import type { Invariant } from './invariant.ts';
import { lifecycleInvariants } from './lifecycle.ts';
import { limitInvariants } from './limits.ts';
import { livenessInvariants } from './liveness.ts';
import { noticeInvariants } from './notices.ts';
import { playoutInvariants } from './playout.ts';
import { responseInvariants } from './responses.ts';
import { sayInvariants } from './says.ts';
import { settingsInvariants } from './settings.ts';
import { silenceInvariants } from './silence.ts';
import { timerInvariants } from './timers.ts';
import { toolInvariants } from './tools.ts';

/** Everything that is checked in every schedule. */
export const invariants: readonly Invariant[] = [
  ...responseInvariants,
  ...toolInvariants,
  ...consentInvariants,
  ...playoutInvariants,
  ...connectionInvariants,
  ...lifecycleInvariants,
  ...timerInvariants,
  ...noticeInvariants,
  ...sayInvariants,
  ...silenceInvariants,
  ...historyInvariants,
  ...settingsInvariants,
  ...agentInvariants,
  ...limitInvariants,
  ...livenessInvariants,
];
