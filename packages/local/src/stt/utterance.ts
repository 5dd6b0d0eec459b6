const sampleRateHz = 16_000;

/** Longest piece given to the recogniser at once; it was trained on clips of up to about half a minute. */
const maxPieceSeconds = 25;
/** A piece is not cut before this point. */
const minPieceSeconds = 12;
const quietWindowSamples = sampleRateHz / 10;

/** Below this peak (−66 dBFS) nothing is speech, not even a very quiet microphone. */
const silencePeak = 0.0005;
/** Louder clips are left alone; quieter ones are raised to it: recognition suffers below about half of this. */
const lowestPeak = 0.25;

/** Silence put round a clip. */
export interface Padding {
  readonly leadSeconds: number;
  readonly tailSeconds: number;
}

/** A copy of the clip with silence before and after it. */
export function padSilence(samples: Float32Array, { leadSeconds, tailSeconds }: Padding): Float32Array {
  const lead = Math.round(leadSeconds * sampleRateHz);
  const padded = new Float32Array(lead + samples.length + Math.round(tailSeconds * sampleRateHz));
  padded.set(samples, lead);
  return padded;
}

/**
 * Raises a very quiet clip to a level the recogniser knows.
 *
 * @returns the clip itself when it is loud enough, undefined when it is silence.
 */
export function raiseQuiet(samples: Float32Array): Float32Array | undefined {
  const peak = samples.reduce((highest, sample) => Math.max(highest, Math.abs(sample)), 0);
  if (peak < silencePeak) return undefined;
  if (peak >= lowestPeak) return samples;
  const gain = lowestPeak / peak;
  return samples.map((sample) => sample * gain);
}

/** Cuts a long clip into pieces the recogniser can take, each cut in the quietest tenth of a second within reach. */
export function splitAtQuiet(samples: Float32Array): readonly Float32Array[] {
  const pieces: Float32Array[] = [];
  let rest = samples;
  while (rest.length > maxPieceSeconds * sampleRateHz) {
    const cut = quietestSample(rest, minPieceSeconds * sampleRateHz, maxPieceSeconds * sampleRateHz);
    pieces.push(rest.subarray(0, cut));
    rest = rest.subarray(cut);
  }
  return [...pieces, rest];
}

function quietestSample(samples: Float32Array, from: number, to: number): number {
  let quietest = to;
  let lowestEnergy = Number.POSITIVE_INFINITY;
  for (let start = from; start + quietWindowSamples <= to; start += quietWindowSamples / 2) {
    const energy = sumOfSquares(samples.subarray(start, start + quietWindowSamples));
    // Of equally quiet places the latest wins, so that pieces are long.
    if (energy <= lowestEnergy) {
      lowestEnergy = energy;
      quietest = start + quietWindowSamples / 2;
    }
  }
  return quietest;
}

function sumOfSquares(samples: Float32Array): number {
  return samples.reduce((sum, sample) => sum + sample * sample, 0);
}
