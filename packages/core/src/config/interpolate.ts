/** The environment: variables by name. Nothing else of the process is read. */
export type ConfigEnv = Readonly<Record<string, string | undefined>>;

/** A piece of a text: literal, or a variable with what to do without it. `index` counts from the start of the text. */
export type TextPart =
  | { readonly type: 'literal'; readonly text: string }
  | {
      readonly type: 'variable';
      readonly name: string;
      readonly index: number;
      readonly fallback: VariableFallback;
    }
  | MalformedPart;

export interface MalformedPart {
  readonly type: 'malformed';
  readonly text: string;
  readonly index: number;
  readonly reason: string;
}

type VariableFallback =
  | { readonly type: 'none' }
  | { readonly type: 'default'; readonly text: string }
  | { readonly type: 'required'; readonly message: string };

/** A text with its variables replaced. */
export interface InterpolatedText {
  readonly text: string;
  /** Whether the text is one variable and nothing else, so that it may also be read as a number or a truth value. */
  readonly whole: boolean;
  /** Variables whose values are in the text. */
  readonly used: readonly { readonly name: string; readonly value: string }[];
  /** Each at its first place. */
  readonly missing: readonly MissingVariable[];
  readonly malformed: readonly MalformedPart[];
}

export interface MissingVariable {
  readonly name: string;
  readonly index: number;
  /** From `${NAME:?message}`; empty when there is none. */
  readonly message: string;
}

const namePattern = /^[A-Za-z_][A-Za-z0-9_]*/;

/** More variables in one text are refused: each could bring in a long value. */
const maxVariables = 100;

/**
 * Replaces `${VAR}`, `${VAR:-default}` and `${VAR:?message}` as a POSIX shell does: with a colon, a variable that is
 * set but empty counts as not set. `$${` stands for a literal `${`; any other `$` is a plain character. A missing or
 * malformed variable leaves its source text in place.
 */
export function interpolate(source: string, env: ConfigEnv): InterpolatedText {
  const parts = splitVariables(source);
  const used: { name: string; value: string }[] = [];
  const missing: MissingVariable[] = [];
  const malformed: MalformedPart[] = [];
  const texts = parts.map((part) => {
    if (part.type === 'literal') return part.text;
    if (part.type === 'malformed') {
      malformed.push(part);
      return part.text;
    }
    const { name, index, fallback } = part;
    const value = lookUp(name, env);
    if (value !== undefined && (fallback.type === 'none' || value !== '')) {
      used.push({ name, value });
      return value;
    }
    if (fallback.type === 'default') return fallback.text;
    const message = fallback.type === 'required' ? fallback.message : '';
    if (!missing.some((other) => other.name === name)) missing.push({ name, index, message });
    return `\${${name}}`;
  });
  const whole = parts.length === 1 && parts[0]?.type === 'variable';
  return { text: texts.join(''), whole, used, missing, malformed };
}

/** Splits a text into literals and variables. */
export function splitVariables(source: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let literal = '';
  let index = 0;
  let variables = 0;
  for (let next = source.indexOf('${'); next !== -1; next = source.indexOf('${', index)) {
    if (next > index && source[next - 1] === '$') {
      literal += `${source.slice(index, next - 1)}\${`;
      index = next + 2;
      continue;
    }
    literal += source.slice(index, next);
    if (literal !== '') parts.push({ type: 'literal', text: literal });
    literal = '';
    variables += 1;
    const { part, end } =
      variables > maxVariables ? tooManyVariables(source, next) : readVariable(source, next);
    parts.push(part);
    index = end;
  }
  literal += source.slice(index);
  if (literal !== '') parts.push({ type: 'literal', text: literal });
  return parts;
}

interface ReadPart {
  readonly part: TextPart;
  readonly end: number;
}

function tooManyVariables(source: string, index: number): ReadPart {
  const reason = `one text may hold ${maxVariables} variables`;
  return { part: { type: 'malformed', text: source.slice(index), index, reason }, end: source.length };
}

function readVariable(source: string, index: number): ReadPart {
  const close = source.indexOf('}', index);
  const end = close === -1 ? source.length : close + 1;
  const text = source.slice(index, end);
  const malformed = (reason: string) => ({ part: { type: 'malformed', text, index, reason }, end }) as const;
  if (close === -1) return malformed('the closing brace is missing');
  const inside = source.slice(index + 2, close);
  const name = namePattern.exec(inside)?.[0];
  if (name === undefined) return malformed('a name of letters, digits and _ is needed');
  const fallback = readFallback(inside.slice(name.length));
  if (fallback === undefined) return malformed('only :-default or :?message may follow the name');
  if (inside.includes('${')) return malformed('a variable cannot stand inside another');
  return { part: { type: 'variable', name, index, fallback }, end };
}

function readFallback(text: string): VariableFallback | undefined {
  if (text === '') return { type: 'none' };
  if (text.startsWith(':-')) return { type: 'default', text: text.slice(2) };
  if (text.startsWith(':?')) return { type: 'required', message: text.slice(2) };
  return undefined;
}

/** Own members only: a variable named like a member of every object is not set. */
function lookUp(name: string, env: ConfigEnv): string | undefined {
  return Object.hasOwn(env, name) ? env[name] : undefined;
}
