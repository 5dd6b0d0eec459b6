/** What the hosted service says to what cannot be done. */
export interface Refusal {
  readonly code: string | null;
  readonly message: string;
}

const codeOfVerb = { retriev: 'retrieve', truncat: 'truncate', delet: 'delete' } as const;

/** The refusals of the hosted service, in its words. */
export const refusals = {
  commitEmpty: (bufferedMs: number): Refusal => ({
    code: 'input_audio_buffer_commit_empty',
    message: `Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, but buffer only has ${bufferedMs.toFixed(2)}ms of audio.`,
  }),
  notOverWebSocket: (): Refusal => ({
    code: 'invalid_value',
    message: "Invalid value: 'output_audio_buffer.clear'. It is not supported over a WebSocket.",
  }),
  voiceLocked: (): Refusal => ({
    code: 'cannot_update_voice',
    message: "Cannot update a conversation's voice if assistant audio is present.",
  }),
  itemExists: (id: string): Refusal => ({
    code: null,
    message: `Error adding item: the item with id '${id}' already exists.`,
  }),
  noPlace: (id: string): Refusal => ({
    code: 'item_create_invalid_previous_item_id',
    message: `Error adding item: the previous item with id '${id}' does not exist.`,
  }),
  noCall: (callId: string): Refusal => ({
    code: 'invalid_tool_call_id',
    message: `Tool call ID '${callId}' not found in conversation.`,
  }),
  notFound: (verb: keyof typeof codeOfVerb, id: string): Refusal => ({
    code: `item_${codeOfVerb[verb]}_invalid_item_id`,
    message: `Error ${verb}ing item: the item with id '${id}' does not exist.`,
  }),
  notAudio: (): Refusal => ({
    code: 'unsupported_content_type',
    message: 'Only model output audio messages can be truncated',
  }),
  tooLong: (audioMs: number, wantedMs: number): Refusal => ({
    code: 'invalid_value',
    message: `Audio content of ${audioMs}ms is already shorter than ${wantedMs}ms`,
  }),
  alreadyActive: (id: string): Refusal => ({
    code: 'conversation_already_has_active_response',
    message: `Conversation already has an active response in progress: ${id}. Wait until the response is finished before creating a new one.`,
  }),
  nothingToCancel: (): Refusal => ({
    code: 'response_cancel_not_active',
    message: 'Cancellation failed: no active response found',
  }),
} as const;
