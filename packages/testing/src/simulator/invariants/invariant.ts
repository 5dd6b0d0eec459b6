import type { Effect } from '@antiphon/core';
import type { SessionStep } from '../session-under-test.ts';
import type { World } from '../world.ts';

/** Reports that the invariant does not hold. */
export type Fail = (message: string) => void;

/** Watches one schedule. */
export interface Watch {
  /** The session was told something; the ledger knows of it, the effects are not performed yet. */
  readonly onEvent?: (step: SessionStep) => void;
  /** The effects that `onEffect` wants to see; all of them unless told. */
  readonly effects?: readonly Effect['type'][];
  /** An effect is about to be performed; the ledger does not know of it yet. */
  readonly onEffect?: (effect: Effect, step: SessionStep) => void;
  /** The step is over. */
  readonly onStep?: (step: SessionStep) => void;
  /** All is quiet: what was owed must have been paid. */
  readonly onQuiet?: () => void;
  /** The session was told to end, and what it left behind had its time. */
  readonly onEnd?: () => void;
}

/** Something that holds in every schedule. */
export interface Invariant {
  readonly id: string;
  readonly says: string;
  watch(world: World, fail: Fail): Watch;
}
