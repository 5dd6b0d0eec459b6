/** The state after `state`, an integer other than 0: 32 bits that look random, signed, and can be had again. */
export function xorshift32(state: number): number {
  let x = state;
  x ^= x << 13;
  x ^= x >>> 17;
  x ^= x << 5;
  return x;
}
