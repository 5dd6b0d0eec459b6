import type { ConsentWords } from './consent-words.ts';

/**
 * What a reply to a question of consent says. `no` also stands for a yes with a condition: what was agreed to has to be
 * what was asked. `nothing`: there are no words.
 */
export type Consent = 'yes' | 'no' | 'unclear' | 'nothing';

/** A reply of more words is a request of its own. */
const mostWords = 12;

type Kind = 'yes' | 'no' | 'unclear' | 'conditions' | 'filler';
const kinds = ['filler', 'conditions', 'yes', 'no', 'unclear'] as const satisfies readonly Kind[];

/**
 * Reads a reply, by the words of its language and nothing else: the same words always say the same. Of several phrases
 * that begin with a word the longest counts, so that `no problem` is no `no`. Who asks back has not agreed: `is that right?`
 */
export function readConsent(reply: string, words: ConsentWords): Consent {
  const heard = wordsOf(reply);
  if (heard.length === 0) return 'nothing';
  if (heard.length > mostWords) return 'unclear';
  const found = phrasesIn(heard, tableOf(words));
  if (found.has('unclear') || !(found.has('yes') || found.has('no'))) return 'unclear';
  if (found.has('conditions')) return 'no';
  if (found.has('no')) return found.has('yes') ? 'unclear' : 'no';
  const isUnfinished = heard.at(-1) === wordsOf(words.phrases.and).at(-1);
  return found.has('other') || isUnfinished || isQuestion(reply) ? 'unclear' : 'yes';
}

/** Greek asks with a semicolon. */
function isQuestion(text: string): boolean {
  return /[?？؟՞፧]|[;\u037e]\s*$/.test(text);
}

/** The words of a text, without case and punctuation. */
function wordsOf(text: string): readonly string[] {
  const plain = text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[’‘`´]/g, "'")
    .replaceAll(/[^\p{L}\p{M}\p{N}']+/gu, ' ');
  return plain.split(' ').flatMap((word) => word.replaceAll(/^'+|'+$/g, '') || []);
}

/** Phrases, by their words with spaces between them. */
type Table = { readonly kinds: ReadonlyMap<string, Kind>; readonly longest: number };

const tables = new WeakMap<ConsentWords, Table>();

function tableOf(words: ConsentWords): Table {
  const known = tables.get(words);
  if (known !== undefined) return known;
  const entries = kinds.flatMap((kind) =>
    words[kind].map((phrase) => [wordsOf(phrase).join(' '), kind] as const),
  );
  const longest = Math.max(1, ...entries.map(([phrase]) => phrase.split(' ').length));
  const table = { kinds: new Map(entries), longest };
  tables.set(words, table);
  return table;
}

function phrasesIn(heard: readonly string[], table: Table): ReadonlySet<Kind | 'other'> {
  const found = new Set<Kind | 'other'>();
  for (let at = 0; at < heard.length; ) {
    const length = longestAt(heard, at, table);
    found.add(table.kinds.get(heard.slice(at, at + length).join(' ')) ?? 'other');
    at += length;
  }
  return found;
}

function longestAt(heard: readonly string[], at: number, { kinds: known, longest }: Table): number {
  for (let length = Math.min(longest, heard.length - at); length > 1; length--) {
    if (known.has(heard.slice(at, at + length).join(' '))) return length;
  }
  return 1;
}
