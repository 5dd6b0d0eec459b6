import type { JsonObject, JsonValue } from '../json.ts';
import type { ConsentPhrases } from './consent-words.ts';

/** A question of consent, as it is said. */
export interface ConsentQuestion {
  readonly text: string;
  /** Characters at its end that are always the same: who has heard what stands before them knows what is asked. */
  readonly closingLength: number;
  /** The texts among its arguments, as they are said: what has to be heard as it is, beside the numbers. */
  readonly values?: readonly string[];
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
  if (parts.say !== undefined) return filled(parts.say, parts.arguments, phrases);
  const rest = Object.keys(parts.arguments).filter((name) => !parts.parameters.includes(name));
  const named = [...parts.parameters, ...rest].filter((name) => Object.hasOwn(parts.arguments, name));
  const values = named.map(
    (name) => `${capitalised(label(name))}: ${spoken(parts.arguments[name] ?? null, phrases)}`,
  );
  const text = [firstSentence(parts.description), ...values.map(ended), closing].join(' ');
  const texts = named.flatMap((name) => textsOf(parts.arguments[name] ?? null, phrases));
  return { text, closingLength: closing.length, values: texts };
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

/** What of a value has to be heard as it is written; yes and no stand as words of their own. */
function textsOf(value: JsonValue, phrases: ConsentPhrases): readonly string[] {
  if (typeof value === 'boolean') return [capitalised(spoken(value, phrases))];
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((part: JsonValue) => textsOf(part, phrases));
}

function filled(template: string, given: JsonObject, phrases: ConsentPhrases): ConsentQuestion {
  const values: string[] = [];
  const text = template.replace(/\{\{\s*([\w$-]+)\s*\}\}/g, (_slot, name: string) => {
    const value = Object.hasOwn(given, name) ? (given[name] ?? null) : null;
    values.push(...textsOf(value, phrases));
    return spoken(value, phrases);
  });
  return { text: text.trim(), closingLength: 0, values };
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
