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

/** A server in words, for errors and logs; holds no secret. */
export function endpointName(endpoint: McpEndpoint): string {
  if (endpoint.kind === 'url') return `${endpoint.url.origin}${endpoint.url.pathname}`;
  return [endpoint.command, ...endpoint.args.slice(0, 3)].join(' ').slice(0, 80);
}
