import * as z from 'zod';
import { ItemStatusSchema } from './items.ts';

const InputTextSchema = z.strictObject({ type: z.literal('input_text'), text: z.string() });

const chosen = {
  /** The service refuses longer ones. */
  id: z.string().max(32).optional(),
  object: z.literal('realtime.item').optional(),
  status: ItemStatusSchema.optional(),
};

const callId = z.string().regex(/^[a-zA-Z0-9_-]+$/);

const MessageInputSchema = z.discriminatedUnion('role', [
  z.strictObject({
    ...chosen,
    type: z.literal('message'),
    role: z.literal('user'),
    content: z.array(
      z.discriminatedUnion('type', [
        InputTextSchema,
        z.strictObject({
          type: z.literal('input_audio'),
          audio: z.string(),
          transcript: z.string().nullable().optional(),
        }),
        z.strictObject({
          type: z.literal('input_image'),
          image_url: z.string(),
          detail: z.enum(['auto', 'low', 'high']).optional(),
        }),
      ]),
    ),
  }),
  z.strictObject({
    ...chosen,
    type: z.literal('message'),
    role: z.literal('assistant'),
    /** The agent's sound cannot be given to the server, only its text. */
    content: z.array(z.strictObject({ type: z.literal('output_text'), text: z.string() })),
  }),
  z.strictObject({
    ...chosen,
    type: z.literal('message'),
    role: z.literal('system'),
    content: z.array(InputTextSchema),
  }),
]);

const FunctionCallInputSchema = z.strictObject({
  ...chosen,
  type: z.literal('function_call'),
  name: z.string(),
  arguments: z.string(),
  call_id: callId.optional(),
});

const FunctionCallOutputInputSchema = z.strictObject({
  ...chosen,
  type: z.literal('function_call_output'),
  call_id: callId,
  output: z.string(),
});

const ApprovalInputSchema = z.strictObject({
  ...chosen,
  type: z.literal('mcp_approval_response'),
  approval_request_id: z.string(),
  approve: z.boolean(),
  reason: z.string().nullable().optional(),
});

/** An item as a client creates it. */
export const ConversationItemInputSchema = z.discriminatedUnion('type', [
  MessageInputSchema,
  FunctionCallInputSchema,
  FunctionCallOutputInputSchema,
  ApprovalInputSchema,
]);
export type ConversationItemInput = z.infer<typeof ConversationItemInputSchema>;

/** An element of the context of one response: a new item, or the name of one of the conversation. */
export const ResponseInputItemSchema = z.discriminatedUnion('type', [
  ...ConversationItemInputSchema.options,
  z.strictObject({ type: z.literal('item_reference'), id: z.string() }),
]);
export type ResponseInputItem = z.infer<typeof ResponseInputItemSchema>;
