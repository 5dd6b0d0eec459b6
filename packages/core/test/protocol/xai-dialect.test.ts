import { type SessionUpdate, xaiDialect } from '@antiphon/core';
import { describe, expect, it } from 'vitest';

function sent(session: SessionUpdate): unknown {
  const { frames = [] } = xaiDialect.send({ type: 'session.update', session, event_id: 'e' });
  return frames.map((frame) => JSON.parse(frame) as unknown);
}

describe('the dialect of xAI', () => {
  it('has turns and the voice beside the sound', () => {
    const format = { type: 'audio/pcm', rate: 24_000 } as const;
    const turn_detection = { type: 'server_vad', silence_duration_ms: 500 } as const;
    expect(
      sent({
        type: 'realtime',
        instructions: 'Help.',
        audio: { input: { format, turn_detection }, output: { format, voice: 'ara' } },
      }),
    ).toEqual([
      {
        type: 'session.update',
        event_id: 'e',
        session: {
          instructions: 'Help.',
          voice: 'ara',
          turn_detection,
          audio: { input: { format }, output: { format } },
        },
      },
    ]);
  });

  it('says that no turns are to be found, and nothing of sound that is not spoken of', () => {
    expect(sent({ type: 'realtime', audio: { input: { turn_detection: null }, output: {} } })).toEqual([
      { type: 'session.update', event_id: 'e', session: { turn_detection: null } },
    ]);
  });

  it('is the GA dialect in all else', () => {
    expect(xaiDialect.send({ type: 'response.create' })).toEqual({ frames: ['{"type":"response.create"}'] });
    const frame = '{"type":"ping","timestamp":1}';
    expect(xaiDialect.receive(frame).messages).toMatchObject([{ kind: 'event', event: { type: 'unknown' } }]);
  });
});
