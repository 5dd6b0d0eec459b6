import { AntiphonError } from '@antiphon/core';

/** The bounds of an integer option. */
export interface IntegerRange {
  readonly min: number;
  readonly max: number;
}

/** Returns `value`, or throws `audio.invalid_option` when it is no integer in `range`. */
export function requireInteger(option: string, value: number, range: IntegerRange): number {
  if (Number.isInteger(value) && value >= range.min && value <= range.max) return value;
  throw new AntiphonError('audio.invalid_option', {
    option,
    value: String(value),
    expected: `an integer from ${range.min} to ${range.max}`,
  });
}
