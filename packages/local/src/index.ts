// The public surface of @antiphon/local. Adding a name here is adding API.
export {
  createIntentIndexCache,
  type IntentIndexCache,
} from './brain/index-cache.ts';
export { createIntentBrain, type IntentBrain, type IntentBrainOptions } from './brain/intent-brain.ts';
export { checkIntentPattern, type PatternProblem } from './brain/pattern-syntax.ts';
export type { EngineStages } from './engine/engine-stages.ts';
export {
  createLocalProvider,
  type LocalProvider,
  type LocalProviderOptions,
} from './engine/local-provider.ts';
export type {
  Brain,
  BrainCall,
  BrainContext,
  BrainReply,
  BrainTool,
  BrainToolResult,
  BrainTurn,
  Embedder,
  Recognizer,
  SpeechDetector,
  SpeechStyle,
  Synthesizer,
} from './stages.ts';
export { loadSpeechDetectors, type SpeechDetectors } from './vad/speech-detectors.ts';
export type { TurnParameters } from './vad/turn-detector.ts';
export { type EchoGate, TurnFinder, type TurnFinderOptions } from './vad/turn-finder.ts';
export { createSpeaker, type Speaker } from './workers/speaker.ts';
export {
  createSpeechEngineStages,
  type SpeechEngineOptions,
  type SpeechEngineStages,
} from './workers/speech-engine-stages.ts';
