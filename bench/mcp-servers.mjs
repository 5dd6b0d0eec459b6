// Runs the reference servers of the Model Context Protocol through the plugin, as they stand: lists and calls their tools,
// cancels, hears of progress, over stdio and over streamable HTTP. Install them where you like, then, after a build:
//   npm install --prefix FOLDER @modelcontextprotocol/server-{everything,filesystem,memory,sequential-thinking}
//   node bench/mcp-servers.mjs FOLDER
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { realClock } from '../packages/testing/dist/index.js';
import { collectTools, createToolHost, mcpPlugin } from '../packages/tools/dist/index.js';

const folder = resolve(process.argv[2] ?? '.', 'node_modules', '@modelcontextprotocol');
const work = mkdtempSync(join(tmpdir(), 'antiphon-mcp-servers-'));
const problems = [];
const logger = {
  debug() {},
  info() {},
  warn: (message, data) => process.stdout.write(`  warn: ${message} ${JSON.stringify(data ?? {})}\n`),
  error: (message, data) => process.stdout.write(`  error: ${message} ${JSON.stringify(data ?? {})}\n`),
};

async function withServer(name, options, use) {
  const tools = await collectTools({
    baseDir: work,
    logger,
    values: [mcpPlugin({ ...options, defaults: { timeoutMs: 20_000 } })],
  });
  for (const { message } of tools.problems) problems.push(`${name}: ${message}`);
  const host = createToolHost({ registry: tools.registry, agentTools: ['*'], clock: realClock, logger });
  process.stdout.write(`${name}: ${host.specs.length} tools\n`);
  let calls = 0;
  const call = (tool, input, { signal = new AbortController().signal, progress } = {}) =>
    host.call(
      {
        callId: `call_${(calls += 1)}`,
        name: tool,
        argumentsJson: JSON.stringify(input),
        sessionId: 's',
        agentName: 'a',
      },
      signal,
      progress && { progress },
    );
  const check = (what, isTrue, found) => {
    process.stdout.write(`  ${isTrue ? 'ok' : 'FAILED'} ${what}\n`);
    if (!isTrue) problems.push(`${name}: ${what}: ${JSON.stringify(found).slice(0, 300)}`);
  };
  try {
    await use({ call, check, names: host.specs.map((spec) => spec.name) });
  } finally {
    host.close();
    await tools.close();
  }
}

const program = (name) => ({ command: process.execPath, args: [join(folder, name, 'dist', 'index.js')] });

/** What the server named `everything` is asked, over whichever transport. */
async function askEverything({ call, check, names }) {
  const echo = await call('echo', { message: 'hello' });
  check('echo', echo.status === 'completed' && String(echo.outputText).includes('hello'), echo);
  const sum = names.find((name) => /sum|add/.test(name));
  const added = await call(sum ?? 'get-sum', { a: 2, b: 3 });
  check('sum', added.status === 'completed' && added.outputText.includes('5'), added);
  const wrong = await call('echo', {});
  check(
    'a missing argument is told',
    wrong.status === 'rejected' && wrong.outputText.includes('message'),
    wrong,
  );
  const long = names.find((name) => /long/i.test(name)) ?? '';
  const heard = [];
  const done = await call(long, { duration: 1, steps: 4 }, { progress: (value) => heard.push(value) });
  check('progress', done.status === 'completed' && heard.length > 0, { done, heard });
  const abort = new AbortController();
  const cancelled = call(long, { duration: 30, steps: 30 }, { signal: abort.signal });
  setTimeout(() => abort.abort(), 300);
  check('cancelled', (await cancelled).status === 'cancelled', await cancelled);
  const image = names.find((name) => /image/i.test(name));
  if (image !== undefined) {
    const shown = await call(image, {});
    check('an image is named', shown.status === 'completed' && shown.outputText.includes('not shown'), shown);
  }
  const structured = names.find((name) => /structured/i.test(name));
  if (structured !== undefined) {
    const weather = await call(structured, { location: 'New York' });
    check(
      'structured content',
      weather.status === 'completed' && typeof weather.output === 'object',
      weather,
    );
  }
}

await withServer('everything (stdio)', program('server-everything'), askEverything);

const port = await new Promise((done) => {
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const { port: free } = probe.address();
    probe.close(() => done(free));
  });
});
const { command, args } = program('server-everything');
const web = spawn(command, [...args, 'streamableHttp'], {
  env: { ...process.env, PORT: String(port) },
  stdio: ['ignore', 'ignore', 'pipe'],
});
await new Promise((ready) => web.stderr.on('data', (text) => /listening/i.test(String(text)) && ready()));
await withServer('everything (streamable HTTP)', { url: `http://127.0.0.1:${port}/mcp` }, askEverything);
web.kill();

const files = program('server-filesystem');
await withServer('filesystem', { ...files, args: [...files.args, work] }, async ({ call, check }) => {
  const path = join(work, 'a.txt');
  const written = await call('write_file', { path, content: 'hello' });
  check('write', written.status === 'completed', written);
  const read = await call('read_text_file', { path });
  check('read', read.outputText.includes('hello'), read);
  const outside = await call('read_text_file', { path: '/etc/passwd' });
  check('outside is refused', outside.status === 'failed', outside);
});

await withServer(
  'memory',
  { ...program('server-memory'), env: { MEMORY_FILE_PATH: join(work, 'memory.jsonl') } },
  async ({ call, check }) => {
    const entities = [{ name: 'Ann', entityType: 'caller', observations: ['likes tea'] }];
    const created = await call('create_entities', { entities });
    check('create', created.status === 'completed', created);
    const found = await call('search_nodes', { query: 'tea' });
    check('search', found.outputText.includes('Ann'), found);
  },
);

await withServer('sequential-thinking', program('server-sequential-thinking'), async ({ call, check }) => {
  const thought = { thought: 'One.', nextThoughtNeeded: false, thoughtNumber: 1, totalThoughts: 1 };
  const thinking = await call('sequentialthinking', thought);
  check('a thought', thinking.status === 'completed', thinking);
});

rmSync(work, { recursive: true, force: true });
for (const problem of problems) process.stdout.write(`${problem}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
