import type { Prng } from '../prng.ts';
import type { Level } from '../profile.ts';

/** What may go wrong with the ports of a runner, beside what the world holds for every session. */
export const troubles = [
  'late_providers',
  'failing_providers',
  'stuck_closes',
  'congestion',
  'failing_sends',
  'failing_tools',
  'silent_tools',
  'failing_guards',
  'silent_guards',
  'failing_voice',
  'failing_log',
  'failing_sink',
  'slow_sink',
  'failing_source',
  'conditioning',
  'failing_ear',
  'failing_logger',
  'early_end',
] as const;

export type Trouble = (typeof troubles)[number];

/** How much of each a schedule has. */
export type Troubles = Readonly<Record<Trouble, Level>>;

/** The troubles of a seed. */
export function drawTroubles(random: Prng): Troubles {
  const levels = {} as Record<Trouble, Level>;
  for (const trouble of troubles) {
    const draw = random.next();
    levels[trouble] = draw < 0.5 ? 'off' : draw < 0.75 ? 'low' : 'high';
  }
  return levels;
}
