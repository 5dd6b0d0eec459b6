import llamaTokenizer from 'llama-tokenizer-js';
import type { OnnxRuntime } from '../onnx/runtime.ts';
import type { Recognizer } from '../stages.ts';
import { loadMoonshineModel, type MoonshineModel, type MoonshineSize } from './moonshine-model.ts';
import { type Padding, padSilence, raiseQuiet, splitAtQuiet } from './utterance.ts';

/** Moonshine drops first and last words of clips cut close; the second is for clips that gave nothing at all. */
const paddings: readonly Padding[] = [
  { leadSeconds: 0.1, tailSeconds: 0.3 },
  { leadSeconds: 0.3, tailSeconds: 0.6 },
];

/**
 * Loads Moonshine into this thread. Recognition blocks the thread for some tens of milliseconds at a time.
 *
 * @throws AntiphonError `local.model_missing`, `local.model_damaged`
 */
export async function loadMoonshine(runtime: OnnxRuntime, size: MoonshineSize): Promise<Recognizer> {
  const model = await loadMoonshineModel(runtime, size);
  return {
    async transcribe(samples, signal) {
      const texts: string[] = [];
      for (const piece of splitAtQuiet(samples)) texts.push(await transcribePiece(model, piece, signal));
      return texts.filter((text) => text !== '').join(' ');
    },
    close: () => model.close(),
  };
}

async function transcribePiece(
  model: MoonshineModel,
  piece: Float32Array,
  signal: AbortSignal | undefined,
): Promise<string> {
  const audible = raiseQuiet(piece);
  if (audible === undefined) return '';
  for (const padding of paddings) {
    signal?.throwIfAborted();
    const tokens = await model.decode(padSilence(audible, padding), signal);
    const text = detokenize(tokens);
    if (text !== '') return text;
  }
  return '';
}

/** Tokens outside are control tokens (unknown, start, end, and those of speech) without a text of their own. */
const firstTextToken = 3;
const vocabularySize = 32_000;

function detokenize(tokens: readonly number[]): string {
  const textTokens = tokens.filter((token) => token >= firstTextToken && token < vocabularySize);
  return textTokens.length === 0 ? '' : llamaTokenizer.decode(textTokens, false, true).trim();
}
