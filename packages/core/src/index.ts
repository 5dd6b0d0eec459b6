// The public surface of @antiphon/core. Adding a name here is adding API.
export { AntiphonError, isAntiphonError } from './errors/antiphon-error.ts';
export { type ErrorCode, type ErrorData, errorTable } from './errors/error-codes.ts';
export type { ErrorRow } from './errors/error-row.ts';
export type { JsonObject, JsonValue } from './json.ts';
