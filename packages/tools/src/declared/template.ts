import type { JsonValue } from '@antiphon/core';

/** A text with `{{parameter}}` slots, read. */
export type Template = readonly TemplatePart[];

export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'slot'; readonly name: string };

/** The arguments that fill the slots. */
export type SlotValues = Readonly<Record<string, JsonValue>>;

/** Reads a template. Braces that are no slot are text. */
export function readTemplate(text: string): Template {
  const parts: TemplatePart[] = [];
  let end = 0;
  for (const match of text.matchAll(/\{\{\s*((?:caller\.)?[\w$-]+)\s*\}\}/g)) {
    if (match.index > end) parts.push({ kind: 'text', text: text.slice(end, match.index) });
    parts.push({ kind: 'slot', name: match[1] ?? '' });
    end = match.index + match[0].length;
  }
  if (end < text.length || parts.length === 0) parts.push({ kind: 'text', text: text.slice(end) });
  return parts;
}

/** Names of the slots of a template. */
export function slotNames(template: Template): readonly string[] {
  return template.flatMap((part) => (part.kind === 'slot' ? [part.name] : []));
}

/** Fills a template, each value written by `write`; undefined when a value is missing or null. */
export function fillTemplate(
  template: Template,
  values: SlotValues,
  write: (text: string, slot: string) => string = (text) => text,
): string | undefined {
  let filled = '';
  for (const part of template) {
    if (part.kind === 'text') {
      filled += part.text;
      continue;
    }
    const value = slotValue(values, part.name);
    if (value === undefined || value === null) return undefined;
    filled += write(valueText(value), part.name);
  }
  return filled;
}

/** The value of a slot; only own properties count. */
export function slotValue(values: SlotValues, name: string): JsonValue | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

/** A value as text: strings as they are, everything else as JSON. */
export function valueText(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A JSON value whose texts may hold slots. */
export type BodyTemplate =
  | { readonly kind: 'text'; readonly template: Template }
  | { readonly kind: 'list'; readonly items: readonly BodyTemplate[] }
  | { readonly kind: 'object'; readonly fields: readonly (readonly [string, BodyTemplate])[] }
  | { readonly kind: 'fixed'; readonly value: JsonValue };

/** Reads a body: slots in keys are not looked at. */
export function readBody(value: JsonValue): BodyTemplate {
  if (typeof value === 'string') return { kind: 'text', template: readTemplate(value) };
  if (Array.isArray(value)) return { kind: 'list', items: value.map(readBody) };
  if (typeof value === 'object' && value !== null) {
    return { kind: 'object', fields: Object.entries(value).map(([key, field]) => [key, readBody(field)]) };
  }
  return { kind: 'fixed', value };
}

/**
 * Fills a body by structure: a text that is one slot becomes the value itself, of whatever type; a field or item
 * whose value is missing is left out.
 */
export function fillBody(body: BodyTemplate, values: SlotValues): JsonValue | undefined {
  switch (body.kind) {
    case 'fixed':
      return body.value;
    case 'list':
      return body.items.map((item) => fillBody(item, values)).filter((item) => item !== undefined);
    case 'object':
      return Object.fromEntries(
        body.fields.flatMap(([key, field]) => {
          const value = fillBody(field, values);
          return value === undefined ? [] : [[key, value]];
        }),
      );
    case 'text': {
      const [only] = body.template;
      if (body.template.length === 1 && only?.kind === 'slot') return slotValue(values, only.name);
      return fillTemplate(body.template, values);
    }
  }
}

/** Names of all slots in a body. */
export function bodySlotNames(body: BodyTemplate): readonly string[] {
  switch (body.kind) {
    case 'fixed':
      return [];
    case 'text':
      return slotNames(body.template);
    case 'list':
      return body.items.flatMap(bodySlotNames);
    case 'object':
      return body.fields.flatMap(([, field]) => bodySlotNames(field));
  }
}
