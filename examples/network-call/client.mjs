// Calls examples/network-call/server.mjs, waits to be greeted, says what is in a WAV file, and writes what was heard into another.
//
//   node examples/network-call/client.mjs question.wav answer.wav
import { createSocket } from 'node:dgram';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  concatSamples,
  downmixToMono,
  encodeWav,
  floatToInt16,
  JitterBuffer,
  linkMessageFromBytes,
  linkMessageToBytes,
  resample,
} from '@antiphon/audio';
import { readWavFile } from '@antiphon/audio/node';

const sampleRateHz = 16_000;
const packetMs = 20;
const packetLength = (sampleRateHz * packetMs) / 1000;

/**
 * Waits to be greeted, says `samples`, listens to the answer, and hangs up: all that was heard.
 *
 * @param {object} options
 * @param {number} options.port
 * @param {Int16Array} options.samples
 * @param {number} [options.replyMs] how long it waits for an answer
 */
export async function placeCall({ port, samples, replyMs = 3000 }) {
  const socket = createSocket('udp4');
  const buffer = new JitterBuffer({ sampleRateHz });
  /** @type {Int16Array[]} */
  const heard = [];
  const startMs = performance.now();
  let quietSinceMs = Number.POSITIVE_INFINITY; // nobody has picked up
  let position = 0;
  let said = 0;

  /** @param {import('@antiphon/audio').LinkMessage} message */
  const send = (message) => socket.send(linkMessageToBytes(message), port, '127.0.0.1');
  const quietMs = () => performance.now() - quietSinceMs;

  socket.on('message', (bytes) => {
    const message = linkMessageFromBytes(bytes);
    if (message?.type === 'audio') buffer.push(message, performance.now());
    if (message?.type === 'clear') buffer.clear(message.position);
    quietSinceMs = performance.now();
  });

  // A telephone: every 20 ms it plays a frame, says how far it has played, and sends one.
  for (let ticks = 1; said < samples.length || quietMs() < replyMs; ticks++) {
    heard.push(buffer.take(packetLength, performance.now()));
    if (buffer.position !== undefined) send({ type: 'played', position: buffer.position });
    const frame = new Int16Array(packetLength);
    if (said > 0 || quietMs() > 800) {
      frame.set(samples.subarray(said, said + packetLength));
      said += packetLength;
      if (said < samples.length) quietSinceMs = performance.now();
    }
    send({ type: 'audio', position, samples: frame });
    position += packetLength;
    await new Promise((resolve) => setTimeout(resolve, startMs + ticks * packetMs - performance.now()));
  }
  socket.close();
  return { heard: concatSamples(heard, new Int16Array(0)), counts: buffer.counts };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [question = '', answer = 'answer.wav'] = process.argv.slice(2);
  const wav = await readWavFile(question);
  const mono = downmixToMono(wav.samples, wav.channels);
  const samples = floatToInt16(resample(mono, { fromHz: wav.sampleRateHz, toHz: sampleRateHz }));
  const { heard, counts } = await placeCall({ port: Number(process.env['PORT'] ?? 5004), samples });
  await writeFile(answer, encodeWav(heard, { sampleRateHz, channels: 1 }));
  console.log(`Wrote ${answer}; the way here: ${JSON.stringify(counts)}`);
}
