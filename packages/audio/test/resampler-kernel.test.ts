import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { floatToInt16, type Samples } from '@antiphon/audio';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { filterBank, type RateRatio, type ResamplerProfile } from '../src/dsp/filter-bank.ts';
import { combBank } from '../src/dsp/kernel/comb-bank.ts';
import { TypeScriptKernel } from '../src/dsp/kernel/typescript-kernel.ts';
import { maxWindowLength, wasmKernel } from '../src/dsp/kernel/wasm-kernel.ts';
import { compilePolyphase } from '../src/dsp/kernel/wasm-module.ts';
import { PolyphaseCore } from '../src/dsp/polyphase-core.ts';
import { digest } from './support/digest.ts';
import { noise } from './support/signals.ts';

type Kernel = 'wasm' | 'typescript';

function run<S extends Samples>(
  input: S,
  ratio: RateRatio,
  kernel: Kernel,
  profile: ResamplerProfile = 'standard',
): S {
  const bank = filterBank(ratio, profile);
  const wasm = wasmKernel(ratio, bank);
  if (wasm === undefined) throw new Error('there is no WebAssembly here');
  const core = new PolyphaseCore(
    ratio,
    bank.taps,
    kernel === 'wasm' ? wasm : new TypeScriptKernel(ratio, bank),
  );
  const out = (
    input instanceof Int16Array
      ? new Int16Array(core.outputLength(input.length))
      : new Float32Array(core.outputLength(input.length))
  ) as S;
  core.push(input, out);
  return out;
}

function largestDifference(a: Samples, b: Samples): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++)
    largest = Math.max(largest, Math.abs((a[i] ?? 0) - (b[i] ?? Number.NaN)));
  return largest;
}

const ratios: readonly RateRatio[] = [
  { up: 2, down: 3 },
  { up: 3, down: 2 },
  { up: 1, down: 2 },
  { up: 1, down: 3 },
  { up: 1, down: 4 },
  { up: 3, down: 4 },
  { up: 2, down: 1 },
  { up: 1, down: 48 },
  { up: 48, down: 1 },
  { up: 80, down: 147 },
  { up: 1280, down: 441 },
];

describe('the two kernels', () => {
  it.each(ratios)('agree for $up : $down', (ratio) => {
    const input = noise(12_000);
    const wasm = run(input, ratio, 'wasm');
    const plain = run(input, ratio, 'typescript');
    expect(wasm.length).toBe(plain.length);
    expect(largestDifference(wasm, plain)).toBeLessThan(2e-6);
    const ints = floatToInt16(input);
    expect(largestDifference(run(ints, ratio, 'wasm'), run(ints, ratio, 'typescript'))).toBeLessThanOrEqual(
      1,
    );
  });

  it.each(ratios)('give the same doubles for $up : $down', (ratio) => {
    for (const length of [12_000, 6500]) {
      const input = noise(length);
      const wasm = run(input, ratio, 'wasm', 'vhq');
      expect(wasm.length).toBeGreaterThan(0);
      expect(digest(wasm)).toBe(digest(run(input, ratio, 'typescript', 'vhq')));
    }
  });

  it('clamp and round alike, and take NaN as silence or leave it to floats', () => {
    const ratio = { up: 2, down: 1 };
    const input = Float32Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? 1.9 : -1.9));
    for (const kernel of ['wasm', 'typescript'] as const) {
      const out = new Int16Array(8);
      const bank = filterBank(ratio, 'standard');
      const filter = kernel === 'wasm' ? wasmKernel(ratio, bank) : new TypeScriptKernel(ratio, bank);
      filter?.filter(input, 0, out);
      expect(out[0]).toBe(-32_768);
      expect(out[2]).toBe(32_767);
      filter?.filter(new Float32Array(200).fill(1.5 / 32_768), 0, out);
      expect(out[0]).toBe(2);
      filter?.filter(new Float32Array(200).fill(-1.5 / 32_768), 0, out);
      expect(out[0]).toBe(-2);
    }
  });

  it('give each output the same sum, whatever is made in the same run', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ratios),
        fc.constantFrom('standard', 'vhq'),
        fc.nat(40),
        fc.integer({ min: 1, max: 44 }),
        (ratio, profile, skip, n) => {
          const bank = filterBank(ratio, profile);
          const kernel = wasmKernel(ratio, bank);
          const input = noise(maxWindowLength);
          const all = new Float32Array(skip + n);
          kernel?.filter(input, 0, all);
          const position = skip * ratio.down;
          const some = new Float32Array(n);
          kernel?.filter(input.subarray(Math.floor(position / ratio.up)), position % ratio.up, some);
          expect(digest(some)).toBe(digest(all.slice(skip)));
        },
      ),
      { numRuns: 300 },
    );
  }, 30_000);

  it.each([
    [{ up: 1, down: 2 }, 'standard', 1],
    [{ up: 2, down: 3 }, 'standard', 2],
    [{ up: 1, down: 3 }, 'lowlat', 2],
    [{ up: 1, down: 2 }, 'hq', undefined],
    [{ up: 3, down: 2 }, 'standard', undefined],
    [{ up: 1, down: 4 }, 'standard', 3],
    [{ up: 3, down: 4 }, 'lowlat', 3],
    [{ up: 1, down: 5 }, 'standard', undefined],
  ] as const)('leave zeros out for %j %s', (ratio, profile, streams) => {
    const bank = filterBank(ratio, profile);
    const comb = combBank(ratio, bank);
    expect(combBank(ratio, filterBank(ratio, profile))).toBe(comb);
    expect(comb?.streams.map(({ length }) => length)).toEqual(streams && Array(ratio.up).fill(streams));
    if (comb === undefined) return;
    const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
    for (let phase = 0; phase < ratio.up; phase++) {
      const row = comb.coefficients.subarray(phase * comb.rowLength, (phase + 1) * comb.rowLength);
      expect(sum(row)).toBeCloseTo(1, 12);
    }
  });

  it('have room for the longest window', () => {
    const profiles: readonly ResamplerProfile[] = ['standard', 'hq', 'vhq', 'lowlat'];
    for (const profile of profiles) {
      expect(filterBank({ up: 1, down: 48 }, profile).taps + 4096).toBeLessThanOrEqual(maxWindowLength);
    }
  });

  it('bring their banks back when the memory had been full', () => {
    const ratio = { up: 2, down: 3 };
    const input = noise(3000);
    const before = digest(run(input, ratio, 'wasm'));
    const wideBefore = digest(run(input, ratio, 'wasm', 'vhq'));
    for (let up = 5003; up < 5019; up += 2) run(input, { up, down: 64 }, 'wasm');
    expect(digest(run(input, ratio, 'wasm', 'vhq'))).toBe(wideBefore);
    expect(digest(run(input, ratio, 'wasm'))).toBe(before);
  }, 30_000);
});

describe('where WebAssembly may not be used', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('nothing is compiled, and nothing throws', () => {
    expect(compilePolyphase(1, 2)).toBeDefined();
    const refusing = class {
      constructor() {
        throw new TypeError('refused by the content security policy');
      }
    };
    const { WebAssembly: real } = globalThis as unknown as { WebAssembly: { Memory: unknown } };
    vi.stubGlobal('WebAssembly', { Memory: real.Memory, Module: refusing });
    expect(compilePolyphase(1, 2)).toBeUndefined();
    vi.stubGlobal('WebAssembly', undefined);
    expect(compilePolyphase(1, 2)).toBeUndefined();
  });
});

describe('the module that ships', () => {
  it('is what its text compiles to', () => {
    const script = fileURLToPath(new URL('../../../scripts/build-kernel.mjs', import.meta.url));
    const shipped = new URL('../src/dsp/kernel/polyphase-wasm.ts', import.meta.url);
    const printed = execFileSync(process.execPath, [script, '--print'], { encoding: 'utf8' });
    expect(printed).toBe(readFileSync(shipped, 'utf8'));
  }, 30_000);
});
