import { AntiphonError } from '@antiphon/core';

/** Which ONNX runtime drives the models: the native addon, or WebAssembly, which runs everywhere at half the speed. */
export type OnnxRuntimeKind = 'native' | 'wasm';

/** The tensor values that the speech models read and write. */
export type OnnxData = Float32Array | BigInt64Array | Uint8Array;

/** How far the graph is rewritten while it loads: `all` loads slowest. */
export type OnnxOptimization = 'basic' | 'all';

/** A dense tensor, row-major. */
export interface OnnxTensor {
  readonly data: OnnxData;
  readonly dims: readonly number[];
}

export type OnnxTensors = Readonly<Record<string, OnnxTensor>>;

/** A loaded model. */
export interface OnnxSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: OnnxTensors): Promise<OnnxTensors>;
  release(): Promise<void>;
}

/** What the stages need of an ONNX runtime; the same stage code drives both kinds. */
export interface OnnxRuntime {
  readonly kind: OnnxRuntimeKind;
  float32(data: Float32Array, dims: readonly number[]): OnnxTensor;
  int64(data: BigInt64Array, dims: readonly number[]): OnnxTensor;
  bool(value: boolean): OnnxTensor;
  /** @param model a file's path, or its bytes. */
  openSession(model: string | Uint8Array, optimization: OnnxOptimization): Promise<OnnxSession>;
}

/** The part of the two runtimes' JavaScript interface used here; their type packages differ in version. */
interface OnnxModule {
  readonly Tensor: new (
    type: 'float32' | 'int64' | 'bool',
    data: OnnxData,
    dims: readonly number[],
  ) => OnnxTensor;
  readonly InferenceSession: {
    create(model: string | Uint8Array, options: object): Promise<OnnxModuleSession>;
  };
  readonly env: { wasm: { numThreads?: number; proxy?: boolean }; logLevel?: string };
}

interface OnnxModuleSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: OnnxTensors): Promise<OnnxTensors>;
  release?(): Promise<void>;
}

/** One thread: more spin against each other, double the CPU time and gain nothing on these models. */
const sessionOptions = {
  executionMode: 'sequential',
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  logSeverityLevel: 3,
} as const;

const packageNames = { native: 'onnxruntime-node', wasm: 'onnxruntime-web' } as const;

/**
 * Loads an ONNX runtime. The native addon serves one thread of a process only: its state is that of the process.
 *
 * @param preference `auto` takes the native addon when it loads, else WebAssembly.
 * @throws AntiphonError `local.runtime_unavailable`
 */
export async function loadOnnxRuntime(preference: OnnxRuntimeKind | 'auto'): Promise<OnnxRuntime> {
  if (preference !== 'auto') return wrap(preference, await importRuntime(preference));
  try {
    return wrap('native', await importRuntime('native'));
  } catch {
    return wrap('wasm', await importRuntime('wasm'));
  }
}

async function importRuntime(kind: OnnxRuntimeKind): Promise<OnnxModule> {
  // A variable keeps the compiler from wanting the types of a package that may be absent.
  const specifier: string = packageNames[kind];
  try {
    const imported = (await import(specifier)) as { default?: OnnxModule } & OnnxModule;
    return imported.InferenceSession === undefined && imported.default !== undefined
      ? imported.default
      : imported;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AntiphonError('local.runtime_unavailable', { runtime: kind, reason }, { cause });
  }
}

function wrap(kind: OnnxRuntimeKind, module: OnnxModule): OnnxRuntime {
  if (kind === 'wasm') {
    module.env.wasm.numThreads = 1;
    module.env.wasm.proxy = false;
    module.env.logLevel = 'error';
  }
  return {
    kind,
    float32: (data, dims) => new module.Tensor('float32', data, dims),
    int64: (data, dims) => new module.Tensor('int64', data, dims),
    bool: (value) => new module.Tensor('bool', Uint8Array.of(value ? 1 : 0), [1]),
    async openSession(model, graphOptimizationLevel) {
      const options = { ...sessionOptions, graphOptimizationLevel };
      const session = await module.InferenceSession.create(model, options);
      return {
        inputNames: session.inputNames,
        outputNames: session.outputNames,
        run: (feeds) => session.run(feeds),
        release: async () => session.release?.(),
      };
    },
  };
}
