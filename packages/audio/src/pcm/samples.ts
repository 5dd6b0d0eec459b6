/**
 * A stretch of audio: 16-bit integers, or floats where full scale is [−1, 1). Interleaved when there are several
 * channels.
 */
export type Samples = Int16Array | Float32Array;

/** An array of `length` zeros of the type of `like`. */
export function emptyLike<S extends Samples>(like: S, length: number): S {
  return (like instanceof Int16Array ? new Int16Array(length) : new Float32Array(length)) as S;
}

/** The parts one after another. They share one type; `like` gives it when there are none. */
export function concatSamples<S extends Samples>(parts: readonly S[], like: S): S {
  const joined = emptyLike(
    like,
    parts.reduce((total, part) => total + part.length, 0),
  );
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}
