// How long a tool call takes on our side: from the `response.done` that a server sends until the first output of its calls
// is there, over a real socket on this machine; and whether eight calls of one response run beside each other. After a build:
//   node bench/dispatch.mjs [rounds]
import { createAntiphon } from '../packages/runtime/dist/index.js';
import { FakeRealtimeServer } from '../packages/testing/dist/index.js';
import { defineTool } from '../packages/tools/dist/index.js';

const rounds = Number(process.argv[2] ?? 2_000);
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/** Sends a response of `count` calls. The item of each is done before the response; the time counts from the last frame. */
function sendCalls(peer, round, count) {
  const responseId = `resp_${round}`;
  peer.send({ type: 'response.created', response: { id: responseId, status: 'in_progress', output: [] } });
  const items = Array.from({ length: count }, (_, at) => ({
    id: `item_${round}_${at}`,
    type: 'function_call',
    call_id: `call_${round}_${at}`,
    name: 'add',
    arguments: '{"a":1,"b":2}',
    status: 'completed',
  }));
  for (const [at, item] of items.entries()) {
    const place = { response_id: responseId, output_index: at };
    peer.send({
      type: 'response.output_item.added',
      ...place,
      item: { ...item, arguments: '', status: 'in_progress' },
    });
    peer.send({ type: 'response.output_item.done', ...place, item });
  }
  const startMs = performance.now();
  peer.send({ type: 'response.done', response: { id: responseId, status: 'completed', output: items } });
  return startMs;
}

function sendAnswer(peer, round) {
  const id = `resp_${round}_answer`;
  peer.send({ type: 'response.created', response: { id, status: 'in_progress', output: [] } });
  peer.send({ type: 'response.done', response: { id, status: 'completed', output: [] } });
}

async function measure(count) {
  const times = [];
  let creates = 0;
  const server = await FakeRealtimeServer.start();
  let finish;
  const finished = new Promise((resolve) => (finish = resolve));
  server.onConnection(async (peer) => {
    let round = 0;
    let startMs = 0;
    let outputs = 0;
    const next = () => {
      round += 1;
      outputs = 0;
      if (round > rounds) return finish();
      // The user's turn, so that the limit of calls between two turns does not end it.
      peer.send({ type: 'input_audio_buffer.committed', item_id: `user_${round}`, previous_item_id: null });
      startMs = sendCalls(peer, round, count);
    };
    peer.onEvent((event) => {
      if (event.type === 'session.update') {
        peer.send({ type: 'session.updated', session: { id: 'sess_bench', ...event.session } });
        setTimeout(next, 50);
      } else if (event.type === 'conversation.item.create') {
        if (outputs === 0) times.push(performance.now() - startMs);
        outputs += 1;
        peer.send({ type: 'conversation.item.added', previous_item_id: null, item: event.item });
      } else if (event.type === 'response.create') {
        creates += 1;
        sendAnswer(peer, round);
        setImmediate(next);
      }
    });
    peer.send({ type: 'session.created', session: { id: 'sess_bench', type: 'realtime' } });
    await peer.closed;
  });
  const add = defineTool({
    name: 'add',
    description: 'Adds.',
    input: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } } },
    effects: 'none',
    execute: ({ a, b }) => a + b,
  });
  const text = `version: 1
providers: { fake: { type: openai_compatible, base_url: "${server.url.replace('/realtime', '')}", model: any, api_key: none } }
agents: { a: { provider: fake, instructions: Add., tools: [add], limits: { responses_without_user: 1000000 } } }`;
  const antiphon = await createAntiphon({
    config: { file: 'bench.yaml', text },
    plugins: [add],
    env: {},
    logger: quiet,
  });
  const session = await antiphon.startSession();
  await finished;
  await session.close({ mode: 'cancel' });
  await antiphon.close();
  await server.close();
  const sorted = times.slice(Math.min(200, rounds / 10)).sort((a, b) => a - b);
  const at = (share) => sorted[Math.floor(sorted.length * share)].toFixed(3);
  process.stdout.write(
    `${count} call(s) a response: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms; ` +
      `${creates} answers asked for after ${rounds} responses\n`,
  );
}

for (const count of [1, 8]) await measure(count);
