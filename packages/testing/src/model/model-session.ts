import type { JsonObject, JsonValue } from '@antiphon/core';

/** How the server finds the user's turns; undefined when the client does. */
export interface ModelTurnDetection {
  readonly prefixPaddingMs: number;
  readonly silenceDurationMs: number;
  readonly idleTimeoutMs: number | undefined;
  readonly createsResponse: boolean;
  readonly interruptsResponse: boolean;
}

const defaultDetection: JsonObject = {
  type: 'server_vad',
  threshold: 0.5,
  prefix_padding_ms: 300,
  silence_duration_ms: 200,
  idle_timeout_ms: null,
  create_response: true,
  interrupt_response: true,
};

/** The settings of a session before the client has said anything. */
export function initialSession(id: string, expiresAt: number): JsonObject {
  return {
    type: 'realtime',
    object: 'realtime.session',
    id,
    model: 'fake-realtime',
    output_modalities: ['audio'],
    instructions: 'You are a fake.',
    tools: [],
    tool_choice: 'auto',
    max_output_tokens: 'inf',
    tracing: null,
    truncation: 'auto',
    prompt: null,
    expires_at: expiresAt,
    audio: {
      input: {
        format: { type: 'audio/pcm', rate: 24_000 },
        transcription: null,
        noise_reduction: null,
        turn_detection: defaultDetection,
      },
      output: { format: { type: 'audio/pcm', rate: 24_000 }, voice: 'alloy', speed: 1 },
    },
    include: null,
  };
}

/** What the settings are after an update: members that it leaves out stay as they are. */
export function updatedSession(session: JsonObject, update: JsonObject): JsonObject {
  const audio = memberOf(update, 'audio');
  const detection = memberOf(memberOf(audio, 'input'), 'turn_detection');
  const merged = mergedDeep(session, update);
  if (detection['type'] !== 'server_vad') {
    return merged;
  }
  // Members that a new detection leaves out have their defaults.
  const input = { ...memberOf(memberOf(merged, 'audio'), 'input') };
  return mergedDeep(merged, {
    audio: { input: { ...input, turn_detection: { ...defaultDetection, ...detection } } },
  });
}

export function turnDetectionOf(session: JsonObject): ModelTurnDetection | undefined {
  const detection = memberOf(memberOf(session, 'audio'), 'input')['turn_detection'];
  if (!isObject(detection)) {
    return undefined;
  }
  const isSemantic = detection['type'] === 'semantic_vad';
  return {
    prefixPaddingMs: numberOf(detection['prefix_padding_ms'], 300),
    silenceDurationMs: numberOf(detection['silence_duration_ms'], isSemantic ? 500 : 200),
    idleTimeoutMs:
      typeof detection['idle_timeout_ms'] === 'number' ? detection['idle_timeout_ms'] : undefined,
    createsResponse: detection['create_response'] !== false,
    interruptsResponse: detection['interrupt_response'] !== false,
  };
}

/** The `type` of the format of what is heard or said. */
export function formatOf(session: JsonObject, direction: 'input' | 'output'): string {
  const { type } = memberOf(memberOf(memberOf(session, 'audio'), direction), 'format');
  return typeof type === 'string' ? type : 'audio/pcm';
}

export function transcribes(session: JsonObject): boolean {
  return isObject(memberOf(memberOf(session, 'audio'), 'input')['transcription']);
}

export function voiceOf(session: JsonObject): JsonValue | undefined {
  return memberOf(memberOf(session, 'audio'), 'output')['voice'];
}

export function memberOf(owner: JsonObject, name: string): JsonObject {
  const value = owner[name];
  return isObject(value) ? value : {};
}

/** Lists, formats and detections are replaced as a whole; the groups they stand in are merged. */
function mergedDeep(base: JsonObject, update: JsonObject): JsonObject {
  const groups = new Set(['audio', 'input', 'output']);
  const members = Object.entries(update).map(([name, value]) => {
    const old = base[name];
    return [name, groups.has(name) && isObject(value) && isObject(old) ? mergedDeep(old, value) : value];
  });
  return { ...base, ...Object.fromEntries(members) };
}

function numberOf(value: JsonValue | undefined, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
