/** Words that sound alike though their spelling (and their phonetic key) differ. */
const homophoneGroups: readonly (readonly string[])[] = [
  ['for', 'four', 'fore', '4'],
  ['to', 'two', 'too', '2'],
  ['one', 'won', '1'],
  ['eight', 'ate', '8'],
  ['know', 'no', 'now'],
  ['right', 'write'],
  ['there', 'their'],
  ['hour', 'our'],
  ['wear', 'where', 'were'],
  ['buy', 'by', 'bye'],
  ['mail', 'male'],
  ['son', 'sun'],
  ['week', 'weak'],
  ['hear', 'here'],
  ['whether', 'weather'],
  ['and', 'an'],
  ['is', 'his', 'as'],
  ['in', 'on', 'and'],
  ['the', 'a', 'an'],
  ['of', 'off'],
  ['set', 'said', 'sat'],
  ['time', 'thyme'],
  ['send', 'sent', 'sand'],
  ['text', 'texts'],
  ['play', 'played'],
];

const articles = new Set(['a', 'an']);

const homophones = new Map<string, Set<string>>();
for (const group of homophoneGroups) {
  for (const word of group) homophones.set(word, new Set([...(homophones.get(word) ?? []), ...group]));
}

/**
 * Edit distance with transpositions of neighbours (optimal string alignment), stopped at `limit`.
 * @returns the distance, or `limit + 1` when it is greater than `limit`.
 */
export function editDistance(a: string, b: string, limit = Math.max(a.length, b.length)): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    let lowest = i;
    for (let j = 1; j <= b.length; j += 1) {
      const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1);
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      row.push(cost);
      lowest = Math.min(lowest, cost);
    }
    if (lowest > limit) return limit + 1;
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? limit + 1;
}

const soundRules: readonly (readonly [RegExp, string])[] = [
  [/^(kn|gn|pn|wr)/, '_'],
  [/^x/, 's'],
  [/^wh/, 'w'],
  [/mb$/, 'm'],
  [/ght/g, 't'],
  [/gh/g, ''],
  [/ph/g, 'f'],
  [/th/g, '0'],
  [/tch|ch|sh|ti(?=o)|ci(?=[ao])/g, 'x'],
  [/ck|q/g, 'k'],
  [/c(?=[eiy])/g, 's'],
  [/c/g, 'k'],
  [/dge?(?=[eiy])|g(?=[eiy])/g, 'j'],
  [/x/g, 'x'],
  [/z/g, 's'],
  [/v/g, 'f'],
  [/d(?=$)/g, 't'],
  [/(.)\1+/g, '$1'],
  [/(?<=.)[aeiouyhw]+/g, ''],
];

const silentStarts: Readonly<Record<string, string>> = { kn: 'n', gn: 'n', pn: 'n', wr: 'r' };

/**
 * A rough phonetic key in the manner of Metaphone: consonant sounds in order, vowels dropped after the first letter.
 * Two words with one key sound much alike to an English recogniser.
 */
export function phoneticKey(word: string): string {
  const known = phoneticKeys.get(word);
  if (known !== undefined) return known;
  if (phoneticKeys.size >= maxRememberedKeys) phoneticKeys.clear();
  const key = soundOf(word);
  phoneticKeys.set(word, key);
  return key;
}

const maxRememberedKeys = 20_000;
const phoneticKeys = new Map<string, string>();

function soundOf(word: string): string {
  let key = word.slice(0, 40);
  const silent = silentStarts[key.slice(0, 2)];
  for (const [rule, sound] of soundRules) key = key.replace(rule, sound === '_' ? (silent ?? '') : sound);
  return /^[aeiou]/.test(key) ? `a${key.slice(1)}` : key;
}

/** How alike two normalised words are, from 0 to 1: spelling and sound together. */
export function wordSimilarity(a: string, b: string): number {
  if (a === b || (articles.has(a) && articles.has(b))) return 1;
  if (homophones.get(a)?.has(b) === true) return 0.85;
  if (/\d/.test(a) || /\d/.test(b)) return 0;
  const longest = Math.max(a.length, b.length);
  const shortest = Math.min(a.length, b.length);
  if (shortest < 3) return 0;
  if (isInflection(a, b) || isInflection(b, a)) return 0.9;
  const limit = Math.ceil(longest * 0.45);
  if (longest - shortest > limit) return 0;
  const distance = editDistance(a, b, limit);
  const spelling = distance > limit ? 0 : 1 - distance / longest;
  const soundsAlike = shortest >= 4 && phoneticKey(a) === phoneticKey(b);
  if (soundsAlike) return Math.max(0.85, spelling);
  return shortest < 4 && distance > 0 ? 0 : spelling;
}

function isInflection(word: string, base: string): boolean {
  if (base.length < 3 || !word.startsWith(base.slice(0, -1))) return false;
  return ['s', 'es', 'ed', 'ing', 'd', 'er'].some(
    (ending) => word === base + ending || (base.endsWith('e') && word === base.slice(0, -1) + ending),
  );
}

/** How alike two phrases are when their words are run together: "time her" and "timer". */
export function joinedSimilarity(a: string, b: string): number {
  const left = a.replaceAll(' ', '');
  const right = b.replaceAll(' ', '');
  if (left === right) return 1;
  const longest = Math.max(left.length, right.length);
  const limit = Math.ceil(longest * 0.4);
  if (Math.min(left.length, right.length) < 4 || Math.abs(left.length - right.length) > limit) return 0;
  const distance = editDistance(left, right, limit);
  if (distance > limit) return 0;
  const spelling = 1 - distance / longest;
  return phoneticKey(left) === phoneticKey(right) ? Math.max(0.85, spelling) : spelling;
}
