import type { WireDialect, WireStep } from '../ports/wire-dialect.ts';
import type { ClientEvent } from './client-events.ts';
import { decodeServerEvent, encodeAudioAppend, encodeClientEvent } from './codec.ts';

const nothing: WireStep = {};

/** A client event without what only other dialects know: an unknown member costs the whole event. */
export function toGaWireEvent(event: ClientEvent): ClientEvent {
  if (event.type !== 'session.update' || event.session.type !== 'realtime') return event;
  if (event.session.temperature === undefined) return event;
  const { temperature: _unknown, ...session } = event.session;
  return { ...event, session };
}

/** The GA dialect as it is: one frame an event, both ways. */
export const gaDialect: WireDialect = {
  open: () => nothing,
  send: (event) => ({ frames: [encodeClientEvent(toGaWireEvent(event))] }),
  sendAudio: (audio) => ({ frames: [encodeAudioAppend(audio)] }),
  receive: (frame) => ({ messages: [decodeServerEvent(frame)] }),
};
