// How soon the agent is silent when the user is heard, and how long a broken connection is missed, over loopback. Run
// after a build:
//   node bench/latency.mjs
import { createAntiphon, systemClock } from '../packages/runtime/dist/index.js';
import { FakeRealtimeServer, RealtimeServerModel, RecordingSink } from '../packages/testing/dist/index.js';

const bargeIns = 400;
const resets = 40;
const logger = { debug() {}, info() {}, warn() {}, error: console.error };

function agentsOn(origin) {
  return createAntiphon({
    config: {
      file: 'agents.yaml',
      text: `version: 1
default_agent: a
providers: { fake: { type: openai, model: m, base_url: "${origin}/v1", api_key: none } }
agents: { a: { provider: fake, instructions: Help. } }
`,
    },
    env: {},
    logger,
  });
}

function report(name, values, unit) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))].toFixed(3);
  console.log(
    `${name.padEnd(60)} p50 ${at(0.5)}  p95 ${at(0.95)}  p99 ${at(0.99)}  max ${at(1)} ${unit}  (${values.length})`,
  );
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(condition) {
  while (!condition()) await pause(1);
}

/** A server that talks for two seconds, is cut in on, and talks again. */
async function measureBargeIns() {
  const server = await FakeRealtimeServer.start();
  const delta = Buffer.alloc(4800).toString('base64');
  let peer;
  let turn = 0;
  const heard = new Map();
  server.onConnection(async (arrived) => {
    peer = arrived;
    peer.onEvent((event) => {
      if (event.type === 'session.update')
        peer.send({ type: 'session.updated', session: { id: 's', type: 'realtime' } });
      if (event.type === 'response.cancel') finish('cancelled');
      if (event.type === 'conversation.item.truncate') heard.set(event.item_id, event.audio_end_ms);
      if (event.type === 'conversation.item.delete') heard.set(event.item_id, 0);
    });
    peer.send({ type: 'session.created', session: { id: 's', type: 'realtime' } });
    await peer.closed;
  });
  const itemOf = (status) => ({
    id: `item_${turn}`,
    type: 'message',
    role: 'assistant',
    status,
    content: [],
  });
  const finish = (status) => {
    const response = { id: `resp_${turn}`, status, output: [itemOf('incomplete')] };
    peer.send({ type: 'response.done', response });
  };
  const talk = () => {
    turn += 1;
    const response_id = `resp_${turn}`;
    peer.send({ type: 'response.created', response: { id: response_id, status: 'in_progress', output: [] } });
    peer.send({
      type: 'response.output_item.added',
      response_id,
      output_index: 0,
      item: itemOf('in_progress'),
    });
    const place = { response_id, item_id: `item_${turn}`, output_index: 0, content_index: 0 };
    for (let at = 0; at < 20; at++) peer.send({ type: 'response.output_audio.delta', ...place, delta });
  };
  const antiphon = await agentsOn(server.origin);
  const sink = new RecordingSink({ sampleRateHz: 24_000, clock: systemClock });
  let arrivedAt;
  let flushedAt;
  const flush = sink.flush.bind(sink);
  sink.flush = () => {
    flush();
    flushedAt = performance.now();
  };
  const session = await antiphon.startSession({ sink });
  session.inspect(({ event }) => {
    if (event.event?.type === 'input_audio_buffer.speech_started') arrivedAt = performance.now();
  });
  session.sendText('Talk.');
  const [fromSent, fromSeen, told, heardDifference] = [[], [], [], []];
  for (let count = 0; count < bargeIns; count++) {
    talk();
    const item_id = `item_${turn}`;
    await until(() => sink.samplesOf(item_id).length >= 48_000);
    await pause(20 + Math.random() * 60);
    flushedAt = undefined;
    const user = `item_user_${turn}`;
    const sentAt = performance.now();
    peer.send({ type: 'input_audio_buffer.speech_started', audio_start_ms: turn, item_id: user });
    while (flushedAt === undefined) await new Promise(setImmediate);
    fromSent.push(flushedAt - sentAt);
    fromSeen.push((flushedAt - arrivedAt) * 1000);
    while (!heard.has(item_id)) await new Promise(setImmediate);
    told.push(performance.now() - sentAt);
    heardDifference.push(Math.abs(heard.get(item_id) - sink.playedMs(item_id)));
    peer.send({ type: 'input_audio_buffer.speech_stopped', audio_end_ms: turn, item_id: user });
    peer.send({ type: 'input_audio_buffer.committed', item_id: user, previous_item_id: null });
  }
  report('barge-in: speech_started sent by the server to local flush', fromSent, 'ms');
  report('barge-in: speech_started seen by the session to local flush', fromSeen, 'µs');
  report('barge-in: speech_started sent to truncate received', told, 'ms');
  report('barge-in: audio_end_ms against what the sink played', heardDifference, 'ms');
  await antiphon.close();
  await server.close();
}

/** A reset in the middle of an answer, each in a session of its own. */
async function measureGaps() {
  const server = await FakeRealtimeServer.start();
  const model = new RealtimeServerModel({ thinkMs: 20, pace: 2, msPerWord: 300 });
  model.otherwise().says('One two three four five six seven eight nine ten.');
  server.onConnection(model.script);
  const antiphon = await agentsOn(server.origin);
  const [idle, speaking, sound, third] = [[], [], [], []];
  for (let count = 0; count < resets; count++) {
    const sink = new RecordingSink({ sampleRateHz: 24_000, clock: systemClock });
    const session = await antiphon.startSession({ sink });
    let [changedAt, soundAt] = [undefined, undefined];
    session.observe('connection_changed', () => (changedAt = performance.now()));
    session.observe('audio_started', () => (soundAt = performance.now()));
    const reset = async () => {
      changedAt = undefined;
      soundAt = undefined;
      const at = performance.now();
      server.peers.at(-1).reset();
      await until(() => changedAt !== undefined);
      return { at, gap: changedAt - at };
    };
    if (count % 2 === 0) {
      idle.push((await reset()).gap);
    } else {
      session.sendText('Count.');
      await until(() => soundAt !== undefined);
      await pause(200);
      const { at, gap } = await reset();
      speaking.push(gap);
      await until(() => soundAt !== undefined);
      sound.push(soundAt - at);
    }
    // Breaks that follow each other are waited for longer.
    await reset();
    third.push((await reset()).gap);
    await session.close({ mode: 'cancel' });
  }
  report('reset to connection_changed: idle', idle, 'ms');
  report('reset to connection_changed: while the agent speaks', speaking, 'ms');
  report('reset to connection_changed: both', [...idle, ...speaking], 'ms');
  report('reset to connection_changed: the third within seconds', third, 'ms');
  report('reset to the first new sound: while the agent speaks', sound, 'ms');
  await antiphon.close();
  await server.close();
}

await measureBargeIns();
await measureGaps();
