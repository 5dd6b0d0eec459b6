import { Prng } from './prng.ts';

/** What a schedule may contain; each is off, low or high for one seed. */
export const features = [
  'latency',
  'breaks',
  'refused_dials',
  'slow_dials',
  'duplicates',
  'reorders',
  'malformed',
  'mute',
  'half_open',
  'fatal_closes',
  'barge_in',
  'noise',
  'typing',
  'tools',
  'slow_tools',
  'failing_tools',
  'stubborn_tools',
  'bad_calls',
  'failed_responses',
  'dropped_creates',
  'late_transcripts',
  'operator',
  'handoffs',
  'crash',
  'guards',
  'closing',
  'sparse_audio',
  'silence',
  'limits',
  'rollover',
  'nonsense',
  'long_answers',
  'leaving',
] as const;

export type Feature = (typeof features)[number];
/** How much of a feature a schedule has. */
export type Level = 'off' | 'low' | 'high';

/** How much of everything a schedule has. */
export interface Profile {
  readonly name: string;
  readonly levels: Readonly<Record<Feature, Level>>;
  /** Whether calls of some tools have to be agreed to. */
  readonly consents: 'none' | 'wanted';
}

const named: Readonly<Record<string, Partial<Record<Feature, Level>>>> = {
  calm: {},
  tools: { tools: 'high', slow_tools: 'low', failing_tools: 'low', bad_calls: 'high', barge_in: 'low' },
  interruptions: { barge_in: 'high', noise: 'high', latency: 'low', sparse_audio: 'low' },
  outages: {
    breaks: 'high',
    refused_dials: 'high',
    slow_dials: 'low',
    mute: 'low',
    half_open: 'low',
    tools: 'low',
  },
};

/** As `swarm`, with tools whose calls somebody has to agree to. A profile of its own: seeds of `swarm` keep their meaning. */
const consenting = 'consents';

/** The names that `drawProfile` knows. */
export const profileNames: readonly string[] = ['swarm', consenting, ...Object.keys(named)];

/** The profile of a seed: `swarm` and `consents` draw every feature, a named one is fixed. */
export function drawProfile(seed: number, name = 'swarm'): Profile {
  const fixed = named[name];
  const random = new Prng(seed).fork('profile');
  const levels = {} as Record<Feature, Level>;
  for (const feature of features) {
    const draw = random.next();
    const drawn: Level = draw < 0.45 ? 'off' : draw < 0.8 ? 'low' : 'high';
    levels[feature] = fixed === undefined ? drawn : (fixed[feature] ?? 'off');
  }
  if (name !== consenting) return { name, levels, consents: 'none' };
  return { name, levels: { ...levels, tools: 'high' }, consents: 'wanted' };
}

/** `low` or `high` according to the level of a feature, 0 when it is off. */
export function likelihood(profile: Profile, feature: Feature, low: number, high: number): number {
  const level = profile.levels[feature];
  return level === 'off' ? 0 : level === 'low' ? low : high;
}

/** The profile in one line: what is not off. */
export function describeProfile(profile: Profile): string {
  const on = features.filter((feature) => profile.levels[feature] !== 'off');
  return `${profile.name}: ${on.map((feature) => `${feature}=${profile.levels[feature]}`).join(' ')}`;
}
