import { invariants as sessionInvariants } from '../invariants/all.ts';
import { Schedule, type ScheduleOptions, type ScheduleResult } from '../simulate.ts';
import { AbortWatch } from './abort-watch.ts';
import { RunnerRig } from './runner-driver.ts';

/** What a schedule of a runner is made of. */
export type RunnerScheduleOptions = Omit<ScheduleOptions, 'driver' | 'afterEndMs'>;

/** What the runner leaves behind has so long: hosts and connections that say nothing are given up. */
const afterEndMs = 12_000;

/**
 * Runs one schedule with a real session runner on ports in memory: as `runSchedule` does, and what only a runner can
 * break is checked too. Between two moments of virtual time all promises settle. One at a time.
 *
 * @throws TypeError for profile `joined_calls`.
 */
export async function runRunnerSchedule(options: RunnerScheduleOptions): Promise<ScheduleResult> {
  if (options.profile === 'joined_calls')
    throw new TypeError(
      'joined_calls is run with the pure session only: the ports in memory of a runner hold no call of their own',
    );
  const rig = new RunnerRig();
  const listeners = new AbortWatch();
  const { invariants = sessionInvariants } = options;
  const onRejection = (error: unknown): void =>
    schedule.attempt(() => rig.fail('P11', `nobody takes a rejection: ${String(error)}`));
  process.on('unhandledRejection', onRejection);
  listeners.begin();
  rig.onCrash = () => listeners.forget();
  const schedule = new Schedule({
    ...options,
    driver: rig.driver,
    invariants: [...invariants, ...rig.invariants],
    afterEndMs,
  });
  try {
    const moments = schedule.play();
    for (let over = false; !over && schedule.violation === undefined; ) {
      schedule.attempt(() => {
        over = moments.next().done === true;
      });
      await promisesSettled();
      schedule.attempt(() => rig.session?.life.settle());
    }
    if (schedule.violation === undefined && listeners.count > 0)
      schedule.attempt(() =>
        rig.fail('P11', `${listeners.count} listen to signals of a session that is over`),
      );
    return { ...schedule.result, driver: 'runner' };
  } finally {
    listeners.end();
    process.off('unhandledRejection', onRejection);
  }
}

/** Immediates run when no promise callback is ready any more, and none of those that they made ready. */
function promisesSettled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
