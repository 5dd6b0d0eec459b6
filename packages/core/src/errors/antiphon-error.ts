import { type ErrorCode, type ErrorData, errorTable } from './error-codes.ts';
import type { ErrorRow } from './error-row.ts';

const brand: unique symbol = Symbol.for('antiphon.error') as never;

/**
 * The one error class of Antiphon.
 *
 * @example
 * throw new AntiphonError('tool.unknown', { name: 'wether', available: 'weather, clock' });
 */
export class AntiphonError<Code extends ErrorCode = ErrorCode> extends Error {
  readonly [brand] = true;
  override readonly name = 'AntiphonError';
  readonly code: Code;
  /** The next edit or command. */
  readonly hint: string;
  /** What a model does next that is told of it: never an edit or a command. */
  readonly modelHint: string;
  readonly retryable: boolean;
  readonly exitCode: 2 | 3 | 4;
  /** Small JSON: the values named in the message. */
  readonly data: Readonly<Record<string, string | number>>;

  constructor(code: Code, data: ErrorData<Code>, options?: ErrorOptions) {
    const row: ErrorRow = errorTable[code];
    super(fill(row.message, data), options);
    this.code = code;
    this.hint = fill(row.hint, data);
    this.modelHint = fill(row.modelHint ?? row.hint, data);
    this.retryable = row.retryable;
    this.exitCode = row.exitCode;
    this.data = data;
  }

  /** The error as small JSON, without stack or cause. */
  toJSON(): { code: string; message: string; hint: string; retryable: boolean } {
    return { code: this.code, message: this.message, hint: this.hint, retryable: this.retryable };
  }
}

/** Tells whether `value` is an {@link AntiphonError}, by brand, so also across copies of the package. */
export function isAntiphonError<Code extends ErrorCode = ErrorCode>(
  value: unknown,
  code?: Code,
): value is AntiphonError<Code> {
  return (
    typeof value === 'object' &&
    value !== null &&
    brand in value &&
    (code === undefined || (value as AntiphonError).code === code)
  );
}

function fill(template: string, data: Readonly<Record<string, string | number>>): string {
  return template.replaceAll(/\{(\w+)\}/g, (placeholder, name: string) => String(data[name] ?? placeholder));
}
