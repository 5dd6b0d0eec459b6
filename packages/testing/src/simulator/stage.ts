import type { SessionEvent, SessionSettings } from '@antiphon/core';
import type { EventQueue, Task } from './event-queue.ts';
import type { Prng } from './prng.ts';
import type { Profile } from './profile.ts';

/** The agents of the settings. */
export type Agent = SessionSettings['agents'][string];

/** What the actors of a world share. */
export interface Stage {
  readonly queue: EventQueue;
  readonly random: Prng;
  readonly profile: Profile;
  readonly settings: SessionSettings;
  /** From then on nothing goes wrong and the user says nothing. */
  readonly calmFromMs: number;
  /** Tells the session under test. */
  readonly dispatch: (event: SessionEvent) => void;
  /** The process that runs the session; another one takes over after a crash. */
  readonly process: { generation: number };
}

/** Runs `act` after `delayMs`, unless the process that asked for it is gone by then. */
export function later(stage: Stage, delayMs: number, act: () => void): Task {
  const { generation } = stage.process;
  return stage.queue.after(delayMs, () => {
    if (stage.process.generation === generation) act();
  });
}

/** Whether the active phase of the schedule is over. */
export function isCalm(stage: Stage): boolean {
  return stage.queue.nowMs >= stage.calmFromMs;
}
