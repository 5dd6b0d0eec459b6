import MiniSearch from 'minisearch';
import { sentencesOf } from '../sentences.ts';
import type { Passage } from './passages.ts';

/** A passage that fits a question. */
export interface Finding extends Passage {
  /** Its sentences that fit best. */
  readonly answer: string;
  readonly score: number;
}

const answerLength = 320;
/** Words of a question that say nothing of its matter. */
const stopWords = new Set(
  'a an and are as at be but by can could do does for from had has have how i if in is it its me my of on or our please say tell that the their there they this to us was we were what when where which who why will with would you your about'.split(
    ' ',
  ),
);

/** Finds passages by the words of a question. */
export class DocumentIndex {
  readonly #passages: readonly Passage[];
  readonly #search: MiniSearch;

  constructor(passages: readonly Passage[]) {
    this.#passages = passages;
    this.#search = new MiniSearch({
      fields: ['heading', 'text', 'source'],
      processTerm: (term) => {
        const word = stem(term.toLowerCase());
        return stopWords.has(term.toLowerCase()) ? null : word;
      },
      searchOptions: {
        boost: { heading: 2, source: 0.5 },
        prefix: (term) => term.length >= 4,
        fuzzy: (term) => (term.length >= 5 ? 0.2 : false),
      },
    });
    this.#search.addAll(passages.map((passage, id) => ({ id, ...passage })));
  }

  find(question: string, limit: number): readonly Finding[] {
    return this.#search
      .search(question.slice(0, 500))
      .slice(0, limit)
      .flatMap(({ id, score, terms }) => {
        const passage = this.#passages[id as number];
        if (passage === undefined) return [];
        return [{ ...passage, score, answer: bestSentences(passage.text, terms) }];
      });
  }
}

/** The sentence that has most of the words, and those after it as far as there is room. */
function bestSentences(text: string, terms: readonly string[]): string {
  const sentences = sentencesOf(text);
  const hits = sentences.map((sentence) => {
    const words = new Set(
      sentence
        .toLowerCase()
        .split(/[^\p{L}\p{N}]+/u)
        .map(stem),
    );
    return terms.filter((term) => words.has(term)).length;
  });
  const best = hits.indexOf(Math.max(...hits));
  let answer = sentences[best] ?? '';
  for (const next of sentences.slice(best + 1)) {
    if (answer.length + next.length + 1 > answerLength) break;
    answer += ` ${next}`;
  }
  return answer.replace(/^[-*+]\s+/, '');
}

/** Plurals and the commonest endings of English count as the same word. */
function stem(word: string): string {
  if (word.length <= 3) return word;
  return word
    .replace(/(?:ies)$/, 'y')
    .replace(/(?<=[^s])s$/, '')
    .replace(/(?<=.{3})(?:ing|ed)$/, '');
}
