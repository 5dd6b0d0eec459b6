import type { JsonObject } from '@antiphon/core';

/** One entry of `plugins:` in the agent file. */
export type PluginEntry =
  | string
  | { readonly use: string; readonly config?: JsonObject }
  | { readonly mcp: unknown };

/** What an entry names. */
export type PluginReference =
  | { readonly kind: 'built-in'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'package'; readonly name: string };

const builtInPrefix = '@antiphon/tools/';

/** Reads what `use` names: a built-in of this package, a file (relative, absolute or `file:`), or a package. */
export function readReference(use: string): PluginReference {
  if (use.startsWith(builtInPrefix)) return { kind: 'built-in', name: use.slice(builtInPrefix.length) };
  const isPath = /^(\.{1,2}([/\\]|$)|\/|[a-zA-Z]:[/\\]|file:)/.test(use);
  return isPath ? { kind: 'file', path: use } : { kind: 'package', name: use };
}
