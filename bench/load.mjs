// Many sessions in one process, with sound both ways in real time, against as many bare ws clients: CPU of a core and
// resident memory per session, and how late the event loop runs. Server and clients are processes of their own, and the
// clients take turns. Run after a build:
//   node bench/load.mjs [sessions] [seconds] [rounds]
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BenchSource, benchRuntime } from './bench-session.mjs';

const { WebSocket, WebSocketServer } = createRequire(new URL('../packages/runtime/', import.meta.url))('ws');

const self = fileURLToPath(import.meta.url);
const chunkMs = 100;
const settleMs = 3_000;
const voice = Int16Array.from({ length: 24 * chunkMs }, (_, at) => (at * 31) % 8_000);
const base64 = (samples) =>
  Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength).toString('base64');
const session = { id: 'sess_1', type: 'realtime' };
const place = { response_id: 'resp_1', item_id: 'item_1', output_index: 0, content_index: 0 };
const item = { id: 'item_1', type: 'message', role: 'assistant', status: 'in_progress', content: [] };

const [mode, ...more] = process.argv.slice(2);

/** Every session is told an answer that does not end. */
function serve() {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  const talking = new Set();
  const delta = JSON.stringify({
    type: 'response.output_audio.delta',
    event_id: 'e',
    ...place,
    delta: base64(voice),
  });
  server.on('connection', (socket) => {
    const say = (event) => socket.send(JSON.stringify({ event_id: 'e', ...event }));
    say({ type: 'session.created', session });
    socket.on('message', (frame) => {
      if (talking.has(socket) || JSON.parse(frame.toString()).type !== 'session.update') return;
      say({ type: 'session.updated', session });
      say({ type: 'response.created', response: { id: 'resp_1', status: 'in_progress', output: [] } });
      say({ type: 'response.output_item.added', response_id: 'resp_1', output_index: 0, item });
      talking.add(socket);
    });
    socket.on('close', () => talking.delete(socket));
  });
  setInterval(() => {
    for (const socket of talking) socket.send(delta);
  }, chunkMs);
  process.on('disconnect', () => process.exit());
  server.on('listening', () => process.send(server.address().port));
}

/** So many sessions for so long; tells the figures of one. */
async function client(who, port, count, seconds) {
  const open = who === 'ours' ? await ours(port) : bare(port);
  globalThis.gc?.();
  const residentBefore = process.memoryUsage().rss;
  const sessions = [];
  for (let at = 0; at < count; at++) sessions.push(await open());
  setInterval(() => {
    for (const { hear } of sessions) hear(voice);
  }, chunkMs);
  await pause(settleMs);
  const lag = monitorEventLoopDelay({ resolution: 1 });
  lag.enable();
  const [from, startedMs] = [cpuMs(), performance.now()];
  const heardBefore = sessions.reduce((sum, { counts }) => sum + counts.deltas, 0);
  await pause(seconds * 1000);
  const heard = sessions.reduce((sum, { counts }) => sum + counts.deltas, 0) - heardBefore;
  const elapsedMs = performance.now() - startedMs;
  process.send({
    cpu: ((cpuMs() - from) / elapsedMs / count) * 100,
    mib: (process.memoryUsage().rss - residentBefore) / 1024 / 1024 / count,
    lagMs: lag.percentile(99) / 1e6,
    heard: (heard * chunkMs) / elapsedMs / count,
  });
  process.disconnect();
  process.exit();
}

async function ours(port) {
  const antiphon = await benchRuntime(port);
  return async () => {
    const counts = { deltas: 0 };
    const source = new BenchSource();
    await antiphon.startSession({ source, sink: benchSink(counts) });
    return { counts, hear: (samples) => source.push(samples) };
  };
}

/** A loudspeaker that tells at each delta that the one before was played. */
function benchSink(counts) {
  let listener = () => {};
  return {
    sampleRateHz: 24_000,
    write({ itemId, contentIndex }) {
      listener({ itemId, contentIndex, playedMs: counts.deltas * chunkMs });
      counts.deltas += 1;
    },
    endPart() {},
    flush() {},
    onProgress: (given) => {
      listener = given;
    },
    close: async () => {},
  };
}

/** What a client of this protocol cannot do without. */
function bare(port) {
  return async () => {
    const counts = { deltas: 0, last: undefined };
    const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/realtime`, { perMessageDeflate: false });
    socket.on('message', (frame) => {
      const event = JSON.parse(frame.toString());
      if (event.type !== 'response.output_audio.delta') return;
      const bytes = Buffer.from(event.delta, 'base64');
      counts.last = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
      counts.deltas += 1;
    });
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'session.update', session: { type: 'realtime' } }));
    const hear = (samples) =>
      socket.send(JSON.stringify({ type: 'input_audio_buffer.append', audio: base64(samples) }));
    return { counts, hear };
  };
}

async function measure(count = 200, seconds = 8, rounds = 3) {
  const server = fork(self, ['server']);
  const [port] = await once(server, 'message');
  const found = { ours: [], bare: [] };
  for (let round = 0; round < rounds; round++) {
    for (const who of round % 2 === 0 ? ['ours', 'bare'] : ['bare', 'ours']) {
      const child = fork(self, ['client', who, port, count, seconds], { execArgv: ['--expose-gc'] });
      const [figures] = await once(child, 'message');
      found[who].push(figures);
      await once(child, 'exit');
    }
  }
  server.disconnect();
  const tell = (figure, digits) => {
    const [a, b] = ['ours', 'bare'].map((who) => median(found[who].map((figures) => figures[figure])));
    return `ours ${a.toFixed(digits)}, bare ${b.toFixed(digits)}, ratio ${(a / b).toFixed(2)}`;
  };
  console.log(
    [
      `${count} sessions, ${rounds} processes each:`,
      `  % of a core per session: ${tell('cpu', 3)}`,
      `  event loop, p99 of how late, ms: ${tell('lagMs', 1)}`,
      `  resident MiB per session: ${tell('mib', 3)}`,
      `  share of the sound that was there in time: ${tell('heard', 2)}`,
    ].join('\n'),
  );
}

function cpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

if (mode === 'server') serve();
else if (mode === 'client') await client(more[0], more[1], Number(more[2]), Number(more[3]));
else await measure(...[mode, ...more].filter((value) => value !== undefined).map(Number));
