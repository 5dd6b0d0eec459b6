import type { JsonObject, JsonValue, ToolIntent } from '@antiphon/core';

/** Tells speech from everything else, one frame at a time. Holds the state of one stream of audio. */
export interface SpeechDetector {
  /** Samples of one frame, at 16 kHz. */
  readonly frameSamples: number;
  /** Probability in [0, 1] that the frame is speech. Frames must come in order; one at a time. */
  process(frame: Float32Array): Promise<number>;
  /** Forgets the stream heard so far. */
  reset(): void;
}

/** Turns an utterance into text. Shared by all sessions; calls queue. */
export interface Recognizer {
  /**
   * @param samples mono, 16 kHz, in [−1, 1); the whole utterance.
   * @returns the text with the recogniser's punctuation, empty when nothing was said.
   */
  transcribe(samples: Float32Array, signal?: AbortSignal): Promise<string>;
  close(): Promise<void>;
}

/** How a sentence should be spoken. */
export interface SpeechStyle {
  /** A voice of the engine, or a provider's voice name, mapped to the nearest. */
  readonly voice: string;
  /** 1 = normal, 0.25–1.5 as in the protocol. */
  readonly speed: number;
}

/** Turns text into speech. Shared by all sessions; calls queue. */
export interface Synthesizer {
  readonly sampleRateHz: number;
  /** One clause or sentence in, its samples (mono 16-bit at `sampleRateHz`) out. */
  synthesize(text: string, style: SpeechStyle, signal?: AbortSignal): Promise<Int16Array>;
  close(): Promise<void>;
}

/** Sentence embeddings: unit vectors whose dot product is similarity. Shared by all sessions. */
export interface Embedder {
  embed(texts: readonly string[], signal?: AbortSignal): Promise<readonly Float32Array[]>;
  close(): Promise<void>;
}

/** A tool as the brain knows it. */
export interface BrainTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments, type `object`. */
  readonly parameters: JsonObject;
  readonly intents: readonly ToolIntent[];
  readonly effects: 'none' | 'external';
  /** Whether the session asks the user before a call runs: then the brain need not. */
  readonly asksUser?: boolean;
}

/** What the brain is asked to answer. */
export type BrainTurn =
  | { readonly kind: 'user'; readonly text: string }
  | {
      /** The outputs of the calls the brain made last, all of them. */
      readonly kind: 'tool_results';
      readonly results: readonly BrainToolResult[];
    };

/** One call the brain made, and what came of it. */
export interface BrainToolResult {
  readonly name: string;
  readonly arguments: JsonObject;
  /** The output as JSON when it parses, else the text itself. */
  readonly output: JsonValue;
  /** How the tool wants to be spoken about, where it is not among those of the turn any more. */
  readonly reply?: string;
}

/** What the session lets the brain use in this turn. */
export interface BrainContext {
  readonly tools: readonly BrainTool[];
  readonly toolChoice: 'auto' | 'none' | 'required' | { readonly name: string };
  readonly instructions: string;
  /** The date and time that "tomorrow" and "at nine" are relative to. */
  readonly now: Date;
  readonly signal?: AbortSignal;
}

/** What the brain decided. */
export type BrainReply =
  | { readonly kind: 'say'; readonly text: string }
  | { readonly kind: 'call'; readonly calls: readonly BrainCall[] };

/** A call the brain wants made. */
export interface BrainCall {
  readonly name: string;
  readonly arguments: JsonObject;
}

/** Decides what to say or which tool to call. Holds the state of one conversation; never throws for what a user said. */
export interface Brain {
  respond(turn: BrainTurn, context: BrainContext): Promise<BrainReply>;
}
