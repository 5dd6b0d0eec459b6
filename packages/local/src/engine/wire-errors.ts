/** What an `error` event says, and why a failed response failed. */
export interface WireError {
  readonly type: 'invalid_request_error' | 'server_error';
  readonly code: string | null;
  readonly message: string;
  /** Dotted path of the offending member, when there is one. */
  readonly param: string | null;
}

function invalid(code: string | null, message: string, param: string | null = null): WireError {
  return { type: 'invalid_request_error', code, message, param };
}

/** The errors of state that this server answers, with the codes and wording clients of the hosted service know. */
export const wireErrors = {
  bufferTooSmall: (bufferedMs: number): WireError =>
    invalid(
      'input_audio_buffer_commit_empty',
      'Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, ' +
        `but buffer only has ${bufferedMs.toFixed(2)}ms of audio.`,
    ),
  activeResponse: (responseId: string): WireError =>
    invalid(
      'conversation_already_has_active_response',
      `Conversation already has an active response in progress: ${responseId}. ` +
        'Wait until the response is finished before creating a new one.',
    ),
  nothingToCancel: (): WireError =>
    invalid('response_cancel_not_active', 'Cancellation failed: no active response found'),
  noPreviousItem: (itemId: string): WireError =>
    invalid(
      'item_create_invalid_previous_item_id',
      `Error adding item: the previous item with id '${itemId}' does not exist.`,
    ),
  duplicateItem: (itemId: string): WireError =>
    invalid(null, `Error adding item: the item with id '${itemId}' already exists.`),
  unknownCall: (callId: string): WireError =>
    invalid('invalid_tool_call_id', `Tool call ID '${callId}' not found in conversation.`),
  deleteUnknown: (itemId: string): WireError =>
    invalid(
      'item_delete_invalid_item_id',
      `Error deleting item: the item with id '${itemId}' does not exist.`,
    ),
  retrieveUnknown: (itemId: string): WireError =>
    invalid(
      'item_retrieve_invalid_item_id',
      `Error retrieving item: the item with id '${itemId}' does not exist.`,
    ),
  truncateUnknown: (itemId: string): WireError =>
    invalid(
      'item_truncate_invalid_item_id',
      `Error truncating item: the item with id '${itemId}' does not exist.`,
    ),
  truncateNotAudio: (): WireError =>
    invalid('unsupported_content_type', 'Only model output audio messages can be truncated'),
  truncateTooLong: (audioMs: number, audioEndMs: number): WireError =>
    invalid('invalid_value', `Audio content of ${audioMs}ms is already shorter than ${audioEndMs}ms`),
  voiceLocked: (): WireError =>
    invalid('cannot_update_voice', "Cannot update a conversation's voice if assistant audio is present."),
  unknownReference: (index: number, itemId: string): WireError =>
    invalid(
      'invalid_value',
      `Item with id '${itemId}' not found in conversation.`,
      `response.input[${index}].id`,
    ),
  invalidAudio: (param: string): WireError =>
    invalid(
      'invalid_value',
      `Invalid '${param}'. Expected base64-encoded audio bytes in the input format.`,
      param,
    ),
  unsupported: (param: string, value: string, supported: readonly string[]): WireError =>
    invalid(
      'invalid_value',
      `Invalid value: '${value}'. Supported values are: ${supported.map((name) => `'${name}'`).join(', ')}.`,
      param,
    ),
  internal: (what: string): WireError => ({
    type: 'server_error',
    code: 'internal_error',
    message: `The server had an error while processing your request: ${what}`,
    param: null,
  }),
} as const;
