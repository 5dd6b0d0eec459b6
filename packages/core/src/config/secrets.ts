/** A value that came from the environment. */
export interface ConfigSecret {
  /** The variable it came from. */
  readonly name: string;
  readonly value: string;
}

const shortestSecret = 4;

/**
 * `text` with every secret replaced by `[secret:NAME]`, also where it stands URL-encoded, in base64 or escaped as in
 * JSON. Values of fewer than 4 characters are left alone: they would hit ordinary words.
 */
export function redact(text: string, secrets: readonly ConfigSecret[]): string {
  const replacements = secrets
    .filter(({ value }) => value.length >= shortestSecret)
    .flatMap(({ name, value }) => writtenForms(value).map((form) => ({ form, name })))
    .sort((a, b) => b.form.length - a.form.length);
  let redacted = text;
  for (const { form, name } of replacements) redacted = redacted.replaceAll(form, () => `[secret:${name}]`);
  return redacted;
}

function writtenForms(value: string): readonly string[] {
  const utf8 = new TextEncoder().encode(value);
  const percent = percentEncode(utf8);
  const padded = toBase64(utf8);
  const base64 = [padded, padded.replaceAll('=', ''), ...base64Fragments(utf8)];
  return [
    ...new Set([
      value,
      JSON.stringify(value).slice(1, -1),
      percent,
      formEncode(percent),
      percent.replaceAll(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase()),
      ...base64,
      ...base64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_')),
    ]),
  ].filter((form) => form.length >= shortestSecret);
}

/** As `encodeURIComponent`, but of any string: a lone surrogate becomes the replacement character first. */
function percentEncode(utf8: Uint8Array): string {
  return encodeURIComponent(new TextDecoder().decode(utf8));
}

/** What `URLSearchParams` makes of it: it also encodes !'()~ and writes a space as +. */
function formEncode(percent: string): string {
  return percent
    .replaceAll('%20', '+')
    .replaceAll(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

/** The base64 digits that the value has wherever it starts within a group of three bytes. */
function base64Fragments(utf8: Uint8Array): readonly string[] {
  return [0, 1, 2].flatMap((shift) => {
    const padded = new Uint8Array(shift + utf8.length);
    padded.set(utf8, shift);
    const digits = toBase64(padded).replaceAll('=', '');
    const firstWhole = Math.ceil((shift * 8) / 6);
    const lastWhole = Math.floor(((shift + utf8.length) * 8) / 6);
    const fragment = digits.slice(firstWhole, lastWhole);
    return fragment.length >= 6 ? [fragment] : [];
  });
}
