import { polyphaseWasmHex } from './polyphase-wasm.ts';

/** The functions of the .wat files beside this one. Places are byte offsets into `memory`. */
export interface PolyphaseExports {
  filter(...places: FilterPlaces): void;
  deinterleave(...places: DeinterleavePlaces): void;
  comb(...places: CombPlaces): void;
  widen(from: number, to: number, count: number): void;
  filter_wide(...places: WidePlaces): void;
  to_float(from: number, to: number, count: number): void;
  to_int16(from: number, to: number, count: number): void;
}

/** In the order of the function's parameters. */
export type FilterPlaces = readonly [
  window: number,
  out: number,
  bank: number,
  rowByteLength: number,
  up: number,
  down: number,
  fraction: number,
  count: number,
  identityPhase: number,
];

export type DeinterleavePlaces = readonly [
  from: number,
  end: number,
  streams: number,
  to: number,
  strideByteLength: number,
];

export type CombPlaces = readonly [
  streamA: number,
  streamB: number,
  streamC: number,
  centre: number,
  row: number,
  streamTapsByteLength: number,
  out: number,
  outStepByteLength: number,
  count: number,
];

export type WidePlaces = readonly [
  window: number,
  windowStepByteLength: number,
  row: number,
  rowByteLength: number,
  out: number,
  outStepByteLength: number,
  count: number,
];

/** A WebAssembly memory, as far as it is used. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  /** @throws RangeError when there is no memory. */
  grow(pages: number): number;
}

export interface PolyphaseModule {
  readonly memory: WasmMemory;
  readonly exports: PolyphaseExports;
}

interface WasmApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Memory: new (limits: { initial: number; maximum: number }) => WasmMemory;
  readonly Instance: new (module: object, imports: object) => { readonly exports: PolyphaseExports };
}

export const pageByteLength = 65_536;

/**
 * Compiles the module, with a memory of `pages` that may grow to `maxPages`. Undefined where the platform has no
 * WebAssembly with SIMD, or a content security policy forbids it.
 */
export function compilePolyphase(pages: number, maxPages: number): PolyphaseModule | undefined {
  const { WebAssembly: wasm } = globalThis as { WebAssembly?: WasmApi };
  if (wasm === undefined) return undefined;
  try {
    const memory = new wasm.Memory({ initial: pages, maximum: maxPages });
    const instance = new wasm.Instance(new wasm.Module(fromHex(polyphaseWasmHex)), { env: { memory } });
    return { memory, exports: instance.exports };
  } catch {
    return undefined;
  }
}

function fromHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
