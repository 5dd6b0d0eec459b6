import type { JsonObject, JsonValue } from '@antiphon/core';
import { isObject, member, text } from './json-members.ts';
import type { RecordedSession } from './recorded-session.ts';

/**
 * The agent of a recorded session as an entry of an agent file: what the recorded client set, in the file's words. Tools
 * are named and not declared.
 */
export function recordedAgent({ settings, tools }: RecordedSession, provider: string): JsonObject {
  const audio = member(settings, 'audio');
  const [input, output] = [member(audio, 'input'), member(audio, 'output')];
  const voice = output?.['voice'] ?? settings['voice'];
  const voiceName = isObject(voice) ? voice['name'] : voice;
  const transcription = input?.['transcription'] ?? settings['input_audio_transcription'];
  const detection = turnDetection(settings, input);
  const modalities = settings['output_modalities'] ?? settings['modalities'];
  const maxTokens = settings['max_output_tokens'] ?? settings['max_response_output_tokens'];
  return {
    provider,
    instructions: text(settings['instructions']),
    output_modalities: [Array.isArray(modalities) && !modalities.includes('audio') ? 'text' : 'audio'],
    tools: tools.map(({ name }) => name),
    ...(detection !== undefined && { turn_detection: detection }),
    ...(isObject(transcription) && { transcription }),
    ...(typeof voiceName === 'string' && { voice: voiceName }),
    ...(typeof settings['tool_choice'] === 'string' && { tool_choice: settings['tool_choice'] }),
    ...(maxTokens !== undefined && { max_output_tokens: maxTokens }),
  };
}

/** The provider of a recorded session as an entry of an agent file, at another address: `ws://HOST:PORT`. */
export function recordedProvider({ service, settings }: RecordedSession, origin: string): JsonObject {
  const endpoint = origin.replace(/^ws/, 'http');
  const key = { api_key: 'recorded-key' };
  switch (service) {
    case 'openai':
      return { type: 'openai', base_url: `${origin}/v1`, ...key };
    case 'azure':
      return { type: 'azure', endpoint, deployment: 'recorded', ...key };
    case 'azure_preview':
      return { type: 'azure', endpoint, deployment: 'recorded', api_version: '2025-04-01-preview', ...key };
    case 'azure_voice_live':
      return { type: 'azure_voice_live', endpoint, ...key, ...voiceKind(settings['voice']) };
    case 'xai':
      return {
        type: 'openai_compatible',
        base_url: `${origin}/v1`,
        model: 'grok-voice-latest',
        dialect: 'xai',
        ...key,
      };
  }
}

/** A kind of voice is said once for all agents of a provider. */
function voiceKind(voice: JsonValue | undefined): JsonObject {
  return isObject(voice) && typeof voice['type'] === 'string' ? { voice_type: voice['type'] } : {};
}

/** Of the kinds that only one service has, what every service has. */
function turnDetection(settings: JsonObject, input: JsonObject | undefined): JsonValue | undefined {
  const owner = input !== undefined && 'turn_detection' in input ? input : settings;
  const detection = owner['turn_detection'];
  if (!isObject(detection)) return detection;
  const type = text(detection['type']);
  if (type === 'none') return null;
  const { create_response, interrupt_response } = detection;
  const answering = {
    ...(typeof create_response === 'boolean' && { create_response }),
    ...(typeof interrupt_response === 'boolean' && { interrupt_response }),
  };
  return { type: type === 'semantic_vad' ? 'semantic_vad' : 'server_vad', ...answering };
}
