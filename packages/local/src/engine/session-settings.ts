import type { SessionUpdate, TurnDetection } from '@antiphon/core';
import type { WireFormat } from './audio-format.ts';
import { type WireError, wireErrors } from './wire-errors.ts';
import type { EffectiveSession, EffectiveTool, EffectiveTurnDetection } from './wire-objects.ts';

/** What a session starts with. */
export interface SessionStart {
  readonly id: string;
  readonly model: string;
  readonly voice: string;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
}

/** A changed session, or why nothing was changed. */
export type SettingsResult =
  | { readonly ok: true; readonly session: EffectiveSession }
  | { readonly ok: false; readonly error: WireError };

/** A tool as clients declare it. */
export type DeclaredTool = NonNullable<SessionUpdate['tools']>[number];

type AudioUpdate = NonNullable<SessionUpdate['audio']>;
type AudioFormat = NonNullable<NonNullable<AudioUpdate['input']>['format']>;
type ServerVad = Extract<EffectiveTurnDetection, { type: 'server_vad' }>;

const defaultServerVad: ServerVad = {
  type: 'server_vad',
  threshold: 0.5,
  prefix_padding_ms: 300,
  silence_duration_ms: 500,
  idle_timeout_ms: null,
  create_response: true,
  interrupt_response: true,
};

/** The session before its first update. */
export function initialSession(start: SessionStart): EffectiveSession {
  return {
    type: 'realtime',
    object: 'realtime.session',
    id: start.id,
    model: start.model,
    output_modalities: ['audio'],
    instructions: 'You are a helpful voice agent. Use the functions you are given and answer briefly.',
    tools: [],
    tool_choice: 'auto',
    max_output_tokens: 'inf',
    tracing: null,
    truncation: 'auto',
    prompt: null,
    expires_at: start.expiresAt,
    audio: {
      input: {
        format: { type: 'audio/pcm', rate: 24_000 },
        transcription: null,
        noise_reduction: null,
        turn_detection: defaultServerVad,
      },
      output: { format: { type: 'audio/pcm', rate: 24_000 }, voice: start.voice, speed: 1 },
    },
    include: null,
  };
}

/**
 * Applies an update as a whole or not at all. Members that are absent keep their values; those of a partly given turn
 * detection too, unless its type changes.
 *
 * @param hasSpoken whether the conversation holds sound of the agent, after which its voice is fixed.
 */
export function updateSession(
  session: EffectiveSession,
  update: SessionUpdate,
  hasSpoken: boolean,
): SettingsResult {
  const refusal = refuse(session, update, hasSpoken);
  if (refusal !== undefined) return { ok: false, error: refusal };
  return {
    ok: true,
    session: {
      ...session,
      output_modalities: update.output_modalities ?? session.output_modalities,
      instructions: update.instructions ?? session.instructions,
      tools: update.tools === undefined ? session.tools : stateTools(update.tools),
      tool_choice: update.tool_choice ?? session.tool_choice,
      max_output_tokens: update.max_output_tokens ?? session.max_output_tokens,
      tracing:
        update.tracing === undefined ? session.tracing : (update.tracing as EffectiveSession['tracing']),
      truncation: (update.truncation ?? session.truncation) as EffectiveSession['truncation'],
      prompt: update.prompt === undefined ? session.prompt : (update.prompt as EffectiveSession['prompt']),
      audio: {
        input: updateInput(session.audio.input, update.audio?.input),
        output: updateOutput(session.audio.output, update.audio?.output),
      },
      include: update.include === undefined ? session.include : update.include,
    },
  };
}

/** A format with its rate. */
export function toWireFormat(format: AudioFormat): WireFormat {
  return format.type === 'audio/pcm' ? { type: 'audio/pcm', rate: 24_000 } : format;
}

/** Functions as the session states them; tools of other kinds were refused before. */
export function stateTools(tools: readonly DeclaredTool[]): EffectiveTool[] {
  return tools.flatMap((tool) =>
    tool.type === 'function'
      ? [
          {
            type: tool.type,
            name: tool.name,
            description: tool.description ?? null,
            parameters: tool.parameters ?? { type: 'object', properties: {} },
          },
        ]
      : [],
  );
}

/** The first of `tools` that this engine cannot run, as an error. */
export function refuseTools(tools: readonly DeclaredTool[] | undefined, path: string): WireError | undefined {
  const index = tools?.findIndex((tool) => tool.type !== 'function') ?? -1;
  return index < 0 ? undefined : wireErrors.unsupported(`${path}[${index}].type`, 'mcp', ['function']);
}

function refuse(session: EffectiveSession, update: SessionUpdate, hasSpoken: boolean): WireError | undefined {
  if (update.model !== undefined && update.model !== session.model) {
    return wireErrors.unsupported('session.model', update.model, [session.model]);
  }
  const voice = update.audio?.output?.voice;
  const changesVoice = voice !== undefined && !isSame(voice, session.audio.output.voice);
  if (changesVoice && hasSpoken) return wireErrors.voiceLocked();
  return refuseTools(update.tools, 'session.tools');
}

type Input = EffectiveSession['audio']['input'];
type Output = EffectiveSession['audio']['output'];

function updateInput(input: Input, update: AudioUpdate['input']): Input {
  if (update === undefined) return input;
  const { format, transcription, noise_reduction, turn_detection } = update;
  return {
    format: format === undefined ? input.format : toWireFormat(format),
    transcription:
      transcription === undefined ? input.transcription : transcription && stateTranscription(transcription),
    noise_reduction: noise_reduction === undefined ? input.noise_reduction : noise_reduction,
    turn_detection:
      turn_detection === undefined
        ? input.turn_detection
        : turn_detection && updateTurnDetection(input.turn_detection, turn_detection),
  };
}

function updateOutput(output: Output, update: AudioUpdate['output']): Output {
  if (update === undefined) return output;
  return {
    format: update.format === undefined ? output.format : toWireFormat(update.format),
    voice: update.voice ?? output.voice,
    speed: update.speed ?? output.speed,
  };
}

function stateTranscription(
  given: NonNullable<NonNullable<AudioUpdate['input']>['transcription']>,
): NonNullable<Input['transcription']> {
  return {
    ...given,
    model: given.model ?? 'moonshine',
    language: given.language ?? null,
    prompt: given.prompt ?? null,
  };
}

function updateTurnDetection(
  current: EffectiveTurnDetection | null,
  update: TurnDetection,
): EffectiveTurnDetection {
  if (update.type === 'semantic_vad') {
    const base = current?.type === 'semantic_vad' ? current : undefined;
    return {
      type: 'semantic_vad',
      eagerness: update.eagerness ?? base?.eagerness ?? 'auto',
      create_response: update.create_response ?? base?.create_response ?? true,
      interrupt_response: update.interrupt_response ?? base?.interrupt_response ?? true,
    };
  }
  const base = current?.type === 'server_vad' ? current : defaultServerVad;
  return {
    type: 'server_vad',
    threshold: update.threshold ?? base.threshold,
    prefix_padding_ms: update.prefix_padding_ms ?? base.prefix_padding_ms,
    silence_duration_ms: update.silence_duration_ms ?? base.silence_duration_ms,
    idle_timeout_ms: update.idle_timeout_ms === undefined ? base.idle_timeout_ms : update.idle_timeout_ms,
    create_response: update.create_response ?? base.create_response,
    interrupt_response: update.interrupt_response ?? base.interrupt_response,
  };
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
