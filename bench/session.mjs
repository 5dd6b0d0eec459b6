// What a session costs per event at its start and after 2,000 turns, and what it keeps in memory. Run after a build:
//   node bench/session.mjs [turns]
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  defaultLimits,
  defaultReconnect,
  defaultTimeouts,
  initialState,
  SessionRunner,
  transition,
} from '../packages/core/dist/index.js';
import { createSessionCodec } from '../packages/runtime/build/audio/session-codec.js';
import { VirtualClock } from '../packages/testing/dist/index.js';

setFlagsFromString('--expose_gc');
const gc = runInNewContext('gc');

const turns = Number(process.argv[2] ?? 2000);
const rounds = 5;
const pieces = 12;
const pcm = { type: 'audio/pcm' };
const audio = new Uint8Array(4800);
const words = 'It is foggy in London this morning and will be so until noon at least '.split(' ');
const book = {
  name: 'book',
  onInterrupt: 'keep',
  start: 'now',
  reply: 'now',
  idempotent: false,
  filler: undefined,
};
const settings = {
  sessionId: 'sess_bench',
  agentName: 'a',
  agents: {
    a: {
      session: { type: 'realtime', instructions: 'Help.' },
      turnTaking: 'server_answers',
      interruptible: true,
      tools: [book],
      handoffs: {},
      greeting: undefined,
      idle: undefined,
      deadAir: undefined,
      resumeFalseInterruption: true,
      guards: { input: false, output: false },
    },
  },
  providers: [{ name: 'bench', voice: undefined, sessionLimitMs: undefined }],
  outputBytesPerMs: 48,
  responseRetries: 2,
  fallback: undefined,
  historyItems: 500,
  variables: {},
  limits: defaultLimits,
  reconnect: defaultReconnect,
  timeouts: defaultTimeouts,
  seed: 1,
};
const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** A speaker that plays when it is told to; a flush finds half of what it holds played. */
function slowSink() {
  let held = new Map();
  let report = () => {};
  const tell = (share) => {
    const parts = held;
    held = new Map();
    for (const [itemId, ms] of parts) report({ itemId, contentIndex: 0, playedMs: ms * share });
  };
  return {
    sampleRateHz: 24_000,
    write: ({ itemId, samples }) => held.set(itemId, (held.get(itemId) ?? 0) + samples.length / 24),
    endPart() {},
    flush: () => tell(0.5),
    play: () => tell(1),
    onProgress(listener) {
      report = listener;
    },
    close: async () => {},
  };
}

/** A server that keeps nothing. */
function benchServer() {
  const server = { handlers: undefined, asked: 0, outbox: [] };
  server.send = (event) =>
    server.handlers.onMessage({ kind: 'event', event: { event_id: 'event_bench', ...event } });
  server.provider = {
    name: 'bench',
    connect(_request, handlers) {
      server.handlers = handlers;
      return {
        bufferedBytes: 0,
        send: (event) => server.outbox.push(event),
        sendAudio() {},
        close: (code, reason) => queueMicrotask(() => handlers.onClose({ code, reason })),
      };
    },
    close: async () => {},
  };
  /** Answers what the client sent; requests for responses are counted. */
  server.settle = () => {
    for (let event = server.outbox.shift(); event; event = server.outbox.shift()) {
      if (event.type === 'session.update')
        server.send({ type: 'session.updated', session: { id: 's', type: 'realtime' } });
      if (event.type === 'response.create') server.asked += 1;
      if (event.type === 'response.cancel') server.cut = true;
      if (event.type === 'conversation.item.create') {
        const item = { status: 'completed', ...event.item };
        server.send({ type: 'conversation.item.added', previous_item_id: server.last, item });
        server.send({ type: 'conversation.item.done', previous_item_id: server.last, item });
        server.last = item.id;
      }
      if (event.type === 'conversation.item.truncate') {
        const { item_id, content_index, audio_end_ms } = event;
        server.send({ type: 'conversation.item.truncated', item_id, content_index, audio_end_ms });
      }
      if (event.type === 'conversation.item.delete') {
        server.send({ type: 'conversation.item.deleted', item_id: event.item_id });
      }
    }
  };
  return server;
}

function hear(server, turn) {
  const item_id = `item_user_${turn}`;
  server.send({ type: 'input_audio_buffer.speech_started', audio_start_ms: turn * 1000, item_id });
  server.settle();
  server.send({ type: 'input_audio_buffer.speech_stopped', audio_end_ms: turn * 1000 + 800, item_id });
  const previous_item_id = server.last ?? null;
  server.send({ type: 'input_audio_buffer.committed', item_id, previous_item_id });
  const item = {
    id: item_id,
    type: 'message',
    role: 'user',
    status: 'completed',
    content: [{ type: 'input_audio', transcript: null }],
  };
  server.send({ type: 'conversation.item.added', previous_item_id, item });
  server.send({ type: 'conversation.item.done', previous_item_id, item });
  server.last = item_id;
}

function understood(server, turn) {
  const place = { item_id: `item_user_${turn}`, content_index: 0 };
  const type = 'conversation.item.input_audio_transcription.completed';
  server.send({ type, ...place, transcript: `What is the weather like, asked for the ${turn}th time?` });
}

function speak(server, id) {
  const response_id = `resp_${id}`;
  const item_id = `item_${id}`;
  const place = { response_id, item_id, output_index: 0, content_index: 0 };
  const item = { id: item_id, type: 'message', role: 'assistant', status: 'in_progress', content: [] };
  server.send({ type: 'response.created', response: { id: response_id, status: 'in_progress', output: [] } });
  server.send({ type: 'response.output_item.added', response_id, output_index: 0, item });
  server.send({ type: 'conversation.item.added', previous_item_id: server.last, item });
  server.last = item_id;
  let transcript = '';
  for (let piece = 0; piece < pieces; piece++) {
    const delta = `${words[piece]} `;
    transcript += delta;
    server.send({ type: 'response.output_audio_transcript.delta', ...place, delta });
    server.handlers.onMessage({
      kind: 'audio',
      responseId: response_id,
      itemId: item_id,
      outputIndex: 0,
      contentIndex: 0,
      audio,
    });
  }
  const done = { ...item, status: 'completed', content: [{ type: 'output_audio', transcript }] };
  server.send({ type: 'response.output_audio.done', ...place });
  server.send({ type: 'response.output_audio_transcript.done', ...place, transcript });
  server.send({ type: 'conversation.item.done', previous_item_id: null, item: done });
  server.send({ type: 'response.output_item.done', response_id, output_index: 0, item: done });
  const response = { id: response_id, status: 'completed', output: [done], usage: { total_tokens: 0 } };
  server.send({ type: 'response.done', response });
  server.settle();
}

function call(server, id) {
  const response_id = `resp_call_${id}`;
  const item = {
    id: `item_call_${id}`,
    type: 'function_call',
    status: 'completed',
    call_id: `call_${id}`,
    name: 'book',
    arguments: '{"day":"Monday"}',
  };
  server.send({ type: 'response.created', response: { id: response_id, status: 'in_progress', output: [] } });
  server.send({
    type: 'response.output_item.added',
    response_id,
    output_index: 0,
    item: { ...item, status: 'in_progress' },
  });
  server.send({ type: 'conversation.item.added', previous_item_id: server.last, item });
  server.last = item.id;
  server.send({ type: 'response.output_item.done', response_id, output_index: 0, item });
  server.send({ type: 'response.done', response: { id: response_id, status: 'completed', output: [item] } });
  server.settle();
}

/** One session; `after` is told of each turn that is over. */
async function run(after, record) {
  const server = benchServer();
  const sink = slowSink();
  const clock = new VirtualClock();
  const outcome = {
    status: 'completed',
    arguments: {},
    output: { booked: true },
    outputText: '{"booked":true}',
    elapsedMs: 1,
  };
  const counts = { events: 0, created: 0, heard: 0 };
  const runner = new SessionRunner(settings, {
    providers: () => server.provider,
    tools: { specs: [], call: async () => outcome },
    source: undefined,
    sink,
    codec: createSessionCodec(pcm, pcm),
    clock,
    logger: silent,
  });
  runner.inspect(({ event }) => {
    counts.events += 1;
    record?.(event);
  });
  runner.dispatch({ type: 'session.start' });
  server.handlers.onOpen();
  server.send({ type: 'session.created', session: { id: 's', type: 'realtime' } });
  server.settle();
  for (let turn = 1; turn <= turns; turn++) {
    clock.advance(200);
    hear(server, turn);
    if (turn % 4 === 0) {
      call(server, turn);
      understood(server, turn);
      for (let wait = 0; wait < 50 && server.asked === counts.created; wait++) await Promise.resolve();
      server.settle();
      counts.created = server.asked;
      speak(server, `${turn}_told`);
    } else {
      speak(server, `${turn}`);
      understood(server, turn);
    }
    // Every fifth answer is cut by the turn that follows.
    if (turn % 5 !== 0) sink.play();
    server.settle();
    after(turn, counts, runner);
  }
  const { state } = runner;
  runner.dispatch({ type: 'session.close', mode: 'cancel', reason: 'over' });
  await runner.closed;
  return { state, counts };
}

function microseconds() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** Marks where the windows begin and end. */
const early = [100, 300];
const late = [turns - 200, turns];
const windows = {
  'turns 10 to 100': [10, 100],
  [`turns ${early.join(' to ')}`]: early,
  [`turns ${late.join(' to ')}`]: late,
};

function windowTimes() {
  const marks = new Map();
  return {
    mark: (turn, events) => {
      if (Object.values(windows).flat().includes(turn)) marks.set(turn, { at: microseconds(), events });
    },
    costs: () =>
      Object.values(windows).map(([from, to]) => {
        const [a, b] = [marks.get(from), marks.get(to)];
        return (b.at - a.at) / (b.events - a.events);
      }),
  };
}

function report(name, samples) {
  const costs = Object.keys(windows).map((_name, index) => median(samples.map((costs) => costs[index])));
  for (const [index, window] of Object.keys(windows).entries()) {
    console.log(`${`${name}: ${window}`.padEnd(46)} ${costs[index].toFixed(2)} µs of CPU per event`);
  }
  const ratios = samples.map((costs) => costs.at(-1) / costs[0]);
  console.log(`${`${name}: late / turns 10 to 100`.padEnd(46)} ${median(ratios).toFixed(3)}`);
  console.log(
    `${`${name}: late / ${early.join(' to ')}`.padEnd(46)} ${median(samples.map((c) => c.at(-1) / c[1])).toFixed(3)}`,
  );
}

/** The same twenty kinds of turns from a state near the start and from one near the end, by turns: both as warm. */
function reportSameTurns() {
  const stretches = [100, turns - 100].map((turn) => {
    const from = ends.find((end) => end.turn === turn).at;
    const to = ends.find((end) => end.turn === turn + 20).at;
    let state = initialState(settings);
    for (let at = 0; at < from; at++) [state] = transition(state, events[at]);
    return { state, events: events.slice(from, to), costs: [] };
  });
  for (let round = 0; round < 60; round++) {
    for (const { state: start, events: stretch, costs } of stretches) {
      const from = microseconds();
      for (let again = 0; again < 5; again++) {
        let state = start;
        for (const event of stretch) [state] = transition(state, event);
      }
      costs.push((microseconds() - from) / (5 * stretch.length));
    }
  }
  const [first, last] = stretches.map(({ costs }) => median(costs));
  console.log(
    `${'transition, both warm: after turn 100'.padEnd(46)} ${first.toFixed(2)} µs of CPU per event`,
  );
  console.log(
    `${`transition, both warm: after turn ${turns - 100}`.padEnd(46)} ${last.toFixed(2)} µs of CPU per event`,
  );
  console.log(`${'transition, both warm: late / early'.padEnd(46)} ${(last / first).toFixed(3)}`);
}

// The first session warms the compiler and is recorded for the transition on its own.
const events = [];
const ends = [];
await run(
  (turn) => ends.push({ turn, at: events.length }),
  (event) => events.push(event),
);
const whole = [];
for (let round = 0; round < rounds; round++) {
  const times = windowTimes();
  gc();
  await run((turn, counts) => times.mark(turn, counts.events));
  whole.push(times.costs());
}
report('runner', whole);

const bare = [];
for (let round = 0; round < rounds + 1; round++) {
  const times = windowTimes();
  gc();
  let state = initialState(settings);
  let at = 0;
  for (const end of ends) {
    for (; at < end.at; at++) [state] = transition(state, events[at]);
    times.mark(end.turn, at);
  }
  if (round > 0) bare.push(times.costs());
}
report('transition', bare);
reportSameTurns();
events.length = 0;
ends.length = 0;

const heap = new Map();
const { counts } = await run((turn) => {
  if (![100, 250, 500, 1000, 1500, turns].includes(turn)) return;
  gc();
  gc();
  heap.set(turn, process.memoryUsage().heapUsed / 1024);
});
for (const [turn, kib] of heap)
  console.log(`heap after turn ${String(turn).padStart(5)} ${kib.toFixed(0).padStart(30)} KiB`);
console.log(
  `heap growth, turn 100 to ${turns}: ${((heap.get(turns) - heap.get(100)) / 1024).toFixed(2)} MiB; 500 to ${turns}: ${((heap.get(turns) - heap.get(500)) / 1024).toFixed(2)} MiB`,
);
console.log(`${counts.events} events in ${turns} turns`);
