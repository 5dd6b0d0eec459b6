import type { JsonObject } from '../json.ts';
import type { ServerEventOf } from './server-events.ts';

/** The events that come by the dozen in every answer. */
type TextDelta = ServerEventOf<
  | 'response.output_text.delta'
  | 'response.output_audio_transcript.delta'
  | 'response.function_call_arguments.delta'
  | 'conversation.item.input_audio_transcription.delta'
>;

/**
 * Reads a piece of text by hand, because a schema costs more than all else that is done with it. Undefined when the
 * event is of another type, or not as it should be: the schema then says what is wrong.
 */
export function decodeTextDelta(raw: JsonObject): TextDelta | undefined {
  switch (raw['type']) {
    case 'response.output_text.delta':
    case 'response.output_audio_transcript.delta':
      return fits(raw, raw['response_id']) ? indexed(raw) : undefined;
    case 'response.function_call_arguments.delta':
      return fits(raw, raw['response_id']) && typeof raw['call_id'] === 'string' ? indexed(raw) : undefined;
    case 'conversation.item.input_audio_transcription.delta':
      return fits(raw, raw['item_id']) && isIndex(raw['content_index']) ? asDelta(raw) : undefined;
    default:
      return undefined;
  }
}

/** Whether identifiers and text are strings where they must be. */
function fits(raw: JsonObject, owner: unknown): boolean {
  return (
    typeof owner === 'string' &&
    typeof raw['item_id'] === 'string' &&
    typeof raw['delta'] === 'string' &&
    isTextOrAbsent(raw['event_id']) &&
    isTextOrAbsent(raw['obfuscation'])
  );
}

function indexed(raw: JsonObject): TextDelta | undefined {
  const isCall = raw['type'] === 'response.function_call_arguments.delta';
  return isIndex(raw['output_index']) && (isCall || isIndex(raw['content_index'])) ? asDelta(raw) : undefined;
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

function isIndex(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/** Sound only after the checks above. */
function asDelta(raw: JsonObject): TextDelta {
  return raw as unknown as TextDelta;
}
