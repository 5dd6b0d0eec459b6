import type { WireDialect, WireStep } from '../ports/wire-dialect.ts';
import { decodeServerEvent, encodeAudioAppend, encodeClientEvent } from './codec.ts';

const nothing: WireStep = {};

/** The GA dialect as it is: one frame an event, both ways. */
export const gaDialect: WireDialect = {
  open: () => nothing,
  send: (event) => ({ frames: [encodeClientEvent(event)] }),
  sendAudio: (audio) => ({ frames: [encodeAudioAppend(audio)] }),
  receive: (frame) => ({ messages: [decodeServerEvent(frame)] }),
};
