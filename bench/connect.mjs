// How long a session takes to be connected, up to the first session.updated, against two bare ws clients that do the same
// over loopback, in both dialects: one sends its settings as soon as the socket is open, as a session does, the other waits
// for session.created first. Run after a build:
//   node bench/connect.mjs
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { createAntiphon } from '../packages/runtime/dist/index.js';

const { WebSocket, WebSocketServer } = createRequire(new URL('../packages/runtime/', import.meta.url))('ws');

const rounds = 1_000;
const warmUp = 200;
const instructions = 'You are the concierge of a small hotel. '.repeat(20);

if (process.argv[2] === 'server') serve();
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
  const child = fork(fileURLToPath(import.meta.url), ['server']);
  const [port] = await once(child, 'message');
  const origin = `ws://127.0.0.1:${port}`;
  for (const [name, provider, path] of [
    [
      'GA',
      `{ type: azure, endpoint: "${origin}", deployment: d, api_key: k }`,
      '/openai/v1/realtime?model=d',
    ],
    [
      'preview',
      `{ type: azure, endpoint: "${origin}", deployment: d, api_key: k, api_version: 2025-04-01-preview }`,
      '/openai/realtime?api-version=2025-04-01-preview&deployment=d',
    ],
  ]) {
    await compare(name, provider, `${origin}${path}`);
  }
  child.disconnect();
}

async function compare(name, provider, url) {
  const antiphon = await createAntiphon({
    config: {
      file: 'agents.yaml',
      text: `version: 1\nproviders: { p: ${provider} }\nagents: { a: { provider: p, instructions: "${instructions}", voice: marin } }\n`,
    },
    env: {},
    logger: { debug() {}, info() {}, warn() {}, error: console.error },
  });
  const update = { type: 'session.update', session: sessionObject(false) };
  const clients = { ours: connectOurs, atOpen: connectBare('open'), waiting: connectBare('session.created') };
  const times = { ours: [], atOpen: [], waiting: [] };
  const names = Object.keys(clients);
  for (let round = -warmUp; round < rounds; round++) {
    // None always comes first.
    for (let turn = 0; turn < names.length; turn++) {
      const client = names.at((round + turn) % names.length);
      const ms = await clients[client]({ url, update, antiphon });
      if (round >= 0) times[client].push(ms);
    }
  }
  await antiphon.close();
  const shares = (client) =>
    `p50 ${at(times[client], 0.5).toFixed(3)} p95 ${at(times[client], 0.95).toFixed(3)} ms`;
  const ratio = (client) =>
    `ratio p50 ${(at(times.ours, 0.5) / at(times[client], 0.5)).toFixed(3)} p95 ${(at(times.ours, 0.95) / at(times[client], 0.95)).toFixed(3)}`;
  console.log(
    [
      `connected, ${name}: ours ${shares('ours')}  (${rounds} each)`,
      `  bare ws that sends at open ${shares('atOpen')}; ${ratio('atOpen')}`,
      `  bare ws that waits for session.created ${shares('waiting')}; ${ratio('waiting')}`,
    ].join('\n'),
  );
}

/** From nothing to `session.updated`, by a client that does no more. `cue`: what it sends its settings after. */
function connectBare(cue) {
  return ({ url, update }) => {
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

async function connectOurs({ antiphon }) {
  const began = performance.now();
  const session = await antiphon.startSession();
  const ms = performance.now() - began;
  await session.close({ mode: 'cancel' });
  return ms;
}

function at(values, share) {
  return values.toSorted((a, b) => a - b)[Math.floor(share * values.length)];
}
