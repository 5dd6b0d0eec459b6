import { expect, it } from 'vitest';
import { nearestFliteVoice } from '../../src/tts/flite-voices.ts';

it.each([
  ['slt', 'slt'],
  ['Marin', 'slt'],
  ['cedar', 'rms'],
  ['fable', 'awb'],
  ['kal16', 'kal16'],
  ['nobody', 'rms'],
  ['', 'rms'],
])('%j is spoken by %s', (name, voice) => {
  expect(nearestFliteVoice(name)).toBe(voice);
});
