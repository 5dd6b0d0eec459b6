import type { ConversationItem, RealtimeResponse, ServerEvent } from '@antiphon/core';

type Status = RealtimeResponse['status'];

/** A piece of a response: where it belongs. */
export interface PartPlace {
  readonly responseId: string;
  readonly itemId: string;
  readonly outputIndex: number;
  readonly contentIndex: number;
}

function place({ responseId, itemId, outputIndex, contentIndex }: PartPlace) {
  return {
    response_id: responseId,
    item_id: itemId,
    output_index: outputIndex,
    content_index: contentIndex,
  };
}

/** An `error` event. */
export function sayError(code: string | null, message: string, eventId: string | null): ServerEvent {
  return {
    type: 'error',
    error: { type: 'invalid_request_error', code, message, param: null, event_id: eventId },
  };
}

/** A session event. */
export function saySession(type: 'session.created' | 'session.updated', id: string): ServerEvent {
  return { type, session: { type: 'realtime', id, model: 'simulated' } } as ServerEvent;
}

/** A message of the agent. */
export function agentItem(
  id: string,
  status: 'in_progress' | 'completed' | 'incomplete',
  transcripts: readonly string[],
): ConversationItem {
  const content = transcripts.map((transcript) => ({ type: 'output_audio' as const, transcript }));
  return { id, type: 'message', role: 'assistant', status, content };
}

/** A turn of the user that was heard. */
export function userItem(id: string): ConversationItem {
  return {
    id,
    type: 'message',
    role: 'user',
    status: 'completed',
    content: [{ type: 'input_audio', transcript: null }],
  };
}

/** A turn of the user that was written. */
export function writtenItem(id: string, text: string): ConversationItem {
  return { id, type: 'message', role: 'user', status: 'completed', content: [{ type: 'input_text', text }] };
}

/** A call of a function. */
export function callItem(
  call: { readonly itemId: string; readonly callId: string; readonly name: string },
  status: 'in_progress' | 'completed' | 'incomplete',
  argumentsJson: string,
): ConversationItem {
  return {
    id: call.itemId,
    type: 'function_call',
    status,
    name: call.name,
    call_id: call.callId,
    arguments: argumentsJson,
  };
}

/** `conversation.item.added`, under either of its names, or `.done`. */
export function sayItem(
  type: 'conversation.item.added' | 'conversation.item.created' | 'conversation.item.done',
  item: ConversationItem,
  previousItemId: string | null,
): ServerEvent {
  return { type, item, previous_item_id: previousItemId };
}

/** `response.output_item.added` or `.done`. */
export function sayOutputItem(
  type: 'response.output_item.added' | 'response.output_item.done',
  at: { readonly responseId: string; readonly outputIndex: number },
  item: ConversationItem,
): ServerEvent {
  return { type, response_id: at.responseId, output_index: at.outputIndex, item };
}

/** `response.content_part.added` or `.done`. */
export function sayPart(
  type: 'response.content_part.added' | 'response.content_part.done',
  at: PartPlace,
  transcript: string,
): ServerEvent {
  return { type, ...place(at), part: { type: 'audio', transcript } };
}

/** A piece of a transcript. */
export function sayTranscriptDelta(at: PartPlace, delta: string): ServerEvent {
  return { type: 'response.output_audio_transcript.delta', ...place(at), delta };
}

/** A piece of a written answer, or all of it. */
export function sayText(at: PartPlace, text: string, how: 'delta' | 'done'): ServerEvent {
  return how === 'delta'
    ? { type: 'response.output_text.delta', ...place(at), delta: text }
    : { type: 'response.output_text.done', ...place(at), text };
}

/** A whole transcript. */
export function sayTranscript(at: PartPlace, transcript: string): ServerEvent {
  return { type: 'response.output_audio_transcript.done', ...place(at), transcript };
}

/** The end of the sound of a part. */
export function sayAudioDone(at: PartPlace): ServerEvent {
  return { type: 'response.output_audio.done', ...place(at) };
}

/** All arguments of a call. */
export function sayArguments(
  at: { readonly responseId: string; readonly outputIndex: number },
  call: { readonly itemId: string; readonly callId: string; readonly name: string },
  argumentsJson: string,
): ServerEvent {
  return {
    type: 'response.function_call_arguments.done',
    response_id: at.responseId,
    output_index: at.outputIndex,
    item_id: call.itemId,
    call_id: call.callId,
    name: call.name,
    arguments: argumentsJson,
  };
}

/** What a request carries for itself. */
export type Metadata = Readonly<Record<string, string>> | null;

/** What `response.done` says besides the items. */
export interface Ending {
  readonly status: Status;
  /** Of a cancellation or a cut. */
  readonly reason?: string;
  /** Of a failure. */
  readonly code?: string;
  readonly tokens?: number;
  /** Whether the tokens are told by kind. */
  readonly itemized?: boolean;
  /** Of the request; undefined of servers that do not repeat it. */
  readonly metadata: Metadata | undefined;
}

/** `response.created` and `response.done`. */
export function sayResponse(
  type: 'response.created' | 'response.done',
  id: string,
  ending: Ending,
  output: ConversationItem[],
): ServerEvent {
  const { status, reason, code, tokens, metadata } = ending;
  const error = code === undefined ? null : { type: null, code, message: 'simulated' };
  const plain = status === 'completed' || status === 'in_progress';
  return {
    type,
    response: {
      id,
      status,
      status_details: plain ? null : { type: status, reason: reason ?? null, error },
      output,
      ...(metadata !== undefined && { metadata }),
      usage: tokens === undefined ? null : usageOf(tokens, ending.itemized === true),
    },
  };
}

/** What a response took; `itemized`: by kind, and what of it came from a cache. */
function usageOf(tokens: number, itemized: boolean) {
  const input = Math.floor(tokens / 2);
  const output = tokens - input;
  const totals = { total_tokens: tokens, input_tokens: input, output_tokens: output };
  if (!itemized) return totals;
  const text = Math.floor(input / 3);
  const cached = Math.floor(text / 2);
  return {
    ...totals,
    input_token_details: {
      text_tokens: text,
      audio_tokens: input - text,
      cached_tokens: cached,
      cached_tokens_details: { text_tokens: cached, audio_tokens: 0 },
    },
    output_token_details: {
      text_tokens: Math.floor(output / 4),
      audio_tokens: output - Math.floor(output / 4),
    },
  };
}
