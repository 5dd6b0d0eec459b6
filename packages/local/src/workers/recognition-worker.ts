import { loadOnnxRuntime } from '../onnx/runtime.ts';
import { loadMoonshine } from '../stt/moonshine.ts';
import type { RecognitionMethods, RecognitionSetup } from './protocol.ts';
import { serveCalls } from './serve-calls.ts';

const { runtime, model } = JSON.parse(process.argv[2] ?? '') as RecognitionSetup;
const recognizer = loadOnnxRuntime(runtime).then((onnx) => loadMoonshine(onnx, model));
// A failure to load is the answer to every call, not the end of the worker.
recognizer.catch(() => undefined);

serveCalls<RecognitionMethods>({
  transcribe: async (samples, signal) => (await recognizer).transcribe(samples, signal),
});
