import type { JsonObject, JsonValue } from '../json.ts';
import { toGaFormat } from '../protocol/beta/values.ts';
import type { SessionUpdate } from '../protocol/session-config.ts';
import { isJsonObject } from '../protocol/tolerant.ts';
import type { AgentConfig } from './agent-config.ts';

/** A key of an agent that becomes a setting of the session. */
export interface WireSetting {
  readonly key: keyof AgentConfig;
  /** Its place in the session object; members inside it are called the same in the agent file. */
  readonly path: string;
  /** What is put there; undefined leaves it to the server. Null only where it switches something off. */
  readonly value: (agent: AgentConfig) => JsonValue | undefined;
  /** What every server does that is not told otherwise; undefined where servers differ. */
  readonly serverDefault?: JsonValue;
}

/**
 * The agent file and the session object, key by key. What is sent, what `check` warns about and where a refused setting
 * stands in the file are all read from this table.
 */
export const wireSettings: readonly WireSetting[] = [
  same('output_modalities', ['audio']),
  same('instructions', ''),
  same('prompt'),
  same('tool_choice', 'auto'),
  same('parallel_tool_calls'),
  same('temperature'),
  same('max_output_tokens', 'inf'),
  same('reasoning'),
  same('truncation', 'auto'),
  same('tracing'),
  same('include', []),
  {
    key: 'input_audio_format',
    path: 'audio.input.format',
    value: (agent) => toGaFormat(agent.input_audio_format),
    serverDefault: pcm(),
  },
  {
    key: 'transcription',
    path: 'audio.input.transcription',
    value: transcription,
    serverDefault: null,
  },
  {
    key: 'noise_reduction',
    path: 'audio.input.noise_reduction',
    value: ({ noise_reduction: reduction }) => reduction && defined(reduction),
    serverDefault: null,
  },
  { key: 'turn_detection', path: 'audio.input.turn_detection', value: turnDetection },
  {
    key: 'output_audio_format',
    path: 'audio.output.format',
    value: (agent) => toGaFormat(agent.output_audio_format),
    serverDefault: pcm(),
  },
  { key: 'voice', path: 'audio.output.voice', value: ({ voice }) => voice },
  { key: 'speed', path: 'audio.output.speed', value: ({ speed }) => speed, serverDefault: 1 },
];

/** What servers do when members of the turn detection are left out. */
export const detectionDefaults: Readonly<Record<string, JsonValue>> = {
  eagerness: 'auto',
  create_response: true,
  interrupt_response: true,
};

/** The transcription model asked for when the agent file names none. */
export const defaultTranscriptionModel = 'gpt-4o-mini-transcribe';

/**
 * The session object of an agent, without its tools. What the file leaves open is left to the server, unless servers
 * differ in it; no null but where it switches something off.
 */
export function wireSessionOf(agent: AgentConfig): SessionUpdate {
  const session: Record<string, unknown> = { type: 'realtime' };
  for (const { path, value } of wireSettings) {
    const stated = value(agent);
    if (stated !== undefined) put(session, path.split('.'), stated);
  }
  return session as unknown as SessionUpdate;
}

/** The value at a path of the session object; undefined where there is none. */
export function settingAt(session: SessionUpdate, path: string): JsonValue | undefined {
  let value: JsonValue | undefined = session as unknown as JsonObject;
  for (const name of path.split('.')) value = isJsonObject(value) ? value[name] : undefined;
  return value;
}

/** A session object with one more setting. */
export function withSetting(session: SessionUpdate, path: string, value: JsonValue): SessionUpdate {
  const copy = structuredClone(session) as unknown as Record<string, unknown>;
  put(copy, path.split('.'), value);
  return copy as unknown as SessionUpdate;
}

function put(target: Record<string, unknown>, [name = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    target[name] = value;
    return;
  }
  const inner = (target[name] ?? {}) as Record<string, unknown>;
  target[name] = inner;
  put(inner, rest, value);
}

/** A key whose value goes to the same name of the session object as it stands. */
function same(key: Extract<keyof AgentConfig, keyof SessionUpdate>, serverDefault?: JsonValue): WireSetting {
  const value = (agent: AgentConfig): JsonValue | undefined => {
    const stated = agent[key] as JsonValue | undefined;
    return isJsonObject(stated) ? defined(stated) : stated;
  };
  return { key, path: key, value, ...(serverDefault !== undefined && { serverDefault }) };
}

function pcm(): JsonValue {
  return { type: 'audio/pcm', rate: 24_000 };
}

/** What the user says is written down unless the file says no: a conversation without its questions is no record. */
function transcription({ transcription: asked }: AgentConfig): JsonValue | undefined {
  return asked === null ? null : { model: defaultTranscriptionModel, ...defined(asked ?? {}) };
}

/** Turns that are found on this side are none of the server's business. */
function turnDetection({ turn_detection: detection }: AgentConfig): JsonValue | undefined {
  if (detection === null || detection.type === 'local_vad' || detection.type === 'push_to_talk') return null;
  const members = Object.entries(defined(detection)).filter(
    ([name, value]) => value !== null && detectionDefaults[name] !== value,
  );
  return Object.fromEntries(members);
}

/** Members that are there. */
function defined(value: object): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as JsonObject;
}
