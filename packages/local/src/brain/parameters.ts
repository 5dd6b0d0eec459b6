import type { JsonObject, JsonValue } from '@antiphon/core';
import type { MomentFormat } from './date-format.ts';
import type { DurationUnit } from './durations.ts';
import { identifierWords } from './tokens.ts';

/** What sort of text a string parameter holds: names are short and capitalised, `content` is anything the user says. */
export type TextKind = 'place' | 'person' | 'code' | 'content' | 'subject';

/** How a parameter's value is read from speech. */
export type ParameterType =
  | {
      readonly kind: 'text';
      readonly text: TextKind;
      readonly minLength: number;
      readonly maxLength: number;
      readonly pattern?: string;
    }
  | { readonly kind: 'expression' }
  | ({ readonly kind: 'number'; readonly isInteger: boolean } & Range)
  | ({ readonly kind: 'duration'; readonly unit: DurationUnit; readonly isInteger: boolean } & Range)
  | { readonly kind: 'iso-duration' }
  | { readonly kind: 'moment'; readonly format: MomentFormat; readonly pattern?: string }
  /** A time or length of time kept in the user's words. */
  | { readonly kind: 'time-text' }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'choice'; readonly values: readonly (string | number | boolean)[] }
  | {
      readonly kind: 'list';
      readonly item: ParameterType;
      readonly minItems: number;
      readonly maxItems: number;
    }
  | { readonly kind: 'fixed'; readonly value: JsonValue }
  | { readonly kind: 'unsupported' };

interface Range {
  /** Inclusive; −∞ when there is no bound. */
  readonly minimum: number;
  readonly maximum: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
}

/** One parameter of a tool, as the brain fills it. */
export interface Parameter {
  readonly name: string;
  readonly description: string;
  readonly isRequired: boolean;
  readonly type: ParameterType;
  readonly defaultValue?: JsonValue;
}

/** The parameters of a JSON Schema of type `object`, in the order of its properties. */
export function parametersOf(schema: JsonObject): readonly Parameter[] {
  const properties = objectAt(schema, 'properties');
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  return Object.entries(properties).map(([name, raw]) => {
    const property = resolve(isObject(raw) ? raw : {}, schema);
    const description = stringAt(property, 'description') ?? stringAt(property, 'title') ?? '';
    const defaultValue = property['default'];
    return {
      name,
      description,
      isRequired: required.includes(name) && defaultValue === undefined,
      type: typeOf({ name, description, property, root: schema }),
      ...(defaultValue === undefined ? {} : { defaultValue }),
    };
  });
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectAt(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  return isObject(value) ? value : {};
}

function stringAt(object: JsonObject, key: string): string | undefined {
  const value = object[key];
  return typeof value === 'string' ? value : undefined;
}

function numberAt(object: JsonObject, key: string): number | undefined {
  const value = object[key];
  return typeof value === 'number' ? value : undefined;
}

/** Follows one local `$ref`, and takes the first member of a union that is not null. */
function resolve(property: JsonObject, root: JsonObject): JsonObject {
  const reference = stringAt(property, '$ref')?.match(/^#\/(\$defs|definitions)\/([^/]+)$/);
  if (reference?.[1] !== undefined && reference[2] !== undefined) {
    return { ...objectAt(objectAt(root, reference[1]), reference[2]), ...withoutKey(property, '$ref') };
  }
  const union = property['anyOf'] ?? property['oneOf'];
  if (!Array.isArray(union)) return property;
  const members: JsonObject[] = union.filter(isObject).filter((one) => one['type'] !== 'null');
  const constants = members.map((one) => one['const']);
  const rest = withoutKey(withoutKey(property, 'anyOf'), 'oneOf');
  if (members.length > 0 && constants.every((value) => value !== undefined)) {
    return { ...rest, enum: constants };
  }
  return { ...members[0], ...rest };
}

function withoutKey(object: JsonObject, key: string): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
}

interface Described {
  readonly name: string;
  readonly description: string;
  readonly property: JsonObject;
  readonly root: JsonObject;
}

function typeOf(described: Described): ParameterType {
  const { property } = described;
  if (property['const'] !== undefined) return { kind: 'fixed', value: property['const'] };
  const values = property['enum'];
  if (Array.isArray(values)) return choiceOf(values);
  const declared = property['type'];
  const type = Array.isArray(declared) ? declared.find((one) => one !== 'null') : declared;
  switch (type) {
    case 'boolean':
      return { kind: 'boolean' };
    case 'integer':
    case 'number':
      return numberType(described, type === 'integer');
    case 'string':
    case undefined:
      return isObject(property['properties']) ? { kind: 'unsupported' } : textType(described);
    case 'array':
      return listType(described);
    default:
      return { kind: 'unsupported' };
  }
}

function choiceOf(values: readonly JsonValue[]): ParameterType {
  const scalars = values.filter((value) => ['string', 'number', 'boolean'].includes(typeof value)) as (
    | string
    | number
    | boolean
  )[];
  const [only] = scalars;
  if (only !== undefined && scalars.length === 1) return { kind: 'fixed', value: only };
  return { kind: 'choice', values: scalars };
}

function listType(described: Described): ParameterType {
  const items = resolve(objectAt(described.property, 'items'), described.root);
  return {
    kind: 'list',
    item: typeOf({ ...described, property: items }),
    minItems: numberAt(described.property, 'minItems') ?? 1,
    maxItems: numberAt(described.property, 'maxItems') ?? 50,
  };
}

function numberType({ name, description, property }: Described, isInteger: boolean): ParameterType {
  const exclusiveMinimum = numberAt(property, 'exclusiveMinimum');
  const exclusiveMaximum = numberAt(property, 'exclusiveMaximum');
  const multipleOf = numberAt(property, 'multipleOf');
  const range = {
    minimum: numberAt(property, 'minimum') ?? Number.NEGATIVE_INFINITY,
    maximum: numberAt(property, 'maximum') ?? Number.POSITIVE_INFINITY,
    ...(exclusiveMinimum === undefined ? {} : { exclusiveMinimum }),
    ...(exclusiveMaximum === undefined ? {} : { exclusiveMaximum }),
    ...(multipleOf === undefined ? {} : { multipleOf }),
  };
  const unit = durationUnitOf(name, description);
  return unit === undefined
    ? { kind: 'number', isInteger, ...range }
    : { kind: 'duration', unit, isInteger, ...range };
}

const unitNames: readonly (readonly [RegExp, DurationUnit])[] = [
  [/^(ms|millis|milliseconds?)$/, 'milliseconds'],
  [/^(s|secs?|seconds)$/, 'seconds'],
  [/^(mins?|minutes)$/, 'minutes'],
  [/^(hrs?|hours)$/, 'hours'],
  [/^days$/, 'days'],
  [/^weeks$/, 'weeks'],
];

const lengthNames = new Set(['duration', 'timeout', 'delay', 'interval', 'countdown']);

/** The unit of a numeric length of time, by the parameter's name, else by its description. */
function durationUnitOf(name: string, description: string): DurationUnit | undefined {
  const words = identifierWords(name);
  const last = words.at(-1) ?? '';
  for (const [pattern, unit] of unitNames) {
    if (pattern.test(last) && !(last.length <= 3 && words.length === 1 && last === 's')) return unit;
  }
  const isLength = words.some((word) => lengthNames.has(word));
  const inText = /\b(?:in|of|as) (?:whole |full )?(milliseconds|seconds|minutes|hours|days|weeks)\b/i.exec(
    description,
  );
  const named = inText?.[1]?.toLowerCase() as DurationUnit | undefined;
  if (named !== undefined) return named;
  const bare = /\b(milliseconds|seconds|minutes|hours)\b/i.exec(description)?.[1]?.toLowerCase();
  if (bare !== undefined && (isLength || /duration|how long|length/i.test(description))) {
    return bare as DurationUnit;
  }
  return isLength ? 'seconds' : undefined;
}

function textType({ name, description, property }: Described): ParameterType {
  const format = stringAt(property, 'format') ?? '';
  const words = identifierWords(name);
  const pattern = stringAt(property, 'pattern');
  const withPattern = pattern === undefined ? {} : { pattern };
  if (format === 'date' || format === 'time' || format === 'date-time') {
    return { kind: 'moment', format, ...withPattern };
  }
  if (format === 'duration') return { kind: 'iso-duration' };
  if (format === 'math-expression' || isExpression(words, description)) return { kind: 'expression' };
  const described = momentByDescription(words, description);
  if (described !== undefined) return { kind: 'moment', format: described, ...withPattern };
  if (/\bISO[ -]?8601 duration\b/i.test(description)) return { kind: 'iso-duration' };
  if (words.some((word) => /^(duration|date|day|time|when)$/.test(word)) && !words.includes('zone')) {
    return { kind: 'time-text' };
  }
  return {
    kind: 'text',
    text: textKind(words, description),
    minLength: Math.max(1, numberAt(property, 'minLength') ?? 1),
    maxLength: numberAt(property, 'maxLength') ?? Number.POSITIVE_INFINITY,
    ...withPattern,
  };
}

function isExpression(words: readonly string[], description: string): boolean {
  if (words.some((word) => /^(expression|expr|formula|equation|calculation)$/.test(word))) return true;
  return /\b(arithmetic|math(s|ematical)?|numeric) (expression|formula|calculation)\b/i.test(description);
}

function momentByDescription(words: readonly string[], description: string): MomentFormat | undefined {
  if (/yyyy-mm-dd.?t?.?hh/i.test(description)) return 'date-time';
  if (/yyyy-mm-dd/i.test(description)) return 'date';
  if (/\bhh:mm\b/i.test(description)) return 'hours-minutes';
  if (!/\bISO[ -]?8601\b|\bRFC[ -]?3339\b/i.test(description) || /duration/i.test(description))
    return undefined;
  if (/date[- ]?time|timestamp|date and time/i.test(description)) return 'date-time';
  if (words.includes('date') || /\bdate\b/i.test(description)) return 'date';
  return words.includes('time') ? 'time' : 'date-time';
}

const kindWords: readonly (readonly [RegExp, TextKind])[] = [
  [
    /^(city|town|place|location|country|destination|origin|address|region|timezone|zone|state|airport|station)$/,
    'place',
  ],
  [
    /^(person|recipient|contact|guest|customer|employee|friend|name|who|assignee|attendee|user|author|artist)$/,
    'person',
  ],
  [/^(id|code|number|phone|pin|zip|postcode|postal|account|reference|isbn|sku|ticket|serial)$/, 'code'],
  [
    /^(text|message|body|content|note|comment|memo|reminder|description|feedback|reason|question|sentence)$/,
    'content',
  ],
];

function textKind(words: readonly string[], description: string): TextKind {
  const named = words.filter((word) => word !== 'name');
  if (
    named.length === 0 ||
    (words.includes('name') && named.every((word) => /^(first|last|full|your)$/.test(word)))
  ) {
    return kindByWords(headWords(description)) ?? 'person';
  }
  return kindByWords(named.toReversed()) ?? kindByWords(headWords(description)) ?? 'subject';
}

/** What a description is about: its words up to the first comma, "of", "or" or the like; "name of the city" is a city. */
function headWords(description: string): readonly string[] {
  const about = description.replace(/^(the )?(full )?name of (the |a |an )?/i, '');
  const head = about.split(/[,.;:(/]|\b(?:of|or|to|for|that|which|in|with|from)\b/i)[0] ?? '';
  return identifierWords(head)
    .filter((word) => word !== 'name')
    .slice(0, 4)
    .toReversed();
}

function kindByWords(words: readonly string[]): TextKind | undefined {
  for (const word of words) {
    const kind = kindWords.find(([pattern]) => pattern.test(word));
    if (kind !== undefined) return kind[1];
  }
  return undefined;
}
