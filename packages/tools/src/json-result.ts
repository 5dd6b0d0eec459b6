import type { JsonValue } from '@antiphon/core';

/** How deep a result is looked at by the compiler; what is deeper is checked as the tool runs. */
type Deeper = [never, 0, 1, 2, 3, 4, 5];

/** The parts of a type that are no JSON: functions, symbols, BigInts and what holds them, such as a `Map`; errors, which are thrown. */
type NotJson<Value, Depth extends number> = [Depth] extends [never]
  ? never
  : unknown extends Value
    ? never
    : Value extends JsonValue | undefined | void
      ? never
      : Value extends { toJSON(key?: string): infer Json }
        ? NotJson<Json, Deeper[Depth]>
        : Value extends bigint | symbol | Error | ((...values: never[]) => unknown)
          ? Value
          : Value extends readonly (infer Item)[]
            ? NotJson<Item, Deeper[Depth]>
            : Value extends object
              ? { [Key in keyof Value]-?: NotJson<Value[Key], Deeper[Depth]> }[keyof Value]
              : Value;

/** What stands in a message of the compiler about a tool that returns something else than JSON. */
interface OnlyJson {
  readonly 'a tool returns JSON: text, numbers, booleans, null, lists and plain objects of them': never;
}

/**
 * What a tool returns, where all of it is JSON, or of a type that only running it can tell; else a type that nothing fits.
 * `undefined` stands for `null`.
 */
export type JsonResult<Returned> = [NotJson<Awaited<Returned>, 6>] extends [never] ? unknown : OnlyJson;

/** Like {@link JsonResult}, of what is not waited for. */
export type OnlyJsonValue<Value> = [NotJson<Value, 6>] extends [never] ? unknown : OnlyJson;
