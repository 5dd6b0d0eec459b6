import type { DocumentFile } from './document-files.ts';

/** A part of a document that is found as a whole. */
export interface Passage {
  readonly source: string;
  /** The headings above it, outermost first, joined by ` › `. */
  readonly heading: string;
  readonly text: string;
}

/** Longest passage, in characters. */
const maxPassageLength = 1_200;

/** Cuts a document at its headings, and what is longer at its paragraphs. */
export function passagesOf({ source, text, form }: DocumentFile): readonly Passage[] {
  const sections = form === 'markdown' ? sectionsOf(text) : [{ heading: '', text }];
  return sections.flatMap(({ heading, text: section }) =>
    pieces(section).map((piece) => ({ source, heading, text: piece })),
  );
}

function sectionsOf(text: string): readonly { readonly heading: string; readonly text: string }[] {
  const sections: { heading: string; lines: string[] }[] = [{ heading: '', lines: [] }];
  const open: string[] = [];
  let isCode = false;
  for (const line of text.replace(/^---\n[\s\S]*?\n---\n/, '').split(/\r?\n/)) {
    if (/^\s*(```|~~~)/.test(line)) isCode = !isCode;
    const heading = isCode ? null : /^(#{1,6})\s+(.*?)\s*#*$/.exec(line);
    if (heading === null) {
      sections.at(-1)?.lines.push(line);
      continue;
    }
    open.length = Math.min(open.length, (heading[1]?.length ?? 1) - 1);
    open.push(plainText(heading[2] ?? ''));
    sections.push({ heading: open.filter((part) => part !== undefined).join(' › '), lines: [] });
  }
  return sections.map(({ heading, lines }) => ({ heading, text: plainText(lines.join('\n')) }));
}

function pieces(text: string): readonly string[] {
  const found: string[] = [];
  for (const paragraph of text.split(/\n\s*\n/).flatMap(shortened)) {
    const last = found.at(-1);
    if (last !== undefined && last.length + paragraph.length + 2 <= maxPassageLength) {
      found[found.length - 1] = `${last}\n\n${paragraph}`;
    } else if (paragraph !== '') found.push(paragraph);
  }
  return found;
}

/** A paragraph that is too long, in parts that end between words where they can. */
function shortened(paragraph: string): readonly string[] {
  const text = paragraph.trim();
  if (text.length <= maxPassageLength) return [text];
  const space = text.lastIndexOf(' ', maxPassageLength);
  const end = space > maxPassageLength / 2 ? space : maxPassageLength;
  return [text.slice(0, end), ...shortened(text.slice(end))];
}

/** Markdown as it is read aloud: without marks, addresses and pictures. */
function plainText(markdown: string): string {
  return markdown
    .replaceAll(/!\[[^\]]*\]\([^)]*\)/g, '')
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/(\*\*|__|`)/g, '')
    .replaceAll(/^\s*>\s?/gm, '');
}
