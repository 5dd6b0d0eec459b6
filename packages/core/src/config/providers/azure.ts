import * as z from 'zod';
import { azureAuthKeys, callIdKey, endpointKey, headersKey, sessionLimitKey, voiceKey } from './common.ts';

/** Azure OpenAI. Without `api_version` the GA dialect is spoken, with it the preview dialect of that version. */
export const AzureProviderSchema = z.strictObject({
  type: z.literal('azure').describe('Azure OpenAI.'),
  endpoint: endpointKey,
  deployment: z.string().min(1).describe('The name of the deployment of a realtime model.'),
  ...azureAuthKeys,
  api_version: z
    .string()
    .min(1)
    .optional()
    .describe(
      'The preview version to speak, for example 2024-10-01-preview; leave it out for the current one.',
    ),
  call_id: callIdKey,
  voice: voiceKey,
  headers: headersKey,
  session_limit_ms: sessionLimitKey,
});
