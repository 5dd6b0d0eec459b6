import * as z from 'zod';

const ModelSchema = z
  .string()
  .min(1)
  .default('gpt-realtime')
  .describe('The name of the realtime model, as the server knows it.');
const ApiKeySchema = z
  .string()
  .min(1)
  .optional()
  .describe('The secret key of the account; take it from the environment.');
const VoiceNameSchema = z
  .string()
  .min(1)
  .optional()
  .describe('The voice of every agent of this provider that names none.');
const HeadersSchema = z
  .record(z.string(), z.string())
  .default({})
  .describe('Further HTTP headers sent when the connection is opened.');
const SessionLimitSchema = z
  .int()
  .min(1_000)
  .optional()
  .describe(
    'Milliseconds after which the server ends a session; the conversation moves to a new one before that.',
  );

/** The offline engine that ships with Antiphon. */
export const LocalProviderSchema = z.strictObject({
  type: z.literal('local').describe('The offline engine that ships with Antiphon: no key, no network.'),
  voice: VoiceNameSchema,
});

/** OpenAI, or any server of the same protocol at `base_url`. */
export const OpenAiProviderSchema = z.strictObject({
  type: z.literal('openai').describe('OpenAI, or any server that speaks the OpenAI Realtime protocol.'),
  model: ModelSchema,
  api_key: ApiKeySchema,
  base_url: z
    .string()
    .min(1)
    .optional()
    .describe('The address of another server of the same protocol, for example ws://127.0.0.1:9000/v1.'),
  organization: z.string().min(1).optional().describe('The OpenAI organization that is billed.'),
  project: z.string().min(1).optional().describe('The OpenAI project that is billed.'),
  voice: VoiceNameSchema,
  headers: HeadersSchema,
  session_limit_ms: SessionLimitSchema,
});

/** Azure OpenAI. Without `api_version` the GA dialect is spoken, with it the preview dialect of that version. */
export const AzureProviderSchema = z.strictObject({
  type: z.literal('azure').describe('Azure OpenAI.'),
  endpoint: z
    .string()
    .min(1)
    .describe('The address of the Azure resource, for example https://NAME.openai.azure.com.'),
  deployment: z.string().min(1).describe('The name of the deployment of a realtime model.'),
  api_key: ApiKeySchema,
  api_version: z
    .string()
    .min(1)
    .optional()
    .describe(
      'The preview version to speak, for example 2024-10-01-preview; leave it out for the current one.',
    ),
  voice: VoiceNameSchema,
  headers: HeadersSchema,
  session_limit_ms: SessionLimitSchema,
});

/** One entry under `providers`. A new type of provider is a new member of this list. */
export const ProviderConfigSchema = z
  .discriminatedUnion('type', [LocalProviderSchema, OpenAiProviderSchema, AzureProviderSchema])
  .describe('Where a model is reached, and how.');

export type ProviderConfig = z.infer<typeof ProviderConfigSchema>;
export type ProviderType = ProviderConfig['type'];
