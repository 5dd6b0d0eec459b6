import { normalizeWords } from '../support/word-errors.ts';

const sameSound: Readonly<Record<string, string>> = { to: 'two', too: 'two', for: 'four', o: 'oh' };

/** The words of a text by their sound: "It's 2:05 a.m.", "It is 205 AM" and "it is to oh five A M" are equal. */
export function heardWords(text: string): readonly string[] {
  const spelt = text
    .replace(/\b(\d{1,2})(\d\d)(?=\s?[ap]\.?\s?m\b)/gi, '$1:$2')
    .replace(/(\d):00\b/g, '$1')
    .replace(/(\d):0(\d)\b/g, '$1 oh $2')
    .replace(/([ap])\.?\s?m\b/gi, ' $1 m');
  return normalizeWords(spelt).map((word) => sameSound[word] ?? word);
}

/** Whether the words said, one after another, are in what was heard; where words begin and end does not matter. */
export function isHeardIn(heard: string, said: string): boolean {
  return heardWords(heard).join('').includes(heardWords(said).join(''));
}
