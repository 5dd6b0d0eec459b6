import type { JsonObject, JsonValue, ToolChoice } from '@antiphon/core';
import type { WireFormat } from './audio-format.ts';

/** How turns of the user are found, with every member filled in. */
export type EffectiveTurnDetection =
  | {
      readonly type: 'server_vad';
      readonly threshold: number;
      readonly prefix_padding_ms: number;
      readonly silence_duration_ms: number;
      readonly idle_timeout_ms: number | null;
      readonly create_response: boolean;
      readonly interrupt_response: boolean;
    }
  | {
      readonly type: 'semantic_vad';
      readonly eagerness: 'low' | 'medium' | 'high' | 'auto';
      readonly create_response: boolean;
      readonly interrupt_response: boolean;
    };

/** A function as the session states it. */
export interface EffectiveTool {
  type: 'function';
  name: string;
  description: string | null;
  parameters: JsonObject;
}

/** The session object as this server states it: complete, in the order of members of the hosted service. */
export interface EffectiveSession {
  type: 'realtime';
  object: 'realtime.session';
  id: string;
  model: string;
  output_modalities: ('audio' | 'text')[];
  instructions: string;
  tools: EffectiveTool[];
  tool_choice: ToolChoice;
  max_output_tokens: number | 'inf';
  tracing: JsonValue;
  truncation: JsonValue;
  prompt: JsonValue;
  expires_at: number;
  audio: {
    input: {
      format: WireFormat;
      transcription: { model: string; language: string | null; prompt: string | null } | null;
      noise_reduction: { type: 'near_field' | 'far_field' } | null;
      turn_detection: EffectiveTurnDetection | null;
    };
    output: { format: WireFormat; voice: string | { id: string }; speed: number };
  };
  include: 'item.input_audio_transcription.logprobs'[] | null;
}

/** How far an item is. */
export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

/** A part of a message as this server states it. */
export type EngineContent =
  | { type: 'input_text'; text: string }
  | { type: 'input_audio'; transcript: string | null }
  | { type: 'input_image'; image_url: string }
  | { type: 'output_text'; text: string }
  | { type: 'output_audio'; transcript: string | null };

export interface EngineMessage {
  id: string;
  type: 'message';
  status: ItemStatus;
  role: 'user' | 'assistant' | 'system';
  content: EngineContent[];
}

export interface EngineCall {
  id: string;
  type: 'function_call';
  status: ItemStatus;
  name: string;
  call_id: string;
  arguments: string;
}

export interface EngineCallOutput {
  id: string;
  type: 'function_call_output';
  call_id: string;
  output: string;
}

/** An item of the conversation as this server states it. */
export type EngineItem = EngineMessage | EngineCall | EngineCallOutput;

/** Tokens of one response, every member filled in. */
export interface EngineUsage {
  total_tokens: number;
  input_tokens: number;
  output_tokens: number;
  input_token_details: {
    text_tokens: number;
    audio_tokens: number;
    image_tokens: number;
    cached_tokens: number;
    cached_tokens_details: { text_tokens: number; audio_tokens: number; image_tokens: number };
  };
  output_token_details: { text_tokens: number; audio_tokens: number };
}

/** A response as this server states it. */
export interface EngineResponse {
  object: 'realtime.response';
  id: string;
  status: 'in_progress' | ResponseOutcome['status'];
  status_details: StatusDetails | null;
  output: EngineItem[];
  conversation_id: string | null;
  output_modalities: ('audio' | 'text')[];
  max_output_tokens: number | 'inf';
  audio: { output: { format: WireFormat; voice: string | { id: string } } };
  usage: EngineUsage | null;
  metadata: Record<string, string> | null;
}

interface StatusDetails {
  type: string;
  reason?: string;
  error?: { type: string; code: string | null; message: string };
}

/** How a response ended. */
export type ResponseOutcome =
  | { readonly status: 'completed' }
  | { readonly status: 'cancelled'; readonly reason: 'turn_detected' | 'client_cancelled' }
  | { readonly status: 'incomplete'; readonly reason: 'max_output_tokens' }
  | { readonly status: 'failed'; readonly message: string };

/** The `status_details` of an outcome. */
export function describeOutcome(outcome: ResponseOutcome): StatusDetails | null {
  switch (outcome.status) {
    case 'completed':
      return null;
    case 'failed':
      return {
        type: 'failed',
        error: { type: 'server_error', code: 'server_error', message: outcome.message },
      };
    default:
      return { type: outcome.status, reason: outcome.reason };
  }
}
