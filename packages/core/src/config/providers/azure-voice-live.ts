import * as z from 'zod';
import { azureAuthKeys, headersKey, modelKey, sessionLimitKey, voiceKey } from './common.ts';

/** Azure Voice Live: a service of its own around the models, which speaks the preview dialect with additions. */
export const AzureVoiceLiveProviderSchema = z.strictObject({
  type: z.literal('azure_voice_live').describe('Azure Voice Live.'),
  endpoint: z
    .string()
    .min(1)
    .describe('The address of the Azure resource, for example https://NAME.services.ai.azure.com.'),
  model: modelKey,
  ...azureAuthKeys,
  api_version: z.string().min(1).default('2025-10-01').describe('The version of the service to speak to.'),
  voice: voiceKey,
  voice_type: z
    .string()
    .min(1)
    .optional()
    .describe(
      'The kind of the voices named here, for example azure-standard; leave it out for those of OpenAI.',
    ),
  headers: headersKey,
  session_limit_ms: sessionLimitKey,
});
