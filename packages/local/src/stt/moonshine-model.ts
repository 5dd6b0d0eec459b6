import { setImmediate as nextEvents } from 'node:timers/promises';
import { AntiphonError } from '@antiphon/core';
import { openModel } from '../onnx/open-model.ts';
import type { OnnxRuntime, OnnxSession, OnnxTensor, OnnxTensors } from '../onnx/runtime.ts';
import { moonshineWeights } from '../onnx/weights.ts';
import { repetitionStart } from './repetition.ts';

/** The two sizes of Moonshine: `base` is the more accurate, `tiny` takes half the time and memory. */
export type MoonshineSize = keyof typeof moonshineWeights;

const sampleRateHz = 16_000;
const startToken = 1n;
const endToken = 2n;
/** Speech carries fewer tokens than this; more are a sign of a loop. */
const maxTokensPerSecond = 6;
const minTokenLimit = 8;

/** Shape of the attention caches: layers, heads, width of a head. */
const cacheShapes = {
  base: { layers: 8, heads: 8, width: 52 },
  tiny: { layers: 6, heads: 8, width: 36 },
} as const satisfies Record<MoonshineSize, object>;

/** The encoder and decoder networks of one Moonshine model. */
export interface MoonshineModel {
  /**
   * The tokens of an utterance, by greedy decoding.
   *
   * @param samples mono, 16 kHz, in [−1, 1), at most about 30 s.
   * @throws the signal's reason when it is aborted on the way.
   */
  decode(samples: Float32Array, signal?: AbortSignal): Promise<readonly number[]>;
  close(): Promise<void>;
}

/** @throws AntiphonError `local.model_missing`, `local.model_damaged` */
export async function loadMoonshineModel(runtime: OnnxRuntime, size: MoonshineSize): Promise<MoonshineModel> {
  const weights = moonshineWeights[size];
  const [encoder, decoder] = await Promise.all([
    openModel(runtime, weights.encoder),
    openModel(runtime, weights.decoder),
  ]);
  return {
    async decode(samples, signal) {
      const encoded = await encoder.run({ input_values: runtime.float32(samples, [1, samples.length]) });
      const hiddenStates = output(encoded, 'last_hidden_state');
      const tokenLimit = Math.max(
        minTokenLimit,
        Math.ceil((samples.length / sampleRateHz) * maxTokensPerSecond),
      );
      const steps = new DecoderSteps(runtime, decoder, { hiddenStates, cache: emptyCache(runtime, size) });
      return decodeGreedily(steps, tokenLimit, signal);
    },
    async close() {
      await encoder.release();
      await decoder.release();
    },
  };
}

async function decodeGreedily(
  steps: DecoderSteps,
  tokenLimit: number,
  signal: AbortSignal | undefined,
): Promise<readonly number[]> {
  const tokens: number[] = [];
  let token = startToken;
  while (tokens.length < tokenLimit) {
    token = await steps.next(token);
    if (token === endToken) break;
    tokens.push(Number(token));
    const loopStart = repetitionStart(tokens);
    if (loopStart !== undefined) return tokens.slice(0, loopStart);
    // A run blocks the thread; this lets a cancellation arrive.
    await nextEvents();
    signal?.throwIfAborted();
  }
  return tokens;
}

/** One decoding in progress: feeds each token with the caches of the tokens before it. */
class DecoderSteps {
  readonly #runtime: OnnxRuntime;
  readonly #decoder: OnnxSession;
  readonly #hiddenStates: OnnxTensor;
  #cache: OnnxTensors;
  #isFirst = true;

  constructor(
    runtime: OnnxRuntime,
    decoder: OnnxSession,
    start: { readonly hiddenStates: OnnxTensor; readonly cache: OnnxTensors },
  ) {
    this.#runtime = runtime;
    this.#decoder = decoder;
    this.#hiddenStates = start.hiddenStates;
    this.#cache = start.cache;
  }

  async next(token: bigint): Promise<bigint> {
    const results = await this.#decoder.run({
      input_ids: this.#runtime.int64(BigInt64Array.of(token), [1, 1]),
      encoder_hidden_states: this.#hiddenStates,
      use_cache_branch: this.#runtime.bool(!this.#isFirst),
      ...this.#cache,
    });
    this.#cache = nextCache(this.#cache, results, this.#isFirst);
    this.#isFirst = false;
    return BigInt(indexOfLargest(output(results, 'logits').data as Float32Array));
  }
}

function emptyCache(runtime: OnnxRuntime, size: MoonshineSize): OnnxTensors {
  const { layers, heads, width } = cacheShapes[size];
  const cache: Record<string, OnnxTensor> = {};
  for (let layer = 0; layer < layers; layer += 1) {
    for (const part of ['decoder.key', 'decoder.value', 'encoder.key', 'encoder.value']) {
      cache[`past_key_values.${layer}.${part}`] = runtime.float32(new Float32Array(0), [1, heads, 0, width]);
    }
  }
  return cache;
}

/** The encoder's part is computed in the first step only; later steps return it empty. */
function nextCache(cache: OnnxTensors, results: OnnxTensors, wasFirst: boolean): OnnxTensors {
  return Object.fromEntries(
    Object.entries(cache).map(([name, past]) => {
      const isKept = !wasFirst && name.includes('.encoder.');
      return [name, isKept ? past : output(results, name.replace('past_key_values', 'present'))];
    }),
  );
}

function output(results: OnnxTensors, name: string): OnnxTensor {
  const tensor = results[name];
  if (tensor === undefined) {
    throw new AntiphonError('local.stage_failed', { stage: 'recognition', reason: `no output ${name}` });
  }
  return tensor;
}

function indexOfLargest(values: Float32Array): number {
  let best = 0;
  let bestValue = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] as number;
    if (value > bestValue) {
      best = index;
      bestValue = value;
    }
  }
  return best;
}
