/** Where a setting stands in each dialect; longer paths first, because the first that fits decides. */
const places: readonly (readonly [ga: string, beta: string])[] = [
  ['session.audio.input.format', 'session.input_audio_format'],
  ['session.audio.input.transcription', 'session.input_audio_transcription'],
  ['session.audio.input.noise_reduction', 'session.input_audio_noise_reduction'],
  ['session.audio.input.turn_detection', 'session.turn_detection'],
  ['session.audio.output.format', 'session.output_audio_format'],
  ['session.audio.output.voice', 'session.voice'],
  ['session.audio.output.speed', 'session.speed'],
  ['session.output_modalities', 'session.modalities'],
  ['session.max_output_tokens', 'session.max_response_output_tokens'],
  ['response.audio.output.format', 'response.output_audio_format'],
  ['response.audio.output.voice', 'response.voice'],
  ['response.output_modalities', 'response.modalities'],
];

/** The path that an error complains of, as a beta client knows it. */
export function toBetaParam(param: string): string {
  return places.reduce((path, [ga, beta]) => (path === param ? moved(param, ga, beta) : path), param);
}

/** The path that a beta server complains of, in the GA dialect. */
export function toGaParam(param: string): string {
  return places.reduce((path, [ga, beta]) => (path === param ? moved(param, beta, ga) : path), param);
}

function moved(param: string, from: string, to: string): string {
  return param === from || param.startsWith(`${from}.`) || param.startsWith(`${from}[`)
    ? to + param.slice(from.length)
    : param;
}
