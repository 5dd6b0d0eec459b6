import { AntiphonError } from '@antiphon/core';
import type { ToolSettings } from '../define-tool.ts';
import { nearest } from '../suggest.ts';

/** What is changed of one tool that a server or a document describes. */
export interface ToolOverride extends ToolSettings {
  /** Another name; the prefix is put before it. */
  readonly name?: string;
  /** Another description for the model; at most 1,024 characters. */
  readonly description?: string;
}

/** Which of the tools of a server or a document are taken, and how. Names may hold `*` for any letters. */
export interface ToolSelection {
  /** The names of those that are taken; all when absent. */
  readonly tools?: readonly string[];
  /** The names of those that are left out. */
  readonly exclude?: readonly string[];
  /** Put before the name of each. */
  readonly prefix?: string;
  /** Options of all of them. */
  readonly defaults?: ToolSettings;
  /** Names, descriptions and options of single ones, by the names they come with. */
  readonly overrides?: Readonly<Record<string, ToolOverride>>;
}

/** A tool that is taken: what it comes with, and what it is to be. */
export interface SelectedTool {
  /** The name it comes with. */
  readonly source: string;
  /** The name the model calls it by. */
  readonly name: string;
  readonly description: string | undefined;
  readonly settings: ToolSettings;
  /** Whether the author asked for it by its name. */
  readonly isNamed: boolean;
}

/**
 * Picks tools by their names.
 *
 * @param origin who has them, for errors: `the OpenAPI document pets.yaml`
 * @throws AntiphonError `tool.selection_unknown` when a name means none of them
 */
export function selectTools(
  available: readonly string[],
  selection: ToolSelection,
  origin: string,
): readonly SelectedTool[] {
  const { tools = ['*'], exclude = [], prefix = '', defaults = {}, overrides = {} } = selection;
  for (const name of [...tools, ...exclude, ...Object.keys(overrides)]) {
    if (!isPattern(name) && !available.includes(name)) throw unknown(name, available, origin);
  }
  return available
    .filter((name) => tools.some((pattern) => isMatch(pattern, name)))
    .filter((name) => !exclude.some((pattern) => isMatch(pattern, name)))
    .map((source) => {
      const { name, description, ...settings } = Object.hasOwn(overrides, source)
        ? (overrides[source] ?? {})
        : {};
      return {
        source,
        name: toolName(prefix + (name ?? source)),
        description,
        settings: { ...defaults, ...settings },
        isNamed: tools.includes(source) || Object.hasOwn(overrides, source),
      };
    });
}

function isPattern(name: string): boolean {
  return name.includes('*');
}

function isMatch(pattern: string, name: string): boolean {
  if (!isPattern(pattern)) return pattern === name;
  const parts = pattern.split('*');
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length)
    return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, at);
    if (found < 0 || found + part.length > name.length - last.length) return false;
    at = found + part.length;
  }
  return true;
}

/** The nearest name that the protocol allows: 1 to 64 letters, digits, `_` and `-`. */
export function toolName(name: string): string {
  const sound = name.replaceAll(/[^a-zA-Z0-9_-]+/g, '_').slice(0, 64);
  return sound === '' ? '_' : sound;
}

function unknown(name: string, available: readonly string[], origin: string) {
  const near = nearest(name, available);
  return new AntiphonError('tool.selection_unknown', {
    origin,
    name,
    available: available.length === 0 ? 'none' : available.slice(0, 40).join(', '),
    suggestion: near === undefined ? 'Use one of these names, or remove it.' : `Did you mean "${near}"?`,
  });
}
