import * as z from 'zod';
import { ConversationItemInputSchema } from './item-input.ts';
import { ResponseParamsSchema } from './response.ts';
import {
  type SessionUpdate,
  SessionUpdateSchema,
  type TranscriptionSessionUpdate,
  TranscriptionSessionUpdateSchema,
} from './session-config.ts';

/** Base64 of the 15 MiB of sound that one append may carry. */
export const maxAudioBase64Length = (15 * 1024 * 1024 * 4) / 3;

function event<const Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) {
  return z.strictObject({
    type: z.literal(type),
    /** Chosen by the client to recognise errors. */
    event_id: z.string().max(512).optional(),
    ...shape,
  });
}

const itemId = { item_id: z.string() };

/**
 * Everything a client may say. Servers refuse unknown members and nulls where null has no meaning, and drop the whole
 * event; so does this schema.
 */
export const ClientEventSchema = z.discriminatedUnion('type', [
  event('session.update', {
    session: z.discriminatedUnion('type', [SessionUpdateSchema, TranscriptionSessionUpdateSchema]),
  }),
  event('input_audio_buffer.append', {
    audio: z.base64('expected base64-encoded audio bytes').max(maxAudioBase64Length),
  }),
  event('input_audio_buffer.commit', {}),
  event('input_audio_buffer.clear', {}),
  event('output_audio_buffer.clear', {}),
  event('conversation.item.create', {
    item: ConversationItemInputSchema,
    /** Absent: at the end; `root`: at the beginning; else after that item. */
    previous_item_id: z.string().nullable().optional(),
  }),
  event('conversation.item.retrieve', itemId),
  event('conversation.item.truncate', {
    ...itemId,
    content_index: z.int().min(0),
    /** Milliseconds of the item's own sound that are kept. */
    audio_end_ms: z.int().min(0),
  }),
  event('conversation.item.delete', itemId),
  event('response.create', { response: ResponseParamsSchema.optional() }),
  event('response.cancel', { response_id: z.string().optional() }),
]);
type WireClientEvent = z.infer<typeof ClientEventSchema>;
type SessionUpdateEvent = Omit<Extract<WireClientEvent, { type: 'session.update' }>, 'session'> & {
  session: SessionUpdate | TranscriptionSessionUpdate;
};

/** What a client may say, in the GA dialect; its settings include those that only other dialects have. */
export type ClientEvent = Exclude<WireClientEvent, { type: 'session.update' }> | SessionUpdateEvent;

/** The client event of one type. */
export type ClientEventOf<Type extends ClientEvent['type']> = Extract<ClientEvent, { type: Type }>;
