import { createIntentIndexCache, type IntentIndexCache } from '../brain/index-cache.ts';
import { createIntentBrain } from '../brain/intent-brain.ts';
import {
  type EarStages,
  loadEars,
  type SpeechEngineOptions,
  startVoice,
  type VoiceStages,
} from '../workers/speech-engine-stages.ts';
import type { EngineStages } from './engine-stages.ts';
import { rehearse } from './rehearsal.ts';

/** The engine's own stages: those that hear load when one of them is first asked for, and so do those that think and speak. */
export function createDefaultStages(options: SpeechEngineOptions): EngineStages {
  let loading: Promise<EarStages> | undefined;
  let started: Speaking | undefined;
  /** Once is enough for all sessions: it is the code that warms up. */
  let rehearsal: Promise<void> | undefined;
  /** A load that failed is tried again. */
  const ears = () => {
    loading ??= loadEars(options).catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
  const speaking = () => {
    started ??= startSpeaking();
    return started;
  };
  return {
    createDetector: async () => (await ears()).openDetector(),
    recognizer: async () => (await ears()).recognizer,
    synthesizer: async () => speaking().voice.synthesizer,
    createBrain: async () => createIntentBrain({ indexes: speaking().indexes }),
    prepareTools: async (tools) => {
      const { indexes } = speaking();
      rehearsal ??= rehearse(tools, indexes, new Date(0));
      await Promise.all([indexes.prepare(tools), rehearsal]);
    },
    close: async () => {
      const [loaded, voice] = [loading, started?.voice];
      loading = undefined;
      started = undefined;
      await Promise.all([voice?.close(), loaded?.then((hearing) => hearing.close())]);
    },
  };
}

interface Speaking {
  readonly voice: VoiceStages;
  /** What brains know of tools, shared by all. */
  readonly indexes: IntentIndexCache;
}

function startSpeaking(): Speaking {
  const voice = startVoice();
  return { voice, indexes: createIntentIndexCache(voice.embedder) };
}
