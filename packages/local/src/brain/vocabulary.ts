/** Words that carry little meaning of their own, with how much a match or a miss of each counts; other words count 1. */
const lightWords: Readonly<Record<string, number>> = Object.fromEntries([
  ...'a an the'.split(' ').map((word) => [word, 0.15] as const),
  ...'is are was am be it that this there of to in on at for with by from as and or do does did has have'
    .split(' ')
    .map((word) => [word, 0.3] as const),
  ...'i me my you your we us our will would can could should shall may might some any like just so'
    .split(' ')
    .map((word) => [word, 0.3] as const),
  ...'saying says named called about into up out over off'.split(' ').map((word) => [word, 0.4] as const),
  ...'what which who where when how much many'.split(' ').map((word) => [word, 0.45] as const),
  ...'( )'.split(' ').map((word) => [word, 0] as const),
]);

/** What matching or missing `word` is worth, in (0, 1]; brackets are worth nothing. */
export function wordWeight(word: string): number {
  return Object.hasOwn(lightWords, word) ? (lightWords[word] ?? 1) : 1;
}

export function isContentWord(word: string): boolean {
  return wordWeight(word) >= 1;
}

const connectors = new Set(
  'in for to of at on with by from about saying that the a an named called as is my into says'.split(' '),
);

/** A word that only leads up to a slot: it may go missing together with the slot. */
export function isConnector(word: string): boolean {
  return connectors.has(word);
}

const fillers = new Set('um uh er erm hmm mm ah oh well please kindly actually basically'.split(' '));

export function isFiller(word: string): boolean {
  return fillers.has(word);
}

const openings = [
  'hey',
  'hi',
  'hello',
  'hey there',
  'hi there',
  'hello there',
  'good morning',
  'good afternoon',
  'good evening',
  'okay',
  'so',
  'now',
  'alright',
  'then',
  'and',
  'also',
  'but',
  'yes',
  'yeah',
  'right',
  'great',
  'thanks',
  'thank you',
  'just',
  'can you',
  'could you',
  'would you',
  'will you',
  'can i',
  'could i',
  'may i',
  'can we',
  'could we',
  'can you tell me',
  'could you tell me',
  'would you tell me',
  'tell me',
  'do you know',
  'do you happen to know',
  'can you please',
  'could you please',
  'would you please',
  'would you mind',
  'i would like to',
  'i would like you to',
  'i want to',
  'i want you to',
  'i need to',
  'i need you to',
  'i would like to know',
  'i want to know',
  'i need to know',
  'i wonder',
  'i was wondering',
  'i am wondering',
  'let us',
  'go ahead and',
  'be so kind and',
  'if you could',
  'is it possible to',
  'are you able to',
  'let me',
  'help me',
  'help me to',
  'i need',
  'i want',
  'i would like',
  'give me',
  'tell me',
];
const closings = [
  'please',
  'thanks',
  'thank you',
  'thanks a lot',
  'thank you very much',
  'thank you so much',
  'for me',
  'if you can',
  'if you could',
  'would you',
  'will you',
  'could you',
  'can you',
  'okay',
  'right now',
  'now',
  'then',
  'though',
  'if you do not mind',
  'as soon as possible',
  'cheers',
  'mate',
  'will you please',
  'again',
  'too',
  'as well',
];

const openingPhrases = phrases(openings);
const closingPhrases = phrases(closings);

function phrases(texts: readonly string[]): readonly (readonly string[])[] {
  return texts.map((text) => text.split(' ')).toSorted((a, b) => b.length - a.length);
}

/** How many words at the start of `words` only open politely ("could you please tell me"). */
export function openingLength(words: readonly string[]): number {
  let at = 0;
  for (;;) {
    const length = isFiller(words[at] ?? '') ? 1 : phraseAt(openingPhrases, words, at);
    if (length === 0) return at;
    at += length;
  }
}

/** How many words at the end of `words` only close politely ("for me please"). */
export function closingLength(words: readonly string[]): number {
  let end = words.length;
  for (;;) {
    const phrase = closingPhrases.find((one) => one.every((word, i) => words[end - one.length + i] === word));
    const length = isFiller(words[end - 1] ?? '') ? 1 : (phrase?.length ?? 0);
    if (length === 0) return words.length - end;
    end -= length;
  }
}

function phraseAt(list: readonly (readonly string[])[], words: readonly string[], at: number): number {
  return list.find((phrase) => phrase.every((word, i) => words[at + i] === word))?.length ?? 0;
}

const timeWords = new Set(
  'today tomorrow tonight currently now yesterday monday tuesday wednesday thursday friday saturday sunday weekend morning afternoon evening'.split(
    ' ',
  ),
);

/** A word about when, which seldom is part of a name: "in London tomorrow". */
export function isTimeWord(word: string): boolean {
  return timeWords.has(word);
}
