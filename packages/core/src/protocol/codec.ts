import type { JsonObject } from '../json.ts';
import type { InboundMessage } from '../ports/transport.ts';
import { type AudioDeltaText, scanAudioDelta } from './audio-delta.ts';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { toGaName } from './beta/names.ts';
import type { ClientEvent, ClientEventOf } from './client-events.ts';
import { decodeItemEvent } from './item-event.ts';
import { readable } from './readable.ts';
import { type ServerEvent, ServerEventSchema } from './server-events.ts';
import { decodeSessionEvent } from './session-event.ts';
import { decodeTextDelta } from './text-delta.ts';
import { isJsonObject, toUnknown } from './tolerant.ts';
import { decodeTurnEvent } from './turn-event.ts';

type ServerEventOption = (typeof ServerEventSchema.options)[number];

const schemaByType: ReadonlyMap<string, ServerEventOption> = new Map(
  ServerEventSchema.options.map((option): [string, ServerEventOption] => [option.shape.type.value, option]),
);

/** Sound is recognised under both its names, so that both are found without parsing. */
const audioDelta = 'response.output_audio.delta';

/**
 * Reads one text frame of a server. Sound is handed over as bytes; it may end in the middle of a sample, as it came.
 * Never throws: what cannot be read is `invalid` with a reason that quotes no content.
 */
export function decodeServerEvent(text: string): InboundMessage {
  const audio = scanAudioDelta(text);
  if (audio !== undefined) {
    return toAudio(audio);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'invalid', reason: 'the frame is not JSON' };
  }
  return readServerEvent(value);
}

/** Reads a server event that is already parsed. */
export function readServerEvent(value: unknown): InboundMessage {
  if (!isJsonObject(value) || typeof value['type'] !== 'string') {
    return { kind: 'invalid', reason: 'the frame is not an object with a type' };
  }
  const quick =
    decodeTextDelta(value) ?? decodeItemEvent(value) ?? decodeTurnEvent(value) ?? decodeSessionEvent(value);
  if (quick !== undefined) {
    return { kind: 'event', event: quick };
  }
  const schema = schemaByType.get(value['type']);
  if (schema === undefined) {
    // Servers that speak one dialect may use a name of the other.
    const type = toGaName(value['type']);
    if (type !== value['type']) return readServerEvent({ ...value, type });
    return { kind: 'event', event: toUnknown(value) };
  }
  const stated = value['type'] === 'response.done' ? withUsage(value) : value;
  const read = readable<ServerEventOption>(schema, stated);
  if (!read.ok) return { kind: 'invalid', reason: `${value['type']}${read.problem}` };
  const event: ServerEvent = read.value;
  return event.type === audioDelta
    ? toAudio({
        responseId: event.response_id,
        itemId: event.item_id,
        outputIndex: event.output_index,
        contentIndex: event.content_index,
        base64: event.delta,
      })
    : {
        kind: 'event',
        event,
        ...(read.leftOut !== undefined && { leftOut: `${value['type']}${read.leftOut}` }),
      };
}

/** Some servers state what a response used beside it, and leave its own place empty. */
function withUsage(event: JsonObject): JsonObject {
  const { response, usage } = event;
  if (!isJsonObject(usage) || !isJsonObject(response)) return event;
  const own = response['usage'];
  const isStated = isJsonObject(own) && Object.keys(own).length > 0;
  return isStated ? event : { ...event, response: { ...response, usage } };
}

/**
 * Writes one frame of a client. Settings that only other dialects have are left out, as an unknown member costs the whole
 * event; whatever else must not be sent is what {@link ClientEvent} does not allow.
 */
export function encodeClientEvent(event: ClientEvent): string {
  return event.type === 'session.update' ? encodeUpdate(event) : JSON.stringify(event);
}

type Session = ClientEventOf<'session.update'>['session'];

/** Session objects as they were written: many sessions are told the same, and each caller would wait for it. */
const written = new WeakMap<Session, string>();

function encodeUpdate({ session, ...event }: ClientEventOf<'session.update'>): string {
  const known = written.get(session);
  const text = known ?? JSON.stringify(withoutForeignSettings(session));
  if (known === undefined) written.set(session, text);
  return `${JSON.stringify(event).slice(0, -1)},"session":${text}}`;
}

function withoutForeignSettings(session: Session): Session {
  if (session.type !== 'realtime' || session.temperature === undefined) return session;
  const { temperature: _foreign, ...rest } = session;
  return rest;
}

/** Writes an `input_audio_buffer.append`. Base64 needs no escapes, so the frame is put together as text. */
export function encodeAudioAppend(audio: Uint8Array): string {
  return `{"type":"input_audio_buffer.append","audio":"${encodeBase64(audio)}"}`;
}

/** Writes one frame of a server. */
export function encodeServerEvent(event: ServerEvent): string {
  return JSON.stringify(event);
}

function toAudio({ base64, ...place }: AudioDeltaText): InboundMessage {
  const audio = decodeBase64(base64);
  return audio === undefined
    ? { kind: 'invalid', reason: `${audioDelta} at 'delta': not base64` }
    : { kind: 'audio', ...place, audio };
}
