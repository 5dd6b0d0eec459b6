import type { HttpAuthDeclaration } from '../http/http-auth.ts';

/** Where a server is: a program that is started, or an address. */
export type McpEndpoint =
  | {
      readonly kind: 'command';
      readonly command: string;
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
      readonly cwd: string;
    }
  | {
      readonly kind: 'url';
      readonly url: URL;
      readonly headers: Readonly<Record<string, string>>;
      readonly auth: HttpAuthDeclaration | undefined;
    };

/** A server in words, for errors and logs: the program and its arguments, without their folders. */
export function endpointName(endpoint: McpEndpoint): string {
  if (endpoint.kind === 'url') return `${endpoint.url.origin}${endpoint.url.pathname}`;
  const words = [endpoint.command, ...endpoint.args].map((word) => word.split(/[/\\]/).at(-1) ?? word);
  const name = words.join(' ');
  return name.length <= 60 ? name : `${name.slice(0, 59)}…`;
}
