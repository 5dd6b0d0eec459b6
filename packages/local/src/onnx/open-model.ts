import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AntiphonError } from '@antiphon/core';
import { findPackageFile } from '../package-file.ts';
import { lowerIrVersion } from './ir-version.ts';
import { ensurePrivateDirectory, makeTemporaryDirectory, modelCacheDirectory } from './private-directory.ts';
import type { OnnxRuntime, OnnxSession } from './runtime.ts';
import { isVerifiedFile, sha256Of, writeVerifiedFile } from './verified-file.ts';
import type { Weights } from './weights.ts';

/**
 * Opens a model out of the package it comes with, after checking its pinned hash.
 *
 * Models that the native runtime refuses by their header are lowered once into the user's cache and loaded
 * from there by path, which takes less memory than loading from bytes.
 *
 * @throws AntiphonError `local.model_missing`, `local.model_damaged`
 */
export async function openModel(
  runtime: OnnxRuntime,
  weights: Weights,
  cacheDirectory: string = modelCacheDirectory(),
): Promise<OnnxSession> {
  const sourcePath = findPackageFile(weights.packageName, weights.pathInPackage);
  if (sourcePath === undefined) {
    const path = `node_modules/${weights.packageName}/${weights.pathInPackage}`;
    throw new AntiphonError('local.model_missing', { model: weights.name, path });
  }
  if (runtime.kind === 'wasm' || weights.loweredSha256 === undefined) {
    return runtime.openSession(await readVerified(sourcePath, weights), weights.optimization);
  }
  const lowered = { weights, sourcePath, sha256: weights.loweredSha256 };
  const cachedPath = await cacheLowered(lowered, cacheDirectory);
  return cachedPath === undefined
    ? openFromTemporary(runtime, lowered)
    : runtime.openSession(cachedPath, weights.optimization);
}

interface LoweredModel {
  readonly weights: Weights;
  readonly sourcePath: string;
  /** Hash of the lowered file. */
  readonly sha256: string;
}

/** @returns the path in the cache, or undefined when the cache cannot be used. */
async function cacheLowered(model: LoweredModel, directory: string): Promise<string | undefined> {
  const path = join(directory, `${model.weights.name}-${model.sha256.slice(0, 16)}.onnx`);
  try {
    await ensurePrivateDirectory(directory);
    if (await isVerifiedFile(path, model.sha256)) return path;
    await writeVerifiedFile(path, await readLowered(model), model.sha256);
    return path;
  } catch (error) {
    if (error instanceof AntiphonError) throw error;
    return undefined;
  }
}

async function openFromTemporary(runtime: OnnxRuntime, model: LoweredModel): Promise<OnnxSession> {
  const directory = await makeTemporaryDirectory();
  try {
    const path = join(directory, `${model.weights.name}.onnx`);
    await writeVerifiedFile(path, await readLowered(model), model.sha256);
    return await runtime.openSession(path, model.weights.optimization);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function readLowered({ weights, sourcePath, sha256 }: LoweredModel): Promise<Uint8Array> {
  const lowered = lowerIrVersion(await readVerified(sourcePath, weights));
  if (lowered === undefined || sha256Of(lowered) !== sha256) {
    const reason = 'its header does not say IR version 10';
    throw new AntiphonError('local.model_damaged', { model: weights.name, path: sourcePath, reason });
  }
  return lowered;
}

async function readVerified(path: string, weights: Weights): Promise<Uint8Array> {
  const bytes = await readFile(path);
  const found = sha256Of(bytes);
  if (found !== weights.sha256) {
    const reason = `sha256 is ${found}, not ${weights.sha256}`;
    throw new AntiphonError('local.model_damaged', { model: weights.name, path, reason });
  }
  return bytes;
}
