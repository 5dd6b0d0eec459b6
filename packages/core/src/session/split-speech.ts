/** Longest text of one spoken request: the limit of a value of `metadata`, in which the offline engine finds it. */
const longestText = 512;

/** Cuts a text into pieces that one response can say, at the ends of sentences where there are any, else between words. */
export function splitSpeech(text: string): readonly string[] {
  const rest = text.trim();
  if (rest === '') return [];
  if (rest.length <= longestText) return [rest];
  const head = rest.slice(0, longestText);
  const sentence = Math.max(head.lastIndexOf('. '), head.lastIndexOf('! '), head.lastIndexOf('? '));
  const at = sentence > 0 ? sentence + 1 : head.lastIndexOf(' ') > 0 ? head.lastIndexOf(' ') : longestText;
  return [rest.slice(0, at).trim(), ...splitSpeech(rest.slice(at))];
}
