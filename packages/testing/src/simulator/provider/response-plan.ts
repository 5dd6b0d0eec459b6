import type { Prng } from '../prng.ts';
import { likelihood, type Profile } from '../profile.ts';

/** A content part the model will speak. */
export interface PlannedPart {
  readonly words: readonly string[];
  readonly audioMs: number;
}

/** An item the model will put out. */
export type PlannedItem =
  | { readonly kind: 'message'; readonly parts: readonly PlannedPart[] }
  | {
      readonly kind: 'call';
      readonly name: string;
      readonly argumentsJson: string;
      /** `undeclared`: its item is never declared done, not even by `response.done`. */
      readonly manner: 'plain' | 'announced_twice' | 'repeated_id' | 'undeclared';
    };

/** What a response will be, if nothing stops it. */
export interface ResponsePlan {
  readonly items: readonly PlannedItem[];
  readonly status: 'completed' | 'incomplete' | 'failed';
  readonly failureCode: string | undefined;
  readonly tokens: number | undefined;
  /** Whether a text is said with another number than the one in it. */
  readonly isMisread: boolean;
}

/** What the model knows when it plans. */
export interface PlanningContext {
  readonly random: Prng;
  /** Decides which answers are long. */
  readonly lengths: Prng;
  readonly profile: Profile;
  readonly calm: boolean;
  /** The names of the functions of the session; empty when none may be called. */
  readonly tools: readonly string[];
  /** A text to be said as it is. */
  readonly say: string | undefined;
  /** Decides which numbers are misread. */
  readonly readings: Prng;
  /** Decides which texts are said without a word before them. */
  readonly openings: Prng;
  /** Whether that text asks the user for something. */
  readonly asks: boolean;
  /** Responses with calls in a row so far. */
  readonly chained: number;
  readonly nextWord: () => string;
}

/** Decides what a response will be. */
export function planResponse(context: PlanningContext): ResponsePlan {
  const { random, profile, calm, say, asks, readings } = context;
  const tokens = random.chance(0.8) ? random.int(20, 300) : undefined;
  const failing = calm ? 0 : likelihood(profile, 'failed_responses', 0.12, 0.35);
  const isMisread = asks && !calm && readings.chance(misreadShare);
  const items = planItems(isMisread ? { ...context, say: say && misread(say) } : context);
  const plan = { items, tokens, isMisread };
  if (random.chance(failing)) {
    if (random.chance(0.3)) return { ...plan, status: 'incomplete', failureCode: undefined };
    const passing = random.pick(['rate_limit_exceeded', 'server_error', 'odd_failure']);
    const isFatal = random.chance(likelihood(profile, 'fatal_answers', 0.3, 0.6));
    const failureCode = isFatal ? fatalFailure : passing;
    return { ...plan, items: random.chance(0.5) ? [] : items, status: 'failed', failureCode };
  }
  return { ...plan, status: 'completed', failureCode: undefined };
}

/** After which no other try can help. */
export const fatalFailure = 'insufficient_quota';

/** Of the questions about calls that a model reads aloud. */
const misreadShare = 0.15;

/** The text with a number that is not in it in the place of its last: one that is might have been said in words as well. */
function misread(say: string): string {
  return say.replace(/\d+(?=\D*$)/, (digits) => String(Number(digits) + 5_000));
}

function planItems(context: PlanningContext): readonly PlannedItem[] {
  const { random, profile, say, tools, chained, calm, openings } = context;
  if (say !== undefined) {
    const opening = context.nextWord();
    // Others have a word before, by which one is told from the next.
    const isExact = openings.chance(likelihood(profile, 'exact_texts', 0.3, 0.7));
    return [{ kind: 'message', parts: [partOf([...(isExact ? [] : [opening]), ...say.split(' ')], random)] }];
  }
  const calling = likelihood(profile, 'tools', 0.3, 0.6) / (1 + chained * (calm ? 2 : 0.7));
  if (tools.length === 0 || !random.chance(calling)) return planMessages(context);
  const calls = Array.from({ length: random.pick([1, 1, 1, 2, 3]) }, () => planCall(context));
  return random.chance(0.35) ? [planMessage(context), ...calls] : calls;
}

function planMessages(context: PlanningContext): readonly PlannedItem[] {
  const first = planMessage(context);
  return context.random.chance(0.12) ? [first, planMessage(context)] : [first];
}

function planMessage(context: PlanningContext): PlannedItem {
  const { random, lengths, profile, calm } = context;
  const isLong = !calm && lengths.chance(likelihood(profile, 'long_answers', 0.05, 0.2));
  const count = random.chance(0.12) ? 2 : 1;
  const parts = Array.from({ length: count }, () =>
    partOf(
      Array.from({ length: random.int(1, 9) + (isLong ? lengths.int(20, 60) : 0) }, () => context.nextWord()),
      random,
    ),
  );
  return { kind: 'message', parts };
}

/** Sound is not a whole number of milliseconds long. */
function partOf(words: readonly string[], random: Prng): PlannedPart {
  const bytes = 2 * Math.floor(24 * words.length * (180 + random.next() * 220));
  return { words, audioMs: bytes / 48 };
}

function planCall({ random, profile, tools }: PlanningContext): PlannedItem {
  const odd = likelihood(profile, 'bad_calls', 0.1, 0.3);
  return {
    kind: 'call',
    name: random.chance(odd / 2) ? 'no_such_tool' : random.pick(tools),
    argumentsJson: random.chance(odd / 2) ? '{"city": ' : `{"n":${random.int(1, 99)}}`,
    manner: random.chance(odd) ? random.pick(['announced_twice', 'repeated_id', 'undeclared']) : 'plain',
  };
}
