import { createHash } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lowerIrVersion } from '../../src/onnx/ir-version.ts';
import { openModel } from '../../src/onnx/open-model.ts';
import type { OnnxRuntime, OnnxRuntimeKind } from '../../src/onnx/runtime.ts';
import { moonshineWeights, sileroWeights, type Weights } from '../../src/onnx/weights.ts';

/** Remembers what it was asked to open, and the bytes that were there at that moment. */
class RecordingRuntime implements OnnxRuntime {
  readonly opened: { model: string | Uint8Array; bytes: Uint8Array }[] = [];
  readonly kind: OnnxRuntimeKind;

  constructor(kind: OnnxRuntimeKind) {
    this.kind = kind;
  }

  float32 = (data: Float32Array, dims: readonly number[]) => ({ data, dims });
  int64 = (data: BigInt64Array, dims: readonly number[]) => ({ data, dims });
  bool = (value: boolean) => ({ data: Uint8Array.of(value ? 1 : 0), dims: [1] });

  async openSession(model: string | Uint8Array) {
    this.opened.push({ model, bytes: typeof model === 'string' ? await readFile(model) : model });
    return { inputNames: [], outputNames: [], run: async () => ({}), release: async () => {} };
  }
}

const weights = moonshineWeights.tiny.encoder;
const hashOf = (bytes: Uint8Array | undefined): string =>
  createHash('sha256')
    .update(bytes ?? '')
    .digest('hex');

let directory: string;
let cache: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'antiphon-test-'));
  cache = join(directory, 'antiphon', 'models');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function openNative(which: Weights = weights): Promise<RecordingRuntime> {
  const runtime = new RecordingRuntime('native');
  await openModel(runtime, which, cache);
  return runtime;
}

const cachedFile = async (): Promise<string> => {
  const name = (await readdir(cache)).find((file) => file.endsWith('.onnx'));
  return join(cache, name ?? 'none');
};

describe('lowerIrVersion', () => {
  it('changes one byte', () => {
    expect(lowerIrVersion(Uint8Array.of(8, 10, 18, 0))).toEqual(Uint8Array.of(8, 9, 18, 0));
  });

  it.each([
    ['an older version', [8, 9, 18]],
    ['a newer version', [8, 11, 18]],
    ['another field first', [18, 10, 8]],
    ['no bytes', []],
  ])('refuses %s', (_, bytes) => {
    expect(lowerIrVersion(Uint8Array.from(bytes))).toBeUndefined();
  });
});

describe('openModel', () => {
  it('hands the wasm runtime the bytes of the package', async () => {
    const runtime = new RecordingRuntime('wasm');
    await openModel(runtime, weights, cache);
    expect(hashOf(runtime.opened[0]?.bytes)).toBe(weights.sha256);
    await expect(readdir(directory)).resolves.toEqual([]);
  });

  it('lowers a model once, into a directory of the user alone, and loads it by path', async () => {
    const first = await openNative();
    expect(first.opened[0]?.model).toBe(await cachedFile());
    expect(hashOf(first.opened[0]?.bytes)).toBe(weights.loweredSha256);
    expect((await stat(cache)).mode & 0o777).toBe(0o700);
    const written = await stat(await cachedFile());
    await openNative();
    const { ino, size, mtimeMs, ctimeMs } = await stat(await cachedFile());
    expect({ ino, size, mtimeMs, ctimeMs }).toEqual({
      ino: written.ino,
      size: written.size,
      mtimeMs: written.mtimeMs,
      ctimeMs: written.ctimeMs,
    });
  });

  it('replaces a cached file that was changed', async () => {
    await openNative();
    await writeFile(await cachedFile(), 'not a model');
    const again = await openNative();
    expect(hashOf(again.opened[0]?.bytes)).toBe(weights.loweredSha256);
  });

  it('leaves no parts of files behind', async () => {
    await openNative();
    expect((await readdir(cache)).filter((file) => file.endsWith('.partial'))).toEqual([]);
  });

  it('uses a private temporary file when others can write to the cache', async () => {
    await openNative();
    const trusted = await cachedFile();
    await chmod(cache, 0o777);
    const runtime = await openNative();
    expect(runtime.opened[0]?.model).not.toBe(trusted);
    expect(hashOf(runtime.opened[0]?.bytes)).toBe(weights.loweredSha256);
    await expect(stat(String(runtime.opened[0]?.model))).rejects.toThrow('ENOENT');
  });

  it('uses a private temporary file when there can be no cache', async () => {
    await writeFile(join(directory, 'antiphon'), 'a file where the directory should be');
    const runtime = await openNative();
    expect(hashOf(runtime.opened[0]?.bytes)).toBe(weights.loweredSha256);
  });

  it.each<[string, Weights, string, RegExp]>([
    ['other bytes', { ...weights, sha256: '0'.repeat(64) }, 'local.model_damaged', /sha256 is c6fc4b7b/],
    [
      'another IR version',
      { ...sileroWeights, loweredSha256: '0'.repeat(64) },
      'local.model_damaged',
      /IR version 10/,
    ],
    ['no file', { ...weights, pathInPackage: 'none.onnx' }, 'local.model_missing', /moonshine-js\/none.onnx/],
    ['no package', { ...weights, packageName: 'no-such-package' }, 'local.model_missing', /no-such-package/],
  ])('refuses %s', async (_, which, code, message) => {
    await expect(openNative(which)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
});
