// Audio that comes late and at once, as from a machine that stood still: silence is counted in audio, not by a clock.
import { int16ToBytes } from '@antiphon/audio';
import { tone } from '@antiphon/testing';
import { describe, expect, it } from 'vitest';
import { type Client, connectTranscribing } from './harness.ts';

const bytesPerMs = 48;
const pieceMs = 20;
const loud = int16ToBytes(tone({ durationMs: 900, sampleRateHz: 24_000 }));
const pause = (ms: number) => new Uint8Array(ms * bytesPerMs);
/** Two words with a pause between them that is no end of a turn, yet long enough to guess at one. */
const question = Buffer.concat([pause(400), loud, pause(300), loud, pause(2_400)]);

async function say(client: Client, stall?: { readonly atMs: number; readonly ms: number }): Promise<void> {
  for (let atMs = 0; atMs < question.length / bytesPerMs; ) {
    const ms = stall?.atMs === atMs ? stall.ms : pieceMs;
    await client.audio(question.subarray(atMs * bytesPerMs, (atMs + ms) * bytesPerMs));
    atMs += ms;
  }
}

function heardOf({ asked, of }: Client) {
  return {
    starts: of('input_audio_buffer.speech_started').map((event) => event.audio_start_ms),
    ends: of('input_audio_buffer.speech_stopped').map((event) => event.audio_end_ms),
    recognisedMs: asked.recognised.at(-1),
  };
}

describe.each([200, 700, 2_000])('audio of %i ms that comes at once', (ms) => {
  it.each([0, 400, 800, 1_280, 1_400, 2_000, 2_400])(
    'at %i ms ends no turn and leaves nothing out',
    async (atMs) => {
      const [smooth, stalled] = [await connectTranscribing(), await connectTranscribing()];
      await say(smooth);
      await say(stalled, { atMs, ms });
      expect(heardOf(smooth).starts).toHaveLength(1);
      expect(heardOf(stalled)).toEqual(heardOf(smooth));
    },
  );
});

it('audio right before a commit is a part of the turn, though nobody has looked at it', async () => {
  const client = await connectTranscribing();
  await client.audio(question.subarray(0, 800 * bytesPerMs));
  const rest = question.subarray(800 * bytesPerMs, 2_400 * bytesPerMs);
  await client.send(
    { type: 'input_audio_buffer.append', audio: rest.toString('base64') },
    { type: 'input_audio_buffer.commit' },
  );
  // From 300 ms of padding before the first word on.
  expect(client.asked.recognised.at(-1)).toBeGreaterThan(2_250);
});
