import * as z from 'zod';
import { apiKeyKey, headersKey, sessionLimitKey, voiceKey } from './common.ts';

const VertexSchema = z.strictObject({
  project: z.string().min(1).describe('The Google Cloud project.'),
  location: z.string().min(1).default('us-central1').describe('The region of the service.'),
  token: z
    .string()
    .min(1)
    .describe('An OAuth access token of Google Cloud; it is used as long as the process runs.'),
});

/** Gemini Live, of the Gemini API or of Vertex AI. */
export const GeminiProviderSchema = z.strictObject({
  type: z.literal('gemini').describe('Gemini Live of Google.'),
  model: z
    .string()
    .min(1)
    .default('gemini-2.5-flash-native-audio-preview-09-2025')
    .describe('The name of a model of the Live API.'),
  api_key: apiKeyKey,
  access_token: z
    .string()
    .min(1)
    .optional()
    .describe(
      'A token for a short time that a server of yours has created (auth_tokens/…), instead of api_key.',
    ),
  vertex: VertexSchema.optional().describe('Speaks to Vertex AI, instead of with api_key.'),
  base_url: z
    .string()
    .min(1)
    .optional()
    .describe('The address of a proxy of the service, for example ws://127.0.0.1:9000.'),
  voice: voiceKey,
  language: z
    .string()
    .min(1)
    .optional()
    .describe('The language the agent speaks as BCP 47, for example de-DE; the model chooses unless told.'),
  text_input: z
    .enum(['client_content', 'realtime_input'])
    .optional()
    .describe('How typed words reach the model; by its generation unless told.'),
  headers: headersKey,
  session_limit_ms: sessionLimitKey,
});
