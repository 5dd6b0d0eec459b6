import type { TokenCounts, TokensByKind } from './token-counts.ts';

/** Dollars per million tokens of one kind; undefined where no price is known. */
export interface KindPrices {
  readonly input: number | undefined;
  /** `input` where there is no price of its own. */
  readonly cached: number | undefined;
  readonly output: number | undefined;
}

/** What a model costs, in US dollars. */
export interface ModelPrices {
  readonly text: KindPrices;
  readonly audio: KindPrices;
  readonly image: KindPrices;
  /** Dollars per minute of connection; of a model that writes down what the user says, per minute of their sound. */
  readonly minute: number | undefined;
}

/** Billionths of a US dollar: money is counted in whole ones, so that sums are exact. */
export type NanoUsd = number;

export const nanoUsdPerUsd = 1_000_000_000;

/** What a number of tokens costs. */
export interface TokenCost {
  /** Rounded once, to a billionth of a dollar; undefined when no price of any of the tokens is known. */
  readonly nanoUsd: NanoUsd | undefined;
  /** Tokens of kinds without a price. */
  readonly unpricedTokens: number;
}

/** A dollar for a million tokens is a thousand billionths for one. */
const nanoUsdPerToken = 1_000;

const freeKind: KindPrices = { input: 0, cached: 0, output: 0 };

/** Of a model that runs on this machine. */
export const freePrices: ModelPrices = {
  text: freeKind,
  audio: freeKind,
  image: freeKind,
  minute: undefined,
};

/** Whether neither words nor sound cost anything. */
export function isFree({ text, audio, minute }: ModelPrices): boolean {
  return [text.input, text.output, audio.input, audio.output].every((price) => price === 0) && !minute;
}

/** The price of tokens. Those of an unknown kind cost what the dearest known kind does: a budget ends early, not late. */
export function costOfTokens(counts: TokenCounts, prices: ModelPrices | undefined): TokenCost {
  let [dollars, priced, unpricedTokens] = [0, 0, 0];
  for (const direction of ['input', 'cached', 'output'] as const) {
    for (const kind of ['text', 'audio', 'image', 'other'] as const) {
      const tokens = counts[direction][kind];
      if (tokens === 0) continue;
      const price = priceOf(prices, direction, kind);
      if (price === undefined) unpricedTokens += tokens;
      else {
        priced += tokens;
        dollars += tokens * price;
      }
    }
  }
  const nanoUsd = Math.round(dollars * nanoUsdPerToken);
  return { nanoUsd: priced === 0 ? undefined : nanoUsd, unpricedTokens };
}

/** The price of a stretch of time; undefined where minutes are not billed. */
export function costOfSeconds(seconds: number, prices: ModelPrices | undefined): NanoUsd | undefined {
  return prices?.minute === undefined
    ? undefined
    : Math.round((prices.minute * seconds * nanoUsdPerUsd) / 60);
}

function priceOf(
  prices: ModelPrices | undefined,
  direction: keyof TokenCounts,
  kind: keyof TokensByKind,
): number | undefined {
  if (prices === undefined) return undefined;
  if (kind !== 'other') return ofKind(prices[kind], direction);
  const known = [prices.text, prices.audio, prices.image].flatMap((each) => ofKind(each, direction) ?? []);
  return known.length === 0 ? undefined : Math.max(...known);
}

function ofKind(prices: KindPrices, direction: keyof TokenCounts): number | undefined {
  return direction === 'cached' ? (prices.cached ?? prices.input) : prices[direction];
}
