// How long a session takes to be connected, up to the first session.updated, against a bare ws client that does the
// same over loopback, in both dialects. Run after a build:
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
  const [bare, ours] = [[], []];
  for (let round = -warmUp; round < rounds; round++) {
    // Neither always comes first.
    const measured = round % 2 === 0 ? [connectBare, connectOurs] : [connectOurs, connectBare];
    for (const connect of measured) {
      const ms = await connect({ url, update, antiphon });
      if (round >= 0) (connect === connectBare ? bare : ours).push(ms);
    }
  }
  await antiphon.close();
  const ratio = (share) => (at(ours, share) / at(bare, share)).toFixed(3);
  console.log(
    `connected, ${name.padEnd(8)} ours p50 ${at(ours, 0.5).toFixed(3)} p95 ${at(ours, 0.95).toFixed(3)} ms; ` +
      `bare ws p50 ${at(bare, 0.5).toFixed(3)} p95 ${at(bare, 0.95).toFixed(3)} ms; ratio p50 ${ratio(0.5)} p95 ${ratio(0.95)}  (${rounds} each)`,
  );
}

/** From nothing to `session.updated`, by a client that does no more. */
function connectBare({ url, update }) {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { perMessageDeflate: false, headers: { 'api-key': 'k' } });
    let ms;
    socket.on('message', (frame) => {
      const { type } = JSON.parse(frame.toString());
      if (type === 'session.created') socket.send(JSON.stringify(update));
      if (type !== 'session.updated') return;
      ms = performance.now() - began;
      socket.close(1000);
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(ms));
  });
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
