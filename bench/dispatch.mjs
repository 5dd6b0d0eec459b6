// How long a tool call takes on our side, against a bare ws client that makes the same call: from the `response.done` that a
// server in a process of its own sends until the first output and the last one of its calls are there, and what that
// takes of the client's CPU. The two take turns in short batches, so that whatever else the machine does concerns both.
// Run after a build:
//   node bench/dispatch.mjs [batches]
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { createAntiphon } from '../packages/runtime/dist/index.js';
import { defineTool } from '../packages/tools/dist/index.js';

const { WebSocket, WebSocketServer } = createRequire(new URL('../packages/runtime/', import.meta.url))('ws');

const rounds = 50;
const warmUpBatches = 8;

if (process.argv[2] === 'server') serve();
else await measure(Number(process.argv[2] ?? 40));

/** Told `{ client, count }`, it lets that client make `count` calls in each of some responses, and tells the times. */
function serve() {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  const peers = new Map();
  server.on('connection', (socket, request) => {
    const client = request.headers.authorization?.endsWith('bare') ? 'bare' : 'ours';
    peers.set(client, socket);
    let lastItem = null;
    socket.follow = (id) => {
      const before = lastItem;
      lastItem = id;
      return before;
    };
    const say = (event) => socket.send(JSON.stringify({ event_id: 'event_1', ...event }));
    say({ type: 'session.created', session: { id: 'sess_1', type: 'realtime' } });
    let turn;
    socket.begin = (next) => {
      turn = next;
      nextRound(socket, say, turn);
    };
    socket.on('message', (frame) => {
      const event = JSON.parse(frame.toString());
      if (event.type === 'session.update') {
        say({ type: 'session.updated', session: { id: 'sess_1', type: 'realtime' } });
      } else if (event.type === 'conversation.item.create') {
        const ms = performance.now() - turn.startMs;
        if (turn.outputs === 0) turn.firstMs.push(ms);
        turn.outputs += 1;
        if (turn.outputs === turn.count) turn.lastMs.push(ms);
        const previous_item_id = socket.follow(event.item.id ?? `item_${turn.name}_${turn.outputs}`);
        say({ type: 'conversation.item.added', previous_item_id, item: event.item });
      } else if (event.type === 'response.create') {
        turn.creates += 1;
        const id = `resp_${turn.name}_${turn.round}_answer`;
        say({ type: 'response.created', response: { id, status: 'in_progress', output: [] } });
        say({ type: 'response.done', response: { id, status: 'completed', output: [] } });
        turn.round += 1;
        setImmediate(() => nextRound(socket, say, turn));
      }
    });
  });
  process.on('message', ({ client, ...turn }) => peers.get(client).begin(turn));
  process.on('disconnect', () => process.exit());
  server.on('listening', () => process.send(server.address().port));
}

function nextRound(socket, say, turn) {
  const { name, round, count } = turn;
  if (round === rounds) return process.send(turn);
  turn.outputs = 0;
  const id = `${name}_${round}`;
  // The user's turn, so that the limit of calls between two turns does not end it.
  const userItem = `user_${id}`;
  say({ type: 'input_audio_buffer.committed', item_id: userItem, previous_item_id: socket.follow(userItem) });
  say({ type: 'response.created', response: { id: `resp_${id}`, status: 'in_progress', output: [] } });
  const items = Array.from({ length: count }, (_, at) => ({
    id: `item_${id}_${at}`,
    type: 'function_call',
    call_id: `call_${id}_${at}`,
    name: 'add',
    arguments: '{"a":1,"b":2}',
    status: 'completed',
  }));
  for (const [at, item] of items.entries()) {
    const place = { response_id: `resp_${id}`, output_index: at };
    socket.follow(item.id);
    const begun = { ...item, arguments: '', status: 'in_progress' };
    say({ type: 'response.output_item.added', ...place, item: begun });
    say({
      type: 'response.function_call_arguments.done',
      ...place,
      item_id: item.id,
      call_id: item.call_id,
      arguments: item.arguments,
    });
    say({ type: 'response.output_item.done', ...place, item });
  }
  turn.startMs = performance.now();
  say({ type: 'response.done', response: { id: `resp_${id}`, status: 'completed', output: items } });
}

async function measure(batches) {
  const child = fork(fileURLToPath(import.meta.url), ['server']);
  const [port] = await once(child, 'message');
  const ours = await connectOurs(port);
  const bare = await connectBare(port);
  for (const count of [1, 8]) await compare(child, count, batches);
  await ours.close();
  bare.close();
  child.disconnect();
}

async function compare(child, count, batches) {
  const found = {
    ours: { first: [], last: [], cpu: [], creates: 0 },
    bare: { first: [], last: [], cpu: [], creates: 0 },
  };
  for (let batch = -warmUpBatches; batch < batches; batch++) {
    for (const client of batch % 2 === 0 ? ['ours', 'bare'] : ['bare', 'ours']) {
      const name = `${client}_${count}_${batch + warmUpBatches}`;
      const before = process.cpuUsage();
      child.send({ client, name, count, round: 0, creates: 0, firstMs: [], lastMs: [] });
      const [turn] = await once(child, 'message');
      const { user, system } = process.cpuUsage(before);
      if (batch < 0) continue;
      found[client].first.push(median(turn.firstMs));
      found[client].last.push(median(turn.lastMs));
      found[client].cpu.push((user + system) / rounds);
      found[client].creates += turn.creates;
    }
  }
  const told = (what, digits, unit) => {
    const [a, b] = [found.ours[what], found.bare[what]];
    const ratio = median(a.map((value, at) => value / b[at]));
    return `ours ${median(a).toFixed(digits)}, bare ${median(b).toFixed(digits)} ${unit}, ratio ${ratio.toFixed(2)}`;
  };
  console.log(
    [
      `${count} call(s) a response, p50 of ${batches * rounds} responses:`,
      `  until the first output: ${told('first', 3, 'ms')}`,
      `  until the last output:  ${told('last', 3, 'ms')}`,
      `  CPU of the client, the answer included: ${told('cpu', 0, 'µs')}`,
      `  answers asked for: ours ${found.ours.creates}, bare ${found.bare.creates}`,
    ].join('\n'),
  );
}

async function connectOurs(port) {
  const add = defineTool({
    name: 'add',
    description: 'Adds.',
    input: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } } },
    effects: 'none',
    execute: ({ a, b }) => a + b,
  });
  const text = `version: 1
providers: { bench: { type: openai_compatible, base_url: "ws://127.0.0.1:${port}/v1", model: any, api_key: none } }
agents: { a: { provider: bench, instructions: Add., tools: [add], limits: { responses_without_user: 1000000 } } }`;
  const logger = { debug() {}, info() {}, warn() {}, error: console.error };
  const antiphon = await createAntiphon({
    config: { file: 'bench.yaml', text },
    plugins: [add],
    env: {},
    logger,
  });
  await antiphon.startSession();
  return antiphon;
}

/** What a client of this protocol cannot do without: parse, run, answer, ask for a response. */
async function connectBare(port) {
  const headers = { Authorization: 'Bearer bare' };
  const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/realtime`, { perMessageDeflate: false, headers });
  const send = (event) => socket.send(JSON.stringify(event));
  let calls = 0;
  socket.on('message', (frame) => {
    const event = JSON.parse(frame.toString());
    switch (event.type) {
      case 'response.output_item.done': {
        const { a, b } = JSON.parse(event.item.arguments);
        const output = JSON.stringify(a + b);
        const item = { type: 'function_call_output', call_id: event.item.call_id, output };
        send({ type: 'conversation.item.create', item });
        calls += 1;
        break;
      }
      case 'response.done':
        if (calls > 0) send({ type: 'response.create' });
        calls = 0;
        break;
      default:
    }
  });
  await once(socket, 'open');
  return socket;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
