import { existsSync, readFileSync } from 'node:fs';
import { decodeWav, floatToInt16, int16ToBytes, resample } from '@antiphon/audio';
import type { InboundMessage, ServerEvent } from '@antiphon/core';
import { createLocalProvider, createSpeechEngineStages } from '@antiphon/local';
import { toolSpec, VirtualClock } from '@antiphon/testing';
import { afterAll, describe, expect, it } from 'vitest';

const recording = new URL('../../../../../shared/data/speech/synthetic/q20_flite_slt.wav', import.meta.url);

/** The spoken question as PCM at 24 kHz, with silence after it. */
function question(): Uint8Array {
  const { samples, sampleRateHz } = decodeWav(readFileSync(recording));
  const speech = floatToInt16(resample(samples, { fromHz: sampleRateHz, toHz: 24_000 }));
  const padded = new Int16Array(speech.length + 24_000);
  padded.set(speech);
  return int16ToBytes(padded);
}

describe.skipIf(!existsSync(recording))(
  'the offline engine with its own models (needs ../shared/data)',
  () => {
    const provider = createLocalProvider({ clock: new VirtualClock(), sttModel: 'tiny' });
    afterAll(() => provider.close());

    it('hears a question, calls the tool for it and speaks the answer', async () => {
      const messages: InboundMessage[] = [];
      const waiting: (() => void)[] = [];
      const tool = toolSpec('current_time', {
        description: 'The time of day',
        intents: [{ match: ['what time is it [right] [now]'], reply: 'It is {{result.time}}.' }],
      });
      const transport = provider.connect(
        { sessionId: 's', agentName: 'a', tools: [tool] },
        {
          onOpen: () => undefined,
          onMessage: (message) => {
            messages.push(message);
            for (const wake of waiting.splice(0)) wake();
          },
          onClose: () => undefined,
        },
      );
      const eventsOf = <Type extends ServerEvent['type']>(type: Type) =>
        messages.flatMap((message) =>
          message.kind === 'event' && message.event.type === type
            ? [message.event as Extract<ServerEvent, { type: Type }>]
            : [],
        );
      const responsesDone = async (count: number) => {
        while (eventsOf('response.done').length < count)
          await new Promise<void>((wake) => waiting.push(wake));
      };
      transport.send({
        type: 'session.update',
        session: {
          type: 'realtime',
          tools: [
            { type: 'function', name: tool.name, description: tool.description, parameters: tool.parameters },
          ],
          audio: { input: { transcription: { model: 'moonshine' } } },
        },
      });
      const audio = question();
      for (let start = 0; start < audio.length; start += 960)
        transport.sendAudio(audio.slice(start, start + 960));
      await responsesDone(1);
      const [heard] = eventsOf('conversation.item.input_audio_transcription.completed');
      expect(heard?.transcript.toLowerCase()).toContain('what time is it');
      const [call] = eventsOf('response.function_call_arguments.done');
      expect(call?.name).toBe('current_time');

      transport.send({
        type: 'conversation.item.create',
        item: {
          type: 'function_call_output',
          call_id: call?.call_id ?? '',
          output: '{"time":"a quarter past nine in the morning"}',
        },
      });
      transport.send({ type: 'response.create' });
      await responsesDone(2);
      const [transcript] = eventsOf('response.output_audio_transcript.done');
      expect(transcript?.transcript).toBe('It is a quarter past nine in the morning.');
      const answer = Buffer.concat(
        messages.flatMap((message) => (message.kind === 'audio' ? [message.audio] : [])),
      );
      const samples = new Int16Array(
        answer.buffer.slice(answer.byteOffset, answer.byteOffset + answer.byteLength),
      );
      const said = await recognise(resample(samples, { fromHz: 24_000, toHz: 16_000 }));
      expect(said.toLowerCase()).toMatch(/quarter past nine in the morning/);
      expect(eventsOf('error')).toEqual([]);
    });
  },
);

async function recognise(samples: Int16Array): Promise<string> {
  const stages = await createSpeechEngineStages({ sttModel: 'tiny' });
  try {
    return await stages.recognizer.transcribe(Float32Array.from(samples, (sample) => sample / 32_768));
  } finally {
    await stages.close();
  }
}
