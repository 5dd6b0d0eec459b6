import {
  type AgentsFile,
  AntiphonError,
  type ConfigPath,
  type ModelPrices,
  modelOf,
  pricesOfProvider,
  providersOf,
} from '@antiphon/core';

/** A limit of money that cannot be held, and why. */
export interface MissingPrice {
  readonly path: ConfigPath;
  readonly error: AntiphonError<'config.no_price'>;
}

/** Limits of money over providers of which no price is known. `used`: the providers instead of the agents' own. */
export function missingPrices(
  file: AgentsFile,
  used: readonly string[] | undefined,
): readonly MissingPrice[] {
  return Object.entries(file.agents).flatMap(([name, agent]) => {
    if (agent.limits.usd === undefined) return [];
    const path = ['agents', name, 'limits', 'usd'];
    return (used ?? providersOf(agent))
      .filter((provider) => !hasAny(pricesOfProvider(file, provider)))
      .map((provider) => ({ path, error: noPrice(file, path, provider) }));
  });
}

function noPrice({ providers }: AgentsFile, path: ConfigPath, provider: string) {
  const config = Object.hasOwn(providers, provider) ? providers[provider] : undefined;
  const model = modelOf(config) ?? provider;
  const example = `prices: { ${model}: { text: { input: …, output: … }, audio: { input: …, output: … } } }`;
  return new AntiphonError('config.no_price', { place: path.join('.'), provider, example });
}

function hasAny(prices: ModelPrices | undefined): boolean {
  if (prices === undefined) return false;
  const kinds = [prices.text, prices.audio, prices.image];
  return (
    prices.minute !== undefined ||
    kinds.some(({ input, output }) => input !== undefined || output !== undefined)
  );
}
