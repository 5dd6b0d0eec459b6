import * as z from 'zod';

/** The keys that several types of provider have. */
export const modelKey = z
  .string()
  .min(1)
  .default('gpt-realtime')
  .describe('The name of the realtime model, as the server knows it.');
export const apiKeyKey = z
  .string()
  .min(1)
  .optional()
  .describe('The secret key of the account; take it from the environment.');
export const endpointKey = z
  .string()
  .min(1)
  .describe('The address of the Azure resource, for example https://NAME.openai.azure.com.');
export const voiceKey = z
  .string()
  .min(1)
  .optional()
  .describe('The voice of every agent of this provider that names none.');
export const headersKey = z
  .record(z.string(), z.string())
  .default({})
  .describe('Further HTTP headers sent when the connection is opened.');
export const callIdKey = z
  .string()
  .min(1)
  .optional()
  .describe(
    'The id of a call to join, rtc_…: its sound flows between the user and the provider, and the agent and its tools run here.',
  );
export const sessionLimitKey = z
  .int()
  .min(1_000)
  .optional()
  .describe(
    'Milliseconds after which the server ends a session; the conversation moves to a new one before that.',
  );

/** The ways to prove to Azure who is calling: one of them. */
export const azureAuthKeys = {
  api_key: apiKeyKey,
  token: z
    .string()
    .min(1)
    .optional()
    .describe('A token of Microsoft Entra ID, instead of api_key; it is used as long as the process runs.'),
  token_source: z
    .string()
    .min(1)
    .optional()
    .describe(
      'The name of a function of the application that gives a fresh token for every connection, instead of api_key.',
    ),
};
