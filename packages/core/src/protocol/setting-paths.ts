/**
 * The settings of a session that some servers do not take, by their place in the session object of the GA dialect.
 * Three have no place of their own there: `temperature` is a setting of the beta dialect alone, `tools.mcp` are the servers of
 * tools that the provider calls itself, and `audio.input.turn_detection.semantic_vad` is one kind of turn detection.
 */
export const settingPaths = [
  'output_modalities',
  'instructions',
  'tools',
  'tools.mcp',
  'tool_choice',
  'parallel_tool_calls',
  'reasoning',
  'max_output_tokens',
  'temperature',
  'tracing',
  'truncation',
  'prompt',
  'include',
  'audio.input.format',
  'audio.input.transcription',
  'audio.input.transcription.model',
  'audio.input.transcription.language',
  'audio.input.transcription.languages',
  'audio.input.transcription.keywords',
  'audio.input.transcription.prompt',
  'audio.input.transcription.delay',
  'audio.input.noise_reduction',
  'audio.input.noise_reduction.strength',
  'audio.input.turn_detection',
  'audio.input.turn_detection.semantic_vad',
  'audio.input.turn_detection.threshold',
  'audio.input.turn_detection.prefix_padding_ms',
  'audio.input.turn_detection.silence_duration_ms',
  'audio.input.turn_detection.idle_timeout_ms',
  'audio.input.turn_detection.eagerness',
  'audio.input.turn_detection.create_response',
  'audio.input.turn_detection.interrupt_response',
  'audio.output.format',
  'audio.output.voice',
  'audio.output.voice.id',
  'audio.output.speed',
] as const;

export type SettingPath = (typeof settingPaths)[number];
