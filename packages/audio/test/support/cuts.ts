/** Cuts `items` into pieces of the given sizes, again and again to the end. */
export function cut<T extends { length: number; subarray(from: number, to: number): T }>(
  items: T,
  sizes: readonly number[],
): T[] {
  const pieces: T[] = [];
  for (let at = 0, i = 0; at < items.length; i++) {
    const size = Math.max(sizes[i % sizes.length] ?? 1, 1);
    pieces.push(items.subarray(at, at + size));
    at += size;
  }
  return pieces;
}
