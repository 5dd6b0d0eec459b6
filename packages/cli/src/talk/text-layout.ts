/** Text in one style. `paint` is given whole words and the spaces between them. */
export interface Span {
  readonly text: string;
  readonly paint: (text: string) => string;
}

/** Columns that a text takes on a terminal. */
export function textWidth(text: string): number {
  let width = 0;
  for (const { segment } of segmenter.segment(text)) {
    if (isWide.test(segment)) width += 2;
    else if (!isInvisible.test(segment)) width += 1;
  }
  return width;
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
const isWide =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60]/u;
const isInvisible = /^[\p{Cc}\p{Cf}\p{Mn}]+$/u;

/** A beginning of the text that takes no more than `columns`; what was left out is marked. */
export function shortened(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  let out = '';
  for (const { segment } of segmenter.segment(text)) {
    if (textWidth(out + segment) > columns - 1) break;
    out += segment;
  }
  return `${out}…`;
}

/** Puts words into lines of at most `columns`. A word that is longer than a line is cut. */
export function wrapSpans(spans: readonly Span[], columns: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  let width = 0;
  for (const { text, paint } of spans.flatMap((span) => wordsOf(span, columns))) {
    const gap = width === 0 ? 0 : 1;
    if (width + gap + textWidth(text) > columns) {
      lines.push(line);
      line = paint(text);
      width = textWidth(text);
    } else {
      line += gap === 0 ? paint(text) : paint(` ${text}`);
      width += gap + textWidth(text);
    }
  }
  return width === 0 ? lines : [...lines, line];
}

function wordsOf({ text, paint }: Span, columns: number): readonly Span[] {
  return text
    .split(/\s+/)
    .filter((word) => word !== '')
    .flatMap((word) => pieces(word, columns))
    .map((word) => ({ text: word, paint }));
}

function pieces(word: string, columns: number): readonly string[] {
  if (textWidth(word) <= columns) return [word];
  const out: string[] = [''];
  for (const { segment } of segmenter.segment(word)) {
    const last = out.at(-1) ?? '';
    if (textWidth(last + segment) > columns) out.push(segment);
    else out[out.length - 1] = last + segment;
  }
  return out;
}
