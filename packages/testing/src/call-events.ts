import type { JsonObject } from '@antiphon/core';
import { type SpokenEventsOptions, spokenEvents } from './spoken-events.ts';

const soundTypes: ReadonlySet<unknown> = new Set([
  'response.output_audio.delta',
  'response.output_audio.done',
]);

/**
 * All events of a response that speaks in a call whose sound flows elsewhere, in the order of the hosted service: words, and
 * the server's buffer instead of sound. The last one, `output_audio_buffer.stopped`, comes when all of it was played.
 */
export function spokenCallEvents(
  options: Omit<SpokenEventsOptions, 'audio'>,
): readonly [during: readonly JsonObject[], stopped: JsonObject] {
  const ofBuffer = { response_id: options.responseId };
  const during = spokenEvents({ ...options, audio: [] })
    .filter(({ type }) => !soundTypes.has(type))
    .flatMap((event) =>
      event['type'] === 'response.output_audio_transcript.delta'
        ? [event, { type: 'output_audio_buffer.started', ...ofBuffer }]
        : [event],
    );
  return [during, { type: 'output_audio_buffer.stopped', ...ofBuffer }];
}
