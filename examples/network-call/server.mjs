// An agent that answers calls over UDP: packets of 16 kHz sound, which may come late, twice, in another order or never.
//
//   node examples/network-call/server.mjs
//   node examples/network-call/client.mjs examples/questions/1-time-in-tokyo.wav answer.wav
//
// Whoever can send to the port can talk to the agent: put your own check of who calls before it.
import { createSocket } from 'node:dgram';
import { fileURLToPath } from 'node:url';
import { linkMessageFromBytes, linkMessageToBytes, PacketSink, PacketSource } from '@antiphon/audio';
import { createAntiphon, systemClock } from '@antiphon/runtime';

export const sampleRateHz = 16_000;
/** A caller from whom nothing came for this long has hung up. */
const goneAfterMs = 5_000;

/**
 * @typedef {object} Call
 * @property {PacketSource} source
 * @property {PacketSink} sink
 * @property {AbortController} over
 * @property {number} lastSeenMs
 */

/**
 * Answers calls until it is closed; whoever sends a first packet has called.
 *
 * @param {object} options
 * @param {import('@antiphon/runtime').Antiphon} options.antiphon
 * @param {number} [options.port]
 * @param {(line: string) => void} [options.log]
 */
export async function answerCalls({ antiphon, port = 0, log = console.log }) {
  const socket = createSocket('udp4');
  /** @type {Map<string, Call>} */
  const calls = new Map();

  socket.on('message', (bytes, { address, port: callerPort }) => {
    const message = linkMessageFromBytes(bytes);
    if (message === undefined) return;
    const key = `${address}:${callerPort}`;
    const call =
      calls.get(key) ?? pickUp(key, (reply) => socket.send(linkMessageToBytes(reply), callerPort, address));
    call.lastSeenMs = systemClock.nowMs();
    if (message.type === 'audio') call.source.push(message);
    if (message.type === 'played') call.sink.played(message.position);
  });

  /**
   * @param {string} key
   * @param {(message: import('@antiphon/audio').LinkMessage) => void} send
   * @returns {Call}
   */
  function pickUp(key, send) {
    const source = new PacketSource({ clock: systemClock, sampleRateHz });
    const sink = new PacketSink({ clock: systemClock, sampleRateHz, send });
    const call = { source, sink, over: new AbortController(), lastSeenMs: 0 };
    calls.set(key, call);
    talk(call)
      .catch((error) => log(`${key}: ${error instanceof Error ? error.message : String(error)}`))
      .finally(() => {
        calls.delete(key);
        log(`${key} is over. From there: ${JSON.stringify(source.counts)}`);
        log(`To there: ${JSON.stringify(sink.counts)}`);
      });
    return call;
  }

  /** @param {Call} call */
  async function talk({ source, sink, over }) {
    const session = await antiphon.startSession({ source, sink, signal: over.signal });
    session.observe('transcript', ({ role, text, final }) => {
      if (final) log(`${role}: ${text}`);
    });
    await new Promise((resolve) => session.observe('closed', resolve));
  }

  const watch = setInterval(() => {
    const now = systemClock.nowMs();
    for (const { over, lastSeenMs } of calls.values()) if (now - lastSeenMs > goneAfterMs) over.abort();
  }, 1000);
  await new Promise((resolve) => socket.bind(port, '127.0.0.1', () => resolve(undefined)));
  return {
    port: socket.address().port,
    close: async () => {
      clearInterval(watch);
      for (const { over } of calls.values()) over.abort();
      await antiphon.close();
      socket.close();
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const antiphon = await createAntiphon({ config: fileURLToPath(new URL('agents.yaml', import.meta.url)) });
  const { port, close } = await answerCalls({ antiphon, port: Number(process.env['PORT'] ?? 5004) });
  console.log(`Call 127.0.0.1:${port}`);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void close());
}
