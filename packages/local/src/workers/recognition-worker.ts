import { workerData } from 'node:worker_threads';
import { loadOnnxRuntime } from '../onnx/runtime.ts';
import { loadMoonshine } from '../stt/moonshine.ts';
import { NativeGate } from './native-gate.ts';
import type { RecognitionMethods, RecognitionSetup } from './protocol.ts';
import { serveCalls } from './serve-calls.ts';

const { runtime, model, gate: sharedGate } = workerData as RecognitionSetup;
const gate = new NativeGate(sharedGate);
const onnxRuntime = loadOnnxRuntime(runtime, (call) => gate.during(call));
const recognizer = onnxRuntime.then((onnx) => loadMoonshine(onnx, model));
// A failure to load is the answer to every call, not the end of the worker.
recognizer.catch(() => undefined);

serveCalls<RecognitionMethods>({
  transcribe: async (samples, signal) => (await recognizer).transcribe(samples, signal),
});
