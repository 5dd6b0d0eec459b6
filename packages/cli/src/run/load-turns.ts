import { downmixToMono, floatToInt16, resample, speechEndFrame } from '@antiphon/audio';
import { rawPcmFromStream, readWavFile } from '@antiphon/audio/node';
import { inputName, type PlannedTurn } from './turn-plan.ts';

/** A turn ready to be spoken or sent. */
export type LoadedTurn =
  | { readonly kind: 'text'; readonly input: string; readonly text: string }
  | {
      readonly kind: 'audio';
      readonly input: string;
      /** Mono samples at the rate asked for. */
      readonly samples: Int16Array;
      /** The sample after which there is no more speech; undefined when there is none. */
      readonly speechEnd: number | undefined;
      /** What was odd about the file, in words. */
      readonly warnings: readonly string[];
    };

/**
 * Reads every input before anything connects, so that a bad one costs nothing.
 *
 * @throws AntiphonError `audio.…` for what cannot be read.
 */
export async function loadTurns(
  turns: readonly PlannedTurn[],
  options: { readonly sampleRateHz: number; readonly stdin: AsyncIterable<Uint8Array> },
): Promise<readonly LoadedTurn[]> {
  const loaded: LoadedTurn[] = [];
  for (const turn of turns) {
    if (turn.kind === 'text') loaded.push({ kind: 'text', input: inputName(turn), text: turn.text });
    else loaded.push(await loadAudio(turn.path, inputName(turn), options));
  }
  return loaded;
}

async function loadAudio(
  path: string,
  input: string,
  options: { readonly sampleRateHz: number; readonly stdin: AsyncIterable<Uint8Array> },
): Promise<LoadedTurn> {
  const { sampleRateHz } = options;
  if (path === '-')
    return spoken(input, await readAll(rawPcmFromStream(options.stdin)), { sampleRateHz, warnings: [] });
  const wav = await readWavFile(path);
  const mono = downmixToMono(wav.samples, wav.channels);
  const samples = floatToInt16(resample(mono, { fromHz: wav.sampleRateHz, toHz: sampleRateHz }));
  return spoken(input, samples, { sampleRateHz, warnings: wav.warnings.map(({ message }) => message) });
}

function spoken(
  input: string,
  samples: Int16Array,
  { sampleRateHz, warnings }: { readonly sampleRateHz: number; readonly warnings: readonly string[] },
): LoadedTurn {
  return { kind: 'audio', input, samples, speechEnd: speechEndFrame(samples, sampleRateHz), warnings };
}

async function readAll(chunks: AsyncIterable<Int16Array>): Promise<Int16Array> {
  const parts: Int16Array[] = [];
  for await (const part of chunks) parts.push(part);
  const samples = new Int16Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    samples.set(part, at);
    at += part.length;
  }
  return samples;
}
