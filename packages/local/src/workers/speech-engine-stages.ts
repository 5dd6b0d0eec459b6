import { loadOnnxRuntime, type OnnxRuntimeKind } from '../onnx/runtime.ts';
import type { Embedder, Recognizer, SpeechDetector, Synthesizer } from '../stages.ts';
import type { MoonshineSize } from '../stt/moonshine-model.ts';
import { fliteSampleRateHz } from '../tts/flite-format.ts';
import { defaultFliteVoice } from '../tts/flite-voices.ts';
import { loadSilero } from '../vad/silero.ts';
import type { RecognitionMethods, RecognitionSetup, VoiceMethods } from './protocol.ts';
import { WorkerClient } from './worker-client.ts';
import { workerEntry } from './worker-entry.ts';
import { processPeer, threadPeer } from './worker-peer.ts';

/** How the speech stages are set up. */
export interface SpeechEngineOptions {
  /** The speech model; by default `base` when a gigabyte is free, else `tiny`. */
  readonly sttModel?: MoonshineSize;
  /** What runs the networks; `auto`, the default, is native where it loads, else WebAssembly. */
  readonly runtime?: OnnxRuntimeKind | 'auto';
}

/** The stages that hear. */
export interface EarStages {
  readonly runtime: OnnxRuntimeKind;
  readonly sttModel: MoonshineSize;
  readonly recognizer: Recognizer;
  /** A detector for one stream of audio. */
  openDetector(): SpeechDetector;
  /** Ends the worker; what is under way rejects with `local.closed`. */
  close(): Promise<void>;
}

/** The stages that a conversation needs in which nobody speaks but the agent. */
export interface VoiceStages {
  readonly synthesizer: Synthesizer;
  readonly embedder: Embedder;
  /** Ends the worker; what is under way rejects with `local.closed`. */
  close(): Promise<void>;
}

/** The stages that turn speech into text and back, shared by all sessions of a process. */
export interface SpeechEngineStages extends EarStages, VoiceStages {
  /** Runs every stage once, so that the first utterance finds them loaded and compiled. Rejects if one cannot load. */
  warmUp(): Promise<void>;
}

/** Moonshine base takes about 0.35 GB, and synthesis and embeddings 0.25 GB. */
const bytesForBase = 1_000_000_000;

/**
 * Sets up the speech stages: voice activity in this thread, recognition in one worker, synthesis and embeddings in
 * another. Resolves when voice activity works; the workers go on loading, and calls to them wait.
 *
 * @throws AntiphonError `local.runtime_unavailable`, `local.model_missing`, `local.model_damaged`
 */
export async function createSpeechEngineStages(
  options: SpeechEngineOptions = {},
): Promise<SpeechEngineStages> {
  const voice = startVoice();
  try {
    return assemble(await loadEars(options), voice);
  } catch (cause) {
    await voice.close();
    throw cause;
  }
}

/** Synthesis and embeddings, in a worker that goes on loading: calls to it wait. */
export function startVoice(): VoiceStages {
  const voice = new WorkerClient<VoiceMethods>({
    name: 'voice',
    start: threadPeer(workerEntry('voice-worker'), undefined),
  });
  voice.start();
  const close = () => voice.close();
  return {
    synthesizer: {
      sampleRateHz: fliteSampleRateHz,
      synthesize: (text, style, signal) => voice.call('synthesize', { text, style }, signal),
      close,
    },
    embedder: { embed: (texts, signal) => voice.call('embed', texts, signal), close },
    close,
  };
}

/**
 * Voice activity, and recognition in a worker that goes on loading.
 *
 * @throws AntiphonError `local.runtime_unavailable`, `local.model_missing`, `local.model_damaged`
 */
export async function loadEars(options: SpeechEngineOptions): Promise<EarStages> {
  const sttModel = options.sttModel ?? (process.availableMemory() >= bytesForBase ? 'base' : 'tiny');
  const runtime = await loadOnnxRuntime(options.runtime ?? 'auto');
  const recognition = startRecognition(runtime.kind, sttModel);
  try {
    const silero = await loadSilero(runtime);
    return {
      runtime: runtime.kind,
      sttModel,
      recognizer: {
        transcribe: (samples, signal) => recognition.call('transcribe', samples, signal),
        close: () => recognition.close(),
      },
      openDetector: () => silero.openDetector(),
      close: async () => void (await Promise.all([recognition.close(), silero.close()])),
    };
  } catch (cause) {
    await recognition.close();
    throw cause;
  }
}

function startRecognition(runtime: OnnxRuntimeKind, model: MoonshineSize): WorkerClient<RecognitionMethods> {
  const setup: RecognitionSetup = { runtime, model };
  const client = new WorkerClient<RecognitionMethods>({
    name: 'recognition',
    start: processPeer(workerEntry('recognition-worker'), setup),
  });
  client.start();
  return client;
}

function assemble(ears: EarStages, voice: VoiceStages): SpeechEngineStages {
  const stages = { ...ears, ...voice };
  return {
    ...stages,
    warmUp: () => warmUp(stages),
    close: async () => void (await Promise.all([ears.close(), voice.close()])),
  };
}

const sampleRateHz = 16_000;
const warmUpSentence = 'Hello, and welcome. What can I do for you today?';

async function warmUp(
  stages: Pick<SpeechEngineStages, 'recognizer' | 'synthesizer' | 'embedder' | 'openDetector'>,
): Promise<void> {
  const detector = stages.openDetector();
  await Promise.all([
    detector.process(new Float32Array(detector.frameSamples)),
    stages.recognizer.transcribe(tone(sampleRateHz)),
    stages.synthesizer.synthesize(warmUpSentence, { voice: defaultFliteVoice, speed: 1 }),
    stages.embedder.embed([warmUpSentence]),
  ]);
}

/** Something that is not silence, which recognition would not look at. */
function tone(length: number): Float32Array {
  return Float32Array.from(
    { length },
    (_, index) => 0.1 * Math.sin((2 * Math.PI * 440 * index) / sampleRateHz),
  );
}
