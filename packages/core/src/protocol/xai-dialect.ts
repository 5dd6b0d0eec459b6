import type { JsonObject } from '../json.ts';
import type { WireDialect } from '../ports/wire-dialect.ts';
import type { ClientEventOf } from './client-events.ts';
import { encodeClientEvent } from './codec.ts';
import { gaDialect } from './ga-dialect.ts';

/** The dialect of xAI: the GA dialect, in which turns and the voice are settings of the session and not of its sound. */
export const xaiDialect: WireDialect = {
  ...gaDialect,
  send: (event) =>
    event.type === 'session.update'
      ? { frames: [JSON.stringify(toXaiUpdate(event))] }
      : { frames: [encodeClientEvent(event)] },
};

function toXaiUpdate(event: ClientEventOf<'session.update'>): { readonly session: JsonObject } {
  const { type: _kind, audio, ...settings } = event.session as JsonObject;
  const { input, output } = (audio ?? {}) as { readonly input?: JsonObject; readonly output?: JsonObject };
  const { turn_detection: detection, ...heard } = input ?? {};
  const { voice, ...said } = output ?? {};
  const sound = {
    ...(Object.keys(heard).length > 0 && { input: heard }),
    ...(Object.keys(said).length > 0 && { output: said }),
  };
  return {
    ...event,
    session: {
      ...settings,
      ...(voice !== undefined && { voice }),
      ...(detection !== undefined && { turn_detection: detection }),
      ...(Object.keys(sound).length > 0 && { audio: sound }),
    },
  };
}
