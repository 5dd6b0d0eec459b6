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

describe('a voice of Azure Voice Live', () => {
  it.each<[string, VoiceLiveExtras, unknown]>([
    ['alloy', {}, 'alloy'],
    ['en-US-AvaNeural', {}, { name: 'en-US-AvaNeural', type: 'azure-standard' }],
    ['mine', { voiceType: 'azure-custom' }, { name: 'mine', type: 'azure-custom' }],
  ])('%s with %j is sent as %j', (voice, extras, expected) => {
    expect(voiceSent(voice, extras).voice).toEqual(expected);
  });

  it('may be left out', () => {
    const { frames } = createVoiceLiveDialect({ voiceType: 'x' }).send({ type: 'response.create' });
    expect(frames).toEqual(['{"type":"response.create"}']);
  });
});
