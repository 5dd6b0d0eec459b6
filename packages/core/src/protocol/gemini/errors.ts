import { type GeminiRule, tell } from './step.ts';

/** What a client event asks for cannot be done. */
export function refuse(
  eventId: string | undefined,
  error: { readonly code: string; readonly message: string; readonly param: string | null },
): GeminiRule {
  return tell({
    type: 'error',
    error: { type: 'invalid_request_error', ...error, event_id: eventId ?? null },
  });
}
