import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { JsonObject } from '../../../src/json.ts';
import { validateBetaClientEvent } from '../../../src/protocol/beta/client-in.ts';
import { toBetaClientEvent } from '../../../src/protocol/beta/client-out.ts';
import { BetaServerReader } from '../../../src/protocol/beta/server-in.ts';
import { toBetaServerEvents } from '../../../src/protocol/beta/server-out.ts';

interface Interaction {
  readonly direction?: 'sent' | 'received';
  readonly data?: JsonObject;
}

const folder = new URL('../../../../../../shared/data/recordings/', import.meta.url);

function messages(name: string, direction: 'sent' | 'received'): readonly JsonObject[] {
  const file: { interactions: Interaction[] } = parse(readFileSync(new URL(`${name}.yaml`, folder), 'utf8'));
  return file.interactions.flatMap((entry) =>
    entry.direction === direction && entry.data ? [entry.data] : [],
  );
}

describe.skipIf(!existsSync(folder))('recorded sessions (skipped without shared/data/recordings)', () => {
  const beta = 'azure-voice-live-beta-server-vad-turn';

  it('reads a beta session event by event as a GA one', () => {
    const reader = new BetaServerReader();
    const read = messages(beta, 'received').flatMap((data) => reader.decode(JSON.stringify(data)));
    expect(read.filter(({ kind }) => kind === 'invalid')).toEqual([]);
    const types = read.map((message) => (message.kind === 'event' ? message.event.type : message.kind));
    expect(types.filter((type) => type === 'unknown')).toEqual([]);
    expect(types.filter((type, index) => type !== types[index - 1])).toEqual([
      'session.created',
      'session.updated',
      'input_audio_buffer.speech_started',
      'input_audio_buffer.speech_stopped',
      'input_audio_buffer.committed',
      'conversation.item.added',
      'conversation.item.done',
      'response.created',
      'response.output_item.added',
      'conversation.item.added',
      'response.content_part.added',
      'response.output_audio_transcript.delta',
      'conversation.item.input_audio_transcription.delta',
      'audio',
      'conversation.item.input_audio_transcription.completed',
      'audio',
      'response.output_audio_transcript.delta',
      'audio',
      'response.output_audio_transcript.delta',
      'audio',
      'response.output_audio_transcript.delta',
      'audio',
      'response.output_audio.done',
      'response.output_audio_transcript.done',
      'response.content_part.done',
      'conversation.item.done',
      'response.output_item.done',
      'response.done',
    ]);
    expect(read.at(-1)).toMatchObject({
      event: {
        response: {
          output_modalities: ['audio'],
          audio: { output: { voice: { name: 'alloy', type: 'openai' } } },
          output: [{ content: [{ type: 'output_audio' }] }],
        },
      },
    });
  });

  it('takes what a beta client said, all but the member of one service', () => {
    for (const data of messages(beta, 'sent')) {
      const session = data['session'] as JsonObject | undefined;
      const { input_audio_sampling_rate, ...known } = session ?? {};
      const result = validateBetaClientEvent(session ? { ...data, session: known } : data);
      expect(result.ok).toBe(true);
      if (input_audio_sampling_rate !== undefined) {
        expect(validateBetaClientEvent(data)).toMatchObject({
          error: { code: 'unknown_parameter', param: 'session.input_audio_sampling_rate' },
        });
        const { input_audio_format, output_audio_format, ...rest } = known;
        expect(result.ok && toBetaClientEvent(result.event)).toMatchObject({
          session: { ...rest, input_audio_format, output_audio_format, modalities: ['audio', 'text'] },
        });
      }
    }
  });

  it.each(['openai-ga-server-vad-turn', 'openai-ga-tool-call-round', 'azure-ga-text-in-audio-out'])(
    'says what was said in %s to a beta client without loss of what it can know',
    (name) => {
      const reader = new BetaServerReader();
      const original = messages(name, 'received');
      const restored = original.flatMap(toBetaServerEvents).flatMap((event) => reader.translate(event));
      const essence = (events: readonly JsonObject[]) =>
        events.map(({ type, item_id, delta, item, response }) => ({
          type,
          item_id,
          delta,
          item: (item as JsonObject | undefined)?.['content'],
          status: (response as JsonObject | undefined)?.['status'],
        }));
      expect(essence(restored)).toEqual(essence(original));
    },
  );
});
