import * as z from 'zod';
import { AudioFormatSchema, StatedAudioFormatSchema } from './audio-format.ts';
import { JsonObjectSchema, openUnion, tolerant } from './tolerant.ts';

/** A function the model may call. */
export const FunctionToolSchema = z.strictObject({
  type: z.literal('function'),
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
  description: z.string().max(1024).optional(),
  /** A JSON Schema of type `object`. */
  parameters: JsonObjectSchema.optional(),
});
export type FunctionTool = z.infer<typeof FunctionToolSchema>;

const ToolFilterSchema = z.strictObject({
  tool_names: z.array(z.string()).optional(),
  read_only: z.boolean().optional(),
});

/** A server of tools which the provider calls itself. */
export const McpToolSchema = z.strictObject({
  type: z.literal('mcp'),
  server_label: z.string(),
  server_url: z.string().optional(),
  connector_id: z.string().optional(),
  tunnel_id: z.string().optional(),
  authorization: z.string().optional(),
  headers: z.record(z.string(), z.string()).nullable().optional(),
  allowed_tools: z
    .union([z.array(z.string()), ToolFilterSchema])
    .nullable()
    .optional(),
  require_approval: z
    .union([
      z.enum(['always', 'never']),
      z.strictObject({ always: ToolFilterSchema.optional(), never: ToolFilterSchema.optional() }),
    ])
    .nullable()
    .optional(),
  server_description: z.string().optional(),
  allowed_callers: z.array(z.string()).optional(),
  defer_loading: z.boolean().optional(),
});
export type McpTool = z.infer<typeof McpToolSchema>;

export const ToolSchema = z.discriminatedUnion('type', [FunctionToolSchema, McpToolSchema]);
export type Tool = z.infer<typeof ToolSchema>;

/** Which tools the model may or must call. A forced call holds for every response it applies to. */
export const ToolChoiceSchema = z.union([
  z.enum(['none', 'auto', 'required']),
  z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('function'), name: z.string() }),
    z.strictObject({
      type: z.literal('mcp'),
      server_label: z.string(),
      name: z.string().nullable().optional(),
    }),
  ]),
]);
export type ToolChoice = z.infer<typeof ToolChoiceSchema>;

const answering = {
  create_response: z.boolean().optional(),
  interrupt_response: z.boolean().optional(),
};

/** How the server finds the turns of the user; `null` in its place leaves that to the client. */
export const TurnDetectionSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('server_vad'),
    threshold: z.number().min(0).max(1).optional(),
    prefix_padding_ms: z.int().min(0).optional(),
    silence_duration_ms: z.int().min(0).optional(),
    idle_timeout_ms: z.int().min(5_000).max(30_000).nullable().optional(),
    ...answering,
  }),
  z.strictObject({
    type: z.literal('semantic_vad'),
    eagerness: z.enum(['low', 'medium', 'high', 'auto']).optional(),
    ...answering,
  }),
]);
export type TurnDetection = z.infer<typeof TurnDetectionSchema>;

const TranscriptionSchema = z.strictObject({
  /** A model's name; with some providers the name of a deployment. */
  model: z.string().optional(),
  language: z.string().optional(),
  languages: z.array(z.string()).optional(),
  keywords: z.array(z.string()).optional(),
  prompt: z.string().optional(),
  delay: z.enum(['minimal', 'low', 'medium', 'high', 'xhigh']).optional(),
});
const NoiseReductionSchema = z.strictObject({
  type: z.enum(['near_field', 'far_field']),
  strength: z.number().optional(),
});

const AudioInputSchema = z.strictObject({
  format: AudioFormatSchema.optional(),
  transcription: TranscriptionSchema.nullable().optional(),
  noise_reduction: NoiseReductionSchema.nullable().optional(),
  turn_detection: TurnDetectionSchema.nullable().optional(),
});

export const VoiceSchema = z.union([z.string(), z.strictObject({ id: z.string() })]);
export type Voice = z.infer<typeof VoiceSchema>;

export const OutputModalitiesSchema = z.array(z.enum(['audio', 'text'])).length(1);
export const MaxOutputTokensSchema = z.union([z.int().min(1).max(4096), z.literal('inf')]);
export const ReasoningSchema = z.strictObject({
  effort: z.enum(['minimal', 'low', 'medium', 'high', 'xhigh']).optional(),
});
export const PromptSchema = z.strictObject({
  id: z.string(),
  version: z.string().nullable().optional(),
  variables: JsonObjectSchema.nullable().optional(),
});
const IncludeSchema = z.array(z.enum(['item.input_audio_transcription.logprobs']));

const AudioOutputSchema = z.strictObject({
  format: AudioFormatSchema.optional(),
  voice: VoiceSchema.optional(),
  speed: z.number().min(0.25).max(1.5).optional(),
});

/** The settings a client may change; absent members stay as they are. */
export const SessionUpdateSchema = z.strictObject({
  type: z.literal('realtime'),
  model: z.string().optional(),
  output_modalities: OutputModalitiesSchema.optional(),
  instructions: z.string().optional(),
  tools: z.array(ToolSchema).optional(),
  tool_choice: ToolChoiceSchema.optional(),
  parallel_tool_calls: z.boolean().optional(),
  reasoning: ReasoningSchema.optional(),
  max_output_tokens: MaxOutputTokensSchema.optional(),
  audio: z
    .strictObject({ input: AudioInputSchema.optional(), output: AudioOutputSchema.optional() })
    .optional(),
  tracing: z
    .union([
      z.literal('auto'),
      z.strictObject({
        workflow_name: z.string().optional(),
        group_id: z.string().optional(),
        metadata: JsonObjectSchema.optional(),
      }),
    ])
    .nullable()
    .optional(),
  truncation: z
    .union([
      z.enum(['auto', 'disabled']),
      z.strictObject({
        type: z.literal('retention_ratio'),
        retention_ratio: z.number().min(0).max(1),
        token_limits: z.strictObject({ post_instructions: z.int().min(0).optional() }).optional(),
      }),
    ])
    .optional(),
  prompt: PromptSchema.nullable().optional(),
  include: IncludeSchema.nullable().optional(),
});

/** The settings a client may change, in the GA dialect, with those that only other dialects have; absent members stay as they are. */
export type SessionUpdate = z.infer<typeof SessionUpdateSchema> & {
  /** How varied the answers are. The GA dialect has no such setting, and leaves it out. */
  temperature?: number | undefined;
};

/** The settings of a session that only transcribes. */
export const TranscriptionSessionUpdateSchema = z.strictObject({
  type: z.literal('transcription'),
  audio: z.strictObject({ input: AudioInputSchema.optional() }).optional(),
  include: IncludeSchema.nullable().optional(),
});
export type TranscriptionSessionUpdate = z.infer<typeof TranscriptionSessionUpdateSchema>;

const StatedTurnDetectionSchema = openUnion([
  tolerant({
    type: z.literal('server_vad'),
    threshold: z.number().nullable().optional(),
    prefix_padding_ms: z.number().nullable().optional(),
    silence_duration_ms: z.number().nullable().optional(),
    idle_timeout_ms: z.number().nullable().optional(),
    create_response: z.boolean().nullable().optional(),
    interrupt_response: z.boolean().nullable().optional(),
  }),
  tolerant({
    type: z.literal('semantic_vad'),
    eagerness: z.string().nullable().optional(),
    create_response: z.boolean().nullable().optional(),
    interrupt_response: z.boolean().nullable().optional(),
  }),
]);

const StatedToolSchema = openUnion([
  tolerant({
    type: z.literal('function'),
    name: z.string(),
    description: z.string().nullable().optional(),
    parameters: JsonObjectSchema.nullable().optional(),
  }),
]);

/** The effective settings as the server states them. Everything but the audio may be missing from other servers. */
export const RealtimeSessionSchema = tolerant({
  type: z.enum(['realtime', 'transcription']).optional(),
  object: z.string().optional(),
  id: z.string().optional(),
  model: z.string().optional(),
  output_modalities: z.array(z.string()).optional(),
  instructions: z.string().nullable().optional(),
  tools: z.array(StatedToolSchema).nullable().optional(),
  tool_choice: z
    .union([z.string(), tolerant({ type: z.string() })])
    .nullable()
    .optional(),
  max_output_tokens: z.union([z.number(), z.string()]).nullable().optional(),
  /** Seconds since the epoch. */
  expires_at: z.number().nullable().optional(),
  audio: tolerant({
    input: tolerant({
      format: StatedAudioFormatSchema.nullable().optional(),
      transcription: tolerant({
        model: z.string().nullable().optional(),
        language: z.string().nullable().optional(),
        prompt: z.string().nullable().optional(),
      })
        .nullable()
        .optional(),
      noise_reduction: tolerant({ type: z.string().optional() }).nullable().optional(),
      turn_detection: StatedTurnDetectionSchema.nullable().optional(),
    }).optional(),
    output: tolerant({
      format: StatedAudioFormatSchema.nullable().optional(),
      voice: z
        .union([
          z.string(),
          // By id; by name and kind at Azure Voice Live.
          tolerant({ id: z.string().optional(), name: z.string().optional(), type: z.string().optional() }),
        ])
        .nullable()
        .optional(),
      speed: z.number().nullable().optional(),
    }).optional(),
  }).optional(),
});
export type RealtimeSession = z.infer<typeof RealtimeSessionSchema>;
