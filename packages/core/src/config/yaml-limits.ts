/** What an agent file may cost to read. Exceeding a limit is a problem like any other; nothing is cut silently. */
export const yamlLimits = {
  maxBytes: 256 * 1024,
  /** Open collections while parsing: deeper input overflows the recursion of the YAML library. */
  maxOpenCollections: 64,
  /** Levels of mappings and lists in the value, aliases followed. */
  maxDepth: 32,
  /** Values, with what aliases and merges bring counted each time. */
  maxNodes: 20_000,
  maxAliases: 100,
  /** Pieces the lexer may find, white space included. */
  maxLexemes: 30_000,
  maxDirectives: 8,
  maxSyntaxErrors: 20,
} as const;

/** Keys that reach the prototype of an object when a program copies them carelessly. */
export const forbiddenKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
