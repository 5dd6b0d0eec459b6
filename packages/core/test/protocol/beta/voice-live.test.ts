import { describe, expect, it } from 'vitest';
import {
  createVoiceLiveDialect,
  type VoiceLiveExtras,
} from '../../../src/protocol/beta/voice-live-dialect.ts';

function voiceSent(voice: string, extras: VoiceLiveExtras) {
  const dialect = createVoiceLiveDialect(extras);
  const session = { type: 'realtime', audio: { output: { voice } } } as const;
  const { frames = [] } = dialect.send({ type: 'session.update', session });
  return (JSON.parse(frames[0] ?? '{}') as { session: { voice: unknown } }).session;
}

describe('a session of Azure Voice Live', () => {
  it.each<[string, VoiceLiveExtras, unknown]>([
    ['alloy', {}, 'alloy'],
    ['en-US-AvaNeural', {}, { name: 'en-US-AvaNeural', type: 'azure-standard' }],
    ['mine', { voiceType: 'azure-custom' }, { name: 'mine', type: 'azure-custom' }],
  ])('has the voice %s with %j as %j', (voice, extras, expected) => {
    expect(voiceSent(voice, extras).voice).toEqual(expected);
  });

  it('is sent without settings that the service does not have', () => {
    const { frames = [] } = createVoiceLiveDialect().send({
      type: 'session.update',
      session: { type: 'realtime', tracing: 'auto', prompt: { id: 'p' }, audio: { output: { speed: 1.2 } } },
    });
    expect(frames).toEqual(['{"type":"session.update","session":{}}']);
  });

  it('may be without a voice', () => {
    const { frames } = createVoiceLiveDialect({ voiceType: 'x' }).send({ type: 'response.create' });
    expect(frames).toEqual(['{"type":"response.create"}']);
  });
});
