// The world of the matrix of hostile tools: a server whose requests are counted, programs, and a file that nobody may touch.
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const mcpScript = fileURLToPath(
  new URL('../../../tools/test/support/mcp-server.mjs', import.meta.url),
);
const mcpTools = [
  'echo',
  'crash',
  'hang',
  'flood',
  'garbage',
  'huge',
  'noise',
  'announce',
  'twice',
  'proto',
  'refuse',
];

/** How the server answers below `/ok/`; anything else is a request that nobody was allowed to make. */
const answers: Readonly<Record<string, (response: ServerResponse) => void>> = {
  good: (response) => response.setHeader('content-type', 'application/json').end('{"fine":true}'),
  hang: () => undefined,
  reset: (response) => void response.socket?.resetAndDestroy(),
  huge: (response) => response.end('x'.repeat(3_000_000)),
  broken: (response) => response.setHeader('content-type', 'application/json').end('{"fine":'),
  metadata: (response) =>
    response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end(),
  inside: (response) => response.writeHead(302, { location: '/secret' }).end(),
  busy: (response) => response.writeHead(503, { 'retry-after': '60' }).end(),
};

export interface HostileWorld {
  readonly folder: string;
  readonly port: number;
  /** Paths that were asked for and must not be. */
  readonly trespasses: readonly string[];
  /** Whether a payload was run. */
  wasTouched(): boolean;
  /** What the server of MCP lists from now on. */
  describe(words: string): void;
  close(): void;
}

/** Programs that run in a folder, or that this process has started, by their command lines; none where the system does not tell. */
export function programsOf(folder: string): readonly string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const [state, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8')
          .replace(/^.*\) /, '')
          .split(' ');
        const isOurs = parent === String(process.pid) || readlinkSync(`/proc/${pid}/cwd`) === folder;
        return isOurs && state !== 'Z'
          ? [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')]
          : [];
      } catch {
        return [];
      }
    });
}

export async function hostileWorld(): Promise<HostileWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'antiphon-hostile-'));
  const trespasses: string[] = [];
  const server: Server = createServer((request, response) => {
    const path = request.url ?? '';
    const name = /^\/ok\/(\w+)(?:\?|$)/.exec(path)?.[1] ?? '';
    const answer = Object.hasOwn(answers, name) ? answers[name] : undefined;
    if (answer !== undefined) {
      answer(response);
      return;
    }
    if (!path.startsWith('/ok/')) trespasses.push(path);
    response.writeHead(404).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  writeFileSync(
    join(folder, 'echo.mjs'),
    'process.stdout.write(JSON.stringify({ args: process.argv.slice(2), leaked: process.env.LEAK ?? null }));',
  );
  const describe = (words: string): void =>
    writeFileSync(
      join(folder, 'tools.json'),
      JSON.stringify(
        mcpTools.map((name) => ({
          name,
          description: `${words} ${name}`,
          inputSchema: { type: 'object', properties: { message: { type: 'string' } } },
        })),
      ),
    );
  describe('Does');
  return {
    folder,
    port: (server.address() as AddressInfo).port,
    trespasses,
    wasTouched: () => existsSync(join(folder, 'CANARY')),
    describe,
    close: () => {
      server.closeAllConnections();
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
