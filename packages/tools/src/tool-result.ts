import type { JsonObject, JsonValue } from '@antiphon/core';
import type { OnlyJsonValue } from './json-result.ts';

const brand: unique symbol = Symbol.for('antiphon.tool_result') as never;

/** A result in two parts. */
export interface ToolResult {
  readonly [brand]: true;
  /** What the model is given: any JSON value. */
  readonly model: unknown;
  /** What the application is shown and the model never sees: any JSON value. */
  readonly ui: unknown;
}

/**
 * A result with a part that only the application is shown, beside the `tool_settled` notice: a table, a map, a receipt.
 *
 * @example
 * return toolResult({ model: { found: rows.length, best: rows[0].name }, ui: { rows } });
 */
export function toolResult<Model, Ui>({
  model,
  ui,
}: {
  readonly model: Model & OnlyJsonValue<Model>;
  readonly ui: Ui & OnlyJsonValue<Ui>;
}): ToolResult {
  return Object.freeze({ [brand]: true as const, model, ui });
}

/** Stands for such a result where it travels as JSON. */
const packedKey = '$antiphon_tool_result';

/** A result as it travels to another thread; anything else as it is. */
export function packResult(value: unknown): unknown {
  return isToolResult(value) ? { [packedKey]: { model: value.model, ui: value.ui } } : value;
}

/** What {@link packResult} made, as it was. */
export function unpackResult(value: JsonValue): JsonValue | ToolResult {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const packed = (value as JsonObject)[packedKey];
  if (typeof packed !== 'object' || packed === null || Array.isArray(packed)) return value;
  const { model = null, ui = null } = packed as JsonObject;
  return toolResult({ model, ui });
}

/** Tells whether `value` was made by {@link toolResult}, by brand, so also across copies of the package. */
export function isToolResult(value: unknown): value is ToolResult {
  return typeof value === 'object' && value !== null && brand in value;
}
