import * as z from 'zod';
import { freePrices, type KindPrices, type ModelPrices } from '../session/prices.ts';
import type { ProviderConfig } from './provider-config.ts';

const priceKey = z.number().min(0).optional();

const KindPricesSchema = z.strictObject({
  input: priceKey.describe('US dollars for a million tokens that are read.'),
  cached: priceKey.describe('US dollars for a million tokens read from the cache; as input unless told.'),
  output: priceKey.describe('US dollars for a million tokens that are written or spoken.'),
});

/** One entry under `prices`: what a model costs. */
export const ModelPricesSchema = z.strictObject({
  text: KindPricesSchema.optional().describe('Prices of text.'),
  audio: KindPricesSchema.optional().describe('Prices of sound.'),
  image: KindPricesSchema.optional().describe('Prices of images.'),
  minute: priceKey.describe(
    'US dollars for a minute of connection; of a transcription model, for a minute of sound written down.',
  ),
});
export type ModelPricesConfig = z.infer<typeof ModelPricesSchema>;

/** Of an agent file: what models cost, and where they are. */
export interface PriceList {
  readonly prices: Readonly<Record<string, ModelPricesConfig>>;
  readonly providers: Readonly<Record<string, ProviderConfig>>;
}

/** What the model of a provider costs, by the name of its entry or else of its model; undefined where that is not known. */
export function pricesOfProvider({ prices, providers }: PriceList, name: string): ModelPrices | undefined {
  const config = Object.hasOwn(providers, name) ? providers[name] : undefined;
  const listed = listedPrices(prices, name) ?? listedPrices(prices, modelOf(config));
  return listed ?? (config?.type === 'local' ? freePrices : undefined);
}

/** What a model costs that writes down what the user says. */
export function pricesOfModel(
  { prices }: Pick<PriceList, 'prices'>,
  model: string | undefined,
): ModelPrices | undefined {
  return listedPrices(prices, model);
}

/** The name of a provider's model, as the server knows it. */
export function modelOf(config: ProviderConfig | undefined): string | undefined {
  if (config === undefined) return undefined;
  if ('deployment' in config) return config.deployment;
  return 'model' in config ? config.model : undefined;
}

function listedPrices(
  prices: Readonly<Record<string, ModelPricesConfig>>,
  name: string | undefined,
): ModelPrices | undefined {
  const listed = name !== undefined && Object.hasOwn(prices, name) ? prices[name] : undefined;
  if (listed === undefined) return undefined;
  const { text, audio, image, minute } = listed;
  return { text: kindPrices(text), audio: kindPrices(audio), image: kindPrices(image), minute };
}

function kindPrices(listed: ModelPricesConfig['text']): KindPrices {
  return { input: listed?.input, cached: listed?.cached, output: listed?.output };
}
