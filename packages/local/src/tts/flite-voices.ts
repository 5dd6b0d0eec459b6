/** The voices inside the Flite program: a US man, a US woman, a Scottish man, and a fast, rougher US man. */
export type FliteVoice = 'rms' | 'slt' | 'awb' | 'kal16';

/** The voice of an unknown name. */
export const defaultFliteVoice: FliteVoice = 'rms';

/** Names of other providers' voices, by the Flite voice that is nearest to them in sex and accent. */
const nearestVoices: ReadonlyMap<string, FliteVoice> = new Map([
  ['rms', 'rms'],
  ['slt', 'slt'],
  ['awb', 'awb'],
  ['kal16', 'kal16'],
  ['kal', 'kal16'],
  ['alloy', 'slt'],
  ['ash', 'rms'],
  ['ballad', 'awb'],
  ['cedar', 'rms'],
  ['coral', 'slt'],
  ['echo', 'rms'],
  ['fable', 'awb'],
  ['marin', 'slt'],
  ['nova', 'slt'],
  ['onyx', 'rms'],
  ['sage', 'slt'],
  ['shimmer', 'slt'],
  ['verse', 'rms'],
]);

/** The Flite voice for a voice name of Flite's own or of a provider; unknown names get the default voice. */
export function nearestFliteVoice(name: string): FliteVoice {
  return nearestVoices.get(name.toLowerCase()) ?? defaultFliteVoice;
}
