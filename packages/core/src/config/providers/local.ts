import * as z from 'zod';
import { voiceKey } from './common.ts';

/** The offline engine that ships with Antiphon. */
export const LocalProviderSchema = z.strictObject({
  type: z.literal('local').describe('The offline engine that ships with Antiphon: no key, no network.'),
  voice: voiceKey,
});
