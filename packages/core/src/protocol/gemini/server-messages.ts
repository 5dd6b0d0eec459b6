import * as z from 'zod';
import { readable } from '../readable.ts';
import { JsonObjectSchema, tolerant } from '../tolerant.ts';

const TranscriptionSchema = tolerant({ text: z.string().optional(), finished: z.boolean().optional() });

const ServerPartSchema = tolerant({
  text: z.string().optional(),
  /** Whether the text is the model's thought, which nobody is to hear. */
  thought: z.boolean().optional(),
  inlineData: tolerant({ mimeType: z.string().optional(), data: z.string().optional() }).optional(),
});
export type GeminiServerPart = z.infer<typeof ServerPartSchema>;

const ServerContentSchema = tolerant({
  modelTurn: tolerant({ parts: z.array(ServerPartSchema).optional() }).optional(),
  inputTranscription: TranscriptionSchema.optional(),
  outputTranscription: TranscriptionSchema.optional(),
  interrupted: z.boolean().optional(),
  generationComplete: z.boolean().optional(),
  turnComplete: z.boolean().optional(),
  turnCompleteReason: z.string().optional(),
});
export type GeminiServerContent = z.infer<typeof ServerContentSchema>;

const FunctionCallSchema = tolerant({
  /** Older servers leave it out. */
  id: z.string().optional(),
  name: z.string(),
  args: JsonObjectSchema.optional(),
});
export type GeminiFunctionCall = z.infer<typeof FunctionCallSchema>;

const TokenDetailsSchema = z
  .array(tolerant({ modality: z.string().optional(), tokenCount: z.number().optional() }))
  .optional();

/** Tokens of one turn. */
export const GeminiUsageSchema = tolerant({
  promptTokenCount: z.number().optional(),
  cachedContentTokenCount: z.number().optional(),
  responseTokenCount: z.number().optional(),
  toolUsePromptTokenCount: z.number().optional(),
  thoughtsTokenCount: z.number().optional(),
  totalTokenCount: z.number().optional(),
  promptTokensDetails: TokenDetailsSchema,
  cacheTokensDetails: TokenDetailsSchema,
  responseTokensDetails: TokenDetailsSchema,
  toolUsePromptTokensDetails: TokenDetailsSchema,
});
export type GeminiUsage = z.infer<typeof GeminiUsageSchema>;

/**
 * What a server says: usually one member, sometimes several at once. Members that are not named here pass and mean
 * nothing.
 */
export const GeminiServerMessageSchema = tolerant({
  setupComplete: tolerant({ sessionId: z.string().optional() }).optional(),
  serverContent: ServerContentSchema.optional(),
  toolCall: tolerant({ functionCalls: z.array(FunctionCallSchema).optional() }).optional(),
  toolCallCancellation: tolerant({ ids: z.array(z.string()).optional() }).optional(),
  usageMetadata: GeminiUsageSchema.optional(),
  /** `timeLeft` is a duration as text: `9.5s`. */
  goAway: tolerant({ timeLeft: z.string().optional() }).optional(),
  sessionResumptionUpdate: tolerant({
    newHandle: z.string().optional(),
    resumable: z.boolean().optional(),
  }).optional(),
});
export type GeminiServerMessage = z.infer<typeof GeminiServerMessageSchema>;

/** What a frame says, or why it cannot be read; the reason quotes no content. */
export type GeminiFrame =
  | { readonly kind: 'message'; readonly message: GeminiServerMessage; readonly leftOut?: string }
  | { readonly kind: 'invalid'; readonly reason: string };

/** Reads one frame of a server. Never throws. */
export function decodeGeminiFrame(text: string): GeminiFrame {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'invalid', reason: 'the frame is not JSON' };
  }
  const read = readable(GeminiServerMessageSchema, value);
  if (!read.ok)
    return { kind: 'invalid', reason: `the frame is not a message of Gemini Live${read.problem}` };
  const leftOut = read.leftOut && `part of a message of Gemini Live${read.leftOut}`;
  return { kind: 'message', message: read.value, ...(leftOut !== undefined && { leftOut }) };
}
