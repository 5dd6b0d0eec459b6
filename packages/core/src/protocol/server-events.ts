import * as z from 'zod';
import { ContentPartSchema, ConversationItemSchema } from './items.ts';
import { RealtimeResponseSchema, UsageSchema } from './response.ts';
import { RealtimeSessionSchema } from './session-config.ts';
import { IndexSchema, NullableTextSchema, tolerant, type Unknown } from './tolerant.ts';

function event<const Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) {
  return tolerant({ type: z.literal(type), event_id: z.string().optional(), ...shape });
}

/** What an `error` event says. */
export const RealtimeErrorSchema = tolerant({
  type: z.string().default('server_error'),
  code: NullableTextSchema,
  message: z.string().default(''),
  /** The dotted path of the offending member. */
  param: NullableTextSchema,
  /** The client event it answers; often null although known. */
  event_id: NullableTextSchema,
});
export type RealtimeError = z.infer<typeof RealtimeErrorSchema>;

/** Some servers put a bare text where the error belongs. */
const StatedErrorSchema = z.union([
  RealtimeErrorSchema,
  z.string().transform((message) => RealtimeErrorSchema.parse({ message })),
]);

/** Where the whole text is missing, its pieces have told it. */
const WholeTextSchema = z.string().default('');
const optionalText = z.string().nullable().optional();
const ofSession = { session: RealtimeSessionSchema.prefault({}) };
const ofItem = { item_id: z.string() };
const ofResponse = { response_id: z.string() };
/** Null for the first item; a server that leaves it out says nothing of the place. */
const PreviousItemSchema = z.string().nullable().optional();
const withItem = { item: ConversationItemSchema, previous_item_id: PreviousItemSchema };
const ofUserAudio = { ...ofItem, content_index: IndexSchema };
const ofOutputItem = { ...ofResponse, ...ofItem, output_index: IndexSchema };
const ofPart = { ...ofOutputItem, content_index: IndexSchema };
const ofCall = { ...ofOutputItem, call_id: z.string() };
const ofMcpCall = { ...ofItem, output_index: IndexSchema };
const obfuscated = { obfuscation: z.string().optional() };

const count = z.number().min(0).optional();

/** What writing down a turn took: tokens, or seconds of sound where `type` is `duration`. */
const transcriptionUsage = tolerant({
  type: z.string().optional(),
  seconds: count,
  total_tokens: count,
  input_tokens: count,
  output_tokens: count,
  input_token_details: tolerant({ text_tokens: count, audio_tokens: count }).nullable().optional(),
})
  .nullable()
  .optional();

/** Everything a server of the GA dialect may say. Unknown members pass; members that other servers omit have defaults. */
export const ServerEventSchema = z.discriminatedUnion('type', [
  event('error', { error: StatedErrorSchema }),
  event('session.created', ofSession),
  event('session.updated', ofSession),
  event('rate_limits.updated', {
    rate_limits: z
      .array(
        tolerant({
          name: z.string(),
          limit: z.number().optional(),
          remaining: z.number().optional(),
          reset_seconds: z.number().optional(),
        }),
      )
      .default([]),
  }),

  event('conversation.created', { conversation: tolerant({ id: z.string().optional() }).optional() }),
  event('conversation.item.created', withItem),
  event('conversation.item.added', withItem),
  event('conversation.item.done', withItem),
  event('conversation.item.retrieved', { item: ConversationItemSchema }),
  event('conversation.item.truncated', {
    ...ofItem,
    content_index: IndexSchema,
    audio_end_ms: z.number(),
  }),
  event('conversation.item.deleted', ofItem),

  event('conversation.item.input_audio_transcription.delta', {
    ...ofUserAudio,
    delta: z.string().default(''),
    ...obfuscated,
  }),
  event('conversation.item.input_audio_transcription.completed', {
    ...ofUserAudio,
    transcript: WholeTextSchema,
    usage: transcriptionUsage,
  }),
  event('conversation.item.input_audio_transcription.failed', {
    ...ofUserAudio,
    error: tolerant({
      type: optionalText,
      code: optionalText,
      message: optionalText,
      param: optionalText,
    }).prefault({}),
  }),
  event('conversation.item.input_audio_transcription.segment', {
    ...ofUserAudio,
    id: z.string().optional(),
    text: z.string(),
    speaker: optionalText,
    /** Seconds. */
    start: z.number().optional(),
    end: z.number().optional(),
  }),

  event('input_audio_buffer.speech_started', { ...ofItem, audio_start_ms: z.number() }),
  event('input_audio_buffer.speech_stopped', { ...ofItem, audio_end_ms: z.number() }),
  event('input_audio_buffer.committed', { ...ofItem, previous_item_id: PreviousItemSchema }),
  event('input_audio_buffer.cleared', {}),
  event('input_audio_buffer.timeout_triggered', {
    ...ofItem,
    audio_start_ms: z.number(),
    audio_end_ms: z.number(),
  }),
  event('input_audio_buffer.dtmf_event_received', {
    event: z.string(),
    /** Seconds since the epoch. */
    received_at: z.number().optional(),
  }),
  event('output_audio_buffer.started', ofResponse),
  event('output_audio_buffer.stopped', ofResponse),
  event('output_audio_buffer.cleared', ofResponse),

  event('response.created', { response: RealtimeResponseSchema }),
  event('response.done', {
    response: RealtimeResponseSchema,
    /** Where some servers put what belongs into the response. */
    usage: UsageSchema.nullable().optional(),
  }),
  event('response.output_item.added', {
    ...ofResponse,
    output_index: IndexSchema,
    item: ConversationItemSchema,
  }),
  event('response.output_item.done', {
    ...ofResponse,
    output_index: IndexSchema,
    item: ConversationItemSchema,
  }),
  event('response.content_part.added', { ...ofPart, part: ContentPartSchema.optional() }),
  event('response.content_part.done', { ...ofPart, part: ContentPartSchema.optional() }),
  event('response.output_text.delta', { ...ofPart, delta: z.string(), ...obfuscated }),
  event('response.output_text.done', { ...ofPart, text: WholeTextSchema }),
  event('response.output_audio_transcript.delta', { ...ofPart, delta: z.string(), ...obfuscated }),
  event('response.output_audio_transcript.done', { ...ofPart, transcript: WholeTextSchema }),
  /** `delta` is the base64 of bytes in the output format. */
  event('response.output_audio.delta', { ...ofPart, delta: z.string() }),
  event('response.output_audio.done', ofPart),
  event('response.function_call_arguments.delta', { ...ofCall, delta: z.string(), ...obfuscated }),
  event('response.function_call_arguments.done', {
    ...ofCall,
    name: z.string().optional(),
    arguments: z.string(),
  }),

  event('response.mcp_call_arguments.delta', { ...ofOutputItem, delta: z.string(), ...obfuscated }),
  event('response.mcp_call_arguments.done', { ...ofOutputItem, arguments: z.string() }),
  event('response.mcp_call.in_progress', ofMcpCall),
  event('response.mcp_call.completed', ofMcpCall),
  event('response.mcp_call.failed', ofMcpCall),
  event('mcp_list_tools.in_progress', ofItem),
  event('mcp_list_tools.completed', ofItem),
  event('mcp_list_tools.failed', ofItem),
]);
export type ServerEvent = z.infer<typeof ServerEventSchema>;

/** The server event of one type. */
export type ServerEventOf<Type extends ServerEvent['type']> = Extract<ServerEvent, { type: Type }>;

/** A server event of a type this version does not know: to be ignored, or logged. */
export type UnknownServerEvent = Unknown;
