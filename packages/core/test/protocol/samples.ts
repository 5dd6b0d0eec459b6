import type { ClientEvent } from '../../src/protocol/client-events.ts';
import type { ServerEvent } from '../../src/protocol/server-events.ts';

type Samples<Event extends { type: string }> = {
  readonly [Type in Event['type']]: Omit<Extract<Event, { type: Type }>, 'type'>;
};

const session = {
  type: 'realtime',
  id: 'sess_1',
  model: 'gpt-realtime',
  output_modalities: ['audio'],
  tools: [{ type: 'function', name: 'clock', description: null, parameters: { type: 'object' } }],
  audio: {
    input: { format: { type: 'audio/pcm', rate: 24_000 }, transcription: null, turn_detection: null },
    output: { format: { type: 'audio/pcmu' }, voice: 'alloy', speed: 1 },
  },
} as const;
const event_id = 'event_1';
const message = {
  id: 'item_1',
  type: 'message',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_audio', transcript: 'Hi.' }],
} as const;
const call = {
  id: 'item_2',
  type: 'function_call',
  status: 'in_progress',
  name: 'clock',
  call_id: 'call_1',
  arguments: '',
} as const;
const response = {
  id: 'resp_1',
  status: 'completed',
  status_details: null,
  output: [message],
  conversation_id: 'conv_1',
  usage: { total_tokens: 3, input_tokens: 1, output_tokens: 2 },
  metadata: null,
} as const;
const ofUser = { event_id, item_id: 'item_0', content_index: 0 };
const ofItem = { event_id, response_id: 'resp_1', item_id: 'item_1', output_index: 0 };
const ofPart = { ...ofItem, content_index: 0 };
const ofCall = { ...ofItem, call_id: 'call_1' };

/** One well-formed event of every type a server may send, less its type. */
export const serverSamples = {
  error: {
    event_id,
    error: {
      type: 'invalid_request_error',
      code: 'invalid_value',
      message: 'No.',
      param: 'type',
      event_id: null,
    },
  },
  'session.created': { event_id, session },
  'session.updated': { event_id, session },
  'conversation.created': { event_id, conversation: { id: 'conv_1' } },
  'conversation.item.created': { event_id, item: message, previous_item_id: null },
  'conversation.item.added': { event_id, item: call, previous_item_id: 'item_1' },
  'conversation.item.done': { event_id, item: message, previous_item_id: null },
  'conversation.item.retrieved': { event_id, item: message },
  'conversation.item.truncated': { ...ofUser, audio_end_ms: 120 },
  'conversation.item.deleted': { event_id, item_id: 'item_1' },
  'conversation.item.input_audio_transcription.delta': { ...ofUser, delta: 'Hel' },
  'conversation.item.input_audio_transcription.completed': {
    ...ofUser,
    transcript: 'Hello',
    usage: { type: 'duration', seconds: 2 },
  },
  'conversation.item.input_audio_transcription.failed': { ...ofUser, error: { code: 'x', message: 'No.' } },
  'conversation.item.input_audio_transcription.segment': {
    ...ofUser,
    text: 'Hello',
    speaker: 'A',
    start: 0,
    end: 1.5,
  },
  'input_audio_buffer.cleared': { event_id },
  'input_audio_buffer.committed': { event_id, item_id: 'item_0', previous_item_id: null },
  'input_audio_buffer.dtmf_event_received': { event: '5', received_at: 1_800_000_000 },
  'input_audio_buffer.speech_started': { event_id, item_id: 'item_0', audio_start_ms: 1460 },
  'input_audio_buffer.speech_stopped': { event_id, item_id: 'item_0', audio_end_ms: 4256 },
  'input_audio_buffer.timeout_triggered': {
    event_id,
    item_id: 'item_0',
    audio_start_ms: 1,
    audio_end_ms: 6001,
  },
  'output_audio_buffer.started': { event_id, response_id: 'resp_1' },
  'output_audio_buffer.stopped': { event_id, response_id: 'resp_1' },
  'output_audio_buffer.cleared': { event_id, response_id: 'resp_1' },
  'rate_limits.updated': {
    event_id,
    rate_limits: [{ name: 'tokens', limit: 40_000, remaining: 39_000, reset_seconds: 1.5 }],
  },
  'response.created': { event_id, response: { ...response, status: 'in_progress', output: [], usage: null } },
  'response.done': { event_id, response },
  'response.output_item.added': { event_id, response_id: 'resp_1', output_index: 1, item: call },
  'response.output_item.done': { event_id, response_id: 'resp_1', output_index: 0, item: message },
  'response.content_part.added': { ...ofPart, part: { type: 'audio', transcript: '' } },
  'response.content_part.done': { ...ofPart, part: { type: 'text', text: 'Hi.' } },
  'response.output_text.delta': { ...ofPart, delta: 'H', obfuscation: 'a8f' },
  'response.output_text.done': { ...ofPart, text: 'Hi.' },
  'response.output_audio_transcript.delta': { ...ofPart, delta: 'H' },
  'response.output_audio_transcript.done': { ...ofPart, transcript: 'Hi.' },
  'response.output_audio.delta': { ...ofPart, delta: 'AAEC' },
  'response.output_audio.done': ofPart,
  'response.function_call_arguments.delta': { ...ofCall, delta: '{"a' },
  'response.function_call_arguments.done': { ...ofCall, name: 'clock', arguments: '{}' },
  'response.mcp_call_arguments.delta': { ...ofItem, delta: '{' },
  'response.mcp_call_arguments.done': { ...ofItem, arguments: '{}' },
  'response.mcp_call.in_progress': { event_id, item_id: 'item_1', output_index: 0 },
  'response.mcp_call.completed': { event_id, item_id: 'item_1', output_index: 0 },
  'response.mcp_call.failed': { event_id, item_id: 'item_1', output_index: 0 },
  'mcp_list_tools.in_progress': { event_id, item_id: 'item_1' },
  'mcp_list_tools.completed': { event_id, item_id: 'item_1' },
  'mcp_list_tools.failed': { event_id, item_id: 'item_1' },
} as unknown as Samples<ServerEvent>;

/** One well-formed event of every type a client may send, less its type. */
export const clientSamples: Samples<ClientEvent> = {
  'session.update': {
    session: {
      type: 'realtime',
      instructions: 'Be brief.',
      output_modalities: ['audio'],
      tools: [
        { type: 'function', name: 'clock', description: 'Tells the time.', parameters: { type: 'object' } },
      ],
      tool_choice: { type: 'function', name: 'clock' },
      max_output_tokens: 'inf',
      audio: {
        input: {
          format: { type: 'audio/pcm', rate: 24_000 },
          transcription: null,
          noise_reduction: { type: 'near_field' },
          turn_detection: {
            type: 'server_vad',
            threshold: 0.5,
            silence_duration_ms: 500,
            idle_timeout_ms: null,
          },
        },
        output: { format: { type: 'audio/pcma' }, voice: 'marin', speed: 1.1 },
      },
      tracing: null,
      truncation: { type: 'retention_ratio', retention_ratio: 0.8 },
    },
  },
  'input_audio_buffer.append': { audio: 'AAEC', event_id: 'event_7' },
  'input_audio_buffer.commit': {},
  'input_audio_buffer.clear': {},
  'output_audio_buffer.clear': {},
  'conversation.item.create': {
    previous_item_id: 'root',
    item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hi.' }] },
  },
  'conversation.item.retrieve': { item_id: 'item_1' },
  'conversation.item.truncate': { item_id: 'item_1', content_index: 0, audio_end_ms: 120 },
  'conversation.item.delete': { item_id: 'item_1' },
  'response.create': {
    response: {
      instructions: 'Say hello.',
      conversation: 'none',
      input: [{ type: 'item_reference', id: 'item_1' }],
      metadata: { purpose: 'greeting' },
      tool_choice: 'none',
    },
  },
  'response.cancel': { response_id: 'resp_1' },
};

/** The samples as whole events. */
export function eventsOf(samples: Readonly<Record<string, object>>): { readonly type: string }[] {
  return Object.entries(samples).map(([type, members]) => ({ type, ...members }));
}
