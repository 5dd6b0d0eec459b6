import type { JsonObject, JsonValue } from '@antiphon/core';
import { joinList, spokenNumber, spokenValue } from './templates.ts';
import { identifierWords } from './tokens.ts';

const maxSpokenChars = 400;
const maxFields = 5;
const maxItems = 4;

/** The message of a failed call, if `output` is one: an object with an `error` that says something. */
export function failureOf(output: JsonValue): string | undefined {
  if (!isObject(output) || !Object.hasOwn(output, 'error')) return undefined;
  const error = output['error'];
  if (error === undefined || error === null || error === false || error === '' || error === 0)
    return undefined;
  if (typeof error === 'string') return error;
  if (isObject(error) && typeof error['message'] === 'string') return error['message'];
  const message = output['message'];
  return typeof message === 'string' ? message : '';
}

/** Why a call was not run, by the code of its output, for one who was there. */
const refusals: Readonly<Record<string, string>> = {
  'tool.not_confirmed': 'All right, I have not done that.',
  'tool.confirmation_late': 'I did not hear a yes, so I have not done that.',
  'tool.confirmation_dropped': 'I have not done that.',
};

/** The sentence about a call that was not run because nobody agreed to it; undefined for any other. */
export function refusalReply(output: JsonValue): string | undefined {
  const code = isObject(output) ? output['code'] : undefined;
  return typeof code === 'string' && Object.hasOwn(refusals, code) ? refusals[code] : undefined;
}

/** An honest sentence about a failed call. */
export function failureReply(message: string): string {
  const text = shortened(message.trim());
  return text === '' ? 'Sorry, that did not work.' : `Sorry, that did not work: ${asSentence(text)}`;
}

/** A plain sentence from a tool's output, when no template says how to put it. */
export function defaultReply(output: JsonValue): string {
  const text = shortened(plainText(output));
  return text === '' ? 'Done.' : asSentence(text);
}

const sayingFields = ['say', 'text', 'message', 'summary', 'answer', 'spoken', 'speech'];
const doneFields = new Set(['ok', 'success', 'done', 'succeeded']);

function plainText(output: JsonValue): string {
  if (output === null) return '';
  if (typeof output === 'string') return output.trim();
  if (typeof output === 'number') return spokenNumber(output);
  if (typeof output === 'boolean') return output ? 'Yes' : 'No';
  if (Array.isArray(output)) return listText(output);
  return objectText(output as JsonObject);
}

function objectText(output: JsonObject): string {
  for (const field of sayingFields) {
    const value = output[field];
    if (typeof value === 'string' && value.trim() !== '') return value.trim();
  }
  const fields = Object.entries(output).filter(([name, value]) => isWorthSaying(name, value));
  const [only] = fields;
  if (only === undefined) return doneText(output);
  if (fields.length === 1) return singleField(only[0], only[1]);
  const spoken = fields
    .slice(0, maxFields)
    .map(([name, value]) => `${phraseOf(name)} is ${fieldText(value)}`);
  return joinList(spoken.map((text, index) => (index === 0 ? capitalised(text) : text)));
}

function doneText(output: JsonObject): string {
  return Object.entries(output).some(([name, value]) => doneFields.has(name) && value === false)
    ? 'That did not succeed'
    : '';
}

function singleField(name: string, value: JsonValue): string {
  if (['result', 'value', 'output', 'content', 'data'].includes(name)) return plainText(value);
  return capitalised(`${phraseOf(name)} is ${fieldText(value)}`);
}

function isWorthSaying(name: string, value: JsonValue): boolean {
  if (value === null || doneFields.has(name)) return false;
  return !(isObject(value) && Object.keys(value).length === 0);
}

function fieldText(value: JsonValue): string {
  if (typeof value === 'string') return value.slice(0, 120);
  if (Array.isArray(value)) return listText(value);
  if (isObject(value)) {
    const fields = Object.entries(value).slice(0, 3);
    return joinList(fields.map(([name, inner]) => `${phraseOf(name)} ${spokenValue(inner) ?? 'given'}`));
  }
  return spokenValue(value) ?? '';
}

function listText(values: readonly JsonValue[]): string {
  if (values.length === 0) return 'nothing';
  const shown = values.slice(0, maxItems).map(itemText);
  const more = values.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : joinList(shown);
}

function itemText(value: JsonValue): string {
  if (!isObject(value)) return spokenValue(value) ?? 'something';
  const title = ['name', 'title', 'label', 'text', 'summary', 'id'].map((key) => value[key]).find(isScalar);
  const first = title ?? Object.values(value).find(isScalar);
  return first === undefined ? 'something' : String(first);
}

function isScalar(value: JsonValue | undefined): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function phraseOf(name: string): string {
  return identifierWords(name).join(' ') || name;
}

/** Cuts a long text after a sentence, else after a word. */
function shortened(text: string): string {
  const flat = text.slice(0, maxSpokenChars * 4).replace(/\s+/g, ' ');
  if (flat.length <= maxSpokenChars) return flat;
  const cut = flat.slice(0, maxSpokenChars);
  const sentence = Math.max(cut.lastIndexOf('. '), cut.lastIndexOf('! '), cut.lastIndexOf('? '));
  if (sentence > maxSpokenChars / 3) return cut.slice(0, sentence + 1);
  const word = cut.lastIndexOf(' ');
  return `${cut.slice(0, word > 0 ? word : cut.length)} and so on`;
}

function asSentence(text: string): string {
  const capital = capitalised(text);
  return /[.!?…]$/.test(capital) ? capital : `${capital}.`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
