// What decoding and encoding cost per event, against a floor of JSON.parse, a switch and Buffer. Run after a build:
//   node bench/codec.mjs
import { decodeServerEvent, encodeAudioAppend, validateClientEvent } from '../packages/core/dist/index.js';

const rounds = 7;
const perRound = 20_000;
const pcm100ms = Buffer.from(Uint8Array.from({ length: 4800 }, (_, index) => (index * 31) & 0xff));
const place = {
  response_id: 'resp_AAAAAAAAAAAAAAAAAAAAA',
  item_id: 'item_AAAAAAAAAAAAAAAAAAAAA',
  output_index: 0,
};
const audioDelta = JSON.stringify({
  type: 'response.output_audio.delta',
  event_id: 'event_AAAAAAAAAAAAAAAAAAAAA',
  ...place,
  content_index: 0,
  delta: pcm100ms.toString('base64'),
});
const textDelta = JSON.stringify({
  type: 'response.output_text.delta',
  event_id: 'event_AAAAAAAAAAAAAAAAAAAAA',
  ...place,
  content_index: 0,
  delta: ' London',
  obfuscation: 'r44RjeRuC',
});
const message = { id: place.item_id, type: 'message', status: 'completed', role: 'assistant' };
const itemDone = JSON.stringify({
  type: 'conversation.item.done',
  event_id: 'event_AAAAAAAAAAAAAAAAAAAAA',
  previous_item_id: null,
  item: { ...message, content: [{ type: 'output_audio', transcript: 'It is foggy in London.' }] },
});
const append = { type: 'input_audio_buffer.append', audio: pcm100ms.toString('base64') };

let sink = 0;

const cases = {
  'audio delta, 100 ms: floor': () => {
    const event = JSON.parse(audioDelta);
    sink += event.type === 'response.output_audio.delta' ? Buffer.from(event.delta, 'base64').length : 0;
  },
  'audio delta, 100 ms: decodeServerEvent': () => {
    const result = decodeServerEvent(audioDelta);
    sink += result.kind === 'audio' ? result.audio.length : 0;
  },
  'text delta: floor': () => {
    sink += JSON.parse(textDelta).delta.length;
  },
  'text delta: decodeServerEvent': () => {
    sink += decodeServerEvent(textDelta).event.delta.length;
  },
  'item done: floor': () => {
    sink += JSON.parse(itemDone).item.content.length;
  },
  'item done: decodeServerEvent': () => {
    sink += decodeServerEvent(itemDone).event.item.content.length;
  },
  'append, 100 ms: floor': () => {
    sink += JSON.stringify({ type: 'input_audio_buffer.append', audio: pcm100ms.toString('base64') }).length;
  },
  'append, 100 ms: encodeAudioAppend': () => {
    sink += encodeAudioAppend(pcm100ms).length;
  },
  'append, 100 ms: validateClientEvent': () => {
    sink += validateClientEvent(append).ok ? 1 : 0;
  },
};

function microsecondsPerCall(run) {
  const start = process.cpuUsage();
  for (let call = 0; call < perRound; call++) {
    run();
  }
  const { user, system } = process.cpuUsage(start);
  return (user + system) / perRound;
}

// Rounds are interleaved so that a slow moment of the machine meets every case.
const samples = new Map(Object.keys(cases).map((name) => [name, []]));
for (let round = 0; round < rounds; round++) {
  for (const [name, run] of Object.entries(cases)) {
    samples.get(name).push(microsecondsPerCall(run));
  }
}
for (const [name, values] of samples) {
  const median = values.toSorted((a, b) => a - b)[Math.floor(rounds / 2)];
  console.log(`${name.padEnd(42)} ${median.toFixed(2)} µs`);
}
if (sink === 0) {
  throw new Error('nothing was measured');
}
