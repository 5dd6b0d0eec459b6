// Word error rate: texts are lower-cased, without punctuation, numbers as words.

const small =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const tens = '- - twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');

/** @param {number} n below a thousand */
function inWords(n) {
  if (n < 20) return small[n];
  if (n < 100) return [tens[Math.floor(n / 10)], ...(n % 10 ? [small[n % 10]] : [])].join(' ');
  const rest = n % 100;
  return [small[Math.floor(n / 100)], 'hundred', ...(rest ? ['and', inWords(rest)] : [])].join(' ');
}

/** @param {string} text */
export function wordsOf(text) {
  return text
    .toLowerCase()
    .replaceAll('#', ' pound ')
    .replace(/['’]/g, '')
    .replace(/\d+/g, (digits) => ` ${Number(digits) < 1000 ? inWords(Number(digits)) : digits} `)
    .replace(/[^a-z0-9]+/g, ' ')
    .trim()
    .split(' ')
    .filter((word) => word !== '');
}

/** Insertions, deletions and substitutions that make `heard` of `said`, at least. */
export function wordErrors(said, heard) {
  let row = Array.from({ length: heard.length + 1 }, (_, i) => i);
  said.forEach((word, i) => {
    const next = [i + 1];
    heard.forEach((other, j) => {
      next.push(Math.min(next[j] + 1, row[j + 1] + 1, row[j] + (word === other ? 0 : 1)));
    });
    row = next;
  });
  return row[heard.length];
}
