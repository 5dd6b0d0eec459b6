import { Prng } from './prng.ts';

/** What a schedule of `core` may contain: drawn first, so that what came later does not change it. */
const coreFeatures = [
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

/** What a schedule may contain besides. Drawn apart and less often. */
const laterFeatures = [
  'consents',
  'background',
  'stale_results',
  'reports',
  'client_calls',
  'recording',
  'reload',
  'costs',
  'prior',
  'dialects',
  'spoken_consents',
  'written_answers',
] as const;

/** What servers do that are not like the others: in a profile of its own. */
const oddFeatures = ['own_names', 'placed_turns'] as const;

/** What servers get wrong about responses: in a profile of its own. */
const unrulyFeatures = [
  'slow_answers',
  'rejected_creates',
  'untold_responses',
  'stuck_answers',
  'forgetful',
] as const;

/** What servers do besides that puts one response in the place of another. */
const crossingFeatures = ['unasked_answers', 'given_up_answers'] as const;

/** What happens to a conversation that neither side of it has asked for. Drawn apart. */
const outsideFeatures = ['withdrawn_calls', 'foreign_texts'] as const;

/** How texts are said that are to be said as they are. Drawn apart. */
const textFeatures = ['exact_texts', 'broken_texts'] as const;

/** What is wrong for good, or taken back, in the middle of a conversation. Drawn last. */
const lastingFeatures = ['fatal_answers', 'foreign_deletions'] as const;

/** What becomes of a call that the session has joined: in a profile of its own, where every schedule has one. */
const callFeatures = ['joined_calls', 'hang_ups', 'other_clients'] as const;

/** What a schedule may contain; each is off, low or high for one seed. */
export const features = [
  ...coreFeatures,
  ...laterFeatures,
  ...oddFeatures,
  ...unrulyFeatures,
  ...crossingFeatures,
  ...outsideFeatures,
  ...textFeatures,
  ...lastingFeatures,
  ...callFeatures,
] as const;

export type Feature = (typeof features)[number];
/** How much of a feature a schedule has. */
export type Level = 'off' | 'low' | 'high';

/** How much of everything a schedule has. */
export interface Profile {
  readonly name: string;
  readonly levels: Readonly<Record<Feature, Level>>;
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

const swarm = 'swarm';
/** The share of its schedules in which responses may come late, unasked, refused, stuck and in the place of each other. */
const unrulyShare = 0.25;
/** As `swarm`, and some tools have calls that somebody has to agree to. */
const consenting = 'consents';
/** As `swarm` and `consents` without what came later: seeds that found something keep their meaning. */
const core = 'core';
const coreConsenting = 'core_consents';
/** As `swarm`, with servers that name the items of the client themselves, or put turns between others. */
const odd = 'odd_servers';
/** As `swarm`, with servers that begin late, refuse, get stuck, or do not say what they do. */
const unruly = 'unruly_servers';
/** As `unruly_servers`, where connections are sound: responses come late, unasked, refused, stuck and in the place of each other. */
const crossing = 'crossed_answers';

/** As `core`, where the session joins a call whose sound goes past it, between the user and the server. */
const joined = 'joined_calls';

/** What `crossed_answers` has little of: it ends what has crossed before it is looked at. */
const rareInCrossing: ReadonlySet<Feature> = new Set([
  'breaks',
  'refused_dials',
  'slow_dials',
  'mute',
  'half_open',
  'fatal_closes',
  'crash',
  'closing',
  'limits',
  'silence',
  'dropped_creates',
  'failed_responses',
]);

/** What it has much of. */
const oftenCrossing: readonly Feature[] = ['operator', 'typing', 'slow_answers', 'given_up_answers'];

/** The names that `drawProfile` knows. */
export const profileNames: readonly string[] = [
  swarm,
  consenting,
  core,
  coreConsenting,
  odd,
  unruly,
  crossing,
  joined,
  ...Object.keys(named),
];

/** The profile of a seed: a named one is fixed, the others draw every feature. */
export function drawProfile(seed: number, name = swarm): Profile {
  const fixed = named[name];
  const random = new Prng(seed).fork('profile');
  const later = new Prng(seed).fork('later features');
  const levels = {} as Record<Feature, Level>;
  const isCore = name === core || name === coreConsenting || name === joined;
  for (const feature of coreFeatures) levels[feature] = levelOf(random.next(), 0.45, 0.8);
  for (const feature of laterFeatures) levels[feature] = isCore ? 'off' : levelOf(later.next(), 0.7, 0.88);
  for (const feature of oddFeatures) levels[feature] = name === odd ? levelOf(later.next(), 0.2, 0.6) : 'off';
  const servers = new Prng(seed).fork('unruly servers');
  for (const feature of unrulyFeatures)
    levels[feature] = name === unruly ? levelOf(servers.next(), 0.4, 0.75) : 'off';
  for (const feature of crossingFeatures) levels[feature] = 'off';
  for (const feature of callFeatures) levels[feature] = 'off';
  if (name === joined) drawJoined(seed, levels);
  if (name === crossing) drawCrossing(seed, levels);
  if (name === swarm || name === consenting) drawUnruly(seed, levels);
  drawLatest(seed, levels, name === swarm || name === consenting);
  if (fixed !== undefined) for (const feature of features) levels[feature] = fixed[feature] ?? 'off';
  const isConsenting = name === consenting || name === coreConsenting;
  return { name, levels: isConsenting ? { ...levels, tools: 'high', consents: 'high' } : levels };
}

/**
 * In some schedules of a swarm servers are as unruly as in the profiles of such, all of them at once: one hides behind another. They are not
 * forgetful: where it is not told what a response says, one that comes in the place of a text that was lost is taken for it.
 */
function drawUnruly(seed: number, levels: Record<Feature, Level>): void {
  const random = new Prng(seed).fork('unruly servers of a swarm');
  if (!random.chance(unrulyShare)) return;
  for (const feature of [...unrulyFeatures, ...crossingFeatures])
    levels[feature] = levelOf(random.next(), 0.5, 0.75);
  levels.forgetful = 'off';
}

/** What came last: other profiles are without it, so that their seeds keep their meaning. */
function drawLatest(seed: number, levels: Record<Feature, Level>, isOn: boolean): void {
  const random = new Prng(seed).fork('latest features');
  for (const feature of outsideFeatures) levels[feature] = isOn ? levelOf(random.next(), 0.8, 0.9) : 'off';
  for (const feature of textFeatures) levels[feature] = isOn ? levelOf(random.next(), 0.3, 0.6) : 'off';
  for (const feature of lastingFeatures) levels[feature] = isOn ? levelOf(random.next(), 0.7, 0.85) : 'off';
}

function drawJoined(seed: number, levels: Record<Feature, Level>): void {
  const random = new Prng(seed).fork('joined calls');
  for (const feature of callFeatures) levels[feature] = levelOf(random.next(), 0.4, 0.8);
  levels.joined_calls = 'high';
}

function drawCrossing(seed: number, levels: Record<Feature, Level>): void {
  const random = new Prng(seed).fork('crossed answers');
  for (const feature of rareInCrossing) levels[feature] = levelOf(random.next(), 0.9, 1);
  for (const feature of [...unrulyFeatures, ...crossingFeatures])
    levels[feature] = levelOf(random.next(), 0.3, 0.6);
  for (const feature of oftenCrossing) levels[feature] = levelOf(random.next(), 0.1, 0.4);
  levels.forgetful = 'off';
}

function levelOf(draw: number, off: number, low: number): Level {
  return draw < off ? 'off' : draw < low ? 'low' : 'high';
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
