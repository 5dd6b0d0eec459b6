/** Most significant digits that are shown. */
const maxDigits = 10;

/**
 * A number as it would be said or written by hand: at most ten significant digits, no float noise, no exponent for
 * everyday sizes. `isRounded` tells whether digits were left out.
 */
export function numberText(value: number): { readonly text: string; readonly isRounded: boolean } {
  if (Number.isInteger(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER) {
    return { text: String(value), isRounded: false };
  }
  const exact = Number(value.toPrecision(14));
  const shown = Number(value.toPrecision(Math.abs(value) < 1e10 ? decimalDigits(value) : maxDigits));
  const isRounded = shown !== exact;
  const size = Math.abs(shown);
  const text = size !== 0 && (size >= 1e15 || size < 1e-6) ? scientific(shown) : plain(shown);
  return { text, isRounded };
}

/** Significant digits: six behind the point, or six in all for less than one, within the bound. */
function decimalDigits(value: number): number {
  const before = Math.max(0, Math.floor(Math.log10(Math.abs(value))) + 1);
  return Math.min(maxDigits, before + 6);
}

function plain(value: number): string {
  return value.toLocaleString('en-US', { useGrouping: false, maximumFractionDigits: 12 });
}

/** `6.02 times 10 to the power of 23`, which can be said. */
function scientific(value: number): string {
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  const shown = Number(Number(digits).toPrecision(6));
  return `${shown} times 10 to the power of ${Number(exponent)}`;
}
