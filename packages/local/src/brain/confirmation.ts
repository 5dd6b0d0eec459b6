import { wordSimilarity } from './similarity.ts';
import { tokenize } from './tokens.ts';
import { wordWeight } from './vocabulary.ts';

/** How a question of consent was answered. `unclear` also covers a yes with conditions: what was agreed must be exact. */
export type Consent = 'yes' | 'no' | 'unclear';

const yesWords = new Set(
  'yes yeah yep yup yah sure okay correct right absolutely definitely confirm confirmed affirmative indeed certainly course exactly ya y'.split(
    ' ',
  ),
);
const noWords = new Set('no nope nah not never cancel stop wrong negative abort'.split(' '));
const yesPhrases = [
  'go ahead',
  'go for it',
  'do it',
  'do that',
  'do so',
  'send it',
  'please do',
  'that is right',
  'that is fine',
  'sounds good',
  'i do',
  'why not',
  'that would be great',
];
const idle = new Set(
  'please it that go ahead do now fine good great thanks thank do send perfect all sounds course is of for'.split(
    ' ',
  ),
);

/** Reads a yes or no; "yes but to David" is unclear, "no wait" is no. */
export function consentOf(text: string): Consent {
  const words = tokenize(text).map((token) => token.heard);
  const joined = ` ${words.join(' ')} `;
  if (words.length === 0 || words.length > 10) return 'unclear';
  if (/ (why not|no problem|not a problem) /.test(joined)) return 'yes';
  if (words.some((word) => noWords.has(word)) || / (never mind|forget it|hold on|nevermind) /.test(joined))
    return 'no';
  const isPhrase = yesPhrases.some((phrase) => joined.includes(` ${phrase} `));
  const agrees = (word: string): boolean =>
    yesWords.has(word) || /^ye+s+$/.test(word) || (word.length > 2 && wordSimilarity(word, 'yes') >= 0.85);
  if (!isPhrase && !words.some(agrees)) return 'unclear';
  const conditions = words.filter(
    (word) => !agrees(word) && !idle.has(word) && (wordWeight(word) >= 1 || word === 'but'),
  );
  const isCondition =
    conditions.length > 0 && !(isPhrase && conditions.length === 1 && !words.includes('but'));
  return isCondition ? 'unclear' : 'yes';
}
