import * as z from 'zod';
import { betaFormats } from '../../protocol/beta/values.ts';

/** 24 kHz PCM of 16 bits, or G.711 at 8 kHz by either law. */
export const AudioFormatNameSchema = z.enum(betaFormats);

/** A voice of the provider by name, or one of the customer's own by id. */
export const AgentVoiceSchema = z.union([
  z.string().min(1),
  z.strictObject({ id: z.string().min(1).describe('The id of a custom voice.') }),
]);

/** How what the user says is written down, beside the model. */
export const AgentTranscriptionSchema = z.strictObject({
  model: z
    .string()
    .min(1)
    .optional()
    .describe('The model that writes down what the user says; on Azure the name of a deployment.'),
  language: z.string().min(1).optional().describe('The language of the user as ISO 639-1, for example en.'),
  languages: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('The languages the user may speak, for models that take several.'),
  keywords: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('Words the transcription should know, for models that take them.'),
  prompt: z.string().optional().describe('Words and style the transcription should expect.'),
  delay: z
    .enum(['minimal', 'low', 'medium', 'high', 'xhigh'])
    .optional()
    .describe('How long a model that writes along may wait for more sound before it decides.'),
});

export const AgentNoiseReductionSchema = z.strictObject({
  type: z.enum(['near_field', 'far_field']).describe('near_field for a headset, far_field for a room.'),
  strength: z.number().optional().describe('How much is filtered.'),
});
