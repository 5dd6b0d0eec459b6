import type { JsonObject, JsonValue } from '../../json.ts';
import { compact, compactOrNone, mapObject, objectAt, without } from './members.ts';
import { toBetaFormat, toBetaModalities, toGaFormat, toGaModalities } from './values.ts';

/** What the GA dialect has no place for is stated as every beta server does by default. */
const defaultTemperature = 0.8;

/** The flat members that have a place of their own in the GA dialect, or none. */
const flatMembers: ReadonlySet<string> = new Set([
  'modalities',
  'voice',
  'speed',
  'temperature',
  'input_audio_format',
  'output_audio_format',
  'input_audio_transcription',
  'input_audio_noise_reduction',
  'turn_detection',
  'max_response_output_tokens',
  'client_secret',
]);

const nestedMembers: ReadonlySet<string> = new Set([
  'type',
  'audio',
  'output_modalities',
  'max_output_tokens',
  'truncation',
  'reasoning',
  'parallel_tool_calls',
]);

/** The settings of a session, as a beta server states them or a beta client sends them, in the GA dialect. */
export function toGaSession(session: JsonObject, type: 'realtime' | 'transcription'): JsonObject {
  const input = compactOrNone({
    format: toGaFormat(session['input_audio_format']),
    transcription: session['input_audio_transcription'],
    noise_reduction: session['input_audio_noise_reduction'],
    turn_detection: toGaTurnDetection(session['turn_detection']),
  });
  const output = compactOrNone({
    format: toGaFormat(session['output_audio_format']),
    voice: session['voice'] ?? undefined,
    speed: session['speed'],
  });
  return compact({
    type,
    ...without(session, flatMembers),
    output_modalities: type === 'realtime' ? toGaModalities(session['modalities']) : undefined,
    max_output_tokens: session['max_response_output_tokens'],
    audio: compactOrNone({ input, output: type === 'realtime' ? output : undefined }),
  });
}

/** The settings of a session as a beta server states them. */
export function toBetaSession(session: JsonObject): JsonObject {
  const audio = objectAt(session, 'audio');
  const [input, output] = [objectAt(audio, 'input'), objectAt(audio, 'output')];
  const isTranscription = session['type'] === 'transcription';
  return compact({
    ...without(session, nestedMembers),
    modalities: toBetaModalities(session['output_modalities']),
    voice: output?.['voice'],
    speed: output?.['speed'],
    input_audio_format: toBetaFormat(input?.['format']),
    output_audio_format: toBetaFormat(output?.['format']),
    input_audio_transcription: input?.['transcription'],
    input_audio_noise_reduction: input?.['noise_reduction'],
    turn_detection: mapObject(input?.['turn_detection'], withoutIdleTimeout),
    max_response_output_tokens: session['max_output_tokens'],
    temperature: isTranscription ? undefined : defaultTemperature,
  });
}

/** Stated responses have settings of their own, flat in the beta dialect. */
export function toGaResponseSettings(response: JsonObject): JsonObject {
  const output = compactOrNone({
    format: toGaFormat(response['output_audio_format']),
    voice: response['voice'] ?? undefined,
  });
  const max = response['max_output_tokens'] ?? response['max_response_output_tokens'];
  return compact({
    ...without(response, flatMembers),
    output_modalities: toGaModalities(response['modalities']),
    audio: output && { output },
    max_output_tokens: max,
  });
}

/** The settings of a response as a beta server states them. */
export function toBetaResponseSettings(response: JsonObject): JsonObject {
  const output = objectAt(objectAt(response, 'audio'), 'output');
  const { max_output_tokens: max } = response;
  return compact({
    ...without(response, nestedMembers),
    modalities: toBetaModalities(response['output_modalities']),
    voice: output?.['voice'],
    output_audio_format: toBetaFormat(output?.['format']),
    temperature: defaultTemperature,
    max_output_tokens: max,
  });
}

/** Early servers switch detection off by a type of its own. */
function toGaTurnDetection(value: JsonValue | undefined): JsonValue | undefined {
  return mapObject(value, (detection) => (detection['type'] === 'none' ? null : detection));
}

function withoutIdleTimeout(detection: JsonObject): JsonObject {
  return without(detection, new Set(['idle_timeout_ms']));
}
