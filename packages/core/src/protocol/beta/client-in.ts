import type { JsonObject } from '../../json.ts';
import { toRealtimeError } from '../client-errors.ts';
import type { ClientEvent } from '../client-events.ts';
import { type ClientEventResult, decodeClientEvent, validateClientEvent } from '../client-validation.ts';
import { isJsonObject } from '../tolerant.ts';
import { betaClientEventSchema } from './client-schema.ts';
import { toGaItem } from './items.ts';
import { compact, eachObject, mapObject, objectAt } from './members.ts';
import { toGaResponseSettings, toGaSession } from './session.ts';
import { type BetaVintage, latestBetaVintage } from './vintage.ts';

const transcriptionUpdate = 'transcription_session.update';

/** Reads one text frame of a beta client as strictly as a beta server does, into the GA dialect. Never throws. */
export function decodeBetaClientEvent(
  text: string,
  vintage: BetaVintage = latestBetaVintage,
): ClientEventResult {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return decodeClientEvent(text);
  }
  return validateBetaClientEvent(value, vintage);
}

/** Checks an event of a beta client that is already an object, and translates it into the GA dialect. */
export function validateBetaClientEvent(
  value: unknown,
  vintage: BetaVintage = latestBetaVintage,
): ClientEventResult {
  if (!isJsonObject(value) || value['type'] === 'input_audio_buffer.append') {
    return validateClientEvent(value);
  }
  const result = betaClientEventSchema(vintage).safeParse(value);
  if (!result.success) {
    return { ok: false, error: toRealtimeError(result.error.issues, value) };
  }
  return validateClientEvent(toGaClientEvent(value));
}

/** What an event of a beta client says, in the GA dialect; for events that are known to be well-formed. */
export function toGaClientEvent(event: JsonObject): JsonObject {
  const session = objectAt(event, 'session');
  switch (event['type'] as ClientEvent['type'] | typeof transcriptionUpdate) {
    case 'session.update':
      return { ...event, session: toGaSession(session ?? {}, 'realtime') };
    case transcriptionUpdate:
      return {
        ...event,
        type: 'session.update',
        session: compact({ ...toGaSession(session ?? {}, 'transcription') }),
      };
    case 'conversation.item.create':
      return compact({ ...event, item: mapObject(event['item'], toGaItem) });
    case 'response.create':
      return compact({ ...event, response: mapObject(event['response'], toGaResponseParams) });
    case 'input_audio_buffer.append':
    case 'input_audio_buffer.commit':
    case 'input_audio_buffer.clear':
    case 'output_audio_buffer.clear':
    case 'conversation.item.retrieve':
    case 'conversation.item.truncate':
    case 'conversation.item.delete':
    case 'response.cancel':
      return event;
  }
}

function toGaResponseParams(params: JsonObject): JsonObject {
  return compact({ ...toGaResponseSettings(params), input: eachObject(params['input'], toGaItem) });
}
