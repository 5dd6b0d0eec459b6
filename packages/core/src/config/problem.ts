import { AntiphonError } from '../errors/antiphon-error.ts';
import type { ErrorCode, ErrorData } from '../errors/error-codes.ts';

/** Where something stands in the agent file: keys and list positions from the root. */
export type ConfigPath = readonly (string | number)[];

/** A place in a text, both counted from 1; columns count UTF-16 units. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** One mistake in the agent file, at its place. */
export interface ConfigProblem extends TextPosition {
  readonly file: string;
  readonly code: ErrorCode;
  readonly message: string;
  /** The next edit or command. */
  readonly hint: string;
  readonly path: ConfigPath;
}

/** A problem before its offset is turned into line and column, and its data into words. */
export interface Finding {
  /** UTF-16 units from the start of the text. */
  readonly offset: number;
  readonly path: ConfigPath;
  readonly code: ErrorCode;
  readonly words: () => Pick<ConfigProblem, 'message' | 'hint'>;
}

/** Where a {@link Finding} belongs. */
export type FindingPlace = Pick<Finding, 'offset' | 'path'>;

/**
 * Makes a finding with the words of the error table. `data` may be a function: hostile files have far more findings than
 * are ever shown, and looking for the nearest name is slow.
 */
export function finding<Code extends ErrorCode>(
  { offset, path }: FindingPlace,
  code: Code,
  data: ErrorData<Code> | (() => ErrorData<Code>),
): Finding {
  const words = () => {
    const { message, hint } = new AntiphonError(code, typeof data === 'function' ? data() : data);
    return { message, hint };
  };
  return { offset, path, code, words };
}

/** More problems than this help nobody. */
const maxProblems = 100;

/** Findings in the order of the text, the first of them, and each once: an anchor with a mistake may be used often. */
export function inOrder(findings: readonly Finding[]): readonly Finding[] {
  const unique = new Map<string, Finding>();
  for (const found of findings) {
    const key = `${found.offset} ${found.code} ${found.path.at(-1)}`;
    if (!unique.has(key)) unique.set(key, found);
  }
  const sorted = [...unique.values()].sort((a, b) => a.offset - b.offset);
  const beyond = sorted[maxProblems];
  if (beyond === undefined) return sorted;
  const data = { max_problems: maxProblems, count: sorted.length };
  const more = finding({ offset: beyond.offset, path: [] }, 'config.more_problems', data);
  return [...sorted.slice(0, maxProblems), more];
}

/** A path as an author reads it: `agents.concierge.tools[2]`; the root is `the file`. */
export function pathText(path: ConfigPath): string {
  const text = path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '');
  return text === '' ? 'the file' : shorten(text, 200);
}

/** `text` cut to `maxLength` characters. */
export function shorten(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength - 1)}…`;
}

/** Turns offsets into lines and columns. */
export class LineIndex {
  readonly #starts: readonly number[];
  readonly #length: number;

  constructor(text: string) {
    const starts = [0];
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
    this.#starts = starts;
    this.#length = text.length;
  }

  positionOf(offset: number): TextPosition {
    const within = Math.max(0, Math.min(offset, this.#length));
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#starts[middle] ?? 0) <= within) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: within - (this.#starts[low] ?? 0) + 1 };
  }
}
