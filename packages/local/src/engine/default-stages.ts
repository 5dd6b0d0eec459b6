import { createIntentIndexCache, type IntentIndexCache } from '../brain/index-cache.ts';
import { createIntentBrain } from '../brain/intent-brain.ts';
import {
  createSpeechEngineStages,
  type SpeechEngineOptions,
  type SpeechEngineStages,
} from '../workers/speech-engine-stages.ts';
import type { EngineStages } from './engine-stages.ts';

interface Loaded {
  readonly speech: SpeechEngineStages;
  /** What brains know of tools, shared by all. */
  readonly indexes: IntentIndexCache;
}

/** The engine's own stages: they load when the first of them is asked for; a load that failed is tried again. */
export function createDefaultStages(options: SpeechEngineOptions): EngineStages {
  let loading: Promise<Loaded> | undefined;
  const load = () => {
    loading ??= loadSpeech(options).catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
  return {
    createDetector: async () => (await load()).speech.openDetector(),
    recognizer: async () => (await load()).speech.recognizer,
    synthesizer: async () => (await load()).speech.synthesizer,
    createBrain: async () => createIntentBrain({ indexes: (await load()).indexes }),
    prepareTools: async (tools) => (await load()).indexes.prepare(tools),
    close: async () => {
      const loaded = loading;
      loading = undefined;
      await (await loaded)?.speech.close();
    },
  };
}

async function loadSpeech(options: SpeechEngineOptions): Promise<Loaded> {
  const speech = await createSpeechEngineStages(options);
  return { speech, indexes: createIntentIndexCache(speech.embedder) };
}
