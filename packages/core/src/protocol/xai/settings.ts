import type { JsonObject } from '../../json.ts';
import type { ClientEventOf } from '../client-events.ts';

/**
 * An update of the session as xAI has it: turns and the voice are settings of the session and not of its sound.
 *
 * @param kept whether what is said is to be kept for another connection.
 */
export function toXaiUpdate(
  event: ClientEventOf<'session.update'>,
  kept: 'kept' | 'not_kept',
): { readonly session: JsonObject } {
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
      ...(kept === 'kept' && { resumption: { enabled: true } }),
    },
  };
}
