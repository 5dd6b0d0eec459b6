/** Events that carry the same under another name. */
const pairs: readonly (readonly [ga: string, beta: string])[] = [
  ['response.output_text.delta', 'response.text.delta'],
  ['response.output_text.done', 'response.text.done'],
  ['response.output_audio.delta', 'response.audio.delta'],
  ['response.output_audio.done', 'response.audio.done'],
  ['response.output_audio_transcript.delta', 'response.audio_transcript.delta'],
  ['response.output_audio_transcript.done', 'response.audio_transcript.done'],
];
const betaByGa: ReadonlyMap<string, string> = new Map(pairs);
const gaByBeta: ReadonlyMap<string, string> = new Map(pairs.map(([ga, beta]) => [beta, ga]));

export function toBetaName(type: string): string {
  return betaByGa.get(type) ?? type;
}

export function toGaName(type: string): string {
  return gaByBeta.get(type) ?? type;
}
