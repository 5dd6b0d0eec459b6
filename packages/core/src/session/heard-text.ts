import type { HeardRecord } from './regions/conversation.ts';

/** What was heard of an item, and what was not. */
export type HeardText = HeardRecord;

/** The texts of parts as one. */
export function textOfParts(parts: readonly string[]): string {
  return parts.length === 1 ? (parts[0] ?? '') : parts.filter((part) => part !== '').join(' ');
}

/** Splits the texts of parts by the share of their sound that was heard; parts that are still to be heard are in neither. */
export function heardOf(parts: readonly string[], shares: readonly (number | undefined)[]): HeardText {
  const splits = parts.map((part, at) => {
    const share = shares[at];
    return share === undefined ? { text: '', unheard: '' } : splitHeard(part, share);
  });
  return {
    text: textOfParts(splits.map(({ text }) => text)),
    unheard: textOfParts(splits.map(({ unheard }) => unheard)),
    shares,
  };
}

/** Splits a text at the word that was being spoken at `share` of its sound; the word itself counts as unheard. */
export function splitHeard(text: string, share: number): { readonly text: string; readonly unheard: string } {
  if (share >= 1) return { text, unheard: '' };
  const cut = Math.floor(text.length * Math.max(0, share));
  const boundary = text.lastIndexOf(' ', cut);
  const at = boundary < 0 ? 0 : boundary;
  return { text: text.slice(0, at), unheard: text.slice(at).trimStart() };
}
