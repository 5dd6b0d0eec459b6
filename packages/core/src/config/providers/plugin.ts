import * as z from 'zod';
import type { JsonObject } from '../../json.ts';
import { isJsonObject } from '../../protocol/tolerant.ts';
import { sessionLimitKey, voiceKey } from './common.ts';
import { CapabilitiesSchema } from './openai-compatible.ts';

/** A provider that somebody else wrote, from a file or a package. Its type is given by `use`. */
export const PluginProviderSchema = z
  .strictObject({
    use: z.string().min(1).describe('The file or package of the provider, for example ./providers/acme.ts.'),
    config: z
      .custom<JsonObject>(isJsonObject, 'expected a mapping')
      .default({})
      .describe('The settings of the provider; its own schema says which there are.'),
    capabilities: CapabilitiesSchema.prefault({}).describe(
      'What this provider does not do, beside what it says itself.',
    ),
    voice: voiceKey,
    session_limit_ms: sessionLimitKey,
  })
  .transform((entry) => ({ type: 'plugin' as const, ...entry }));
