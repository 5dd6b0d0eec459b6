import { fileURLToPath } from 'node:url';

/** A place in a source file; line and column from 1, absent when not known. */
export interface SourcePlace {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** Writes a place as `file:line:column`, as far as it is known. */
export function placeText({ file, line, column }: SourcePlace): string {
  return [file, line, column].filter((part) => part !== undefined).join(':');
}

/** The first frame of the stack of `error` that lies in a file of the plugin, else the file itself. */
export function throwPlace(error: unknown, file: string): SourcePlace {
  const folder = file.slice(0, Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
  return thrownAt(error, folder) ?? { file };
}

/** The first frame of the stack of `error` that lies below a folder and in no package. */
export function thrownAt(error: unknown, folder = ''): SourcePlace | undefined {
  for (const [, location, line, column] of stackOf(error).matchAll(
    /(?:\(|at (?:async )?)((?:file:|\/|[a-zA-Z]:\\)[^()\n]*?):(\d+):(\d+)\)?$/gm,
  )) {
    const path = location?.startsWith('file:') ? fileURLToPath(location.replace(/\?.*$/, '')) : location;
    if (path === undefined || !path.startsWith(folder) || path.includes('node_modules')) continue;
    return { file: path, line: Number(line), column: Number(column) };
  }
  return undefined;
}

/** What is thrown may throw at whoever looks at it. */
function stackOf(error: unknown): string {
  try {
    return error instanceof Error && typeof error.stack === 'string' ? error.stack : '';
  } catch {
    return '';
  }
}

/** A syntax error of a source file. */
export interface SyntaxProblem {
  readonly reason: string;
  readonly place: SourcePlace;
}

/** Reads the place out of an error of the TypeScript loader, whose message ends in `file:line:column`. */
export function syntaxProblem(error: unknown): SyntaxProblem | undefined {
  if (!(error instanceof Error)) return undefined;
  const match = /^ParseError: ([\s\S]*?)\s+(\S[^\n]*):(\d+):(\d+)\s*$/.exec(error.message);
  if (match === null) return undefined;
  const [, reason = '', file = '', line, column] = match;
  return { reason: reason.trim(), place: { file, line: Number(line), column: Number(column) } };
}

/** Where `specifier` is first named in quotes in `source`. */
export function specifierPlace(source: string, specifier: string, file: string): SourcePlace {
  const lines = source.split('\n');
  for (const [index, text] of lines.entries()) {
    const at = Math.max(text.indexOf(`'${specifier}'`), text.indexOf(`"${specifier}"`));
    if (at >= 0) return { file, line: index + 1, column: at + 1 };
  }
  return { file };
}
