import type { AgentConfig, LocalTurns } from '@antiphon/core';
import { buttonTurns, type LocalSpeech } from './local-speech.ts';

/** How turns of an agent are found on this side; undefined for an agent whose model finds them, or whose audio flows always. */
export function turnsOfAgent(
  { turn_detection: detection }: AgentConfig,
  speech: LocalSpeech,
  sampleRateHz: number,
): LocalTurns | undefined {
  switch (detection?.type) {
    case 'push_to_talk':
      return buttonTurns(detection.prefix_padding_ms);
    case 'local_vad':
      return speech.vadTurns({
        sampleRateHz,
        threshold: detection.threshold,
        prefixPaddingMs: detection.prefix_padding_ms,
        silenceDurationMs: detection.silence_duration_ms,
        minSpeechMs: detection.min_speech_ms,
        echoGate: {
          warmUpMs: detection.echo_gate.warm_up_ms,
          minSpeechMs: detection.echo_gate.min_speech_ms,
          halfDuplex: detection.echo_gate.half_duplex,
        },
      });
    default:
      return undefined;
  }
}
