// How long a session takes to be connected, up to the first session.updated, against two bare ws clients that do the same
// over loopback, in both dialects: one sends its settings as soon as the socket is open, as a session does, the other waits
// for session.created first. They take turns, and the ratios are those of neighbours, so that whatever else the machine
// does concerns all of them. Then the same for the first sessions of a fresh process. Run after a build:
//   node bench/connect.mjs [rounds]
import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const { WebSocket, WebSocketServer } = createRequire(new URL('../packages/runtime/', import.meta.url))('ws');

const [mode, port, ...more] = process.argv.slice(2);
const rounds = Number(mode ?? 1_000) || 1_000;
const warmUp = 200;
const coldProcesses = 15;
const coldSessions = 40;
const instructions = 'You are the concierge of a small hotel. '.repeat(20);
const update = { type: 'session.update', session: sessionObject(false) };
const self = fileURLToPath(import.meta.url);
const providers = {
  GA: { entry: '', path: '/openai/v1/realtime?model=d' },
  preview: {
    entry: ', api_version: 2025-04-01-preview',
    path: '/openai/realtime?api-version=2025-04-01-preview&deployment=d',
  },
};

if (mode === 'server') serve();
else if (mode === 'cold') await beCold(port, ...more);
else await measure();

/** A server of its own process, so that its work is nobody's. */
function serve() {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  server.on('connection', (socket, request) => {
    const isBeta = request.url.includes('api-version');
    const session = sessionObject(isBeta);
    const say = (type) => socket.send(JSON.stringify({ type, event_id: 'event_1', session }));
    say('session.created');
    socket.on('message', (frame) => {
      if (JSON.parse(frame.toString()).type === 'session.update') say('session.updated');
    });
  });
  server.on('listening', () => process.send(server.address().port));
  process.on('disconnect', () => process.exit());
}

function sessionObject(isBeta) {
  const common = {
    id: 'sess_1',
    object: 'realtime.session',
    model: 'm',
    instructions,
    tools: [],
    tool_choice: 'auto',
  };
  const detection = { type: 'server_vad', threshold: 0.5, prefix_padding_ms: 300, silence_duration_ms: 500 };
  if (isBeta) {
    return {
      ...common,
      modalities: ['audio', 'text'],
      voice: 'alloy',
      input_audio_format: 'pcm16',
      output_audio_format: 'pcm16',
      turn_detection: detection,
      temperature: 0.8,
      max_response_output_tokens: 'inf',
    };
  }
  const format = { type: 'audio/pcm', rate: 24_000 };
  return {
    type: 'realtime',
    ...common,
    output_modalities: ['audio'],
    max_output_tokens: 'inf',
    audio: {
      input: { format, transcription: null, noise_reduction: null, turn_detection: detection },
      output: { format, voice: 'alloy', speed: 1 },
    },
  };
}

async function measure() {
  const child = fork(self, ['server']);
  const [serverPort] = await once(child, 'message');
  await compareWarm(serverPort);
  await compareCold(serverPort);
  child.disconnect();
}

/** Both dialects take turns as well: of two measured one after the other, the second meets a bare client that is faster by then. */
async function compareWarm(serverPort) {
  const dialects = await Promise.all(Object.keys(providers).map((name) => clientsOf(name, serverPort)));
  const clients = dialects.flatMap(({ ours, atOpen, waiting }) => [ours, atOpen, waiting]);
  for (let round = -warmUp; round < rounds; round++) {
    // None always comes first.
    for (let turn = 0; turn < clients.length; turn++) {
      const { connect, times } = clients.at((round + turn) % clients.length);
      const ms = await connect();
      if (round >= 0) times.push(ms);
    }
  }
  for (const { name, ours, atOpen, waiting, antiphon } of dialects) {
    await antiphon.close();
    const told = ({ times }) => `p50 ${at(times, 0.5).toFixed(3)} p95 ${at(times, 0.95).toFixed(3)} ms`;
    const ratio = ({ times }) => at(ratiosOf(ours.times, times), 0.5).toFixed(3);
    console.log(
      [
        `connected, ${name}: ours ${told(ours)}  (${rounds} each)`,
        `  bare ws that sends at open ${told(atOpen)}; ratio of neighbours p50 ${ratio(atOpen)}`,
        `  bare ws that waits for session.created ${told(waiting)}; ratio of neighbours p50 ${ratio(waiting)}`,
      ].join('\n'),
    );
  }
}

async function clientsOf(name, serverPort) {
  const { antiphon, connect } = await ourClient(name, serverPort);
  const url = `ws://127.0.0.1:${serverPort}${providers[name].path}`;
  return {
    name,
    antiphon,
    ours: { connect, times: [] },
    atOpen: { connect: bareClient(url, 'open'), times: [] },
    waiting: { connect: bareClient(url, 'session.created'), times: [] },
  };
}

/** The first sessions of fresh processes, ours and bare ones in turn. */
async function compareCold(serverPort) {
  const run = promisify(execFile);
  const found = { ours: [], bare: [] };
  for (let round = 0; round < coldProcesses; round++) {
    for (const who of round % 2 === 0 ? ['ours', 'bare'] : ['bare', 'ours']) {
      const { stdout } = await run(process.execPath, [self, 'cold', serverPort, who]);
      found[who].push(JSON.parse(stdout));
    }
  }
  const tell = (what, of) => {
    const [ours, bare] = [found.ours.map(of), found.bare.map(of)];
    const ratio = at(ratiosOf(ours, bare), 0.5).toFixed(2);
    console.log(
      `  ${what}: ours ${at(ours, 0.5).toFixed(2)}, bare ${at(bare, 0.5).toFixed(2)}, ratio of neighbours p50 ${ratio}`,
    );
  };
  console.log(`fresh processes, GA (${coldProcesses} each), p50:`);
  tell('ms of CPU until a session can be started', ({ readyCpuMs }) => readyCpuMs);
  tell('ms to be connected, session 1', ({ times }) => times[0]);
  for (const [from, to] of [
    [2, 5],
    [6, 20],
    [21, coldSessions],
  ]) {
    tell(`ms to be connected, sessions ${from} to ${to}`, ({ times }) => at(times.slice(from - 1, to), 0.5));
  }
}

async function beCold(serverPort, who) {
  const url = `ws://127.0.0.1:${serverPort}${providers.GA.path}`;
  const { antiphon, connect } =
    who === 'ours' ? await ourClient('GA', serverPort) : { connect: bareClient(url, 'open') };
  const { user, system } = process.cpuUsage();
  const times = [];
  for (let session = 0; session < coldSessions; session++) times.push(await connect());
  await antiphon?.close();
  process.stdout.write(JSON.stringify({ readyCpuMs: (user + system) / 1000, times }));
}

async function ourClient(dialect, serverPort) {
  const { createAntiphon } = await import('../packages/runtime/dist/index.js');
  const provider = `{ type: azure, endpoint: "ws://127.0.0.1:${serverPort}", deployment: d, api_key: k${providers[dialect].entry} }`;
  const antiphon = await createAntiphon({
    config: {
      file: 'agents.yaml',
      text: `version: 1\nproviders: { p: ${provider} }\nagents: { a: { provider: p, instructions: "${instructions}", voice: marin } }\n`,
    },
    env: {},
    logger: { debug() {}, info() {}, warn() {}, error: console.error },
  });
  const connect = async () => {
    const began = performance.now();
    const session = await antiphon.startSession();
    const ms = performance.now() - began;
    await session.close({ mode: 'cancel' });
    return ms;
  };
  return { antiphon, connect };
}

/** From nothing to `session.updated`, by a client that does no more. `cue`: what it sends its settings after. */
function bareClient(url, cue) {
  return () => {
    const began = performance.now();
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url, { perMessageDeflate: false, headers: { 'api-key': 'k' } });
      let ms;
      const send = () => socket.send(JSON.stringify(update));
      if (cue === 'open') socket.on('open', send);
      socket.on('message', (frame) => {
        const { type } = JSON.parse(frame.toString());
        if (type === cue) send();
        if (type !== 'session.updated') return;
        ms = performance.now() - began;
        socket.close(1000);
      });
      socket.on('error', reject);
      socket.on('close', () => resolve(ms));
    });
  };
}

function ratiosOf(ours, bare) {
  return ours.map((ms, round) => ms / bare[round]);
}

function at(values, share) {
  return values.toSorted((a, b) => a - b)[Math.floor(share * values.length)];
}
