import * as z from 'zod';
import type { JsonObject } from '../json.ts';

/**
 * An object whose unknown members pass through at run time without appearing in the type: servers add members
 * without notice, and code that reads one must name it here first.
 */
export function tolerant<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape, z.core.$strip> {
  return z.looseObject(shape) as unknown as z.ZodObject<Shape, z.core.$strip>;
}

/** A JSON object of no known shape. */
export const JsonObjectSchema = z.custom<JsonObject>(isJsonObject, 'expected an object');

/** Something of a `type` this version does not know, kept as it came. */
export interface Unknown {
  readonly type: 'unknown';
  /** The `type` on the wire; empty when there was none. */
  readonly rawType: string;
  readonly raw: JsonObject;
}

/** A union by `type` in which an unknown type becomes {@link Unknown}. A known type must still have its shape. */
export function openUnion<const Options extends TypedObjects>(options: Options) {
  return z.union([z.discriminatedUnion('type', options), unknownTo(options).transform(toUnknown)]);
}

/** A JSON object whose `type` is none of those of `options`. */
export function unknownTo(options: TypedObjects) {
  const known = new Set<unknown>(options.flatMap((option) => [...option.shape.type.values]));
  return JsonObjectSchema.refine((value) => !known.has(value['type']));
}

/** Wraps a JSON object of an unknown type. */
export function toUnknown(raw: JsonObject): Unknown {
  const type = raw['type'];
  return { type: 'unknown', rawType: typeof type === 'string' ? type : '', raw };
}

/** Tells whether `value` is an object and neither null nor an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A position in a list; servers that leave it out mean the first. */
export const IndexSchema = z.int().min(0).default(0);

/** A text that may be absent or null, read as null. */
export const NullableTextSchema = z.string().nullable().default(null);

type TypedObject = z.ZodObject<{ type: z.ZodLiteral<string> }, z.core.$strip>;
type TypedObjects = readonly [TypedObject, ...TypedObject[]];
