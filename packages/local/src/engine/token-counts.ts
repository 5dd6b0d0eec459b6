import type { EngineItem, EngineUsage } from './wire-objects.ts';

/** Tokens by kind. */
export interface TokenCount {
  readonly text: number;
  readonly audio: number;
}

/** Words and punctuation marks of a text: what this engine counts as its text tokens. */
export function textTokens(text: string): number {
  return text.match(/[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu)?.length ?? 0;
}

/** Tokens of sound that was heard: one per 100 ms. */
export function inputAudioTokens(audioMs: number): number {
  return Math.ceil(audioMs / 100);
}

/** Tokens of sound that was made: one per 50 ms. */
export function outputAudioTokens(audioMs: number): number {
  return Math.ceil(audioMs / 50);
}

/** What the text of an item counts for; its sound is counted where its length is known. */
export function itemTextTokens(item: EngineItem): number {
  switch (item.type) {
    case 'function_call':
      return textTokens(item.name) + textTokens(item.arguments);
    case 'function_call_output':
      return textTokens(item.output);
    case 'message':
      return item.content.reduce((sum, part) => sum + ('text' in part ? textTokens(part.text) : 0), 0);
  }
}

export function addTokens(a: TokenCount, b: TokenCount): TokenCount {
  return { text: a.text + b.text, audio: a.audio + b.audio };
}

/** The usage object of a response: `input` is the whole context; nothing is ever cached or an image. */
export function toUsage(input: TokenCount, output: TokenCount): EngineUsage {
  const inputTokens = input.text + input.audio;
  const outputTokens = output.text + output.audio;
  return {
    total_tokens: inputTokens + outputTokens,
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    input_token_details: {
      text_tokens: input.text,
      audio_tokens: input.audio,
      image_tokens: 0,
      cached_tokens: 0,
      cached_tokens_details: { text_tokens: 0, audio_tokens: 0, image_tokens: 0 },
    },
    output_token_details: { text_tokens: output.text, audio_tokens: output.audio },
  };
}
