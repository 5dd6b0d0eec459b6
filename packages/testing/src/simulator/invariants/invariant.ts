import type {
  Effect,
  ServerEvent,
  SessionEvent,
  SessionNotice,
  SessionState,
  UnknownServerEvent,
} from '@antiphon/core';
import type { SessionStep } from '../session-under-test.ts';
import type { World } from '../world.ts';

/** Reports that the invariant does not hold. */
export type Fail = (message: string) => void;

/** What the event of a step may be told by: what the session is told, or which event of a server that is. */
export type EventKey = SessionEvent['type'] | ServerEvent['type'] | UnknownServerEvent['type'];
/** What a step may be told by: its event, and the effects and notices that it leads to. No two of them have one name. */
export type StepKey = EventKey | Effect['type'] | SessionNotice['type'];

/** Watches one schedule. */
export interface Watch {
  /** The events that `onEvent` wants to see, each by one name only; all of them unless told. */
  readonly events?: readonly EventKey[];
  /** The session was told something; the ledger knows of it, the effects are not performed yet. */
  readonly onEvent?: (step: SessionStep) => void;
  /** The effects, and notices, that `onEffect` wants to see; all of them unless told. */
  readonly effects?: readonly (Effect['type'] | SessionNotice['type'])[];
  /** An effect is about to be performed; the ledger does not know of it yet. */
  readonly onEffect?: (effect: Effect, step: SessionStep) => void;
  /** The steps that `onStep` wants to see: those by one of these events, or with one of these effects or notices; all of them unless told, or unless it `reads`. */
  readonly steps?: readonly StepKey[];
  /** The parts of the state that `onStep` looks at: it sees, besides those `steps`, the ones that change any of them. */
  readonly reads?: readonly (keyof SessionState)[];
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
  /** Of sound that comes by here, or of connections that follow on each other with the conversation: a call has neither. */
  readonly exceptOnCalls?: true;
  watch(world: World, fail: Fail): Watch;
}
