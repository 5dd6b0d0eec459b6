import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import variant from '@jitl/quickjs-wasmfile-release-sync';
import {
  type CustomizeVariantOptions,
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSRuntime,
  type QuickJSSyncVariant,
} from 'quickjs-emscripten-core';
import type { PackedError } from '../messages.ts';
import { unpackError } from '../packed-error.ts';
import { prelude } from './prelude.ts';
import type { SandboxSource } from './sandbox-source.ts';

/** What a sandbox may do outside, all in JSON. */
export interface RealmHost {
  log(level: string, message: string, data: unknown): void;
  progress(value: unknown): void;
  report(value: unknown): void;
  tell(topic: 'say' | 'end' | 'note', text: string): void;
  /** @returns what `fetch` of the sandbox is given; never rejects */
  fetch(request: unknown, signal: AbortSignal): Promise<unknown>;
}

/** What is asked of a sandbox. */
export interface RealmTask {
  readonly operation: 'describe' | 'setUp' | 'call' | 'guard';
  /** JSON. */
  readonly argument: unknown;
  /** Milliseconds until the code is stopped, whatever it does. */
  readonly limitMs: number;
  readonly signal?: AbortSignal;
  readonly host: RealmHost;
}

/** What a task came to: JSON text, or what of its result is no JSON. */
export type RealmResult =
  | { readonly kind: 'json'; readonly json: string }
  | { readonly kind: 'not-json'; readonly problem: string };

const stackBytes = 256 * 1024;
/** Milliseconds that the code may take to clean up after it was told to stop. */
const farewellMs = 50;
const maxTimers = 100;
const maxFetches = 8;
const jobsAtOnce = 1_000;

let compiled: Promise<object> | undefined;

/** The part of the `WebAssembly` global used here: the compiler's own libraries declare it for browsers only. */
interface WebAssemblyGlobal {
  compile(bytes: Uint8Array): Promise<object>;
  readonly Memory: new (pages: { readonly initial: number; readonly maximum: number }) => WasmMemory;
}

interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

const wasm = (globalThis as unknown as { WebAssembly: WebAssemblyGlobal }).WebAssembly;
// The types of the package are those of its CommonJS form.
const sync = variant as unknown as QuickJSSyncVariant;

/** Memory of the interpreter when it starts, and for itself. */
const ownMb = 16;
const pagesPerMb = 16;

/** The interpreter, compiled once; all that a sandbox has is in `wasmMemory`, which is all that buffers are bounded by. */
function interpreter(wasmMemory: WasmMemory) {
  compiled ??= readFile(
    createRequire(import.meta.url).resolve('@jitl/quickjs-wasmfile-release-sync/wasm'),
  ).then((bytes) => wasm.compile(bytes));
  return newQuickJSWASMModuleFromVariant(
    newVariant(sync, { wasmModule: compiled, wasmMemory } as CustomizeVariantOptions),
  );
}

/** Runs a task in a new sandbox, of which nothing remains. Rejects with what the code threw, or why it was stopped. */
export async function runInRealm(
  source: SandboxSource,
  memoryMb: number,
  task: RealmTask,
): Promise<RealmResult> {
  const memory = takeMemory(memoryMb);
  const module = await interpreter(memory);
  const runtime = module.newRuntime();
  runtime.setMemoryLimit(memoryMb * 1024 * 1024);
  runtime.setMaxStackSize(stackBytes);
  // The sandbox is never disposed of: an interpreter that was stopped midway is not sound enough for that. Nothing enters it
  // once its task is over, so its memory can be wiped as a whole.
  try {
    return await new Realm(runtime, source, task).run();
  } finally {
    keepMemory(memory, memoryMb);
  }
}

/** Wiped memories by what they may grow to. Each new one is 16 MB that the garbage collector runs for. */
const spares = new Map<number, WasmMemory[]>();
const maxSpares = 2;

function takeMemory(memoryMb: number): WasmMemory {
  const pages = { initial: ownMb * pagesPerMb, maximum: (ownMb + memoryMb) * pagesPerMb };
  return spares.get(memoryMb)?.pop() ?? new wasm.Memory(pages);
}

/** Memory that was grown cannot be made smaller, and is left to the garbage collector. */
function keepMemory(memory: WasmMemory, memoryMb: number): void {
  const kept = spares.get(memoryMb) ?? [];
  if (kept.length >= maxSpares || memory.buffer.byteLength > ownMb * 1024 * 1024) return;
  new Uint8Array(memory.buffer).fill(0);
  spares.set(memoryMb, [...kept, memory]);
}

interface Controls {
  readonly run: QuickJSHandle;
  readonly fire: QuickJSHandle;
  readonly abort: QuickJSHandle;
}

class Realm {
  readonly #runtime: QuickJSRuntime;
  readonly #vm: QuickJSContext;
  readonly #source: SandboxSource;
  readonly #task: RealmTask;
  readonly #over = new AbortController();
  readonly #timers = new Map<number, NodeJS.Timeout>();
  #deadlineMs: number;
  #fetches = 0;
  /** A file of the plugin that cannot be taken in: what the code makes of that is not what is reported. */
  #refused: unknown;
  #settle: ((end: () => RealmResult) => void) | undefined;

  constructor(runtime: QuickJSRuntime, source: SandboxSource, task: RealmTask) {
    this.#runtime = runtime;
    this.#vm = runtime.newContext();
    this.#source = source;
    this.#task = task;
    this.#deadlineMs = performance.now() + task.limitMs;
    runtime.setInterruptHandler(() => performance.now() > this.#deadlineMs);
  }

  run(): Promise<RealmResult> {
    const { operation, argument, signal, limitMs } = this.#task;
    return new Promise((resolve, reject) => {
      const onLate = (): void => this.#fail(new Error(`it was stopped after ${limitMs} ms`));
      const timer = setTimeout(onLate, limitMs);
      const onAbort = (): void => this.#stop(controls, signal?.reason);
      this.#settle = (end) => {
        this.#settle = undefined;
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        this.#over.abort();
        for (const one of this.#timers.values()) clearTimeout(one);
        try {
          resolve(end());
        } catch (error) {
          reject(error as Error);
        }
      };
      const controls = this.#begin();
      if (controls === undefined) return;
      signal?.addEventListener('abort', onAbort, { once: true });
      const [name, json] = [operation, JSON.stringify(argument)].map((text) => this.#vm.newString(text));
      if (name && json) this.#enter(controls.run, name, json);
    });
  }

  /** Evaluates what code finds in a sandbox; undefined when there is not even room for that. */
  #begin(): Controls | undefined {
    const vm = this.#vm;
    try {
      const make = vm.unwrapResult(vm.evalCode(prelude, 'sandbox'));
      const host = vm.newFunction('host', (operation, json) => this.#host(operation, json));
      const load = vm.newFunction('load', (path) => this.#load(vm.getString(path)));
      const made = vm.unwrapResult(vm.callFunction(make, vm.undefined, host, load));
      const controls = {
        run: vm.getProp(made, 'run'),
        fire: vm.getProp(made, 'fire'),
        abort: vm.getProp(made, 'abort'),
      };
      this.#fire = (id, value) => {
        if (this.#settle === undefined) return;
        this.#enter(controls.fire, vm.newNumber(id), vm.newString(JSON.stringify(value)));
      };
      return controls;
    } catch (error) {
      this.#fail(error);
      return undefined;
    }
  }

  #fire: (id: number, value: unknown) => void = () => undefined;

  /** Calls into the sandbox and runs all that follows from it. Whatever goes wrong ends the task. */
  #enter(run: QuickJSHandle, ...values: QuickJSHandle[]): void {
    if (this.#settle === undefined) return;
    const vm = this.#vm;
    try {
      vm.unwrapResult(vm.callFunction(run, vm.undefined, ...values)).dispose();
      while (this.#settle !== undefined && this.#runtime.hasPendingJob()) {
        if (performance.now() > this.#deadlineMs) throw new Error('interrupted');
        const done = this.#runtime.executePendingJobs(jobsAtOnce);
        if (done.error) vm.unwrapResult(done as never);
      }
    } catch (error) {
      return this.#fail(error);
    }
    const isIdle = this.#timers.size === 0 && this.#fetches === 0;
    if (isIdle) this.#fail(new Error('its promise is never resolved: nothing is under way any more'));
  }

  #stop(controls: Controls | undefined, reason: unknown): void {
    this.#deadlineMs = Math.min(this.#deadlineMs, performance.now() + farewellMs);
    const { name, message } = reason instanceof Error ? reason : new Error('The call was cancelled.');
    const [said, told] = [name, message].map((text) => this.#vm.newString(text));
    if (controls && said && told) this.#enter(controls.abort, said, told);
    this.#fail(reason);
  }

  #fail(error: unknown): void {
    this.#settle?.(() => {
      throw this.#refused ?? plainError(error, this.#task.limitMs);
    });
  }

  #load(path: string): QuickJSHandle {
    const code = this.#noted(() => this.#source.code(path));
    return this.#vm.unwrapResult(
      this.#vm.evalCode(`(function (exports, require, module) {${code}\n})`, path),
    );
  }

  #noted<Value>(work: () => Value): Value {
    try {
      return work();
    } catch (error) {
      this.#refused = error;
      throw error;
    }
  }

  #host(operation: QuickJSHandle, json: QuickJSHandle): QuickJSHandle | undefined {
    if (this.#settle === undefined) return undefined;
    const text = this.#vm.getString(json);
    const { host } = this.#task;
    const name = this.#vm.getString(operation);
    switch (name) {
      case 'done':
        this.#settle(() => ({ kind: 'json', json: text }));
        return undefined;
      case 'invalid':
        this.#settle(() => ({ kind: 'not-json', problem: String(JSON.parse(text)).slice(0, 300) }));
        return undefined;
      case 'failed':
        this.#fail(unpackError(JSON.parse(text) as PackedError));
        return undefined;
      case 'resolve': {
        const { specifier, from } = JSON.parse(text) as { specifier: string; from: string };
        return this.#vm.newString(this.#noted(() => this.#source.resolve(specifier, from)));
      }
      case 'log': {
        const { level, message, data } = JSON.parse(text) as {
          level: string;
          message: string;
          data: unknown;
        };
        host.log(level, message, data);
        return undefined;
      }
      case 'progress':
        host.progress(JSON.parse(text));
        return undefined;
      case 'report':
        host.report(JSON.parse(text));
        return undefined;
      case 'say':
      case 'end':
      case 'note':
        host.tell(name, String(JSON.parse(text)));
        return undefined;
      default:
        this.#startWork(name, JSON.parse(text) as { id: number });
        return undefined;
    }
  }

  /** Work that ends later, by firing what waits for it. */
  #startWork(operation: string, work: { readonly id: number; readonly delayMs?: number }): void {
    const { id, delayMs = 0 } = work;
    if (operation === 'forget') {
      clearTimeout(this.#timers.get(id));
      this.#timers.delete(id);
    } else if (operation === 'timer') {
      if (this.#timers.size >= maxTimers) throw new Error(`there are more than ${maxTimers} timers`);
      const fire = (): void => {
        this.#timers.delete(id);
        this.#fire(id, null);
      };
      this.#timers.set(id, setTimeout(fire, Math.max(0, delayMs)));
    } else if (operation === 'fetch') {
      if (this.#fetches >= maxFetches) throw new Error(`there are more than ${maxFetches} requests`);
      this.#fetches += 1;
      void this.#task.host.fetch(work, this.#over.signal).then((answer) => {
        this.#fetches -= 1;
        this.#fire(id, answer);
      });
    }
  }
}

/** What the interpreter says, in the words of its owner. */
function plainError(error: unknown, limitMs: number): unknown {
  if (!(error instanceof Error)) return error;
  if (error.message === 'interrupted') return new Error(`it was stopped after ${limitMs} ms`);
  if (error instanceof RangeError && error.message.startsWith('Maximum call stack')) {
    return new Error('its calls are nested too deeply');
  }
  return error;
}
