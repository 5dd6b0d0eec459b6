import { loadOnnxRuntime, type OnnxRuntimeKind } from '../onnx/runtime.ts';
import type { Embedder, Recognizer, SpeechDetector, Synthesizer } from '../stages.ts';
import type { MoonshineSize } from '../stt/moonshine-model.ts';
import { fliteSampleRateHz } from '../tts/flite-format.ts';
import { defaultFliteVoice } from '../tts/flite-voices.ts';
import { loadSilero, type SileroModel } from '../vad/silero.ts';
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

/** The stages that turn speech into text and back, shared by all sessions of a process. */
export interface SpeechEngineStages {
  readonly runtime: OnnxRuntimeKind;
  readonly sttModel: MoonshineSize;
  readonly recognizer: Recognizer;
  readonly synthesizer: Synthesizer;
  readonly embedder: Embedder;
  /** A detector for one stream of audio. */
  openDetector(): SpeechDetector;
  /** Runs every stage once, so that the first utterance finds them loaded and compiled. Rejects if one cannot load. */
  warmUp(): Promise<void>;
  /** Ends the workers; what is under way rejects with `local.closed`. */
  close(): Promise<void>;
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
  const sttModel = options.sttModel ?? (process.availableMemory() >= bytesForBase ? 'base' : 'tiny');
  const voice = new WorkerClient<VoiceMethods>({
    name: 'voice',
    start: threadPeer(workerEntry('voice-worker'), undefined),
  });
  voice.start();
  try {
    const runtime = await loadOnnxRuntime(options.runtime ?? 'auto');
    const recognition = startRecognition(runtime.kind, sttModel);
    try {
      const silero = await loadSilero(runtime);
      return assemble({ silero, recognition, voice }, { runtime: runtime.kind, sttModel });
    } catch (cause) {
      await recognition.close();
      throw cause;
    }
  } catch (cause) {
    await voice.close();
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

interface StageParts {
  readonly silero: SileroModel;
  readonly recognition: WorkerClient<RecognitionMethods>;
  readonly voice: WorkerClient<VoiceMethods>;
}

function assemble(
  parts: StageParts,
  facts: Pick<SpeechEngineStages, 'runtime' | 'sttModel'>,
): SpeechEngineStages {
  const { silero, recognition, voice } = parts;
  const stages = {
    ...facts,
    recognizer: {
      transcribe: (samples, signal) => recognition.call('transcribe', samples, signal),
      close: () => recognition.close(),
    } satisfies Recognizer,
    synthesizer: {
      sampleRateHz: fliteSampleRateHz,
      synthesize: (text, style, signal) => voice.call('synthesize', { text, style }, signal),
      close: () => voice.close(),
    } satisfies Synthesizer,
    embedder: {
      embed: (texts, signal) => voice.call('embed', texts, signal),
      close: () => voice.close(),
    } satisfies Embedder,
    openDetector: () => silero.openDetector(),
  };
  return {
    ...stages,
    warmUp: () => warmUp(stages),
    async close() {
      await Promise.all([recognition.close(), voice.close(), silero.close()]);
    },
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
