/** What an error of the server means for the session. */
export type ErrorVerdict =
  /** Expected in races; nothing is lost. */
  | 'benign'
  /** The same request may succeed later. */
  | 'retryable'
  /** The session cannot go on. */
  | 'fatal'
  /** Not in the table: reported and counted, the session goes on. */
  | 'unknown';

const verdicts: Readonly<Record<string, ErrorVerdict>> = {
  response_cancel_not_active: 'benign',
  item_truncate_invalid_item_id: 'benign',
  item_delete_invalid_item_id: 'benign',
  item_already_truncated: 'benign',
  unsupported_content_type: 'benign',
  input_audio_buffer_commit_empty: 'benign',
  conversation_already_has_active_response: 'retryable',
  rate_limit_exceeded: 'retryable',
  inference_rate_limit_exceeded: 'retryable',
  server_error: 'retryable',
  internal_error: 'retryable',
  invalid_api_key: 'fatal',
  insufficient_quota: 'fatal',
  account_deactivated: 'fatal',
  billing_hard_limit_reached: 'fatal',
  session_expired: 'fatal',
  missing_model: 'fatal',
  invalid_model: 'fatal',
  beta_api_shape_disabled: 'fatal',
};

/**
 * Sorts an `error` event or the error of a failed response.
 *
 * @param code `error.code`; null for many older errors.
 * @param type `error.type`, which speaks when the code does not.
 */
export function triageError(code: string | null | undefined, type: string | null | undefined): ErrorVerdict {
  return verdicts[code ?? ''] ?? verdicts[type ?? ''] ?? 'unknown';
}
