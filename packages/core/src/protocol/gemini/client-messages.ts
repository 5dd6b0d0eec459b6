import * as z from 'zod';
import { JsonObjectSchema } from '../tolerant.ts';

/** The subset of OpenAPI in which parameters of functions are described. Types are written in capitals. */
export interface GeminiSchema {
  readonly type?: 'STRING' | 'NUMBER' | 'INTEGER' | 'BOOLEAN' | 'ARRAY' | 'OBJECT' | undefined;
  readonly format?: string | undefined;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly nullable?: boolean | undefined;
  /** Of texts only. */
  readonly enum?: readonly string[] | undefined;
  readonly items?: GeminiSchema | undefined;
  readonly minItems?: number | undefined;
  readonly maxItems?: number | undefined;
  readonly properties?: Readonly<Record<string, GeminiSchema>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly minLength?: number | undefined;
  readonly maxLength?: number | undefined;
  readonly pattern?: string | undefined;
  readonly anyOf?: readonly GeminiSchema[] | undefined;
}

export const GeminiSchemaSchema: z.ZodType<GeminiSchema> = z.strictObject({
  type: z.enum(['STRING', 'NUMBER', 'INTEGER', 'BOOLEAN', 'ARRAY', 'OBJECT']).optional(),
  format: z.string().optional(),
  title: z.string().optional(),
  description: z.string().optional(),
  nullable: z.boolean().optional(),
  enum: z.array(z.string()).min(1).optional(),
  get items() {
    return GeminiSchemaSchema.optional();
  },
  minItems: z.int().optional(),
  maxItems: z.int().optional(),
  get properties() {
    return z.record(z.string(), GeminiSchemaSchema).optional();
  },
  required: z.array(z.string()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  minLength: z.int().optional(),
  maxLength: z.int().optional(),
  pattern: z.string().optional(),
  get anyOf() {
    return z.array(GeminiSchemaSchema).min(1).optional();
  },
});

const BlobSchema = z.strictObject({ mimeType: z.string().min(1), data: z.base64() });

const ClientPartSchema = z.union([
  z.strictObject({ text: z.string() }),
  z.strictObject({ inlineData: BlobSchema }),
]);

/** What one side said. */
export const GeminiContentSchema = z.strictObject({
  role: z.enum(['user', 'model']).optional(),
  parts: z.array(ClientPartSchema).min(1),
});
export type GeminiContent = z.infer<typeof GeminiContentSchema>;

const FunctionDeclarationSchema = z.strictObject({
  name: z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/),
  description: z.string().optional(),
  parameters: GeminiSchemaSchema.optional(),
  behavior: z.enum(['BLOCKING', 'NON_BLOCKING']).optional(),
});

const SpeechConfigSchema = z.strictObject({
  voiceConfig: z
    .strictObject({ prebuiltVoiceConfig: z.strictObject({ voiceName: z.string().min(1) }) })
    .optional(),
  languageCode: z.string().min(1).optional(),
});

const GenerationConfigSchema = z.strictObject({
  responseModalities: z.array(z.enum(['AUDIO', 'TEXT'])).length(1),
  speechConfig: SpeechConfigSchema.optional(),
  temperature: z.number().min(0).max(2).optional(),
  topP: z.number().optional(),
  topK: z.int().optional(),
  maxOutputTokens: z.int().min(1).optional(),
  thinkingConfig: z
    .strictObject({ thinkingBudget: z.int().optional(), includeThoughts: z.boolean().optional() })
    .optional(),
});

const RealtimeInputConfigSchema = z.strictObject({
  automaticActivityDetection: z
    .strictObject({
      disabled: z.boolean().optional(),
      startOfSpeechSensitivity: z.enum(['START_SENSITIVITY_HIGH', 'START_SENSITIVITY_LOW']).optional(),
      endOfSpeechSensitivity: z.enum(['END_SENSITIVITY_HIGH', 'END_SENSITIVITY_LOW']).optional(),
      prefixPaddingMs: z.int().min(0).optional(),
      silenceDurationMs: z.int().min(0).optional(),
    })
    .optional(),
  activityHandling: z.enum(['START_OF_ACTIVITY_INTERRUPTS', 'NO_INTERRUPTION']).optional(),
  turnCoverage: z.enum(['TURN_INCLUDES_ONLY_ACTIVITY', 'TURN_INCLUDES_ALL_INPUT']).optional(),
});

const EmptySchema = z.strictObject({});

/** The first message of a connection: all there is to configure, once. */
export const GeminiSetupSchema = z.strictObject({
  model: z.string().min(1),
  generationConfig: GenerationConfigSchema,
  systemInstruction: GeminiContentSchema.optional(),
  tools: z
    .array(z.strictObject({ functionDeclarations: z.array(FunctionDeclarationSchema).min(1) }))
    .optional(),
  realtimeInputConfig: RealtimeInputConfigSchema.optional(),
  sessionResumption: z
    .strictObject({ handle: z.string().min(1).optional(), transparent: z.boolean().optional() })
    .optional(),
  contextWindowCompression: z
    .strictObject({
      triggerTokens: z.int().min(1).optional(),
      slidingWindow: z.strictObject({ targetTokens: z.int().min(0).optional() }).optional(),
    })
    .optional(),
  inputAudioTranscription: EmptySchema.optional(),
  outputAudioTranscription: EmptySchema.optional(),
  proactivity: z.strictObject({ proactiveAudio: z.boolean().optional() }).optional(),
  historyConfig: z.strictObject({ initialHistoryInClientContent: z.boolean().optional() }).optional(),
  explicitVadSignal: z.boolean().optional(),
});
export type GeminiSetup = z.infer<typeof GeminiSetupSchema>;

const RealtimeInputSchema = z.union([
  z.strictObject({ audio: BlobSchema }),
  z.strictObject({ video: BlobSchema }),
  z.strictObject({ text: z.string().min(1) }),
  z.strictObject({ audioStreamEnd: z.literal(true) }),
  z.strictObject({ activityStart: EmptySchema }),
  z.strictObject({ activityEnd: EmptySchema }),
]);

const FunctionResponseSchema = z.strictObject({
  id: z.string().min(1).optional(),
  name: z.string().min(1),
  response: JsonObjectSchema,
  scheduling: z.enum(['SILENT', 'WHEN_IDLE', 'INTERRUPT']).optional(),
  willContinue: z.boolean().optional(),
});
export type GeminiFunctionResponse = z.infer<typeof FunctionResponseSchema>;

/** Everything a client may send: an object with exactly one of these members. Unknown members and nulls are refused. */
export const GeminiClientMessageSchema = z.union([
  z.strictObject({ setup: GeminiSetupSchema }),
  z.strictObject({
    clientContent: z.strictObject({
      turns: z.array(GeminiContentSchema).min(1).optional(),
      turnComplete: z.boolean(),
    }),
  }),
  z.strictObject({ realtimeInput: RealtimeInputSchema }),
  z.strictObject({
    toolResponse: z.strictObject({ functionResponses: z.array(FunctionResponseSchema).min(1) }),
  }),
]);
export type GeminiClientMessage = z.infer<typeof GeminiClientMessageSchema>;
