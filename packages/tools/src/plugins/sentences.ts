/** The sentences of a text; line breaks end them too where a paragraph or a heading ends. */
export function sentencesOf(text: string): readonly string[] {
  return text
    .split(/(?<=[.!?…])\s+|\n+/)
    .map((sentence) => sentence.replaceAll(/\s+/g, ' ').trim())
    .filter((sentence) => sentence !== '');
}

/** As many whole sentences from the start as fit into `maxLength` characters; at least a part of the first. */
export function firstSentences(text: string, maxLength: number): string {
  let taken = '';
  for (const sentence of sentencesOf(text)) {
    const next = taken === '' ? sentence : `${taken} ${sentence}`;
    if (next.length > maxLength) break;
    taken = next;
  }
  return taken === '' ? `${text.slice(0, maxLength - 1).trim()}…` : taken;
}
