import * as z from 'zod';
import type { JsonObject } from '../json.ts';
import { NullableTextSchema, openUnion, tolerant, toUnknown, type Unknown, unknownTo } from './tolerant.ts';

/**
 * A part of a message. The same content is called `output_text` and `output_audio` inside items and `text` and `audio`
 * in the `content_part` events.
 */
export const ContentPartSchema = openUnion([
  tolerant({ type: z.literal('input_text'), text: z.string() }),
  tolerant({ type: z.literal('input_audio'), transcript: NullableTextSchema, audio: z.string().optional() }),
  tolerant({ type: z.literal('input_image'), image_url: z.string().optional() }),
  tolerant({ type: z.literal('output_text'), text: z.string().default('') }),
  tolerant({ type: z.literal('output_audio'), transcript: NullableTextSchema, audio: z.string().optional() }),
  tolerant({ type: z.literal('text'), text: z.string().default('') }),
  tolerant({ type: z.literal('audio'), transcript: NullableTextSchema, audio: z.string().optional() }),
]);
export type ContentPart = z.infer<typeof ContentPartSchema>;

/** How far an item is: `incomplete` was cut by an interruption or a token limit. */
export const ItemStatusSchema = z.enum(['in_progress', 'completed', 'incomplete']);
export type ItemStatus = z.infer<typeof ItemStatusSchema>;

/** A status that this version does not know, of an item that failed or was called off, is not that of a complete one. */
const StatedStatusSchema = z.union([ItemStatusSchema, z.string().transform((): ItemStatus => 'incomplete')]);

const identity = { id: z.string(), status: StatedStatusSchema.optional() };

export const MessageItemSchema = tolerant({
  ...identity,
  type: z.literal('message'),
  role: z.union([
    z.enum(['user', 'assistant', 'system']),
    z.literal('developer').transform(() => 'system' as const),
  ]),
  content: z.array(ContentPartSchema).default([]),
  /** Whether an agent's message comments on its work or answers; only some models say. */
  phase: z.string().nullable().optional(),
});
export type MessageItem = z.infer<typeof MessageItemSchema>;

export const FunctionCallItemSchema = tolerant({
  ...identity,
  type: z.literal('function_call'),
  name: z.string(),
  call_id: z.string(),
  /** A JSON text; partial while `in_progress` and when `incomplete`. */
  arguments: z.string().default(''),
});
export type FunctionCallItem = z.infer<typeof FunctionCallItemSchema>;

export const FunctionCallOutputItemSchema = tolerant({
  ...identity,
  type: z.literal('function_call_output'),
  call_id: z.string(),
  output: z.string(),
});
export type FunctionCallOutputItem = z.infer<typeof FunctionCallOutputItemSchema>;

const knownItems = [
  MessageItemSchema,
  FunctionCallItemSchema,
  FunctionCallOutputItemSchema,
  tolerant({ ...identity, type: z.literal('mcp_list_tools'), server_label: z.string() }),
  tolerant({
    ...identity,
    type: z.literal('mcp_call'),
    server_label: z.string(),
    name: z.string(),
    arguments: z.string().default(''),
    output: NullableTextSchema,
    /** What went wrong; its `type` says where. */
    error: z
      .union([z.string(), tolerant({ type: z.string().optional(), message: NullableTextSchema })])
      .nullable()
      .optional(),
    approval_request_id: z.string().nullable().optional(),
  }),
  tolerant({
    ...identity,
    type: z.literal('mcp_approval_request'),
    server_label: z.string(),
    name: z.string(),
    arguments: z.string().default(''),
  }),
  tolerant({
    ...identity,
    type: z.literal('mcp_approval_response'),
    approval_request_id: z.string(),
    approve: z.boolean(),
  }),
] as const;

/** An item of a type this version does not know. It has an identity all the same. */
export interface UnknownItem extends Unknown {
  readonly id: string;
}

/** An item of the conversation as the server tells it. */
export const ConversationItemSchema = z.union([
  z.discriminatedUnion('type', knownItems),
  unknownTo(knownItems)
    .refine(({ id }) => typeof id === 'string')
    .transform(toUnknownItem),
]);
export type ConversationItem = z.infer<typeof ConversationItemSchema>;

function toUnknownItem(raw: JsonObject): UnknownItem {
  const { id } = raw;
  return { ...toUnknown(raw), id: typeof id === 'string' ? id : '' };
}
