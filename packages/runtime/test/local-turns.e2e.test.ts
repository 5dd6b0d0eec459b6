import type { SessionNotice } from '@antiphon/core';
import { createAntiphon, systemClock } from '@antiphon/runtime';
import { ArraySource, joined, RecordingSink, silence } from '@antiphon/testing';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { LocalSpeech } from '../src/speech/local-speech.ts';

const rateHz = 24_000;
const speech = new LocalSpeech();
afterAll(() => speech.close());

/** A question as a voice of its own would ask it, between pauses. */
async function spoken(text: string): Promise<Int16Array> {
  const { samples } = await speech.announcer(rateHz, 'slt').speak(text, new AbortController().signal);
  const pause = silence({ durationMs: 1_000, sampleRateHz: rateHz });
  return joined(pause, samples, pause);
}

async function talk(turnDetection: string, samples: Int16Array, more = '') {
  const text = `version: 1
default_agent: a
plugins: ["@antiphon/tools/clock"]
agents:
  a:
    provider: local
    instructions: You tell the time.
    tools: [current_time]
    turn_detection: ${turnDetection}
    ${more}
`;
  const antiphon = await createAntiphon({ config: { file: 'agents.yaml', text }, env: {} });
  onTestFinished(() => antiphon.close());
  const sink = new RecordingSink({ sampleRateHz: rateHz });
  const source = new ArraySource(samples, { sampleRateHz: rateHz, clock: systemClock });
  const session = await antiphon.startSession({ source, sink });
  const notices: SessionNotice[] = [];
  session.observeAll((notice) => notices.push(notice));
  const said = (role: 'user' | 'agent'): readonly string[] =>
    notices.flatMap((notice) =>
      notice.type === 'transcript' && notice.final && notice.role === role ? [notice.text] : [],
    );
  return { session, notices, said };
}

describe('an agent whose turns are found on this side, with the offline model', () => {
  it('is asked and answers', async () => {
    const { session, said, notices } = await talk('{ type: local_vad }', await spoken('What time is it?'));
    await expect.poll(() => said('agent').length, { timeout: 30_000 }).toBeGreaterThan(0);
    expect(said('user').join(' ').toLowerCase()).toContain('time');
    expect(notices.filter(({ type }) => type === 'user_turn')).toHaveLength(1);
    await session.close({ mode: 'cancel' });
    expect(notices.at(-1)).toMatchObject({ type: 'closed' });
  });

  it.each(['{ type: local_vad }', '{ type: server_vad }', 'null'])(
    'is asked and answers in G.711, with turns by %s',
    async (detection) => {
      const more = 'input_audio_format: g711_ulaw\n    output_audio_format: g711_alaw';
      const { session, said, notices } = await talk(detection, await spoken('What time is it?'), more);
      if (detection === 'null') {
        await new Promise((resolve) => setTimeout(resolve, 3_500));
        session.commit();
      }
      await expect.poll(() => said('agent').length, { timeout: 30_000 }).toBeGreaterThan(0);
      expect(said('user').join(' ').toLowerCase()).toContain('time');
      await expect.poll(() => session.settled, { timeout: 30_000 }).toBe(true);
      const spokenMs = notices.flatMap((notice) => (notice.type === 'audio_done' ? [notice] : []));
      expect(spokenMs).toMatchObject([{ heardMs: spokenMs[0]?.receivedMs }]);
      expect(spokenMs[0]?.heardMs).toBeGreaterThan(800);
      await session.close({ mode: 'cancel' });
    },
  );

  it('hears nothing in silence', async () => {
    const { session, notices } = await talk(
      '{ type: local_vad }',
      silence({ durationMs: 2_000, sampleRateHz: rateHz }),
    );
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(notices.filter(({ type }) => type === 'speech_started' || type === 'user_turn')).toEqual([]);
    await session.close({ mode: 'cancel' });
  });
});
