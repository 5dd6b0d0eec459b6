// A Model Context Protocol server for tests, over stdio: well-behaved or not, as the called tool says.
// The tools it lists are those of the JSON file named by TOOLS, read anew each time; what it is told goes to the file SEEN.
import { appendFileSync, closeSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const note = (line) => process.env.SEEN && appendFileSync(process.env.SEEN, `${line}\n`);
const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const listTools = () => JSON.parse(readFileSync(process.env.TOOLS, 'utf8'));
const text = (value) => ({ content: [{ type: 'text', text: value }] });

note(`start ${process.pid}`);
if (process.env.DIE === 'at start') {
  process.stderr.write('no licence found\n');
  process.exit(7);
}
if (process.env.DIE === 'never greet') setInterval(() => {}, 1_000);

/** What each tool does; `undefined` as a result gives no answer. */
const calls = {
  echo: (args) => text(args.message ?? JSON.stringify(args)),
  search: (args) => text(JSON.stringify({ hits: [args.q, args.q] })),
  structured: () => ({ ...text('ignored'), structuredContent: { sum: 3 } }),
  env: () => text(JSON.stringify(process.env)),
  refuse: () => ({ ...text('There is no such page.'), isError: true }),
  parts: () => ({
    content: [
      { type: 'text', text: 'seen' },
      { type: 'image', mimeType: 'image/png', data: 'A'.repeat(4_000) },
      { type: 'resource_link', uri: 'file:///a.txt', name: 'a' },
      { type: 'resource', resource: { uri: 'file:///b.txt', text: 'b text' } },
    ],
  }),
  newer: () => ({ content: [{ type: 'kind of a later version' }] }),
  crash: () => process.exit(1),
  hang: () => undefined,
  huge: () => text('x'.repeat(6 * 1024 * 1024)),
  large: () => text('x'.repeat(200_000)),
  endless: () => {
    const go = () => {
      while (process.stdout.write('x'.repeat(65_536)));
      process.stdout.once('drain', go);
    };
    go();
  },
  flood: () => {
    const notice = `${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 'x' } })}\n`;
    const go = () => {
      while (process.stdout.write(notice.repeat(500)));
      process.stdout.once('drain', go);
    };
    go();
  },
  garbage: () => {
    const go = () => {
      while (process.stdout.write('x\n'.repeat(30_000)));
      process.stdout.once('drain', go);
    };
    go();
  },
  noise: () => {
    process.stdout.write('this is no message\n{"jsonrpc":"2.0"}\n[]\nnull\n{"__proto__":{"polluted":1}}\n\n');
    process.stderr.write('E'.repeat(100_000));
    return text('still here');
  },
  wrong: () => ({ content: 'not a list' }),
  proto: () => JSON.parse('{"content":[],"structuredContent":{"__proto__":{"polluted":1},"a":1}}'),
  mute: () => {
    closeSync(1);
    setInterval(() => {}, 1_000);
    return undefined;
  },
  mutter: () => {
    send({ id: 99_999, result: text('a word of another call') });
    process.stderr.write('no licence left\n', () => process.exit(1));
    return undefined;
  },
  progress: (_args, id, token) => {
    const steps = [1, 2].map((progress) => ({
      method: 'notifications/progress',
      params: { progressToken: token, progress, total: 2 },
    }));
    // In one piece: so it comes from a server that is quick.
    const messages = [...steps, { id, result: text('done') }];
    process.stdout.write(messages.map((each) => `${JSON.stringify({ jsonrpc: '2.0', ...each })}\n`).join(''));
    return undefined;
  },
  twice: (_args, id) => {
    send({ id, result: text('first') });
    send({ id, result: text('second') });
    send({ id: 99_999, result: text('nobody asked') });
    return undefined;
  },
  announce: () => {
    send({ method: 'notifications/tools/list_changed' });
    return text('announced');
  },
  ask: () => {
    send({ id: 'from-server', method: 'sampling/createMessage', params: { messages: [], maxTokens: 1 } });
    return text('asked');
  },
};

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params, error } = JSON.parse(line);
  note(method ?? `answer ${id} ${error === undefined ? 'result' : error.code}`);
  if (process.env.DIE === 'never greet') return;
  if (method === 'initialize') {
    send({
      id,
      result: {
        protocolVersion: params.protocolVersion,
        capabilities: { tools: { listChanged: true } },
        serverInfo: { name: 'test', version: '1' },
      },
    });
  } else if (method === 'tools/list') {
    send({ id, result: { tools: listTools() } });
  } else if (method === 'tools/call') {
    const call = calls[params.name];
    if (call === undefined) send({ id, error: { code: -32602, message: `unknown tool ${params.name}` } });
    else {
      const result = call(params.arguments ?? {}, id, params._meta?.progressToken);
      if (result !== undefined) send({ id, result });
    }
  } else if (id !== undefined && method !== undefined) {
    send({ id, error: { code: -32601, message: 'Method not found' } });
  }
});
