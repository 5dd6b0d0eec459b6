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

/** What is done to the sound of the user on this side. */
export const InputConditioningSchema = z.strictObject({
  high_pass_hz: z
    .int()
    .min(20)
    .max(1_000)
    .optional()
    .describe('Below it sound is taken away, as rumble and hum are: 80 leaves every voice whole.'),
  noise_suppression: z
    .enum(['none', 'rnnoise'])
    .default('none')
    .describe('What takes noise away, 25 ms late; most recognisers understand more without it.'),
  automatic_gain: z
    .union([
      z.boolean(),
      z.strictObject({
        target_dbfs: z
          .int()
          .min(-50)
          .max(-6)
          .default(-20)
          .describe('The level that speech is brought to, RMS.'),
        max_gain_db: z.int().min(0).max(40).default(20).describe('The most that is added or taken away.'),
      }),
    ])
    .default(false)
    .describe('Whether speech is slowly brought to one level.'),
});

/** The noise beneath the voice of the agent. */
export const ComfortNoiseSchema = z.strictObject({
  level_dbfs: z.int().min(-90).max(-40).default(-65).describe('How loud it is, RMS.'),
});
