import * as z from 'zod';
import { AzureProviderSchema } from './providers/azure.ts';
import { AzureVoiceLiveProviderSchema } from './providers/azure-voice-live.ts';
import { GeminiProviderSchema } from './providers/gemini.ts';
import { LocalProviderSchema } from './providers/local.ts';
import { OpenAiProviderSchema } from './providers/openai.ts';
import { OpenAiCompatibleProviderSchema } from './providers/openai-compatible.ts';
import { PluginProviderSchema } from './providers/plugin.ts';

/** One entry under `providers`. A new type of provider is a new member of this list. */
export const ProviderConfigSchema = z
  .union([
    z.discriminatedUnion('type', [
      LocalProviderSchema,
      OpenAiProviderSchema,
      AzureProviderSchema,
      AzureVoiceLiveProviderSchema,
      OpenAiCompatibleProviderSchema,
      GeminiProviderSchema,
    ]),
    PluginProviderSchema,
  ])
  .describe('Where a model is reached, and how.');

export type ProviderConfig = z.infer<typeof ProviderConfigSchema>;
export type ProviderType = ProviderConfig['type'];
/** The settings of a provider of one type. */
export type ProviderConfigOf<Type extends ProviderType> = Extract<ProviderConfig, { type: Type }>;
