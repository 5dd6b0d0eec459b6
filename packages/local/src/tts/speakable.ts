import { dateTimeRules } from './date-time-rules.ts';
import { markupRules } from './markup-rules.ts';
import { numberRules, signRules } from './number-rules.ts';
import { quantityRules } from './quantity-rules.ts';
import { applyRules, type TextRule, utteranceBreak } from './text-rule.ts';

/** Capitals that are said letter by letter though they hold a vowel; those without one always are. */
const spelled = new Set(
  'UTC USA US UK EU UN API URL ID AI UI IP ATM PIN CEO FAQ GPS USB CPU ETA EUR'.split(' '),
);
const sayable = new Set(['PIN']);

const abbreviationRules: readonly TextRule[] = [
  { pattern: /\be\.g\.,?/gi, speak: () => 'for example' },
  { pattern: /\bi\.e\.,?/gi, speak: () => 'that is' },
  { pattern: /\betc\.?(?!\w)/gi, speak: () => 'et cetera' },
  { pattern: /\bvs\.?(?!\w)/gi, speak: () => 'versus' },
  { pattern: /\bapprox\./gi, speak: () => 'approximately' },
  { pattern: /\bMr\./g, speak: () => 'Mister' },
  { pattern: /\bMrs\./g, speak: () => 'Missus' },
  { pattern: /\bMs\./g, speak: () => 'Miz' },
  { pattern: /\bDr\./g, speak: () => 'Doctor' },
  { pattern: /\bProf\./g, speak: () => 'Professor' },
  { pattern: /\bOK\b/g, speak: () => 'okay' },
  { pattern: /\b(?:[A-Z]\.){2,}/g, speak: (_, letters) => letters.replaceAll('.', ' ').trim() },
  { pattern: /\b[A-Z]{2,5}s?\b/g, speak: (_, word) => spellOut(word) },
];

const symbolRules: readonly TextRule[] = [
  { pattern: /\s*&\s*/g, speak: () => ' and ' },
  { pattern: /\s*%/g, speak: () => ' percent' },
  { pattern: /\s*°\s*/g, speak: () => ' degrees ' },
  { pattern: /\s*\+\s*/g, speak: () => ' plus ' },
  { pattern: /\s*=\s*/g, speak: () => ' equals ' },
  { pattern: /\s*≈\s*/g, speak: () => ' is about ' },
  { pattern: /\s*(?:≤|<=)\s*/g, speak: () => ' at most ' },
  { pattern: /\s*(?:≥|>=)\s*/g, speak: () => ' at least ' },
  { pattern: /\s*<\s*/g, speak: () => ' less than ' },
  { pattern: /\s*(?:->|→)\s*/g, speak: () => ' to ' },
  { pattern: /\s*>\s*/g, speak: () => ' more than ' },
  { pattern: /\s*@\s*/g, speak: () => ' at ' },
  { pattern: /√/g, speak: () => 'the square root of ' },
  { pattern: /π/g, speak: () => 'pi' },
];

const punctuationRules: readonly TextRule[] = [
  { pattern: /[‘’]/g, speak: () => "'" },
  { pattern: /\s*[–—]\s*|\s-\s/g, speak: () => ', ' },
  { pattern: /\s*[([{]\s*/g, speak: () => ', ' },
  { pattern: /\s*[)\]}]+(?=\s*[.,;:!?]|\s*$)/g, speak: () => '' },
  { pattern: /\s*[)\]}]\s*/g, speak: () => ', ' },
  { pattern: /…|\.{2,}/g, speak: () => ', ' },
  { pattern: /([^\s.,;:!?])[ \t]*\n+\s*/g, speak: ([last = '']) => `${last}. ` },
  { pattern: /[^A-Za-z.,;:!?' -]+/g, speak: () => ' ' },
  // Quotation marks; an apostrophe stays inside a word.
  { pattern: /(?<![A-Za-z])'|'(?![A-Za-z])/g, speak: () => ' ' },
  { pattern: /-/g, speak: () => ' ' },
  { pattern: /\s+([.,;:!?])/g, speak: ([mark = '']) => mark },
  { pattern: /[,;:]+(?=[.!?])|^[\s.,;:]+/g, speak: () => '' },
  { pattern: /,(?:\s*,)+/g, speak: () => ',' },
  { pattern: /\s+/g, speak: () => ' ' },
];

/**
 * Turns written text into what should be said, in plain letters and punctuation: numbers, times, dates, money, units
 * and addresses become American English words; marks for the eye, emoji and other scripts go.
 *
 * @returns the utterances in which it is clearest, one after another; none when nothing can be said.
 */
export function makeUtterances(text: string): readonly string[] {
  return makeWords(text)
    .split(utteranceBreak)
    .map((words) => applyRules(words, punctuationRules).trim())
    .filter((utterance) => /[a-z]/i.test(utterance));
}

function makeWords(text: string): string {
  const worded = applyRules(applyRules(text, markupRules), [
    ...signRules,
    ...dateTimeRules,
    ...quantityRules,
    ...numberRules,
    ...abbreviationRules,
    ...symbolRules,
  ]);
  return withoutAccents(worded);
}

function spellOut(word: string): string {
  const letters = word.replace(/s$/, '');
  const isSpelled = !sayable.has(letters) && (spelled.has(letters) || !/[AEIOUY]/.test(letters));
  return isSpelled ? [...letters].join(' ') + (word.endsWith('s') ? "'s" : '') : word;
}

/** "Zürich" is "Zurich": the synthesiser knows the letters of English only. */
function withoutAccents(text: string): string {
  return text
    .replaceAll('ß', 'ss')
    .replaceAll('ø', 'o')
    .replaceAll('æ', 'ae')
    .normalize('NFD')
    .replace(/\p{M}/gu, '');
}
