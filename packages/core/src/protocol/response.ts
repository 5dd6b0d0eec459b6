import * as z from 'zod';
import { AudioFormatSchema } from './audio-format.ts';
import { ResponseInputItemSchema } from './item-input.ts';
import { ConversationItemSchema } from './items.ts';
import {
  MaxOutputTokensSchema,
  OutputModalitiesSchema,
  PromptSchema,
  ReasoningSchema,
  ToolChoiceSchema,
  ToolSchema,
  VoiceSchema,
} from './session-config.ts';
import { NullableTextSchema, tolerant } from './tolerant.ts';

const count = z.number().min(0).default(0);
const optionalCount = z.number().min(0).optional();

/** Tokens of one response; the input is the whole context, every time. */
export const UsageSchema = tolerant({
  total_tokens: count,
  input_tokens: count,
  output_tokens: count,
  input_token_details: tolerant({
    text_tokens: optionalCount,
    audio_tokens: optionalCount,
    image_tokens: optionalCount,
    cached_tokens: optionalCount,
    cached_tokens_details: tolerant({
      text_tokens: optionalCount,
      audio_tokens: optionalCount,
      image_tokens: optionalCount,
    })
      .nullable()
      .optional(),
  })
    .nullable()
    .optional(),
  output_token_details: tolerant({
    text_tokens: optionalCount,
    audio_tokens: optionalCount,
    reasoning_tokens: optionalCount,
  })
    .nullable()
    .optional(),
});
export type Usage = z.infer<typeof UsageSchema>;

/** Why a response ended as it did: `reason` of a cancellation or a cut, `error` of a failure. */
export const StatusDetailsSchema = tolerant({
  type: z.string().optional(),
  reason: z.string().nullable().optional(),
  error: tolerant({
    type: NullableTextSchema,
    code: NullableTextSchema,
    message: NullableTextSchema,
  })
    .nullable()
    .optional(),
});
export type StatusDetails = z.infer<typeof StatusDetailsSchema>;

/** Some servers put a bare text where the details belong. */
const StatedDetailsSchema = z
  .union([StatusDetailsSchema, z.string().transform((reason): StatusDetails => ({ reason }))])
  .nullable()
  .default(null);

export const ResponseStatusSchema = z.enum(['in_progress', 'completed', 'cancelled', 'incomplete', 'failed']);
export type ResponseStatus = z.infer<typeof ResponseStatusSchema>;

/** A response of the model: empty when created, with all its items (without sound) when done. */
export const RealtimeResponseSchema = tolerant({
  object: z.string().optional(),
  id: z.string(),
  status: ResponseStatusSchema.default('completed'),
  status_details: StatedDetailsSchema,
  output: z.array(ConversationItemSchema).default([]),
  /** Null when the response is not part of the conversation. */
  conversation_id: z.string().nullable().optional(),
  output_modalities: z.array(z.string()).optional(),
  max_output_tokens: z.union([z.number(), z.string()]).nullable().optional(),
  usage: UsageSchema.nullable().default(null),
  metadata: z.record(z.string(), z.string()).nullable().optional(),
});
export type RealtimeResponse = z.infer<typeof RealtimeResponseSchema>;

/** What a client may ask of one response; every member overrides the session's for this response only. */
export const ResponseParamsSchema = z.strictObject({
  output_modalities: OutputModalitiesSchema.optional(),
  audio: z
    .strictObject({
      output: z
        .strictObject({ format: AudioFormatSchema.optional(), voice: VoiceSchema.optional() })
        .optional(),
    })
    .optional(),
  instructions: z.string().optional(),
  tools: z.array(ToolSchema).optional(),
  tool_choice: ToolChoiceSchema.optional(),
  parallel_tool_calls: z.boolean().optional(),
  reasoning: ReasoningSchema.optional(),
  max_output_tokens: MaxOutputTokensSchema.optional(),
  conversation: z.enum(['auto', 'none']).optional(),
  /** Replaces the conversation as context. */
  input: z.array(ResponseInputItemSchema).optional(),
  metadata: z
    .record(z.string().max(64), z.string().max(512))
    .refine((pairs) => Object.keys(pairs).length <= 16, 'expected at most 16 pairs')
    .nullable()
    .optional(),
  prompt: PromptSchema.nullable().optional(),
});
export type ResponseParams = z.infer<typeof ResponseParamsSchema>;
