// What sound costs a client, against a bare ws client that does the same over loopback with a server in a process of its own:
//   in        CPU per minute of the user's voice, read in frames of 20 ms and of 100 ms
//   out       CPU per delta of the agent's voice, 100 ms each, played at once
//   barge-in  from the server's `speech_started` until the loudspeaker is told to stop, and until the truncation is there
// The two take turns in short batches, and the ratios are those of neighbours. Run after a build:
//   node bench/voice.mjs [batches]
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { BenchSource, benchRuntime } from './bench-session.mjs';

const { WebSocket, WebSocketServer } = createRequire(new URL('../packages/runtime/', import.meta.url))('ws');

const warmUpBatches = 6;
const samplesPerMs = 24;
const inMs = 6_000;
const deltas = 200;
const rounds = 40;
const voice = Int16Array.from({ length: 100 * samplesPerMs }, (_, at) => (at * 31) % 8_000);
const base64 = (samples) =>
  Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength).toString('base64');
/** The same in both processes. */
const nowMs = () => performance.timeOrigin + performance.now();

/** Told `{ client, task }`, it does that with the client, and tells when it is done. */
function serve() {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  const peers = new Map();
  server.on('connection', (socket, request) => {
    peers.set(request.headers.authorization?.endsWith('bare') ? 'bare' : 'ours', new Peer(socket));
  });
  process.on('message', ({ client, task, name, bytes }) => peers.get(client)[task](name, bytes));
  process.on('disconnect', () => process.exit());
  server.on('listening', () => process.send(server.address().port));
}

class Peer {
  #socket;
  #awaitedBytes = Number.POSITIVE_INFINITY;
  #heardBytes = 0;
  #begin = () => {};
  #spokenAtMs = 0;
  #truncatedMs = [];

  constructor(socket) {
    this.#socket = socket;
    this.#say({ type: 'session.created', session: { id: 'sess_1', type: 'realtime' } });
    socket.on('message', (frame) => this.#hear(JSON.parse(frame.toString())));
  }

  /** Waits for so much sound. */
  listen(_name, bytes) {
    this.#awaitedBytes = bytes;
    this.#heardBytes = 0;
    process.send('listening');
  }

  /** One answer of many deltas. */
  speak(name) {
    const frames = this.#answer(name, deltas);
    for (const frame of frames) this.#socket.send(frame);
    const item = messageItem(name, 'completed');
    const place = { response_id: `resp_${name}`, item_id: item.id, output_index: 0, content_index: 0 };
    this.#say({ type: 'response.output_audio.done', ...place });
    this.#say({ type: 'response.output_item.done', response_id: place.response_id, output_index: 0, item });
    this.#say({
      type: 'response.done',
      response: { id: place.response_id, status: 'completed', output: [item] },
    });
  }

  /** Answers that are cut, one after the other. */
  beCut(name) {
    this.#truncatedMs = [];
    let round = 0;
    this.#begin = () => {
      if (round === rounds) return process.send(this.#truncatedMs);
      round += 1;
      for (const frame of this.#answer(`${name}_${round}`, 5)) this.#socket.send(frame);
      setTimeout(() => {
        this.#spokenAtMs = nowMs();
        this.#say({
          type: 'input_audio_buffer.speech_started',
          audio_start_ms: 0,
          item_id: `user_${name}_${round}`,
        });
      }, 4);
    };
    this.#cut = () => {
      this.#truncatedMs.push([this.#spokenAtMs, nowMs()]);
      const item = messageItem(`${name}_${round}`, 'incomplete');
      const id = `user_${name}_${round}`;
      this.#say({
        type: 'conversation.item.truncated',
        item_id: item.id,
        content_index: 0,
        audio_end_ms: 100,
      });
      this.#say({
        type: 'response.done',
        response: { id: `resp_${name}_${round}`, status: 'cancelled', output: [item] },
      });
      this.#say({ type: 'input_audio_buffer.speech_stopped', audio_end_ms: 1, item_id: id });
      this.#say({ type: 'input_audio_buffer.committed', item_id: id, previous_item_id: item.id });
      setTimeout(this.#begin, 1);
    };
    this.#begin();
  }

  #cut = () => {};

  #hear(event) {
    if (event.type === 'session.update') {
      this.#say({ type: 'session.updated', session: { id: 'sess_1', type: 'realtime' } });
    } else if (event.type === 'conversation.item.truncate') {
      this.#cut();
    } else if (event.type === 'input_audio_buffer.append') {
      this.#heardBytes += Buffer.byteLength(event.audio, 'base64');
      if (this.#heardBytes < this.#awaitedBytes) return;
      this.#awaitedBytes = Number.POSITIVE_INFINITY;
      process.send('heard');
    }
  }

  #answer(name, count) {
    const response_id = `resp_${name}`;
    const item = messageItem(name, 'in_progress');
    const place = { response_id, item_id: item.id, output_index: 0, content_index: 0 };
    const delta = {
      type: 'response.output_audio.delta',
      event_id: 'event_1',
      ...place,
      delta: base64(voice),
    };
    const begin = [
      { type: 'response.created', response: { id: response_id, status: 'in_progress', output: [] } },
      { type: 'response.output_item.added', response_id, output_index: 0, item },
      { type: 'conversation.item.added', previous_item_id: null, item },
    ].map((event) => JSON.stringify({ event_id: 'event_1', ...event }));
    return [...begin, ...Array.from({ length: count }, () => JSON.stringify(delta))];
  }

  #say(event) {
    this.#socket.send(JSON.stringify({ event_id: 'event_1', ...event }));
  }
}

function messageItem(name, status) {
  return { id: `item_${name}`, type: 'message', role: 'assistant', status, content: [] };
}

async function measure(batches) {
  const child = fork(fileURLToPath(import.meta.url), ['server']);
  const [port] = await once(child, 'message');
  const clients = { ours: await connectOurs(port), bare: await connectBare(port) };
  for (const frameMs of [20, 100]) await compareIn(child, clients, batches, frameMs);
  await compareOut(child, clients, batches);
  await compareCuts(child, clients, Math.ceil(batches / 3));
  for (const client of Object.values(clients)) await client.close();
  child.disconnect();
}

/** Lets the two take turns; `run` gives the figures of one batch by name. */
async function inTurn(batches, run) {
  const found = { ours: [], bare: [] };
  for (let batch = -warmUpBatches; batch < batches; batch++) {
    for (const client of batch % 2 === 0 ? ['ours', 'bare'] : ['bare', 'ours']) {
      const figures = await run(client, `${client}_${batch + warmUpBatches}`);
      if (batch >= 0) found[client].push(figures);
    }
  }
  return (figure, digits) => {
    const [a, b] = [found.ours, found.bare].map((all) => all.map((figures) => figures[figure]));
    const ratio = median(a.map((value, at) => value / b[at]));
    return `ours ${median(a).toFixed(digits)}, bare ${median(b).toFixed(digits)}, ratio of neighbours ${ratio.toFixed(2)}`;
  };
}

async function compareIn(child, clients, batches, frameMs) {
  const frame = voice.subarray(0, frameMs * samplesPerMs);
  const bytes = inMs * samplesPerMs * 2;
  const tell = await inTurn(batches, async (client) => {
    child.send({ client, task: 'listen', bytes });
    await once(child, 'message');
    const heard = once(child, 'message');
    const from = cpuMs();
    for (let atMs = 0; atMs < inMs; atMs += frameMs) {
      clients[client].hear(frame);
      // Every 20 ms of sound wake the process, as a microphone does.
      await new Promise(setImmediate);
    }
    await heard;
    return { seconds: ((cpuMs() - from) / 1000) * (60_000 / inMs) };
  });
  console.log(`in, frames of ${frameMs} ms, CPU s per minute: ${tell('seconds', 3)}`);
}

async function compareOut(child, clients, batches) {
  const tell = await inTurn(batches, async (client, name) => {
    const from = cpuMs();
    const done = clients[client].answered();
    child.send({ client, task: 'speak', name: `out_${name}` });
    await done;
    return { micros: ((cpuMs() - from) * 1000) / deltas };
  });
  console.log(`out, deltas of 100 ms, CPU µs per delta: ${tell('micros', 1)}`);
}

async function compareCuts(child, clients, batches) {
  const tell = await inTurn(batches, async (client, name) => {
    const stops = clients[client].holdSound();
    child.send({ client, task: 'beCut', name: `cut_${name}` });
    const [cuts] = await once(child, 'message');
    clients[client].playAtOnce();
    const flush = median(cuts.map(([fromMs], round) => (stops[round] - fromMs) * 1000));
    return { flush, truncate: median(cuts.map(([fromMs, toMs]) => (toMs - fromMs) * 1000)) };
  });
  console.log(`barge-in, µs until the loudspeaker stops: ${tell('flush', 0)}`);
  console.log(`barge-in, µs until the truncation is there: ${tell('truncate', 0)}`);
}

/** A loudspeaker that plays at once, or holds what it is given; it remembers when it was stopped. */
class BenchSink {
  sampleRateHz = 24_000;
  #listener = () => {};
  #held;
  #stops = [];

  onProgress(listener) {
    this.#listener = listener;
  }

  hold() {
    this.#stops = [];
    this.#held = new Map();
    return this.#stops;
  }

  play() {
    this.#held = undefined;
  }

  write({ itemId, contentIndex, samples }) {
    const playedMs = (this.#played.get(itemId) ?? 0) + samples.length / samplesPerMs;
    this.#played.set(itemId, playedMs);
    if (this.#held === undefined) this.#listener({ itemId, contentIndex, playedMs });
    else this.#held.set(itemId, contentIndex);
  }

  #played = new Map();

  endPart() {}

  flush() {
    this.#stops.push(nowMs());
    for (const [itemId, contentIndex] of this.#held ?? [])
      this.#listener({ itemId, contentIndex, playedMs: 100 });
    this.#held?.clear();
  }

  async close() {}
}

async function connectOurs(port) {
  const antiphon = await benchRuntime(port);
  const sink = new BenchSink();
  const microphone = new BenchSource();
  const session = await antiphon.startSession({ sink, source: microphone });
  let onAnswered = () => {};
  session.observe('response_done', () => onAnswered());
  return {
    hear: (samples) => microphone.push(samples),
    answered: () => new Promise((resolve) => (onAnswered = resolve)),
    holdSound: () => sink.hold(),
    playAtOnce: () => sink.play(),
    close: () => antiphon.close(),
  };
}

/** What a client of this protocol cannot do without. */
async function connectBare(port) {
  const headers = { Authorization: 'Bearer bare' };
  const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/realtime`, { perMessageDeflate: false, headers });
  const send = (event) => socket.send(JSON.stringify(event));
  let stops = [];
  let playing;
  let onAnswered = () => {};
  socket.on('message', (frame) => {
    const event = JSON.parse(frame.toString());
    switch (event.type) {
      case 'response.output_audio.delta': {
        const bytes = Buffer.from(event.delta, 'base64');
        playing = {
          id: event.item_id,
          samples: new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2),
        };
        break;
      }
      case 'input_audio_buffer.speech_started':
        stops.push(nowMs());
        send({
          type: 'conversation.item.truncate',
          item_id: playing.id,
          content_index: 0,
          audio_end_ms: 100,
        });
        break;
      case 'response.done':
        onAnswered();
        break;
      default:
    }
  });
  await once(socket, 'open');
  return {
    hear: (samples) => send({ type: 'input_audio_buffer.append', audio: base64(samples) }),
    answered: () => new Promise((resolve) => (onAnswered = resolve)),
    holdSound: () => (stops = []),
    playAtOnce: () => {},
    close: async () => socket.close(),
  };
}

function cpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

if (process.argv[2] === 'server') serve();
else await measure(Number(process.argv[2] ?? 30));
