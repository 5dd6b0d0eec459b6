import type { JsonObject, JsonValue } from '../json.ts';
import type { ConsentPhrases } from './consent-words.ts';

/** A question of consent, as it is said. */
export interface ConsentQuestion {
  readonly text: string;
  /** Characters at its end that are always the same: who has heard what stands before them knows what is asked. */
  readonly closingLength: number;
}

/** What a question is made of. */
export interface QuestionParts {
  /** A template with `{{parameter}}` slots; without it the description and all arguments are read out. */
  readonly say: string | undefined;
  readonly description: string;
  /** Names of the parameters in their order. */
  readonly parameters: readonly string[];
  readonly arguments: JsonObject;
}

/** The question for one call: made of what the tool declares and the arguments, so that equal calls give equal words. */
export function consentQuestion(parts: QuestionParts, phrases: ConsentPhrases): ConsentQuestion {
  const { closing } = phrases;
  if (parts.say !== undefined) return { text: fill(parts.say, parts.arguments, phrases), closingLength: 0 };
  const rest = Object.keys(parts.arguments).filter((name) => !parts.parameters.includes(name));
  const named = [...parts.parameters, ...rest].filter((name) => Object.hasOwn(parts.arguments, name));
  const values = named.map(
    (name) => `${capitalised(label(name))}: ${spoken(parts.arguments[name] ?? null, phrases)}`,
  );
  const text = [firstSentence(parts.description), ...values.map(ended), closing].join(' ');
  return { text, closingLength: closing.length };
}

/** A value in words: all of it, in a fixed order. */
function spoken(value: JsonValue, phrases: ConsentPhrases): string {
  if (value === null) return phrases.nothing;
  if (typeof value === 'boolean') return value ? phrases.true : phrases.false;
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return value.trim() === '' ? phrases.nothing : value.trim();
  const parts = Array.isArray(value)
    ? value.map((item: JsonValue) => spoken(item, phrases))
    : Object.entries(value).map(([name, field]) => `${label(name)} ${spoken(field, phrases)}`);
  if (parts.length === 0) return phrases.nothing;
  const [last = ''] = parts.slice(-1);
  return parts.length === 1 ? last : `${parts.slice(0, -1).join(', ')} ${phrases.and} ${last}`;
}

function fill(template: string, values: JsonObject, phrases: ConsentPhrases): string {
  return template
    .replace(/\{\{\s*([\w$-]+)\s*\}\}/g, (_slot, name: string) =>
      spoken(Object.hasOwn(values, name) ? (values[name] ?? null) : null, phrases),
    )
    .trim();
}

/** Descriptions go on with advice for the model: their first sentence says what the tool does. */
function firstSentence(description: string): string {
  const text = description.trim().replaceAll(/\s+/g, ' ');
  const end = text.search(/[.!?](?:\s|$)/);
  return ended(end < 0 ? text : text.slice(0, end + 1));
}

function ended(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function label(name: string): string {
  return name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .replaceAll(/[_$-]+/g, ' ')
    .trim();
}

function capitalised(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
