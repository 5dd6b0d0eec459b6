/** The slots of a template, or where and why it is malformed. */
export type ParsedTemplate =
  | { readonly ok: true; readonly slots: readonly TemplateSlot[] }
  | { readonly ok: false; readonly index: number; readonly reason: string };

export interface TemplateSlot {
  /** What the slot starts from: `result`, or a parameter. */
  readonly root: string;
  /** The slot as written, without braces. */
  readonly text: string;
  /** Of the opening braces, from the start of the template. */
  readonly index: number;
}

const slotPattern = /^([\p{L}_$][\p{L}\p{N}_$-]*)(?:\.[\p{L}\p{N}_$-]+|\[\d+\])*$/u;

/** Reads the `{{name}}`, `{{name.field}}` and `{{name[0]}}` slots of a template. */
export function parseTemplate(template: string): ParsedTemplate {
  const slots: TemplateSlot[] = [];
  let index = template.indexOf('{{');
  while (index !== -1) {
    const close = template.indexOf('}}', index);
    if (close === -1) return { ok: false, index, reason: 'the closing }} is missing' };
    const text = template.slice(index + 2, close).trim();
    const root = slotPattern.exec(text)?.[1];
    if (root === undefined) {
      return {
        ok: false,
        index,
        reason: text === '' ? 'a slot is empty' : `"${text}" is not a name or path`,
      };
    }
    slots.push({ root, text, index });
    index = template.indexOf('{{', close + 2);
  }
  return { ok: true, slots };
}
