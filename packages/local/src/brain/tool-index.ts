import type { BrainTool, Embedder } from '../stages.ts';
import { createLexicalIndex } from './lexical-index.ts';
import { findReadable } from './readable.ts';
import { textOf } from './tokens.ts';
import { modelOf, type ToolModel } from './tool-model.ts';
import type { Utterance } from './utterance.ts';

/** How near a request is to a tool. */
export interface ToolScore {
  readonly model: ToolModel;
  /** Likeness to the nearest example, in about [0, 1.2]: above 1 only with typed values that fit. */
  readonly score: number;
}

/** The tools by how near they are to a request. */
export interface Ranking {
  /** Best first. */
  readonly scores: readonly ToolScore[];
  /** The least score at which a tool is worth calling or offering, by the method that was used. */
  readonly threshold: number;
}

/** A tool set, ready to be searched. Holds nothing of any conversation. */
export interface ToolIndex {
  readonly models: readonly ToolModel[];
  rank(utterance: Utterance, signal?: AbortSignal): Promise<Ranking>;
  /** Computes the embeddings of the examples now rather than at the first request. */
  prepare(signal?: AbortSignal): Promise<void>;
}

/** Share of the embeddings in a score; the rest is by words. The measured optimum on short requests. */
const embeddingShare = 0.6;
/** Chosen on a development set so that 11 of 12 requests off the topic are turned away. */
const thresholds = { embeddings: 0.345, lexical: 0.2 };

/** Compiles a tool set and indexes its examples. Without an embedder, or when it fails, words alone decide. */
export function createToolIndex(tools: readonly BrainTool[], embedder?: Embedder): ToolIndex {
  const models = tools.map(modelOf);
  const examples = models.flatMap((model) =>
    model.examples.map((text) => ({ text, group: model.tool.name, model })),
  );
  const lexical = createLexicalIndex(examples);
  let vectors: Promise<readonly Float32Array[]> | undefined;
  const exampleVectors = (source: Embedder): Promise<readonly Float32Array[]> => {
    vectors ??= source.embed(examples.map((example) => example.text)).catch((error: unknown) => {
      vectors = undefined;
      throw error;
    });
    return vectors;
  };
  return {
    models,
    prepare: async () => {
      if (embedder !== undefined && examples.length > 0) await exampleVectors(embedder);
    },
    rank: async (utterance, signal) => {
      const request = requestText(utterance);
      const byWords = lexical.compare(request);
      const bySense = await senseLikeness(request, embedder, exampleVectors, signal);
      const best = new Map<ToolModel, number>();
      for (const [index, example] of examples.entries()) {
        const words = byWords[index] ?? 0;
        const sense = bySense?.[index];
        const score = sense === undefined ? words : embeddingShare * sense + (1 - embeddingShare) * words;
        best.set(example.model, Math.max(best.get(example.model) ?? 0, score));
      }
      const scores = models
        .map((model) => ({ model, score: (best.get(model) ?? 0) + valueBonus(model, utterance) }))
        .toSorted((a, b) => b.score - a.score);
      return { scores, threshold: bySense === undefined ? thresholds.lexical : thresholds.embeddings };
    },
  };
}

/** What is asked for, without the polite words around it: "could you tell me …" is no message to tell. */
function requestText({ text, tokens, body }: Utterance): string {
  return body.to > body.from ? textOf(text, tokens, body) : text;
}

async function senseLikeness(
  text: string,
  embedder: Embedder | undefined,
  exampleVectors: (source: Embedder) => Promise<readonly Float32Array[]>,
  signal: AbortSignal | undefined,
): Promise<readonly number[] | undefined> {
  if (embedder === undefined) return undefined;
  try {
    const [query, examples] = await Promise.all([embedder.embed([text], signal), exampleVectors(embedder)]);
    const [vector] = query;
    return vector && examples.map((example) => dot(vector, example));
  } catch (error) {
    if (signal?.aborted === true) throw error;
    return undefined;
  }
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) sum += (a[at] ?? 0) * (b[at] ?? 0);
  return sum;
}

/** A request that holds a value of a rare type (a length of time, arithmetic) leans to the tools that need one. */
function valueBonus(model: ToolModel, utterance: Utterance): number {
  let bonus = 0;
  for (const parameter of model.parameters.values()) {
    const found = findReadable(parameter, utterance);
    if (found === 'telling') bonus = Math.max(bonus, 0.2);
    if (found === 'absent' && parameter.isRequired) bonus = Math.min(bonus, -0.08);
  }
  return bonus;
}
