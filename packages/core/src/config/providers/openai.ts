import * as z from 'zod';
import { apiKeyKey, callIdKey, headersKey, modelKey, sessionLimitKey, voiceKey } from './common.ts';

/** OpenAI, or a server at `base_url` that does all that OpenAI does. */
export const OpenAiProviderSchema = z.strictObject({
  type: z.literal('openai').describe('OpenAI, or a server at base_url that does all that OpenAI does.'),
  model: modelKey,
  api_key: apiKeyKey,
  base_url: z
    .string()
    .min(1)
    .optional()
    .describe('The address of another server of the same protocol, for example ws://127.0.0.1:9000/v1.'),
  organization: z.string().min(1).optional().describe('The OpenAI organization that is billed.'),
  project: z.string().min(1).optional().describe('The OpenAI project that is billed.'),
  safety_identifier: z
    .string()
    .min(1)
    .max(512)
    .optional()
    .describe('A hash that stands for the end user, by which OpenAI tells apart who misuses it.'),
  call_id: callIdKey,
  voice: voiceKey,
  headers: headersKey,
  session_limit_ms: sessionLimitKey,
});
