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
export function toolResult({ model, ui }: { readonly model: unknown; readonly ui: unknown }): ToolResult {
  return Object.freeze({ [brand]: true as const, model, ui });
}

/** Tells whether `value` was made by {@link toolResult}, by brand, so also across copies of the package. */
export function isToolResult(value: unknown): value is ToolResult {
  return typeof value === 'object' && value !== null && brand in value;
}
