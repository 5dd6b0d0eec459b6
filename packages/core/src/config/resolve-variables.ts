import type { JsonValue } from '../json.ts';
import { type ConfigNode, type ScalarNode, toValue } from './config-node.ts';
import { type ConfigEnv, type InterpolatedText, interpolate } from './interpolate.ts';
import { type ConfigPath, type Finding, finding, shorten } from './problem.ts';

/** A text of the file that held variables. */
export interface ResolvedText {
  readonly path: ConfigPath;
  readonly node: ScalarNode;
  readonly result: InterpolatedText;
}

/** The value of the file with its variables replaced. */
export interface ResolvedTree {
  readonly value: JsonValue;
  /** By {@link pathKey}. */
  readonly texts: ReadonlyMap<string, ResolvedText>;
}

/** A path as the key of a map. */
export function pathKey(path: ConfigPath): string {
  return JSON.stringify(path);
}

/** What a text that is one variable is read as, by {@link pathKey}. */
export type Conversions = ReadonlyMap<string, 'number' | 'boolean'>;

/** Replaces the variables in every text below `root`. Keys are left as they are, so the structure never changes. */
export function resolveVariables(root: ConfigNode, env: ConfigEnv, conversions: Conversions): ResolvedTree {
  const texts = new Map<string, ResolvedText>();
  const value = toValue(root, (node, path) => {
    if (typeof node.value !== 'string' || !node.value.includes('${')) return node.value;
    const result = interpolate(node.value, env);
    texts.set(pathKey(path), { path, node, result });
    const conversion = conversions.get(pathKey(path));
    return conversion === undefined ? result.text : (convertText(result.text, conversion) ?? result.text);
  });
  return { value, texts };
}

/** The number or truth value that `text` spells, or undefined. */
export function convertText(text: string, to: 'number' | 'boolean'): number | boolean | undefined {
  if (to === 'boolean') return text === 'true' ? true : text === 'false' ? false : undefined;
  const number = Number(text);
  return text.trim() !== '' && Number.isFinite(number) ? number : undefined;
}

/** Whether a text was resolved in full. */
export function isResolved({ result }: ResolvedText): boolean {
  return result.missing.length === 0 && result.malformed.length === 0;
}

/** Findings for the malformed variables of a text. */
export function malformedFindings({ path, node, result }: ResolvedText, source: string): readonly Finding[] {
  return result.malformed.map((part) => {
    const place = { offset: offsetInScalar(node, part.index, source), path };
    return finding(place, 'config.bad_variable', { text: shorten(part.text, 40), reason: part.reason });
  });
}

/** Findings for the missing variables of a text. */
export function missingFindings({ path, node, result }: ResolvedText, source: string): readonly Finding[] {
  return result.missing.map(({ name, index, message }) => {
    const place = { offset: offsetInScalar(node, index, source), path };
    const reason = message === '' ? '' : `: ${shorten(message, 200)}`;
    return finding(place, 'config.missing_variable', { name, reason, example: `\${${name}:-value}` });
  });
}

/**
 * Where the character at `index` of a text stands in the source: exact when the text is written there as it reads,
 * else found by the run of characters that starts at `index`, else the start of the scalar.
 */
export function offsetInScalar(node: ScalarNode, index: number, source: string): number {
  const { start, end } = node.range;
  const value = String(node.value);
  const written = source.slice(start, end);
  const whole = written.indexOf(value);
  if (whole !== -1) return start + whole + index;
  const run = /^[^\n\\"']{1,20}/.exec(value.slice(index))?.[0];
  if (run === undefined) return start;
  const earlier = value.slice(0, index).split(run).length - 1;
  let found = -1;
  for (let nth = 0; nth <= earlier; nth++) {
    found = written.indexOf(run, found + 1);
    if (found === -1) return start;
  }
  return start + found;
}
