import type { ConfigProblem } from './problem.ts';

const shownColumns = 100;

/**
 * The problem as a terminal shows it: place and message, the line of the source with a caret under the place, the hint.
 * `text` is the source the problem was found in.
 */
export function formatProblem(problem: ConfigProblem, text: string): string {
  const head = `${problem.file}:${problem.line}:${problem.column}: ${problem.message}`;
  const hint = `hint: ${problem.hint}`;
  const excerpt = sourceExcerpt(text, problem);
  return excerpt === undefined ? `${head}\n${hint}` : `${head}\n${excerpt}\n${hint}`;
}

function sourceExcerpt(text: string, problem: ConfigProblem): string | undefined {
  const line = lineOf(text, problem.line);
  if (line === undefined || line.trim() === '') return undefined;
  const column = Math.min(problem.column - 1, line.length);
  const from = column < shownColumns - 10 ? 0 : column - shownColumns / 2;
  const shown = (from > 0 ? '…' : '') + line.slice(from > 0 ? from + 1 : 0, from + shownColumns);
  const cut = from + shownColumns < line.length ? '…' : '';
  const before = shown.slice(0, column - from).replaceAll(/[^\t]/g, ' ');
  return `${printable(shown)}${cut}\n${before}^`;
}

function lineOf(text: string, line: number): string | undefined {
  let start = 0;
  for (let current = 1; current < line; current++) {
    const end = text.indexOf('\n', start);
    if (end === -1) return undefined;
    start = end + 1;
  }
  const end = text.indexOf('\n', start);
  return text.slice(start, end === -1 ? undefined : end).replace(/\r$/, '');
}

/** Control characters could steer the terminal. */
function printable(line: string): string {
  return line.replaceAll(/[^\P{Cc}\t]/gu, '·');
}
