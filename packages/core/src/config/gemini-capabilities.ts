import type { DialectLimits } from '../protocol/limited-dialect.ts';

/** What Gemini Live has no word for and nothing stands for. Cancelling and cutting are done on this side. */
export const geminiCapabilities: DialectLimits = {
  rejectsSettings: [
    'tools.mcp',
    'parallel_tool_calls',
    'reasoning',
    'tracing',
    'prompt',
    'include',
    'audio.input.transcription.model',
    'audio.input.transcription.language',
    'audio.input.transcription.languages',
    'audio.input.transcription.keywords',
    'audio.input.transcription.prompt',
    'audio.input.transcription.delay',
    'audio.input.noise_reduction',
    'audio.input.noise_reduction.strength',
    'audio.input.turn_detection.idle_timeout_ms',
    'audio.input.turn_detection.create_response',
    'audio.output.format',
    'audio.output.voice.id',
    'audio.output.speed',
  ],
  rejectsEvents: ['output_audio_buffer.clear', 'conversation.item.retrieve'],
  neverSends: [
    'rate_limits.updated',
    'input_audio_buffer.timeout_triggered',
    'input_audio_buffer.dtmf_event_received',
    'conversation.item.retrieved',
    'conversation.item.input_audio_transcription.failed',
    'conversation.item.input_audio_transcription.segment',
    'output_audio_buffer.started',
    'output_audio_buffer.stopped',
  ],
};
