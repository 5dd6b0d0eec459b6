/** A sentence longer than this gives its beginning as the first clause, so that speech starts early. */
const longFirstSentence = 48;
const minFirstClause = 14;
/** Sentences longer than this are cut at commas, and failing that at spaces. */
const longestClause = 220;
const minClause = 60;
/** How much of the text before a full stop is looked at to judge it. */
const contextLength = 40;

/** Abbreviations that a name or a number follows: their full stop never ends a sentence. */
const leadingAbbreviations = new Set(
  'mr mrs ms dr prof st mt ft gen col capt lt sgt rev hon no nos vs approx ca fig vol e.g i.e cf'.split(' '),
);
/** Abbreviations that may end a sentence: they do when a capital follows. */
const closingAbbreviations = new Set(
  'a.m p.m etc inc ltd co corp jr sr jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun u.s u.k'.split(
    ' ',
  ),
);

/**
 * Cuts a reply into the pieces it is spoken in: sentences, with long ones cut at commas and the first one kept short.
 * Never cuts inside a number, a time, a date, an address or an abbreviation (unless it alone is too long to speak at
 * once). No piece is longer than 220 characters; the pieces joined are the reply.
 */
export function splitClauses(reply: string): readonly string[] {
  const sentences = cutAt(reply, sentenceEnds(reply)).flatMap((sentence) => splitLong(sentence));
  const [first = '', ...others] = sentences;
  return [...splitFirst(first), ...others].filter((clause) => clause !== '');
}

function splitFirst(sentence: string): readonly string[] {
  if (sentence.trimEnd().length <= longFirstSentence) return [sentence];
  const cut = clauseEnds(sentence).find(
    (end) => end >= minFirstClause && sentence.trimEnd().length - end >= minFirstClause,
  );
  return cut === undefined ? [sentence] : cutAt(sentence, [cut]);
}

function splitLong(sentence: string): readonly string[] {
  const pieces: string[] = [];
  let rest = sentence;
  while (rest.length > longestClause) {
    const cut = lastCut(rest.slice(0, longestClause));
    pieces.push(rest.slice(0, cut));
    rest = rest.slice(cut);
  }
  return [...pieces, rest];
}

/** The best place to cut the beginning of a long sentence: behind a comma, else a word, else anywhere. */
function lastCut(beginning: string): number {
  const farEnough = (end: number): boolean => end >= minClause;
  const cut = clauseEnds(beginning).findLast(farEnough) ?? wordEnds(beginning).findLast(farEnough);
  if (cut !== undefined) return cut;
  const splitsSurrogatePair = /[\uD800-\uDBFF]$/.test(beginning);
  return splitsSurrogatePair ? beginning.length - 1 : beginning.length;
}

/** Offsets at which sentences end, behind the white space that follows them. */
function sentenceEnds(text: string): readonly number[] {
  const ends: number[] = [];
  for (const match of text.matchAll(/([.!?…]{1,9}["'”’)\]]{0,4})\s+|\n\s*/g)) {
    const end = match.index + match[0].length;
    const isFullStop = match[1]?.startsWith('.') === true && !match[1].startsWith('..');
    if (
      !isFullStop ||
      match[0].includes('\n\n') ||
      endsSentence(text.slice(Math.max(0, match.index - contextLength), match.index), text.slice(end))
    ) {
      ends.push(end);
    }
  }
  return ends;
}

/** Judges a full stop between `before` and `after`. */
function endsSentence(before: string, after: string): boolean {
  const word = /[^\s("“]*$/.exec(before)?.[0] ?? '';
  const plain = word.toLowerCase();
  const isListNumber = /(^|\n)\s*\d{1,2}$/.test(before);
  const isInitial = /^[A-Z]$/.test(word) && word !== 'I';
  if (isListNumber || isInitial || leadingAbbreviations.has(plain)) return false;
  if (closingAbbreviations.has(plain)) return /^["“'(]?\p{Lu}/u.test(after);
  return !/^\p{Ll}/u.test(after);
}

/** Offsets behind commas and the like, except between numbers, as in "November 24, 2025". */
function clauseEnds(sentence: string): readonly number[] {
  const ends = [...sentence.matchAll(/[,;:]["'”’)]*\s+|\s[–—-]\s+/g)].filter((match) => {
    const isBetweenNumbers =
      /\d$/.test(sentence.slice(0, match.index)) && /^\d/.test(sentence.slice(match.index + match[0].length));
    return !isBetweenNumbers;
  });
  return ends.map((match) => match.index + match[0].length);
}

/** Offsets behind spaces, except beside numbers, whose unit or magnitude may follow. */
function wordEnds(sentence: string): readonly number[] {
  return [...sentence.matchAll(/(?<![\d.,])\s+(?!\d)/g)].map((match) => match.index + match[0].length);
}

function cutAt(text: string, cuts: readonly number[]): readonly string[] {
  return [0, ...cuts].map((start, index) => text.slice(start, cuts[index] ?? text.length));
}
