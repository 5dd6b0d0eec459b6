import type { Usage } from '../protocol/response.ts';

/** Tokens by what they stand for. `other`: the server did not say. */
export interface TokensByKind {
  readonly text: number;
  readonly audio: number;
  readonly image: number;
  readonly other: number;
}

/** Tokens of one or more responses. Each token is counted once: what came from a cache is in `cached` alone. */
export interface TokenCounts {
  /** Read anew. */
  readonly input: TokensByKind;
  /** Read from the server's cache. */
  readonly cached: TokensByKind;
  readonly output: TokensByKind;
}

const none: TokensByKind = { text: 0, audio: 0, image: 0, other: 0 };

/** Nothing used yet. */
export const noTokens: TokenCounts = { input: none, cached: none, output: none };

/**
 * A usage object of the wire, by kind. What the totals say and the details do not name is `other`; cached tokens without
 * details are taken for text first, then sound, then images, which is at worst too dear.
 */
export function tokenCountsOf(usage: Usage): TokenCounts {
  const { input_token_details: given, output_token_details: made } = usage;
  const read = kinds({
    text: given?.text_tokens,
    audio: given?.audio_tokens,
    image: given?.image_tokens,
    total: usage.input_tokens,
  });
  const written = kinds({
    // What a model thinks is billed as text, and counted apart by some servers.
    text: (made?.text_tokens ?? 0) + uncountedThought(usage),
    audio: made?.audio_tokens,
    total: usage.output_tokens,
  });
  const cached = cachedOf(read, given);
  const unplaced = Math.max(0, usage.total_tokens - usage.input_tokens - usage.output_tokens);
  return {
    input: { ...minus(read, cached), other: read.other - cached.other + unplaced },
    cached,
    output: written,
  };
}

/** All tokens of a usage object, also where the server leaves out the total, or names kinds alone. */
export function totalTokensOf(usage: Usage): number {
  return Math.max(usage.total_tokens, usage.input_tokens + usage.output_tokens, sumOf(tokenCountsOf(usage)));
}

/** Whether a usage object says anything at all. */
export function isBlank(usage: Usage): boolean {
  return totalTokensOf(usage) === 0;
}

export function addCounts(a: TokenCounts, b: TokenCounts): TokenCounts {
  return {
    input: plus(a.input, b.input),
    cached: plus(a.cached, b.cached),
    output: plus(a.output, b.output),
  };
}

/** All tokens of all kinds. */
export function sumOf({ input, cached, output }: TokenCounts): number {
  return [input, cached, output].reduce(
    (sum, kind) => sum + kind.text + kind.audio + kind.image + kind.other,
    0,
  );
}

function kinds(given: {
  readonly text: number | undefined;
  readonly audio: number | undefined;
  readonly image?: number | undefined;
  readonly total: number;
}): TokensByKind {
  const { text = 0, audio = 0, image = 0, total } = given;
  return { text, audio, image, other: Math.max(0, total - text - audio - image) };
}

/** Tokens of thought that are in the total and in no kind. */
function uncountedThought({ output_tokens, output_token_details: made }: Usage): number {
  const named = (made?.text_tokens ?? 0) + (made?.audio_tokens ?? 0);
  return Math.min(made?.reasoning_tokens ?? 0, Math.max(0, output_tokens - named));
}

function cachedOf(read: TokensByKind, given: Usage['input_token_details']): TokensByKind {
  const details = given?.cached_tokens_details;
  const text = Math.min(read.text, details?.text_tokens ?? 0);
  const audio = Math.min(read.audio, details?.audio_tokens ?? 0);
  const image = Math.min(read.image, details?.image_tokens ?? 0);
  let rest = Math.max(0, (given?.cached_tokens ?? 0) - text - audio - image);
  const guess = (most: number): number => {
    const taken = Math.min(most, rest);
    rest -= taken;
    return taken;
  };
  return {
    text: text + guess(read.text - text),
    audio: audio + guess(read.audio - audio),
    image: image + guess(read.image - image),
    other: guess(read.other),
  };
}

function plus(a: TokensByKind, b: TokensByKind): TokensByKind {
  return {
    text: a.text + b.text,
    audio: a.audio + b.audio,
    image: a.image + b.image,
    other: a.other + b.other,
  };
}

function minus(a: TokensByKind, b: TokensByKind): TokensByKind {
  return {
    text: a.text - b.text,
    audio: a.audio - b.audio,
    image: a.image - b.image,
    other: a.other - b.other,
  };
}
