/** A tone of `length` samples at a quarter of full scale. */
export function toneAt(frequencyHz: number, sampleRateHz: number, length: number): Int16Array {
  return Int16Array.from(
    { length },
    (_, at) => 8_000 * Math.sin((2 * Math.PI * frequencyHz * at) / sampleRateHz),
  );
}
