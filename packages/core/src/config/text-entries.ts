/** The lines of one `key: value` or `- value` of a text that need not be sound YAML, in UTF-16 units. */
export interface TextEntry {
  readonly start: number;
  /** After the key and its colon, or the dash, and spaces. */
  readonly valueStart: number;
  /** The start of the next entry. */
  readonly end: number;
}

interface TextLine {
  readonly start: number;
  readonly end: number;
  /** Undefined for a blank line or a comment. */
  readonly indent: number | undefined;
}

/** How many lines above an error may have left something open that it is caused by. */
const maxSuspects = 4;

/**
 * The entries that may hold the cause of a syntax error at `offset`, judged by indentation alone: that of its line,
 * those around it, the one before it, and the nearest lines above that leave a quote or bracket open.
 */
export function entriesAround(text: string, offset: number): readonly TextEntry[] {
  const lines = splitLines(text);
  const found = lines.findLastIndex((line) => line.start <= offset && line.indent !== undefined);
  if (found === -1) return [];
  const starts = new Set([found, ...ancestorsOf(found, lines)]);
  const before = lines.findLastIndex((line, index) => index < found && line.indent !== undefined);
  if (before !== -1) starts.add(before);
  let suspects = 0;
  for (let index = found; index >= 0 && suspects < maxSuspects; index--) {
    const line = lines[index];
    if (line?.indent === undefined || !leavesOpen(text.slice(line.start, line.end))) continue;
    starts.add(index);
    suspects += 1;
  }
  return [...starts].map((index) => entryAt(index, lines, text));
}

/** The text with the value of an entry blanked out, every offset unchanged. */
export function withoutValue(text: string, { valueStart, end }: TextEntry): string {
  return text.slice(0, valueStart) + text.slice(valueStart, end).replaceAll(/[^\n]/g, ' ') + text.slice(end);
}

function ancestorsOf(index: number, lines: readonly TextLine[]): readonly number[] {
  const ancestors: number[] = [];
  let indent = lines[index]?.indent ?? 0;
  for (let above = index - 1; above >= 0 && indent > 0; above--) {
    const aboveIndent = lines[above]?.indent;
    if (aboveIndent === undefined || aboveIndent >= indent) continue;
    ancestors.push(above);
    indent = aboveIndent;
  }
  return ancestors;
}

function entryAt(index: number, lines: readonly TextLine[], text: string): TextEntry {
  const line = lines[index] ?? { start: 0, end: text.length, indent: 0 };
  const next = lines.find(
    (each, later) => later > index && each.indent !== undefined && each.indent <= (line.indent ?? 0),
  );
  const end = next?.start ?? text.length;
  const head = entryHead.exec(text.slice(line.start, line.end))?.[0] ?? '';
  return { start: line.start, valueStart: line.start + head.length, end };
}

/** Indentation, dashes, a key with its colon, and the spaces before the value. */
const entryHead = /^\s*(?:- +)*(?:-(?=\s|$)|(?:"[^"\n]*"|'[^'\n]*'|[\w.-]+) *:(?=\s|$))? */;

function splitLines(text: string): readonly TextLine[] {
  const lines: TextLine[] = [];
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    const indent = /^[ \t]*(?=[^\s#])/.exec(text.slice(start, end))?.[0].length;
    lines.push({ start, end, indent });
    start = end + 1;
  }
  return lines;
}

/** Whether a line opens a quote or bracket that it does not close. */
function leavesOpen(line: string): boolean {
  const quoted = line.replaceAll(/"(?:[^"\\]|\\.)*"|'[^']*'/g, '');
  return /(?:^|[\s:[{,])["']/.test(quoted) || count(quoted, /[[{]/g) !== count(quoted, /[\]}]/g);
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
