import type { UserWay } from '@antiphon/core';
import type { Brain, BrainTool, Recognizer, SpeechDetector, Synthesizer } from '../stages.ts';

/**
 * What the engine hears, thinks and speaks with, shared by all its connections. A stage is loaded when it is first
 * asked for; a promise that rejects makes the response or the turn fail that needed it, and the next one asks again.
 */
export interface EngineStages {
  /** A detector for one stream of audio. */
  createDetector(): Promise<SpeechDetector>;
  recognizer(): Promise<Recognizer>;
  synthesizer(): Promise<Synthesizer>;
  /** A brain for one conversation. */
  createBrain(): Promise<Brain>;
  /** Does ahead what brains need to know these tools, so that the first turn does not wait for it. */
  prepareTools(tools: readonly BrainTool[]): Promise<void>;
  /** Frees what was loaded. */
  close(): Promise<void>;
}

/** Loads what hears without using it. Rejects when it cannot be loaded. */
export async function loadEarStages(stages: EngineStages): Promise<void> {
  await Promise.all([stages.createDetector(), stages.recognizer()]);
}

/** Loads what thinks and speaks without using it. Rejects when it cannot be loaded. */
export async function loadVoiceStages(stages: EngineStages): Promise<void> {
  await Promise.all([stages.synthesizer(), stages.createBrain()]);
}

/**
 * Runs every stage once, so that nobody waits for what the first use compiles; those that hear where the user speaks. Rejects
 * when one fails.
 */
export async function warmUpStages(stages: EngineStages, now: Date, user: UserWay): Promise<void> {
  const hearing = [
    async () => {
      const detector = await stages.createDetector();
      await detector.process(new Float32Array(detector.frameSamples));
    },
    async () => (await stages.recognizer()).transcribe(hum),
  ];
  const answering = [
    async () => (await stages.synthesizer()).synthesize('Hello, and welcome.', { voice: '', speed: 1 }),
    async () => {
      const brain = await stages.createBrain();
      const context = { tools: [], toolChoice: 'auto', instructions: '', now } as const;
      await brain.respond({ kind: 'user', text: 'hello' }, context);
    },
  ];
  const exercises = user === 'speaks' ? [...hearing, ...answering] : answering;
  await Promise.all(exercises.map((exercise) => exercise()));
}

/** A second of sound at 16 kHz: recognisers do not look at silence. */
const hum = Float32Array.from({ length: 16_000 }, (_, index) => 0.1 * Math.sin(index / 6));
