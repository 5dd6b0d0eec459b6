/** Longest description that a model is given, in characters. */
const maxLength = 1_024;

/**
 * A description that somebody else wrote as the model may be given it: on one line or several, without characters that
 * nobody sees, and cut to 1,024 characters.
 */
export function plainDescription(text: string): string {
  const plain = text.replaceAll('\r\n', '\n').replaceAll(invisible, '').trim();
  return plain.length <= maxLength ? plain : `${plain.slice(0, maxLength - 1)}…`;
}

/** Controls but for line breaks and tabs, marks of direction, joiners, tags, variation selectors, private use. */
const invisible =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]|\p{Cf}|\p{Co}|\p{Cs}|\p{Variation_Selector}|[\u{e0000}-\u{e0fff}]/gu;
