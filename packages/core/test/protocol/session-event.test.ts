import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/json.ts';
import { ServerEventSchema } from '../../src/protocol/server-events.ts';
import { decodeSessionEvent } from '../../src/protocol/session-event.ts';
import { changesOf, withValue } from './changed-values.ts';

const format = { type: 'audio/pcm', rate: 24_000 };
const detection = {
  type: 'server_vad',
  threshold: 0.5,
  prefix_padding_ms: 300,
  silence_duration_ms: 200,
  idle_timeout_ms: null,
  create_response: true,
  interrupt_response: true,
};
const event: JsonObject = {
  type: 'session.created',
  event_id: 'event_1',
  session: {
    type: 'realtime',
    object: 'realtime.session',
    id: 'sess_1',
    model: 'm',
    output_modalities: ['audio'],
    instructions: 'Help.',
    tools: [{ type: 'function', name: 'f', description: null, parameters: { type: 'object' } }],
    tool_choice: 'auto',
    max_output_tokens: 'inf',
    tracing: null,
    truncation: 'auto',
    prompt: null,
    expires_at: 1_800_000_000,
    audio: {
      input: {
        format,
        transcription: { model: 'w', language: null, prompt: null },
        noise_reduction: { type: 'near_field' },
        turn_detection: detection,
      },
      output: { format, voice: 'alloy', speed: 1 },
    },
    include: null,
  },
};

describe('decodeSessionEvent', () => {
  it('reads what the hosted service states as its schema does', () => {
    expect(decodeSessionEvent(event)).toEqual(ServerEventSchema.parse(event));
    expect(decodeSessionEvent({ ...event, type: 'session.updated' })).toBeDefined();
    expect(decodeSessionEvent({ ...event, type: 'response.created' })).toBeUndefined();
  });

  const described = withValue(event, ['session', 'audio', 'output', 'voice'], {
    name: 'n',
    type: 'k',
    id: 'i',
  }) as JsonObject;

  it('reads a voice by name and kind', () => {
    expect(decodeSessionEvent(described)).toEqual(ServerEventSchema.parse(described));
  });

  const changes = [event, described].flatMap((origin) =>
    changesOf(origin).map((change) => ({ ...change, origin })),
  );

  it.each(changes)('reads no more than its schema would: $path is $value', ({ origin, path, value }) => {
    const changed = withValue(origin, path.split('.'), value) as JsonObject;
    const read = decodeSessionEvent(changed);
    if (read === undefined) return;
    expect(ServerEventSchema.safeParse(changed)).toEqual({ success: true, data: read });
  });
});
