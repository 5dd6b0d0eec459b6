import { createIntentIndexCache, type IntentIndexCache } from '../brain/index-cache.ts';
import { createIntentBrain } from '../brain/intent-brain.ts';
import {
  createSpeechEngineStages,
  type SpeechEngineOptions,
  type SpeechEngineStages,
} from '../workers/speech-engine-stages.ts';
import type { EngineStages } from './engine-stages.ts';
import { rehearse } from './rehearsal.ts';

interface Loaded {
  readonly speech: SpeechEngineStages;
  /** What brains know of tools, shared by all. */
  readonly indexes: IntentIndexCache;
}

/** The engine's own stages: they load when the first of them is asked for; a load that failed is tried again. */
export function createDefaultStages(options: SpeechEngineOptions): EngineStages {
  let loading: Promise<Loaded> | undefined;
  /** Once is enough for all sessions: it is the code that warms up. */
  let rehearsal: Promise<void> | undefined;
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
    prepareTools: async (tools) => {
      const { indexes } = await load();
      rehearsal ??= rehearse(tools, indexes, new Date(0));
      await Promise.all([indexes.prepare(tools), rehearsal]);
    },
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
