import type { JsonObject } from '@antiphon/core';
import type { HttpAuthDeclaration } from '../http/http-auth.ts';
import type { ToolSettingsYaml } from '../settings-yaml.ts';

/** One entry of `plugins:` in the agent file. */
export type PluginEntry = string | UseEntry | McpEntry | OpenApiEntry;

/** A plugin of a file or package. */
export interface UseEntry {
  readonly use: string;
  readonly config?: JsonObject;
  /** Where its code runs; `none`, the default, is this process. */
  readonly isolation?: 'none' | 'worker' | 'sandbox' | undefined;
  /** Megabytes of memory that isolated code may use; 128 when absent. */
  readonly memory_mb?: number | undefined;
  /** The hosts that `fetch` of a sandbox may go to. */
  readonly allow?: readonly string[] | undefined;
}

/** Which tools of a server or a document are taken, and how, as the agent file writes it. */
export interface SelectionYaml {
  readonly tools?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly prefix?: string | undefined;
  readonly defaults?: ToolSettingsYaml | undefined;
  readonly overrides?:
    | Readonly<
        Record<
          string,
          ToolSettingsYaml & { readonly name?: string | undefined; readonly description?: string | undefined }
        >
      >
    | undefined;
}

/** The tools of a Model Context Protocol server. */
export interface McpEntry extends SelectionYaml {
  readonly mcp: {
    readonly command?: string | undefined;
    readonly args?: readonly string[] | undefined;
    readonly env?: Readonly<Record<string, string>> | undefined;
    readonly cwd?: string | undefined;
    readonly url?: string | undefined;
    readonly headers?: Readonly<Record<string, string>> | undefined;
    readonly auth?: HttpAuthDeclaration | undefined;
  };
  readonly lock?: string | undefined;
}

/** The operations of an OpenAPI document. */
export interface OpenApiEntry extends SelectionYaml {
  readonly openapi: string;
  readonly base_url?: string | undefined;
  readonly auth?: HttpAuthDeclaration | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly allow?: readonly string[] | undefined;
  readonly redirects?: number | undefined;
}

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
