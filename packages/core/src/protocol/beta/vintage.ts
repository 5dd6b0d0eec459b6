/**
 * How old a server of the beta dialect is: newer members are unknown to older ones, and an unknown member costs the whole
 * event. In order.
 */
const vintages = ['2024-10', '2024-12', '2025-04'] as const;
export type BetaVintage = (typeof vintages)[number];

/** What is assumed of a server that does not say. */
export const latestBetaVintage: BetaVintage = '2025-04';

/** Tells what a server of an `api-version` understands; one that is not a date counts as the newest. */
export function betaVintageOf(apiVersion: string): BetaVintage {
  const month = /^\d{4}-\d{2}/.exec(apiVersion)?.[0];
  if (month === undefined) {
    return latestBetaVintage;
  }
  return vintages.findLast((vintage) => vintage <= month) ?? vintages[0];
}

/** Whether a server of `vintage` knows what came with `since`. */
export function knows(vintage: BetaVintage, since: BetaVintage): boolean {
  return vintage >= since;
}

/** Voices that are younger than the first servers. */
const youngVoices: ReadonlySet<unknown> = new Set(['marin', 'cedar']);

/** Whether a server of `vintage` may have a voice: it refuses all settings for a name that it does not know. */
export function mayHaveVoice(vintage: BetaVintage, voice: unknown): boolean {
  return knows(vintage, '2025-04') || !youngVoices.has(voice);
}
