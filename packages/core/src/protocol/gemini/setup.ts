import type { SessionUpdate } from '../session-config.ts';
import type { GeminiSetup } from './client-messages.ts';
import { toGeminiParameters } from './function-schema.ts';
import { isForeignVoice } from './voices.ts';

/** What a connection to Gemini is made with beside the settings of the session. */
export interface GeminiSetupOptions {
  /** With or without `models/`; the whole resource name on Vertex AI. */
  readonly model: string;
  /** BCP 47, for example de-DE; the model chooses when left out. */
  readonly languageCode?: string;
  /** How typed words reach the model; see {@link textInputOf}. */
  readonly textInput?: GeminiTextInput;
}

/**
 * `client_content`: as turns of the conversation, at any time. `realtime_input`: as text beside the sound; turns of the
 * conversation may only be given before anything else.
 */
export type GeminiTextInput = 'client_content' | 'realtime_input';

/** Models from the third generation on take typed words as realtime input. */
export function textInputOf(model: string): GeminiTextInput {
  const generation = Number(/gemini-(\d+)/.exec(model)?.[1] ?? 0);
  return generation >= 3 ? 'realtime_input' : 'client_content';
}

/** Sensitivities between these are the service's own choice. */
const lowThreshold = 0.35;
const highThreshold = 0.65;

/** The settings of a session in the words of Gemini. What they cannot say is left out. */
export function toGeminiSetup(session: SessionUpdate, options: GeminiSetupOptions): GeminiSetup {
  const { audio, instructions } = session;
  const functions = functionDeclarations(session);
  return {
    model: qualified(options.model),
    generationConfig: generationConfig(session, options),
    ...(instructions && { systemInstruction: { role: 'user', parts: [{ text: instructions }] } }),
    ...(functions.length > 0 && { tools: [{ functionDeclarations: functions }] }),
    realtimeInputConfig: realtimeInputConfig(audio?.input?.turn_detection),
    ...compression(session.truncation),
    ...(audio?.input?.transcription && { inputAudioTranscription: {} }),
    ...(isSpoken(session) && { outputAudioTranscription: {} }),
  };
}

/** `later` over `earlier`: what is left out stays as it was. */
export function mergedSession(earlier: SessionUpdate, later: SessionUpdate): SessionUpdate {
  const input = { ...earlier.audio?.input, ...later.audio?.input };
  const output = { ...earlier.audio?.output, ...later.audio?.output };
  return { ...earlier, ...later, audio: { input, output } };
}

/** Whether the agent answers in speech. */
export function isSpoken({ output_modalities: modalities }: SessionUpdate): boolean {
  return modalities === undefined || modalities.includes('audio');
}

/** Whether the server finds the turns of the user. */
export function findsTurns({ audio }: SessionUpdate): boolean {
  return audio?.input?.turn_detection !== null;
}

/** Whether the user's speech cuts the agent's. */
export function cutsAgent({ audio }: SessionUpdate): boolean {
  return audio?.input?.turn_detection?.interrupt_response !== false;
}

function qualified(model: string): string {
  return model.includes('/') ? model : `models/${model}`;
}

function generationConfig(session: SessionUpdate, options: GeminiSetupOptions) {
  const limit = session.max_output_tokens;
  const voice = session.audio?.output?.voice;
  const named = typeof voice === 'string' ? voice : voice?.id;
  const voiceName = named === undefined || isForeignVoice(named) ? undefined : named;
  const { languageCode } = options;
  const { temperature } = session;
  return {
    responseModalities: [isSpoken(session) ? ('AUDIO' as const) : ('TEXT' as const)],
    ...((voiceName !== undefined || languageCode !== undefined) && {
      speechConfig: {
        ...(voiceName !== undefined && { voiceConfig: { prebuiltVoiceConfig: { voiceName } } }),
        ...(languageCode !== undefined && { languageCode }),
      },
    }),
    ...(temperature !== undefined && { temperature }),
    ...(typeof limit === 'number' && { maxOutputTokens: limit }),
  };
}

/** The model cannot be told which tool to call, only given none. */
function functionDeclarations({ tools = [], tool_choice: choice }: SessionUpdate) {
  if (choice === 'none') return [];
  return tools.flatMap((tool) => {
    if (tool.type !== 'function') return [];
    const { name, description } = tool;
    const parameters = toGeminiParameters(tool.parameters);
    return [{ name, ...(description && { description }), ...(parameters && { parameters }) }];
  });
}

type TurnDetection = NonNullable<NonNullable<SessionUpdate['audio']>['input']>['turn_detection'];

function realtimeInputConfig(detection: TurnDetection): NonNullable<GeminiSetup['realtimeInputConfig']> {
  if (detection === null) return { automaticActivityDetection: { disabled: true } };
  return {
    automaticActivityDetection: detection === undefined ? {} : activityDetection(detection),
    ...(detection?.interrupt_response === false && { activityHandling: 'NO_INTERRUPTION' }),
  };
}

function activityDetection(detection: NonNullable<TurnDetection>) {
  if (detection.type === 'semantic_vad') {
    const { eagerness } = detection;
    return {
      ...(eagerness === 'low' && { endOfSpeechSensitivity: 'END_SENSITIVITY_LOW' as const }),
      ...(eagerness === 'high' && { endOfSpeechSensitivity: 'END_SENSITIVITY_HIGH' as const }),
    };
  }
  const { threshold, prefix_padding_ms: padding, silence_duration_ms: silence } = detection;
  return {
    ...(threshold !== undefined &&
      threshold < lowThreshold && { startOfSpeechSensitivity: 'START_SENSITIVITY_HIGH' as const }),
    ...(threshold !== undefined &&
      threshold > highThreshold && { startOfSpeechSensitivity: 'START_SENSITIVITY_LOW' as const }),
    ...(padding !== undefined && { prefixPaddingMs: padding }),
    ...(silence !== undefined && { silenceDurationMs: silence }),
  };
}

/** Without it a session of speech ends after a quarter of an hour. */
function compression(truncation: SessionUpdate['truncation']): Pick<GeminiSetup, 'contextWindowCompression'> {
  if (truncation === 'disabled') return {};
  const limit = typeof truncation === 'object' ? truncation.token_limits?.post_instructions : undefined;
  if (typeof truncation !== 'object' || limit === undefined || limit === 0) {
    return { contextWindowCompression: { slidingWindow: {} } };
  }
  const targetTokens = Math.floor(limit * truncation.retention_ratio);
  return { contextWindowCompression: { triggerTokens: limit, slidingWindow: { targetTokens } } };
}
