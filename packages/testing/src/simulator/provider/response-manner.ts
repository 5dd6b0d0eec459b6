import type { Prng } from '../prng.ts';
import { likelihood } from '../profile.ts';
import { isCalm, type Stage } from '../stage.ts';

/** How a response is told of, whatever it says. */
export interface ResponseManner {
  /** How much later than others it begins. */
  readonly lateMs: number;
  /** A late one begins when another is asked for: before that is refused, it is announced. */
  readonly hastens: boolean;
  /** `response.created`: before all else, behind the first output, or never. */
  readonly beginning: 'told' | 'told_late' | 'untold';
  /** `response.done`; `never`: it stops in the middle and is under way for ever. */
  readonly end: 'told' | 'untold' | 'never';
}

const orderly: ResponseManner = { lateMs: 0, hastens: false, beginning: 'told', end: 'told' };

/** How the next response is told of. */
export function drawManner(random: Prng, stage: Stage): ResponseManner {
  const { profile } = stage;
  if (isCalm(stage)) return orderly;
  const isGivenUp = random.chance(likelihood(profile, 'given_up_answers', 0.25, 0.5));
  const isSlow = isGivenUp || random.chance(likelihood(profile, 'slow_answers', 0.15, 0.4));
  const isUntold = random.chance(likelihood(profile, 'untold_responses', 0.08, 0.25));
  const isStuck = random.chance(likelihood(profile, 'stuck_answers', 0.05, 0.2));
  if (!isSlow && !isUntold && !isStuck) return orderly;
  return {
    lateMs: isGivenUp ? drawJustTooLateMs(random, stage) : isSlow ? drawLateMs(random, stage) : 0,
    hastens: isSlow && random.chance(0.7),
    beginning: isUntold || isSlow ? random.pick(['told', 'told', 'told_late', 'untold'] as const) : 'told',
    end: isStuck ? 'never' : isUntold && random.chance(0.5) ? 'untold' : 'told',
  };
}

/** Just in time, or when the session has just given it up; now and then much later. */
function drawLateMs(random: Prng, { settings }: Stage): number {
  const { responseMs } = settings.timeouts;
  return random.chance(0.7) ? responseMs + random.int(-500, 500) : random.int(300, 2 * responseMs);
}

/** The session has given it up by then, and asked for what it is to say or answer next. */
function drawJustTooLateMs(random: Prng, { settings }: Stage): number {
  return settings.timeouts.responseMs + random.int(-150, 900);
}
